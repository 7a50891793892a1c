"""What the oracle works on: facts, findings, and slips with what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from hub.domain.calendar import WorkingDays

Fact = dict[str, Any]
T = TypeVar("T")


class Finding(NamedTuple):
    """A row of `discrepancies.parquet`, amounts in fen."""

    receipt_no: str | None = None
    deposit_no: str | None = None
    verdict: str = ""
    level: str = "ii"
    insurance_kind: str = ""
    payer_id: str | None = None
    period: str | None = None
    collected: int | None = None
    deposited: int | None = None
    assessed: int | None = None
    amount: int = 0
    collected_on: date | None = None
    age_working_days: int | None = None
    rule: str = ""
    note: str | None = None


@dataclass(kw_only=True)
class Facts:
    """What one run is given."""

    collections: list[Fact] = field(default_factory=list)
    deposits: list[Fact] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    earlier: list[Fact] = field(default_factory=list)
    assessments: list[Fact] = field(default_factory=list)
    period_collections: list[Fact] | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    as_of: date
    transit: int
    calendar: WorkingDays

    def age(self, day: date) -> int:
        return self.calendar.count(day, self.as_of)


@dataclass
class Slip:
    """One insurance kind of one receipt, with what an earlier run matched of it."""

    receipt_no: str
    kind: str
    listed: list[Fact] = field(default_factory=list)
    booked: list[Fact] = field(default_factory=list)
    earlier: list[Fact] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return self.receipt_no, self.kind

    @property
    def new_collected(self) -> int:
        return sum(row["amount_fen"] for row in self.listed)

    @property
    def new_deposited(self) -> int:
        return sum(row["amount_fen"] for row in self.booked)

    @property
    def collected(self) -> int | None:
        before = sum(match["collected_fen"] for match in self.earlier)
        return before + self.new_collected if self.listed or self.earlier else None

    @property
    def deposited(self) -> int | None:
        before = sum(match["collected_fen"] for match in self.earlier)
        return before + self.new_deposited if self.booked or self.earlier else None

    def _known(self, name: str) -> str | int | None:
        before, now = (same(row[name] for row in rows) for rows in (self.earlier, self.listed))
        return now if before is None else before

    def match(self, rules: Rules, rule: str, booked: list[Fact]) -> Fact:
        return {
            "matched_on": rules.as_of,
            "receipt_no": self.receipt_no,
            "insurance_kind": self.kind,
            "payer_id": same(row["payer_id"] for row in self.listed),
            "period": same(row["period"] for row in self.listed),
            "collected_on": min((row["collected_on"] for row in self.listed), default=None),
            "collected_fen": self.new_collected,
            "deposited_fen": sum(row["amount_fen"] for row in booked),
            "collected_rows": len(self.listed),
            "deposited_rows": len(booked),
            "deposit_no": same(row["deposit_no"] for row in booked),
            "rule": rule,
        }

    def finding(self, rules: Rules, verdict: str, rule: str, **more: object) -> Finding:
        known = [row["collected_on"] for row in (*self.listed, *self.earlier)]
        days = [day for day in known if day is not None]
        since = min(days or [row["credited_on"] for row in self.booked])
        period = self._known("period")
        found = Finding(
            receipt_no=self.receipt_no,
            deposit_no=same(row["deposit_no"] for row in self.booked),
            verdict=verdict,
            insurance_kind=self.kind,
            payer_id=self._known("payer_id"),
            period=None if period is None else str(period),
            collected=self.collected,
            deposited=self.deposited,
            amount=abs((self.collected or 0) - (self.deposited or 0)),
            collected_on=min(days, default=None),
            age_working_days=rules.age(since),
            rule=rule,
        )
        return found._replace(**more)


def same(values: Iterable[T]) -> T | None:
    """Return the value that all have, or nothing."""
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None
