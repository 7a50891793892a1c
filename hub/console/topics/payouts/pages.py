"""Pages of a list, a batch and an item, the same for payouts and direct debits."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hub.console.context import console, viewer
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.payouts import said
from hub.console.topics.payouts.tables import batch_row, item_row
from hub.console.words import fund
from hub.domain.approval import same_person
from hub.domain.payout import BACK, BEFORE_RELEASE, ItemState, ListState, PayoutKind
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.notices import DRAWN, prints_of
from hub.flows.stop_forms import kind_of
from hub.store.views import payouts as views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.console.topics.payouts.side import Side
    from hub.domain.payout import PayoutBatch, PayoutItem, PayoutList
    from hub.domain.permission import Viewer
    from hub.store.engine import UnitOfWork
    from hub.store.journal import Entry

BATCHES_SHOWN: Final = 20
_OPEN_TO_ALL: Final = frozenset({"sent", "closed"})
_SIGNABLE: Final = (ListState.CHECKED, ListState.REVIEWED)


def payout_list(list_id: int, *, side: Side) -> str:
    """Show a list: what it is, what the checks say, what is different, who signed what."""
    services = side.services(console().services)
    with services.store.read() as uow:
        payout = uow.payouts.get(list_id)
        totals = uow.payout_items.totals(list_id)
        counts = uow.payout_checks.counts(list_id)
        comparison = uow.payout_changes.of_list(list_id)
        batches, _ = views.batches(uow, list_id=list_id, after=None, limit=BATCHES_SHOWN)
        original = uow.inbox.get(payout.inbox_id) if payout.inbox_id else None
        subjects = [side.way.list(list_id)]
        subjects += [f"inbox:{payout.inbox_id}"] if payout.inbox_id else []
        history = [one for one in uow.journal.about(subjects) if _is_ours(one, side)]
    return render(
        "payouts/list.html",
        side=side,
        payout=payout,
        state=side.list_state(payout.state),
        kind=said.KINDS[payout.kind.value],
        fund=fund(payout.fund),
        original=original,
        totals=[(side.item_state(s), s, n, fen) for s, (n, fen) in totals.items()],
        findings=[(said.finding(c), said.advice(c), n) for c, n in sorted(counts.items())],
        comparison=comparison,
        signatures=_signatures(payout),
        next_step=_next_step(payout),
        may_sign=_may_sign(payout, viewer()),
        waits=_waits(payout, totals),
        is_before_release=payout.state in BEFORE_RELEASE,
        batches=[batch_row(row, side) for row in batches],
        bank_names={code: one.name for code, one in services.catalog.partners.items()},
        batches_shown=BATCHES_SHOWN,
        history=[_entry(one) for one in history],
        prints=not side.is_debit and may_print(viewer()),
        is_instant=payout.kind is PayoutKind.INSTANT,
    )


def batch(batch_id: int, *, side: Side) -> str:
    """Show a batch: its life as a timeline, what is in it, what the bank answered."""
    services, who = side.services(console().services), viewer()
    with services.store.read() as uow:
        found = visible_batch(batch_id, who, uow)
        totals = uow.payout_items.totals(batch_id=batch_id)
        entries = uow.journal.about([side.way.batch(batch_id)])
        answers = views.answers_of_batch(uow, batch_id)
        orders = [] if side.is_debit or who.is_outsider else uow.batch_orders.of_batch(batch_id)
    shown = [one for one in entries if not who.is_outsider or _what(one) in _OPEN_TO_ALL]
    steps = [_entry(one) for one in shown]
    steps += [{"at": row.at, "answer": row.name, "answers": row.answers} for row in answers]
    partner = services.catalog.partners.get(found.bank)
    return render(
        "payouts/batch.html",
        side=side,
        batch=found,
        row=batch_row(found, side),
        fund=fund(found.fund),
        bank=partner.name if partner else found.bank,
        totals=[(side.item_state(s), s, n, fen) for s, (n, fen) in totals.items()],
        steps=sorted(steps, key=lambda one: one["at"]),
        orders=orders,
        prints=not side.is_debit and may_print(who),
    )


def item(item_id: int, *, side: Side) -> str:
    """Show one attempt with all others at the same entitlement, and what the bank said."""
    services = side.services(console().services)
    with services.store.read() as uow:
        found = uow.payout_items.get(item_id)
        payout = uow.payouts.get(found.list_id)
        attempts = uow.payout_items.attempts(*found.entitlement)
        answers = views.answers_of(uow, item_id)
        prints = prints_of(item_id, uow)
        stop_form = None if side.is_debit else kind_of(item_id, uow)
    reason = services.reasons.of(found.outcome_code) if found.state in BACK else None
    return render(
        "payouts/item.html",
        side=side,
        item=found,
        row=item_row(found, side),
        payout=payout,
        fund=fund(payout.fund),
        attempts=[item_row(one, side) for one in attempts],
        bank_names={code: one.name for code, one in services.catalog.partners.items()},
        effect=said.effect,
        answers=answers,
        reason=reason,
        remedy=_remedy(found, side),
        is_back=found.state in BACK,
        is_unknown=found.state is ItemState.UNKNOWN,
        is_latest=_is_latest(found, attempts),
        prints=prints,
        is_mine=bool(prints) and prints[0].person == viewer().person,
        stop_form=stop_form.value if stop_form and may_print(viewer()) else None,
        is_drawn_cash=payout.kind is PayoutKind.INSTANT and found.state in DRAWN,
    )


def visible_batch(batch_id: int, who: Viewer, uow: UnitOfWork) -> PayoutBatch:
    """Return a batch that somebody may see; to a bank others' batches are not there."""
    found = uow.payout_batches.get(batch_id)
    theirs = found.bank == who.partner and found.state.value in views.THEIRS
    if who.is_outsider and not theirs:
        raise Rejected("payout_batch_missing", id=batch_id, way=uow.way.value)
    return found


def may_print(who: Viewer) -> bool:
    """Tell whether somebody may print forms: paper shows accounts in full to who works with it."""
    return any(
        who.may(one)
        for one in (
            Permission.PAYOUT_MAKE, Permission.PAYOUT_CHECK, Permission.PAYOUT_APPROVE,
            Permission.PAYOUT_RELEASE, Permission.PERSONAL_SEE,
        )
    )  # fmt: skip


def _signatures(payout: PayoutList) -> list[dict[str, Any]]:
    approval = payout.approval
    done = [
        {"step": said.step(approval.levels, n), "person": one.person, "at": one.at}
        for n, one in enumerate(approval.signatures, start=1)
    ]
    missing = range(len(done) + 1, approval.levels + 1)
    return done + [{"step": said.step(approval.levels, n)} for n in missing]


def _next_step(payout: PayoutList) -> Any:  # noqa: ANN401 -- a word or nothing
    if payout.state not in _SIGNABLE:
        return None
    return said.step(payout.approval.levels, len(payout.approval.signatures) + 1)


def _may_sign(payout: PayoutList, who: Viewer) -> bool:
    """Tell whether to offer a signature; the flow and the database rule it again."""
    needed = said.needed(payout.approval) if payout.state in _SIGNABLE else None
    if needed is None or not who.may(needed):
        return False
    took_part = [one.person for one in payout.approval.signatures]
    took_part += [payout.made_by] if payout.made_by else []
    return not any(same_person(who.person, one) for one in took_part)


def _waits(payout: PayoutList, totals: dict[ItemState, tuple[int, int]]) -> bool:
    """Tell whether withdrawn batches have left something waiting."""
    return payout.state is ListState.RELEASED and ItemState.LISTED in totals


def _is_ours(entry: Entry, side: Side) -> bool:
    return entry.event.startswith(f"{side.way.value}.")


def _what(entry: Entry) -> str:
    return entry.event.rpartition(".")[2]


def _entry(entry: Entry) -> dict[str, Any]:
    facts = json.loads(entry.facts)
    known = {name: facts.get(name) for name in ("digest", "reason", "file_name", "sha256")}
    return {"at": entry.at, "event": said.event(entry.event), "person": entry.person, **known}


def _remedy(item: PayoutItem, side: Side) -> Any:  # noqa: ANN401 -- a word or nothing
    if item.state not in BACK:
        return None
    reason = side.services(console().services).reasons.of(item.outcome_code)
    return said.remedy(reason, side.way)


def _is_latest(item: PayoutItem, attempts: Sequence[PayoutItem]) -> bool:
    gone = (ItemState.CANCELLED, ItemState.REFUSED)
    return not any(one.attempt > item.attempt and one.state not in gone for one in attempts)


def pages(side: Side) -> tuple[Page, ...]:
    """Return the pages of one side."""
    name, path, see = side.name, side.path, Permission.PAYOUT_SEE
    return (
        Page(rule=f"{path}/<int:list_id>", endpoint=f"{name}_list", permission=see,
             view=partial(payout_list, side=side)),
        Page(rule=f"{path}/batches/<int:batch_id>", endpoint=f"{name}_batch", permission=see,
             view=partial(batch, side=side), scope="partner"),
        Page(rule=f"{path}/items/<int:item_id>", endpoint=f"{name}_item", permission=see,
             view=partial(item, side=side)),
    )  # fmt: skip
