"""Cases as lists: the facts of each source, as the hub has them once it has read the files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from hub.domain.facts import Source
from hub.simulate.canonical import DENIED
from hub.simulate.dates import Dates, Sender
from hub.simulate.rates import rates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from hub.simulate.rows import Assessed, Case, Collected, Denied, Deposited

Fact = dict[str, Any]


def facts(
    cases: Iterable[Case], dates: Dates, seen: Callable[[date], bool]
) -> dict[Source, list[Fact]]:
    """Return each source's facts whose list the hub saw on a day for which `seen` is true.

    `line` counts from 1 within each source. Credits are what the bank shows of the deposits, by
    its own calendar: one a day and insurance kind.
    """
    cases = list(cases)
    lists: dict[Source, list[Fact]] = {source: [] for source in Source}
    for case in cases:
        for slip in case.collected:
            if seen(slip.seen_on):
                lists[Source.COLLECTIONS] += _collected(slip)
        lists[Source.DEPOSITS] += [_deposited(d) for d in case.deposited if seen(d.seen_on)]
        lists[Source.ASSESSMENTS] += [_assessed(a) for a in case.assessed if seen(a.seen_on)]
        lists[Source.DENIALS] += [_denied(d) for d in case.denied if seen(d.seen_on)]
    lists[Source.CREDITS] = _credited(
        booking
        for case in cases
        for booking in case.deposited
        if seen(dates.seen(Sender.BANK, booking.credited_on))
    )
    for rows in lists.values():
        for line, fact in enumerate(rows, start=1):
            fact["line"] = line
    return lists


def _collected(slip: Collected) -> list[Fact]:
    people = zip(slip.payer.person_ids, slip.payer.person_names, slip.amounts_fen, strict=True)
    return [
        {
            "receipt_no": slip.receipt_no,
            "payer_id": slip.payer.payer_id,
            "payer_name": slip.payer.name,
            "person_id": person_id,
            "person_name": person_name,
            "insurance_kind": slip.insurance_kind,
            "period": slip.period,
            "amount_fen": amount_fen,
            "collected_on": slip.collected_on,
        }
        for person_id, person_name, amount_fen in people
    ]


def _deposited(booking: Deposited) -> Fact:
    return {
        "deposit_no": booking.deposit_no,
        "receipt_no": booking.receipt_no,
        "insurance_kind": booking.insurance_kind,
        "amount_fen": booking.amount_fen,
        "credited_on": booking.credited_on,
    }


def _assessed(owed: Assessed) -> Fact:
    return {
        "payer_id": owed.payer.payer_id,
        "payer_name": owed.payer.name,
        "insurance_kind": owed.insurance_kind,
        "period": owed.period,
        "amount_fen": owed.amount_fen,
        "due_on": None,
    }


def _denied(denial: Denied) -> Fact:
    # the amount is no column of a denial; the messages that carry one state it
    return {
        "receipt_no": denial.receipt_no,
        "stated_on": denial.stated_on,
        "reason": DENIED,
        "amount_fen": denial.amount_fen,
    }


def _credited(bookings: Iterable[Deposited]) -> list[Fact]:
    totals: dict[tuple[date, str], int] = defaultdict(int)
    for booking in bookings:
        totals[booking.credited_on, booking.insurance_kind] += booking.amount_fen
    return [
        {
            "deposit_no": f"{day:%Y%m%d}{kind.upper()[:6]}",
            "insurance_kind": kind,
            "amount_fen": fen,
            "credited_on": day,
            "narrative": f"社保费入库 {rates().kind_names[kind]}",
        }
        for (day, kind), fen in sorted(totals.items())
    ]
