"""Differences between what the agency assessed and what the tax bureau collected.

The money itself is in order in each of these: the treasury booked what was collected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from hub.simulate.draft import Draft
    from hub.simulate.rows import Collected

_JANUARY, _MONTHS = 1, 12


def short_collected(draft: Draft) -> None:
    """The payer paid less than was assessed."""
    slip, less = _paid(draft), draft.mint.searched_fen()
    owed = draft.assess(slip, amount_fen=slip.amount_fen + less)
    draft.plant(Verdict.SHORT, "less was collected than assessed", slip, owed, amount_fen=less)


def over_collected(draft: Draft) -> None:
    """The payer paid more than was assessed (多收)."""
    slip, more = _paid(draft), draft.mint.searched_fen() // 100 + 1
    owed = draft.assess(slip, amount_fen=slip.amount_fen - more)
    draft.plant(Verdict.OVER, "more was collected than assessed", slip, owed, amount_fen=more)


def not_collected(draft: Draft) -> None:
    """A payer owes one kind more than the tax bureau's list shows."""
    slip = _paid(draft, kind="pension")
    draft.assess(slip)
    owed = draft.assess(slip, kind="medical", amount_fen=draft.mint.searched_fen())
    draft.plant(Verdict.MISSING_AT_TAX, "assessed, and never collected", owed, slip)


def collected_other_kind(draft: Draft) -> None:
    """The right amount was collected as another insurance kind."""
    slip = _paid(draft, kind="medical")
    owed = draft.assess(slip, kind="pension")
    draft.plant(Verdict.WRONG_KIND, "assessed as another insurance kind", slip, owed)


def collected_other_period(draft: Draft) -> None:
    """The right amount was collected for another month (费款所属期)."""
    slip = _paid(draft)
    owed = draft.assess(slip, period=_month_before(draft.period))
    draft.plant(Verdict.WRONG_PERIOD, "assessed for another month", slip, owed)


def collected_other_payer(draft: Draft) -> None:
    """The right amount was collected from another payer than the one who owes it."""
    slip = _paid(draft)
    owed = draft.assess(slip, payer=draft.mint.company(1))
    draft.plant(Verdict.WRONG_PAYER, "another payer owes this amount", slip, owed)


def _paid(draft: Draft, *, kind: str = "pension") -> Collected:
    # collected for an amount of its own, and booked
    slip = draft.collect(draft.mint.company(2), kind, total_fen=draft.mint.searched_fen())
    draft.settle(slip)
    return slip


def _month_before(period: int) -> int:
    year, month = divmod(period, 100)
    return (year - 1) * 100 + _MONTHS if month == _JANUARY else period - 1
