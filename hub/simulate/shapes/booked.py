"""Differences between what the tax bureau collected and what the treasury booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.verdict import Verdict
from hub.simulate.dates import Sender

if TYPE_CHECKING:
    from hub.simulate.draft import Draft
    from hub.simulate.rows import Collected, Deposited

_DAYS_OVER: Final = 2


def overdue(draft: Draft) -> None:
    """The list shows money that was taken too many working days ago and is still not there."""
    long_ago = draft.dates.before(draft.on, draft.dates.transit_days + _DAYS_OVER)
    slip = draft.collect(draft.mint.individual(), "pension", collected_on=long_ago)
    draft.assess(slip)
    draft.wait(slip, None)


def short_booked(draft: Draft) -> None:
    """The treasury books less than the receipt says, for one of its two kinds."""
    slip, less = _two_kinds(draft), draft.mint.searched_fen() // 100 + 1
    booking = draft.settle(slip, amount_fen=slip.amount_fen - less)
    draft.plant(
        Verdict.SHORT,
        "the treasury booked less than was collected",
        slip,
        booking,
        amount_fen=less,
    )


def over_booked(draft: Draft) -> None:
    """The treasury books more than the receipt says, for one of its two kinds."""
    slip, more = _two_kinds(draft), draft.mint.searched_fen()
    booking = draft.settle(slip, amount_fen=slip.amount_fen + more)
    draft.plant(
        Verdict.OVER,
        "the treasury booked more than was collected",
        slip,
        booking,
        amount_fen=more,
    )


def booked_unknown(draft: Draft) -> None:
    """The treasury books a receipt that the tax bureau never listed."""
    booking = draft.book(
        None,
        kind="pension",
        amount_fen=draft.mint.searched_fen(),
        receipt_no=draft.mint.receipt_no(draft.on),
    )
    _plant_unlisted(draft, booking, "the tax bureau never listed this receipt")


def booked_unknown_unnumbered(draft: Draft) -> None:
    """The treasury books money without a receipt number that no receipt explains."""
    booking = draft.book(None, kind="medical", amount_fen=draft.mint.searched_fen())
    _plant_unlisted(draft, booking, "no receipt has this kind and amount")


def denied(draft: Draft) -> None:
    """The treasury answers that it does not have the receipt (明细核对)."""
    slip = draft.collect(draft.mint.individual(), "medical")
    draft.assess(slip)
    denial = draft.deny(slip, days_later=1)
    draft.wait(slip, denial.seen_on)
    draft.plant(
        Verdict.MISSING_AT_TREASURY,
        "the treasury says that it has no such receipt",
        slip,
        denial,
    )


def booked_other_kind(draft: Draft) -> None:
    """The treasury books the right amount to another insurance kind."""
    slip = draft.collect(draft.mint.company(1), "unemployment")
    draft.assess(slip)
    booking = draft.settle(slip, kind="work_injury")
    draft.plant(
        Verdict.WRONG_KIND,
        "the treasury booked it to another insurance kind",
        slip,
        booking,
    )


def booked_twice(draft: Draft) -> None:
    """The treasury books the same receipt twice on one day."""
    _book_again(draft, days_later=0)


def booked_again_later(draft: Draft) -> None:
    """The treasury books a receipt again on the next working day."""
    _book_again(draft, days_later=1)


def listed_twice(draft: Draft) -> None:
    """The tax bureau lists a receipt twice, row by row; the money came once.

    Only the money tells: until the booking is seen, twice as much seems to have been collected.
    """
    slip = draft.collect(draft.mint.company(2), "pension", total_fen=draft.mint.searched_fen())
    draft.case.collected.append(slip)
    owed, booking = draft.assess(slip), draft.book(slip)
    draft.wait(slip, booking.seen_on, amount_fen=2 * slip.amount_fen)
    draft.plant(
        Verdict.OVER,
        "as listed, more was collected than assessed",
        slip,
        owed,
        until=booking.seen_on,
    )
    draft.plant(
        Verdict.DUPLICATE,
        "the tax bureau listed the receipt twice",
        slip,
        booking,
    )


def ambiguous(draft: Draft) -> None:
    """Two receipts of one kind and amount are open, and a deposit without a number fits both."""
    fen = draft.mint.searched_fen()
    slips = [draft.collect(draft.mint.individual(), "pension", total_fen=fen) for _ in range(2)]
    booking = draft.book(None, kind="pension", amount_fen=fen)
    for slip in slips:
        draft.assess(slip)
        draft.wait(slip, booking.seen_on)
    records: list[Collected | Deposited] = [*slips, booking]
    for record in records:
        draft.plant(
            Verdict.AMBIGUOUS,
            "two receipts and one deposit without a number have this amount",
            record,
            slips[0],
            booking,
        )


def _two_kinds(draft: Draft) -> Collected:
    # one receipt with two kinds; medical is in order, pension is left to the caller
    company, number = draft.mint.company(2), draft.mint.receipt_no(draft.on)
    in_order = draft.collect(company, "medical", receipt_no=number)
    draft.assess(in_order)
    draft.settle(in_order)
    slip = draft.collect(company, "pension", receipt_no=number)
    draft.assess(slip)
    return slip


def _plant_unlisted(draft: Draft, booking: Deposited, why: str) -> None:
    # nobody can say that the tax bureau did not list it before the tax bureau's list is there
    listed_on = draft.dates.seen(Sender.TAX, draft.on)
    draft.plant(Verdict.MISSING_AT_TAX, why, booking, since=max(booking.seen_on, listed_on))


def _book_again(draft: Draft, *, days_later: int) -> None:
    slip = draft.collect(draft.mint.company(1), "medical")
    draft.assess(slip)
    draft.settle(slip)
    again = draft.book(slip, days_later=days_later)
    draft.plant(
        Verdict.DUPLICATE,
        "the treasury booked the receipt twice",
        slip,
        again,
    )
