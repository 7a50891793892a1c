"""Cases in good order: what was assessed is collected, and is booked in full, sooner or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from hub.simulate.draft import Draft
    from hub.simulate.rows import Collected, Payer

_PERMILLE: Final = 1000
_BRANCHES: Final = 40
_TOGETHER: Final = (("pension", "unemployment", "work_injury"), ("medical", "maternity"))
_ALONE: Final = ("pension", "medical")  # what 灵活就业人员 may pay by themselves


def plain(draft: Draft, *, rows_max: int) -> None:
    """A payer pays all its kinds in at most `rows_max` rows, and the money is booked that day."""
    for slip in pay(draft, rows_max=rows_max):
        draft.assess(slip)
        draft.settle(slip)


def late(draft: Draft) -> None:
    """The money arrives one or two working days later and is in transit until then."""
    days = draft.mint.random.choice((1, 1, 2))
    for slip in pay(draft, rows_max=_BRANCHES):
        draft.assess(slip)
        draft.settle(slip, days_later=days)


def split(draft: Draft) -> None:
    """One receipt arrives in three deposits on the same day."""
    slip = draft.collect(draft.mint.company(3), "pension")
    draft.assess(slip)
    third = slip.amount_fen // 3
    draft.settle(slip, amount_fen=third)
    draft.book(slip, amount_fen=third + 1)
    draft.book(slip, amount_fen=slip.amount_fen - 2 * third - 1)


def split_over_days(draft: Draft) -> None:
    """One receipt arrives in two deposits, the second a working day later: short in between."""
    slip = draft.collect(draft.mint.company(2), "medical")
    draft.assess(slip)
    half = slip.amount_fen // 2
    first = draft.settle(slip, amount_fen=half)
    second = draft.book(slip, amount_fen=slip.amount_fen - half, days_later=1)
    draft.plant(
        Verdict.SHORT,
        "only the first of two deposits has come",
        slip,
        first,
        amount_fen=slip.amount_fen - half,
        until=second.seen_on,
    )


def slip_of_many(draft: Draft) -> None:
    """One deposit slip covers the receipts of several payers (分险种清单)."""
    number = None
    for _ in range(draft.mint.random.randint(2, 6)):
        slip = draft.collect(draft.mint.individual(), "medical")
        draft.assess(slip)
        number = draft.settle(slip, deposit_no=number).deposit_no


def unnumbered(draft: Draft) -> None:
    """A deposit bears no receipt number, and one receipt alone has its kind and amount."""
    slip = draft.collect(draft.mint.individual(), "pension", total_fen=draft.mint.searched_fen())
    draft.assess(slip)
    draft.wait(slip, draft.book(None, kind=slip.insurance_kind, amount_fen=slip.amount_fen).seen_on)


def pay(draft: Draft, *, rows_max: int) -> list[Collected]:
    """A new payer pays for this month: a person one kind, a company all five or as room allows."""
    mint = draft.mint
    if mint.pays_alone() or rows_max < len(mint.rates.kinds):
        return [draft.collect(mint.individual(), mint.random.choice(_ALONE))]
    company = mint.company()
    if len(company.person_ids) * len(mint.rates.kinds) > rows_max:
        company = mint.company(rows_max // len(mint.rates.kinds))
    return _receipts(draft, company)


def _receipts(draft: Draft, company: Payer) -> list[Collected]:
    mint = draft.mint
    apart = mint.random.randrange(_PERMILLE) < mint.rates.apart_permille
    slips = []
    for kinds in _TOGETHER:
        number = None if apart else mint.receipt_no(draft.on)
        slips += [draft.collect(company, kind, receipt_no=number) for kind in kinds]
    return slips
