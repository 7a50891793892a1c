"""What is late, and what waits for the person who looks: counted, and linked to exactly these."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import url_for

from hub.console.context import console, viewer
from hub.console.language import N_
from hub.console.links import to_table
from hub.domain.permission import Permission
from hub.flows.overview import sources
from hub.flows.running import hub_state
from hub.store.views import home, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.store.engine import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to see to: how many, what, where, and how bad."""

    number: int
    text: str
    href: str | None
    tone: str = "warn"


def waiting(uow: UnitOfWork) -> tuple[list[Line], list[Line]]:
    """Return what is late, and what waits for this person; only what there is."""
    late = [line for line in _late(uow) if line.number]
    mine = [line for line in _mine(uow) if line.number]
    return late, mine


def _late(uow: UnitOfWork) -> Iterator[Line]:
    may, services = viewer().may, console().services
    if may(Permission.RECONCILIATION_SEE):
        missing = sum(one["state"] == "missing" for one in sources(services, uow))
        yield Line(
            number=missing, text=N_("sources of today are missing"), tone="bad",
            href=to_table("discrepancies", verdict="source_missing"),
        )  # fmt: skip
        overdue = home.count(uow, "letters", "overdue")
        yield Line(
            number=overdue, text=N_("letters have no answer in time"), tone="bad",
            href=to_table("letters", state="overdue"),
        )  # fmt: skip
    if may(Permission.JOURNAL_SEE):
        nights = uow.journal.list(event="verify.done", limit=1)
        broken = len(json.loads(nights[0].facts)["broken"]) if nights else 0
        yield Line(
            number=broken, text=N_("invariants did not hold last night"), tone="bad",
            href=url_for("journal_verification"),
        )  # fmt: skip
    back = uow.restores.open()  # everybody sees it: it is why nothing leaves
    yield Line(
        number=0 if back is None else max(1, uow.restores.files_open()), tone="bad", href=None,
        text=N_("files outside are unknown: the store was restored, nothing leaves"),
    )  # fmt: skip
    if may(Permission.OPERATION_SEE):
        yield from _stuck(uow)


def _stuck(uow: UnitOfWork) -> Iterator[Line]:
    services = console().services
    running = hub_state(services)
    here = url_for("operations")
    if running is None:
        yield Line(number=1, text=N_("hub is not running"), href=here, tone="bad")
    else:
        given_up = len(running.given_up)
        yield Line(number=given_up, text=N_("actors were given up"), href=here, tone="bad")
    parked = sum(states.get("parked", 0) for states in operations.open_tasks(uow).values())
    yield Line(
        number=parked, text=N_("tasks are parked"), href=to_table("tasks", state="parked"),
        tone="bad",
    )  # fmt: skip
    files = operations.open_files(uow)
    for way, state, text in (
        ("outbox", "blocked", N_("files to send are blocked")),
        ("outbox", "unknown", N_("files were sent with an unknown outcome")),
        ("inbox", "refused", N_("received files were refused")),
        ("inbox", "held", N_("received files are held until somebody decides")),
    ):
        number = sum(states.get(state, 0) for states in files[way].values())
        yield Line(number=number, text=text, href=to_table(way, state=state), tone="bad")
    yield Line(
        number=uow.quarantine.count_open(), text=N_("messages are in quarantine"), tone="bad",
        href=to_table("quarantine", state="open"),
    )  # fmt: skip


def _mine(uow: UnitOfWork) -> Iterator[Line]:
    who = viewer()
    lists: dict[str, int] = {}
    if who.may(Permission.PAYOUT_SEE):
        for _fund, state, number, _fen in home.lists(uow):
            lists[state] = lists.get(state, 0) + number
    for needs, what, state, text, table in _DESK:
        if who.may(needs):
            is_list = what == "lists"
            number = lists.get(state, 0) if is_list else home.count(uow, what, state)
            yield Line(number=number, text=text, href=to_table(table, state=state))


_DESK: Final = (
    (Permission.DISCREPANCY_WORK, "differences", "open", N_("discrepancies are open"),
     "discrepancies"),
    (Permission.DISCREPANCY_AGREE, "differences", "proposed",
     N_("discrepancies wait for a second person"), "discrepancies"),
    (Permission.LETTER_SIGN, "letters", "draft", N_("letters wait for a signature"), "letters"),
    (Permission.PAYOUT_MAKE, "lists", "draft", N_("payout lists are drafts"), "payout-lists"),
    (Permission.PAYOUT_MAKE, "lists", "checked", N_("payout lists wait for the first signature"),
     "payout-lists"),
    (Permission.PAYOUT_CHECK, "lists", "reviewed", N_("payout lists wait for further signatures"),
     "payout-lists"),
    (Permission.PAYOUT_APPROVE, "lists", "reviewed", N_("payout lists wait for further signatures"),
     "payout-lists"),
    (Permission.PAYOUT_RELEASE, "lists", "approved", N_("payout lists wait for release"),
     "payout-lists"),
    (Permission.REFUND_APPROVE, "refunds", "open", N_("refunds wait for a second person"),
     "refunds"),
    (Permission.TRANSFER_WORK, "cases", "applied", N_("transfer cases are to be examined"),
     "transfers"),
    (Permission.TRANSFER_WORK, "cases", "ready", N_("transfer cases can be continued"),
     "transfers"),
    (Permission.SUSPENSE_PROPOSE, "credits", "held", N_("credits are in suspense"), "suspense"),
    (Permission.SUSPENSE_CONFIRM, "credits", "proposed", N_("credits wait for a second person"),
     "suspense"),
    (Permission.VOUCHER_SIGN, "drafts", "open", N_("voucher drafts wait for a signature"),
     "voucher_drafts"),
    (Permission.PEOPLE_MANAGE, "changes", "draft", N_("changes of people wait for agreement"),
     "people_changes"),
)  # fmt: skip
"""Whose work it is, what is counted in which state, its words, and the table that lists it."""
