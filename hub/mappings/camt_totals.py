"""The totals that a camt statement states itself (`TxsSummry`), compared with its entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.domain.money import yuan_text
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.mappings.camt_entries import amount_fen, direction
from hub.mappings.codecs import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.mappings.camt_balances import Tally
    from hub.mappings.camt_node import Node

_TOTALS: Final = ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")
_COUNT: Final = "NbOfNtries"
_SUM: Final = "Sum"
_NET: Final = "TtlNetNtry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One figure of a summary, such as the `Sum` of `TtlCdtNtries`; sums in hundredths."""

    name: str
    what: str
    value: int
    place: Place


def read_totals(summary: Node, place: Place) -> Iterator[Total]:
    """Yield every total that a `TxsSummry` states of all entries, of credits and of debits."""
    for name in _TOTALS:
        for group in summary.all(name):
            at = replace(place, field=f"TxsSummry/{name}")
            for what, value in _figures(group, at):
                yield Total(name=name, what=what, value=value, place=at)


def check_totals(statement: str, totals: Sequence[Total], booked: Tally, every: Tally) -> None:
    """Refuse a statement one of whose totals its entries do not give (`statement_total`).

    Banks count either what is booked or every entry that the message lists, and as a number of
    entries some give that of the transactions in them.
    """
    for total in totals:
        counted = [_counted(tally, total) for tally in (booked, every)]
        if total.what == _COUNT:
            counted += [_transactions(tally, total) for tally in (booked, every)]
        if total.value not in counted:
            raise Rejected(
                "statement_total",
                place=total.place,
                statement=shown(statement),
                total=f"{total.name}/{total.what}",
                expected=_words(total, total.value),
                found=_words(total, counted[0]),
            )


def _figures(group: Node, place: Place) -> Iterator[tuple[str, int]]:
    number = group.words(_COUNT)
    if number is not None:
        count = whole(number)
        if count is None:
            raise Rejected("count_malformed", place=place, found=shown(number))
        yield _COUNT, count
    amount = group.child(_SUM)
    if amount is not None:
        yield _SUM, amount_fen(amount, place)
    nested = group.child(_NET)  # since .04; before it TtlNetNtryAmt beside CdtDbtInd
    holder = group if nested is None else nested
    amount = group.child("TtlNetNtryAmt") if nested is None else nested.child("Amt")
    if amount is not None:
        yield _NET, amount_fen(amount, place) * (direction(holder) or 1)


def _counted(tally: Tally, total: Total) -> int:
    if total.what == _NET:
        return tally.net_fen
    number, fen = {
        "TtlNtries": (tally.count, tally.credit_fen + tally.debit_fen),
        "TtlCdtNtries": (tally.credits, tally.credit_fen),
        "TtlDbtNtries": (tally.count - tally.credits, tally.debit_fen),
    }[total.name]
    return number if total.what == _COUNT else fen


def _transactions(tally: Tally, total: Total) -> int:
    into = tally.credit_transactions
    return {
        "TtlNtries": tally.transactions,
        "TtlCdtNtries": into,
        "TtlDbtNtries": tally.transactions - into,
    }[total.name]


def _words(total: Total, value: int) -> str:
    return str(value) if total.what == _COUNT else yuan_text(value)
