"""The rules as one would explain them: plain Python, receipt by receipt, written without the SQL.

`judge` is what `hub.bulk.engine` must agree with, to the row and to the column. Facts are the
dictionaries of `hub.simulate.lists`; an earlier match is a dictionary of `hub.bulk.tables.MATCHES`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Any

from tests.bulk.oracle_payers import judge_payers
from tests.bulk.oracle_records import Fact, Facts, Finding, Rules, Slip


@dataclass
class Judgement:
    findings: list[Finding] = field(default_factory=list)
    matches: list[Fact] = field(default_factory=list)  # rows of `matches.parquet`
    open_collections: list[Fact] = field(default_factory=list)
    open_deposits: list[Fact] = field(default_factory=list)


def times(small: int, large: int, rows: list[Any]) -> int | None:
    """Tell how often `small` was sent to make `large`, if every row was sent that often."""
    if small <= 0 or large <= small or large % small:
        return None
    often = large // small
    return often if gcd(*Counter(rows).values()) % often == 0 else None


def judge(facts: Facts, rules: Rules) -> Judgement:
    """Give every record one verdict or a match, in the order of the rules."""
    done, slips = Judgement(), _slips(facts)
    rest = []
    for slip in slips.values():
        if slip.new_collected == slip.new_deposited:
            done.matches.append(slip.match(rules, "ii-01-receipt@1", slip.booked))
        else:
            rest.append(slip)
            done.matches += slip.earlier  # a verdict rests on it, so it is handed on
            done.open_deposits += slip.booked
    one_sided, twice = [], []
    for slip in rest:
        if slip.collected is None or slip.deposited is None:
            one_sided.append(slip)
            continue
        finding, listed_times = _compare(slip, rules)
        done.findings.append(finding)
        if listed_times:
            twice.append((slip, listed_times))
    waiting, unlisted = _other_kinds(one_sided, rules, done)
    for slip in unlisted:
        done.findings.append(slip.finding(rules, "missing_at_tax", "ii-06-unlisted@1"))
    fitted = _unnumbered(waiting, facts.deposits, rules, done)
    _wait([slip for slip in waiting if slip.key not in fitted], facts, rules, done)
    done.open_collections = [
        row for s in rest if fitted.get(s.key) != "matched" for row in s.listed
    ]
    listed_once = _listed_once(twice, facts)
    done.findings += [Finding(**found) for found in judge_payers(facts, rules, listed_once)]
    return done


def _slips(facts: Facts) -> dict[tuple[str, str], Slip]:
    slips: dict[tuple[str, str], Slip] = {}
    for name in ("collections", "deposits"):
        for row in getattr(facts, name):
            key = (row["receipt_no"], row["insurance_kind"])
            if key[0] is not None:
                slip = slips.setdefault(key, Slip(*key))
                (slip.listed if name == "collections" else slip.booked).append(row)
    for match in {tuple(match.items()): match for match in facts.earlier}.values():
        key = (match["receipt_no"], match["insurance_kind"])
        if key in slips:
            slips[key].earlier.append(match)
    return slips


def _compare(slip: Slip, rules: Rules) -> tuple[Finding, int | None]:
    collected, deposited = slip.collected or 0, slip.deposited or 0
    listed_rows = [(r["payer_id"], r["period"], r["amount_fen"]) for r in slip.listed]
    booked_rows = [r["amount_fen"] for r in slip.booked]
    booked = times(collected, deposited, booked_rows)
    listed = times(deposited, collected, listed_rows)
    if slip.earlier:  # only a whole match again, on one side, is a repetition
        booked = None if slip.listed else times(collected, deposited, [])
        listed = None if slip.booked else times(deposited, collected, [])
    if booked or listed:
        note = f"booked={booked}" if booked else f"listed={listed}"
        return slip.finding(rules, "duplicate", "ii-02-duplicate@1", note=note), listed
    verdict = "short" if deposited < collected else "over"
    return slip.finding(rules, verdict, "ii-04-amount@1"), None


def _other_kinds(slips: list[Slip], rules: Rules, done: Judgement) -> tuple[list[Slip], list[Slip]]:
    groups: dict[tuple[str, int], tuple[list[Slip], list[Slip]]] = defaultdict(lambda: ([], []))
    for slip in slips:
        at = groups[slip.receipt_no, slip.new_collected if slip.listed else slip.new_deposited]
        at[0 if slip.listed else 1].append(slip)
    waiting, unlisted = [], []
    for listed, booked in groups.values():
        if len(listed) == len(booked) == 1:
            there = replace(listed[0], booked=booked[0].booked)
            done.findings.append(
                there.finding(
                    rules,
                    "wrong_kind",
                    "ii-03-kind@1",
                    amount=abs(there.new_collected),
                    note=f"kind={booked[0].kind}",
                )
            )
        elif listed and booked:
            for slip in (*listed, *booked):
                note = f"candidates={len(listed) + len(booked)}"
                done.findings.append(slip.finding(rules, "ambiguous", "ii-03-kind@1", note=note))
        else:
            waiting += listed
            unlisted += booked
    return waiting, unlisted


def _unnumbered(
    waiting: list[Slip], deposits: list[Fact], rules: Rules, done: Judgement
) -> dict[tuple[str, str], str]:
    """Judge deposits without a number; return what became of the slips that they may fit."""
    groups: dict[tuple[str, int], tuple[list[Slip], list[Fact]]] = defaultdict(lambda: ([], []))
    for slip in waiting:
        groups[slip.kind, slip.new_collected][0].append(slip)
    for row in deposits:
        if row["receipt_no"] is None:
            groups[row["insurance_kind"], row["amount_fen"]][1].append(row)
    became = {}
    for slips, rows in groups.values():
        rule, note = "ii-05-unnumbered@1", f"candidates={len(slips) + len(rows)}"
        if len(slips) == len(rows) == 1:
            done.matches.append(slips[0].match(rules, rule, rows))
            became[slips[0].key] = "matched"
            continue
        done.open_deposits += rows
        done.findings += [_of_deposit(row, rules, rule, note if slips else None) for row in rows]
        for slip in slips if rows else []:
            done.findings.append(slip.finding(rules, "ambiguous", rule, note=note))
            became[slip.key] = "ambiguous"
    return became


def _wait(waiting: list[Slip], facts: Facts, rules: Rules, done: Judgement) -> None:
    for slip in waiting:
        on_time = rules.age(min(row["collected_on"] for row in slip.listed)) <= rules.transit
        verdict = "in_transit" if on_time else "overdue"
        if slip.receipt_no in facts.denied:
            verdict = "missing_at_treasury"
        done.findings.append(slip.finding(rules, verdict, "ii-07-unbooked@1"))


def _of_deposit(row: Fact, rules: Rules, rule: str, note: str | None) -> Finding:
    return Finding(
        deposit_no=row["deposit_no"],
        verdict="ambiguous" if note else "missing_at_tax",
        insurance_kind=row["insurance_kind"],
        deposited=row["amount_fen"],
        amount=abs(row["amount_fen"]),
        age_working_days=rules.age(row["credited_on"]),
        rule=rule,
        note=note,
    )


def _listed_once(twice: list[tuple[Slip, int]], facts: Facts) -> list[Fact]:
    """Return the collections of the assessed periods without what was listed again."""
    rows = facts.collections if facts.period_collections is None else facts.period_collections
    kept = list(rows)
    for slip, often in twice:
        again = Counter((row["payer_id"], row["period"], row["amount_fen"]) for row in slip.listed)
        for (payer_id, period, fen), count in again.items():
            less = {
                "payer_id": payer_id,
                "insurance_kind": slip.kind,
                "period": period,
                "amount_fen": -fen,
                "receipt_no": None,
                "collected_on": None,
            }
            kept += [less] * (count if slip.earlier else count - count // often)
    return kept
