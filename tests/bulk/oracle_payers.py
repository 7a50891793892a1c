"""Level iii of the oracle: what payers owe, against what was collected from them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.bulk.oracle_records import Facts, Rules

Fact = dict[str, Any]
_STEPS = (
    # verdict, rule, name of what differs, its place in the key
    ("wrong_kind", "iii-01-kind@1", "kind", 1),
    ("wrong_period", "iii-02-period@1", "period", 2),
    ("wrong_payer", "iii-03-payer@1", "payer", 0),
)


@dataclass
class Key:
    """One payer, kind and period: rows on both sides."""

    name: tuple[str, str, int]
    listed: list[Fact] = field(default_factory=list)
    owed: list[Fact] = field(default_factory=list)

    @property
    def collected(self) -> int:
        return sum(row["amount_fen"] for row in self.listed)

    @property
    def assessed(self) -> int:
        return sum(row["amount_fen"] for row in self.owed)

    def is_early(self, as_of: date) -> bool:
        dues = [row["due_on"] for row in self.owed if row["due_on"] is not None]
        return bool(dues) and max(dues) >= as_of

    def finding(self, rules: Rules, verdict: str, rule: str, note: str | None = None) -> Fact:
        days = [row["collected_on"] for row in self.listed if row["collected_on"]]
        receipts = {row["receipt_no"] for row in self.listed} - {None}
        payer, kind, period = self.name
        moved = verdict in {"wrong_kind", "wrong_period", "wrong_payer"}
        return {
            "level": "iii", "verdict": verdict, "rule": rule, "note": note, "payer_id": payer,
            "insurance_kind": kind, "period": str(period),
            "receipt_no": receipts.pop() if len(receipts) == 1 else None,
            "collected": self.collected if self.listed else None,
            "assessed": self.collected if moved else self.assessed if self.owed else None,
            "amount": abs(self.collected - self.assessed),
            "collected_on": min(days, default=None),
            "age_working_days": rules.age(min(days)) if days else None,
        }  # fmt: skip


def judge_payers(facts: Facts, rules: Rules, listed: list[Fact]) -> Iterator[Fact]:
    """Yield a finding for each key whose sums differ; `listed` has nothing twice."""
    uneven = [key for key in _keys(facts, listed) if key.collected != key.assessed]
    judged = set()
    for verdict, rule, name, at in _STEPS:
        for owed, paid in _groups([key for key in uneven if key.name not in judged], at):
            judged |= {key.name for key in (*owed, *paid)}
            if len(owed) == len(paid) == 1:
                yield paid[0].finding(rules, verdict, rule, f"{name}={owed[0].name[at]}")
                continue
            note = f"candidates={len(owed) + len(paid)}"
            yield from (key.finding(rules, "ambiguous", rule, note) for key in paid)
            yield from (
                key.finding(rules, "missing_at_tax", "iii-05-uncollected@1", note)
                for key in owed
                if not key.is_early(rules.as_of)
            )
    for key in uneven:
        if key.name not in judged:
            yield from _alone(key, rules)


def _alone(key: Key, rules: Rules) -> Iterator[Fact]:
    if not key.assessed:
        yield key.finding(rules, "over", "iii-06-unassessed@1")
    elif key.collected > key.assessed and key.collected:
        yield key.finding(rules, "over", "iii-04-amount@1")
    elif not key.is_early(rules.as_of):
        if key.collected:
            yield key.finding(rules, "short", "iii-04-amount@1")
        else:
            yield key.finding(rules, "missing_at_tax", "iii-05-uncollected@1")


def _keys(facts: Facts, listed: list[Fact]) -> list[Key]:
    keys: dict[tuple[str, str, int], Key] = {}
    periods = {row["period"] for row in facts.assessments}
    for rows, side in ((listed, "listed"), (facts.assessments, "owed")):
        for row in rows:
            if row["period"] in periods:
                name = (row["payer_id"], row["insurance_kind"], row["period"])
                getattr(keys.setdefault(name, Key(name)), side).append(row)
    return list(keys.values())


def _groups(keys: list[Key], at: int) -> list[tuple[list[Key], list[Key]]]:
    # keys of equal amount on one side alone that have all but one part of their names in common
    groups: dict[tuple[Any, ...], tuple[list[Key], list[Key]]] = defaultdict(lambda: ([], []))
    for key in keys:
        if not (key.collected and key.assessed):
            shared = (*key.name[:at], *key.name[at + 1 :], key.assessed or key.collected)
            groups[shared][0 if key.assessed else 1].append(key)
    return [group for group in groups.values() if all(group)]
