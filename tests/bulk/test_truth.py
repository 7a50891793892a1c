"""What was planted is what the engine finds: no more, no less, on one day and over several."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import NamedTuple

import pytest

from hub.adapters.china_calendar import load
from hub.bulk import engine, level_i
from hub.domain.facts import Source
from hub.simulate import lists
from hub.simulate.cases import cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.day import TRANSIT_DAYS, Day, simulate_day
from hub.simulate.mint import Mint
from hub.simulate.truth import as_dict
from tests.bulk import running
from tests.bulk.oracle_records import Rules

MONDAY = date(2026, 11, 23)
CALENDAR = load()
DAYS = [CALENDAR.add(MONDAY, n) for n in range(5)]
FEN = "(amount * 100)::BIGINT AS amount_fen"


class Found(NamedTuple):
    """What a planted difference and a found one must have in common."""

    record: str
    insurance_kind: str
    period: str | None
    verdict: str
    amount_fen: int


def planted(truth) -> Counter[Found]:
    return Counter(
        Found(
            one["receipt_no"] or one["deposit_no"] or one["payer_id"],
            one["insurance_kind"],
            str(one["period"]) if one["period"] else None,
            one["verdict"],
            one["amount_fen"],
        )
        for one in truth
    )


def found(path) -> Counter[Found]:
    return Counter(
        Found(
            one.receipt_no or one.deposit_no or one.payer_id,
            one.insurance_kind,
            one.period,
            one.verdict,
            one.amount,
        )
        for one in running.findings(path)
    )


def rules(day=MONDAY) -> Rules:
    return Rules(as_of=day, transit=TRANSIT_DAYS, calendar=CALENDAR)


def reconcile_day(folder) -> engine.Outcome:
    views = {
        "collections": f"0 AS line, * REPLACE (period::INTEGER AS period), {FEN}, true AS is_new",
        "deposits": f"0 AS line, *, {FEN}, true AS is_new",
        "assessments": f"* REPLACE (period::INTEGER AS period), {FEN}, NULL::DATE AS due_on",
        "denials": "*",
    }
    with engine.connect(folder / "spill") as connection:
        for name, columns in views.items():
            path = folder / f"{name}.parquet"
            connection.execute(
                f"CREATE VIEW {name} AS SELECT {columns} FROM read_parquet('{path}')"
            )
        return engine.reconcile(connection, running.terms(rules()), folder / "result")


class Office:
    """A hub that keeps nothing but its archive: facts by source, and what the last runs wrote."""

    def __init__(self, folder) -> None:
        self.folder, self.kept, self.last = folder, {source: [] for source in Source}, None
        self.matches = []

    def reconcile(self, day, facts, *, awaiting=frozenset()) -> engine.Outcome:
        today = {}
        for source, rows in facts.items():
            path = self.folder / f"{day}-{source.value}.parquet"
            today[source] = [running.write_facts(source, rows, path)]
            self.kept[source] += today[source]
        inputs = engine.Inputs(
            collections=today[Source.COLLECTIONS],
            deposits=today[Source.DEPOSITS],
            assessments=self.kept[Source.ASSESSMENTS],
            denials=self.kept[Source.DENIALS],
            credits=today[Source.CREDITS],
            open_collections=[self.last.open_collections] if self.last else (),
            open_deposits=[self.last.open_deposits] if self.last else (),
            earlier_matches=self.matches[-2:],  # the hub does not look back for ever
            period_collections=self.kept[Source.COLLECTIONS],
        )
        terms = running.terms(rules(day), awaiting=awaiting)
        self.last = engine.run(inputs, terms, self.folder / f"{day}", threads=1)
        self.matches.append(self.last.matches)
        return self.last


def invented(seed, dates, *, rows=250):
    mint = Mint(seed)
    return [case for day in DAYS for case in cases(mint, dates, [day], rows=rows)]


@pytest.mark.parametrize("seed", range(12))
def test_a_day_has_exactly_the_planted_differences(tmp_path, seed):
    day = Day(rows=150 + 150 * seed, seed=seed, as_of=MONDAY, forms=frozenset({"parquet"}))
    simulate_day(day, tmp_path, calendar=CALENDAR, catalog=None, advance=lambda _rows: None)
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))

    outcome = reconcile_day(tmp_path)

    assert found(outcome.discrepancies) == planted(truth)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("gone", [None, Sender.TREASURY], ids=["all-lists", "no-treasury"])
def test_each_of_five_days_has_exactly_what_stands_on_it(tmp_path, seed, gone):
    missing = frozenset({(DAYS[2], gone)}) if gone else frozenset()
    dates = Dates(calendar=CALENDAR, transit_days=TRANSIT_DAYS, missing=missing)
    made, office = invented(seed, dates), Office(tmp_path)

    for day in DAYS:
        outcome = office.reconcile(day, lists.facts(made, dates, lambda seen, on=day: seen == on))

        standing = [as_dict(p) for case in made for p in case.planted if p.stands_on(day)]
        assert found(outcome.discrepancies) == planted(standing), day
        if not gone:
            assert [*level_i.credit_differences(outcome.totals)] == []


def test_when_the_tax_list_is_missing_no_deposit_is_blamed_for_it(tmp_path):
    missing = frozenset({(DAYS[1], Sender.TAX)})
    dates = Dates(calendar=CALENDAR, transit_days=TRANSIT_DAYS, missing=missing)
    made, office = invented(4, dates), Office(tmp_path)

    for day in DAYS[:4]:
        awaiting = frozenset({Source.COLLECTIONS}) if day == DAYS[1] else frozenset()
        facts = lists.facts(made, dates, lambda seen, on=day: seen == on)
        outcome = office.reconcile(day, facts, awaiting=awaiting)

        standing = [as_dict(p) for case in made for p in case.planted if p.stands_on(day)]
        if awaiting:
            assert "missing_at_tax" not in {
                f.verdict for f in running.findings(outcome.discrepancies)
            }
        else:
            assert found(outcome.discrepancies) == planted(standing), day
