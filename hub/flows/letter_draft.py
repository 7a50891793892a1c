"""Drafting the monthly letter (发函, 规程 10-2): what it says, fixed before anybody signs it.

Only real differences go into it, each once: what is in transit is only counted, and what an
earlier letter asked about is not asked again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.bulk.letter_facts import in_transit, payer_names
from hub.domain.approval import named
from hub.domain.chinese import month_text
from hub.domain.discrepancy import State
from hub.domain.facts import Source
from hub.domain.letter import (
    Letter,
    LetterKind,
    LetterState,
    month_days,
    monthly_key,
)
from hub.domain.letter_content import LetterContent, is_for_letter, item_of, sum_by_kind
from hub.errors import Rejected
from hub.flows.review import age_of
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hub.domain.discrepancy import Discrepancy
    from hub.domain.letter_content import KindTotal
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.runs import Run

RUNS_MAX: Final = 400  # runs whose totals may hold a day of the month
FACTS_DAYS_BEFORE: Final = 31  # a list may be of an earlier day than the money in it


def draft(month: int, *, person: str, services: Services) -> Letter:
    """Draft the letter of a month `yyyymm`, or draft it again while nobody has signed it.

    `Rejected` when the month was never reconciled or nothing differs.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        content = _content(month, services, uow)
    sha256 = services.archive.put_bytes(content.as_json()).sha256
    fresh = Letter(
        id=0,
        key=monthly_key(month),
        kind=LetterKind.MONTHLY,
        month=month,
        to_party=content.to_party,
        cc_party=content.cc_party,
        content_sha256=sha256,
        drafted_by=who,
        drafted_at=at,
    )
    asked = [item.discrepancy_id for item in content.items]

    def unit(uow: UnitOfWork) -> Letter:
        known = uow.letters.of_key(fresh.key)
        if known is None:
            letter = uow.letters.add(fresh, items=asked)
        else:
            known.require_state(LetterState.DRAFT)
            again = replace(fresh, id=known.id, version=known.version)
            letter = uow.letters.save(again, items=asked)
        uow.journal.note(
            "letter.drafted", f"letter:{letter.id}", at=at, actor="person", person=who,
            key=letter.key, content_sha256=sha256, items=len(asked),
            amount_fen=content.amount_fen,
        )  # fmt: skip
        return letter

    return services.store.transact(unit)


def _content(month: int, services: Services, uow: UnitOfWork) -> LetterContent:
    first, last = month_days(month)
    latest = uow.runs.latest()
    if latest is None or latest.as_of < first:
        raise Rejected("letter_month_not_reconciled", month=month_text(month))
    found = _differences(month, last, uow)
    if not found:
        raise Rejected("letter_without_differences", month=month_text(month))
    collected = _facts(Source.COLLECTIONS, found, latest, uow)
    assessed = _facts(Source.ASSESSMENTS, found, latest, uow)
    names = payer_names(
        [services.archive.path(sha256) for sha256 in (*collected, *assessed)],
        {one.difference.payer_id for one in found if one.difference.payer_id},
    )
    settings = services.settings
    count, fen = in_transit(services.archive.path(latest.files.discrepancies_sha256), until=last)
    return LetterContent(
        agency=settings.agency.name,
        to_party=settings.letters.to_party,
        cc_party=settings.letters.cc_party,
        contact=settings.letters.contact,
        month=month,
        until=latest.as_of,
        transit_working_days=settings.reconciliation.transit_working_days,
        reply_working_days=settings.letters.reply_working_days,
        in_transit_count=count,
        in_transit_fen=fen,
        totals=_totals(first, last, uow),
        items=tuple(
            item_of(
                one,
                age=age_of(one, latest.as_of, services),
                payer_name=_name(one, names),
            )
            for one in found
        ),
        facts_sha256=tuple(collected),
    )


def _differences(month: int, last: date, uow: UnitOfWork) -> list[Discrepancy]:
    """Return what the letter asks about, the largest amount first."""
    alive = frozenset({State.OPEN, State.PROPOSED})
    asked = {
        discrepancy_id
        for letter in uow.letters.list()
        if letter.key != monthly_key(month) and letter.state is not LetterState.DRAFT
        for discrepancy_id in uow.letters.items(letter.id)
    }
    found = [
        one
        for one in uow.discrepancies.list(Wanted(states=alive))
        if is_for_letter(one.difference.cause) and one.since_on <= last and one.id not in asked
    ]
    return sorted(found, key=lambda one: (-one.difference.amount_fen, one.id))


def _facts(source: Source, found: Sequence[Discrepancy], latest: Run, uow: UnitOfWork) -> list[str]:
    """Return the facts that can hold the receipts and payers of differences."""
    first = min(one.since_on for one in found) - timedelta(days=FACTS_DAYS_BEFORE)
    arrived = uow.arrivals.since(source, first, until=latest.as_of)
    return sorted({a.facts_sha256 for a in arrived})


def _totals(first: date, last: date, uow: UnitOfWork) -> tuple[KindTotal, ...]:
    runs = uow.runs.recent(before=last + timedelta(days=RUNS_MAX), limit=RUNS_MAX)
    return sum_by_kind(
        (total.insurance_kind, total.collected_fen, total.deposited_fen, total.credited_fen)
        for run in runs
        for total in uow.runs.totals(run.id)
        if first <= total.day <= last
    )


def _name(one: Discrepancy, names: Mapping[str, str]) -> str | None:
    return names.get(one.difference.payer_id or "")
