"""Pages of the journal: one decision, and what verifications found; verifying now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Response

from hub.console.context import console
from hub.console.language import N_, gettext
from hub.console.pages import render
from hub.console.registry import Action, Done, Input, Page
from hub.console.words import Word, words
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.journal_check import EVENT, verify_now
from hub.flows.verify import CHECKS
from hub.store.journal import GENESIS

if TYPE_CHECKING:
    from hub.domain.permission import Viewer
    from hub.flows.services import Services

NIGHTS_SHOWN: Final = 14
_REASONS: Final = words(
    ("changed", "该行内容或位置被改动", "the row, or its place, was changed", "bad"),
    ("missing", "该行缺失", "the row is missing", "bad"),
    ("head_differs", "与导出的流水头不符", "not the chain whose head was exported", "bad"),
)


class Nothing(Input):
    """Nothing is asked."""


def entry(n: int) -> str:
    """Show one decision whole, and whether its hash follows from the row before it."""
    with console().services.store.read() as uow:
        rows = {row.n: row for row in uow.journal.between(n - 1, n + 1)}
    if n not in rows:
        raise Rejected("journal_entry_missing", n=n)
    found = rows[n]
    before = rows[n - 1].hash if n - 1 in rows else GENESIS if n == 1 else None
    return render(
        "journal/entry.html",
        entry=found,
        facts=json.dumps(json.loads(found.facts), ensure_ascii=False, indent=2),
        holds=before is not None and found.hash_after(before) == found.hash,
        before=before,
        has_next=n + 1 in rows,
    )


def verification() -> str:
    """Show what people's and the nights' verifications found, the newest first."""
    with console().services.store.read() as uow:
        head = uow.journal.head()
        asked = uow.journal.list(event=EVENT, limit=NIGHTS_SHOWN)
        nights = uow.journal.list(event="verify.done", limit=NIGHTS_SHOWN)
    return render(
        "journal/verification.html",
        head=head,
        asked=[{"entry": one, **_verdict(json.loads(one.facts))} for one in asked],
        nights=[{"entry": one, **_night(json.loads(one.facts))} for one in nights],
    )


def exported_head() -> Response:
    """Give the chain's head, to be kept elsewhere: whoever cuts the journal is found out by it."""
    with console().services.store.read() as uow:
        head = uow.journal.head()
    line = json.dumps({"n": head.n, "hash": head.hash}) + "\n"
    answer = Response(line, mimetype="application/jsonl")
    answer.headers["Content-Disposition"] = f'attachment; filename="journal-head-{head.n}.jsonl"'
    return answer


def _verify(services: Services, viewer: Viewer, _given: Nothing) -> Done:
    verdict = verify_now(person=viewer.person, services=services)
    if verdict.first_bad is None:
        text = gettext("The journal holds: %(rows)s rows.", rows=verdict.head.n)
    else:
        text = gettext("The journal does NOT hold: first bad row %(n)s.", n=verdict.first_bad)
    return Done(
        text=text,
        href="/journal/verification",
        data={"rows": verdict.head.n, "first_bad": verdict.first_bad, "reason": verdict.reason},
    )


def _verdict(facts: dict[str, Any]) -> dict[str, Any]:
    bad = facts["first_bad"]
    return {
        "rows": facts["rows"], "first_bad": bad,
        "reason": _REASONS.get(facts["reason"]) if bad is not None else None,
    }  # fmt: skip


def _night(facts: dict[str, Any]) -> dict[str, Any]:
    broken = [Word(name, CHECKS[name][1] if name in CHECKS else name, name) for name in
              facts["broken"]]  # fmt: skip
    return {"checks": facts["checks"], "deep": facts["deep"], "broken": broken}


ACTIONS: Final = (
    Action(
        name="journal.verify",
        label=N_("Verify the journal now"),
        permissions=(Permission.JOURNAL_SEE,),
        takes=Nothing,
        run=_verify,
    ),
)
PAGES: Final = (
    Page(
        rule="/journal/<int:n>",
        endpoint="journal_entry",
        permission=Permission.JOURNAL_SEE,
        view=entry,
    ),
    Page(
        rule="/journal/verification",
        endpoint="journal_verification",
        permission=Permission.JOURNAL_SEE,
        view=verification,
    ),
    Page(
        rule="/journal/head",
        endpoint="journal_head",
        permission=Permission.JOURNAL_SEE,
        view=exported_head,
    ),
)
