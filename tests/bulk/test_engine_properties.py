"""What holds for any facts: order and threads change nothing, no record is lost or used twice."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest

from hub.adapters.china_calendar import load
from hub.bulk import engine
from hub.domain.facts import Source
from hub.errors import Rejected
from hub.simulate import lists
from hub.simulate.cases import cases
from hub.simulate.dates import Dates
from hub.simulate.mint import Mint
from tests.bulk import running
from tests.bulk.oracle_records import Facts, Rules
from tests.facts import collection, deposit

MONDAY = date(2026, 11, 23)
CALENDAR = load()
FILES = ("discrepancies", "open_collections", "open_deposits", "matches")


@pytest.fixture(scope="module")
def facts():
    dates = Dates(calendar=CALENDAR, transit_days=3)
    made = list(cases(Mint(11), dates, [MONDAY], rows=4_000))
    return lists.facts(made, dates, lambda seen: seen <= MONDAY)


@pytest.fixture(scope="module")
def run(facts, tmp_path_factory):
    """Return a function that runs the engine on the facts, by day and in a given order."""

    def ran(day=MONDAY, *, shuffle=None, threads=1, collections=True, **more):
        out = tmp_path_factory.mktemp("run")
        paths = {}
        for source in (Source.COLLECTIONS, Source.DEPOSITS, Source.ASSESSMENTS, Source.DENIALS):
            rows = list(facts[source])
            if shuffle is not None:
                Random(shuffle).shuffle(rows)
            halves = [rows[::2], rows[1::2]] if shuffle else [rows]
            paths[source.value] = [
                running.write_facts(source, half, out / f"{source.value}-{n}.parquet")
                for n, half in enumerate(halves)
            ]
        if not collections:
            paths |= {"period_collections": paths["collections"], "collections": [], "deposits": []}
        terms = running.terms(Rules(as_of=day, transit=3, calendar=CALENDAR))
        inputs = engine.Inputs(**paths, **more)
        return engine.run(inputs, terms, out, threads=threads, memory_mb=200)

    return ran


@pytest.fixture(scope="module")
def plain(run):
    return run()


def content(outcome):
    return {name: (outcome.discrepancies.parent / f"{name}.parquet").read_bytes() for name in FILES}


@pytest.mark.parametrize(("shuffle", "threads"), [(None, 1), (1, 1), (2, 2), (3, 4)])
def test_order_of_rows_number_of_files_and_threads_change_no_byte(run, plain, shuffle, threads):
    again = run(shuffle=shuffle, threads=threads)

    assert content(again) == content(plain)
    assert again.summary == plain.summary


def key(row):
    return row["receipt_no"], row["insurance_kind"]


def test_every_record_is_matched_or_open_and_never_both(facts, plain):
    matches = {key(m): m for m in running.read(plain.matches)}
    loose = {m["deposit_no"] for m in matches.values() if m["rule"].startswith("ii-05")}
    for source, path, count in (
        (Source.COLLECTIONS, plain.open_collections, "collected_rows"),
        (Source.DEPOSITS, plain.open_deposits, "deposited_rows"),
    ):
        left = Counter(row["line"] for row in running.read(path))
        gone = Counter(
            row["line"]
            for row in facts[source]
            if key(row) in matches or (not row["receipt_no"] and row["deposit_no"] in loose)
        )
        assert left + gone == Counter(row["line"] for row in facts[source])
        assert gone.total() == sum(m[count] for m in matches.values())


def test_open_records_have_exactly_the_columns_of_their_facts(facts, plain):
    by_line = {row["line"]: row for row in facts[Source.COLLECTIONS]}

    for row in running.read(plain.open_collections):
        assert row == by_line[row["line"]]


def test_every_fen_is_matched_or_in_a_verdict(facts, plain):
    found = [f for f in running.findings(plain.discrepancies) if f.level == "ii"]
    matched = sum(m["collected_fen"] for m in running.read(plain.matches))
    for source, side in ((Source.COLLECTIONS, "collected"), (Source.DEPOSITS, "deposited")):
        given = sum(row["amount_fen"] for row in facts[source])
        assert given == matched + sum(getattr(f, side) or 0 for f in found)
    assert plain.summary["matched"]["fen"] == matched


def test_figures_agree_with_the_file(plain):
    found = running.findings(plain.discrepancies)
    real = [f for f in found if f.verdict != "in_transit"]

    assert plain.counts.difference_count == len(real)
    assert plain.counts.difference_fen == sum(f.amount for f in real)
    assert plain.counts.in_transit_count == len(found) - len(real)
    assert sum(count for count, _ in plain.by_verdict.values()) == len(found)


def test_without_new_facts_the_next_days_say_the_same_but_for_the_age(run, plain):
    def carried(day, last):
        return run(
            day,
            collections=False,
            open_collections=[last.open_collections],
            open_deposits=[last.open_deposits],
            earlier_matches=[last.matches],
        )

    def timeless(outcome):
        same = {"in_transit": "waits", "overdue": "waits"}
        return Counter(
            f._replace(age_working_days=None, verdict=same.get(f.verdict, f.verdict))
            for f in running.findings(outcome.discrepancies)
        )

    second = carried(CALENDAR.add(MONDAY, 1), plain)
    fifth = carried(CALENDAR.add(MONDAY, 4), second)

    assert timeless(plain) == timeless(second) == timeless(fifth)
    assert "in_transit" not in {f.verdict for f in running.findings(fifth.discrepancies)}
    for name in ("open_collections", "open_deposits"):
        assert content(fifth)[name] == content(plain)[name]
    assert fifth.summary["matched"] == {"collections": 0, "deposits": 0, "fen": 0}


def test_a_repeated_run_replaces_its_files_with_the_same_bytes(tmp_path):
    given = Facts(collections=[collection("R1"), collection("R2")], deposits=[deposit("R1")])
    rules = Rules(as_of=MONDAY, transit=3, calendar=CALENDAR)

    first = content(running.reconcile(given, rules, tmp_path))

    assert content(running.reconcile(given, rules, tmp_path)) == first


def test_deposits_that_differ_in_their_sign_alone_stand_in_one_order(tmp_path):
    both = [deposit(None, fen, line=1, deposit_no="D1") for fen in (700, -700)]
    rules = Rules(as_of=MONDAY, transit=3, calendar=CALENDAR)

    one = content(running.reconcile(Facts(deposits=both), rules, tmp_path))

    assert content(running.reconcile(Facts(deposits=both[::-1]), rules, tmp_path)) == one


def test_nothing_at_all_gives_empty_files(tmp_path):
    terms = running.terms(Rules(as_of=MONDAY, transit=3, calendar=CALENDAR))

    outcome = engine.run(engine.Inputs(), terms, tmp_path)

    assert [running.read(tmp_path / f"{name}.parquet") for name in FILES] == [[]] * 4
    assert outcome.totals == []
    assert outcome.by_verdict == {}


@pytest.mark.parametrize("day", [date(2027, 11, 22), date(2004, 1, 2)])
def test_a_day_that_the_calendar_cannot_count_is_refused(tmp_path, day):
    given = Facts(collections=[collection("R1", collected_on=date(2003, 12, 31))])

    with pytest.raises(Rejected) as refusal:
        running.reconcile(given, Rules(as_of=day, transit=3, calendar=CALENDAR), tmp_path)

    assert refusal.value.code == "calendar_unknown_year"
