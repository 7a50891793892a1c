"""What a letter says: totals by insurance kind, sums by verdict, one line per difference.

It is fixed when the letter is drafted, as canonical JSON in the archive, so that what the second
person signs is what the first one wrote. Documents are made from it and from nothing else.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hub.domain.discrepancy import Event
from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.domain.discrepancy import Cause, Discrepancy

_REAL_EVENTS = frozenset({Event.CREDIT_DIFFERS, Event.FLOOD})


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTotal:
    """A month's sums of one insurance kind, in fen; `None` where no source says anything."""

    insurance_kind: str
    collected_fen: int | None
    deposited_fen: int | None
    credited_fen: int | None

    @property
    def difference_fen(self) -> int | None:
        """Return deposited less collected; `None` when either is not known."""
        if self.collected_fen is None or self.deposited_fen is None:
            return None
        return self.deposited_fen - self.collected_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One difference as the letter's annex shows it; amounts in fen, period `yyyymm`."""

    discrepancy_id: int
    cause: str
    amount_fen: int
    count: int
    receipt_no: str | None
    deposit_no: str | None
    payer_id: str | None
    payer_name: str | None
    insurance_kind: str | None
    period: int | None
    collected_fen: int | None
    deposited_fen: int | None
    assessed_fen: int | None
    age_working_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One insured person (参保人) of a receipt that differs."""

    receipt_no: str
    payer_id: str
    payer_name: str | None
    person_id: str
    person_name: str | None
    insurance_kind: str
    period: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The letter that a reminder is about."""

    number: str
    sent_on: date
    due_on: date
    overdue_working_days: int
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """Everything that a letter says, except its number and dates, which signing adds.

    `facts_sha256` are the collection facts whose persons the annex lists.
    """

    agency: str
    to_party: str
    cc_party: str
    contact: str
    month: int
    until: date
    transit_working_days: int
    reply_working_days: int
    in_transit_count: int
    in_transit_fen: int
    totals: tuple[KindTotal, ...]
    items: tuple[Item, ...]
    facts_sha256: tuple[str, ...] = ()
    earlier: Earlier | None = None

    @property
    def amount_fen(self) -> int:
        """Return what is at stake in all differences together, in fen."""
        return sum(item.amount_fen for item in self.items)

    @property
    def count(self) -> int:
        """Return the number of differences; one item may stand for many."""
        return sum(item.count for item in self.items)

    def as_json(self) -> bytes:
        """Return the canonical JSON: the same content gives the same bytes."""
        text = json.dumps(
            asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
        )
        return text.encode()

    @classmethod
    def from_json(cls, content: bytes) -> LetterContent:
        """Return the content that `as_json` wrote."""
        values: dict[str, Any] = json.loads(content)
        earlier = values["earlier"]
        values |= {
            "until": date.fromisoformat(values["until"]),
            "totals": tuple(KindTotal(**total) for total in values["totals"]),
            "items": tuple(Item(**item) for item in values["items"]),
            "facts_sha256": tuple(values["facts_sha256"]),
            "earlier": earlier and _earlier(earlier),
        }
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What signing adds to the content: the number, the date, and until when to reply."""

    number: str
    sent_on: date
    due_on: date


def is_for_letter(found: Cause) -> bool:
    """Tell whether a difference belongs into a letter.

    Money in transit does not, nor what is the hub's own affair, such as a file that did not come.
    """
    return found.is_real if isinstance(found, Verdict) else found in _REAL_EVENTS


def item_of(discrepancy: Discrepancy, *, age: int | None, payer_name: str | None) -> Item:
    """Return a discrepancy as a line of the annex; `age` in working days."""
    difference = discrepancy.difference
    return Item(
        discrepancy_id=discrepancy.id,
        cause=difference.cause.value,
        amount_fen=difference.amount_fen,
        count=difference.count,
        receipt_no=difference.receipt_no,
        deposit_no=difference.deposit_no,
        payer_id=difference.payer_id,
        payer_name=payer_name,
        insurance_kind=difference.insurance_kind,
        period=difference.period,
        collected_fen=difference.collected_fen,
        deposited_fen=difference.deposited_fen,
        assessed_fen=difference.assessed_fen,
        age_working_days=age,
    )


def still_holds(item: Item, discrepancy: Discrepancy) -> bool:
    """Tell whether a discrepancy is as the letter says: not closed, and of the same substance."""
    now = item_of(discrepancy, age=item.age_working_days, payer_name=item.payer_name)
    return now == item and discrepancy.closed_how is None


def sum_by_kind(
    lines: Iterable[tuple[str, int | None, int | None, int | None]],
) -> tuple[KindTotal, ...]:
    """Sum (kind, collected, deposited, credited) lines by kind; nothing known stays `None`."""
    sums: dict[str, list[int | None]] = {}
    for kind, *amounts in lines:
        total = sums.setdefault(kind, [None, None, None])
        for n, amount in enumerate(amounts):
            if amount is not None:
                total[n] = (total[n] or 0) + amount
    return tuple(
        KindTotal(insurance_kind=kind, collected_fen=c, deposited_fen=d, credited_fen=b)
        for kind, (c, d, b) in sorted(sums.items())
    )


def _earlier(values: dict[str, Any]) -> Earlier:
    days = {name: date.fromisoformat(values[name]) for name in ("sent_on", "due_on")}
    return Earlier(**{**values, **days})
