"""Arrivals and runs: which facts have come, which run took them, the latest run of each day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.store.arrivals import Part
from hub.store.runs import RunCounts, RunFiles, RunTotal
from tests.store.records import SHA, receive

FILES = RunFiles(
    discrepancies_sha256=SHA, open_collections_sha256=SHA, open_deposits_sha256=SHA,
    matches_sha256=SHA,
)  # fmt: skip
COUNTS = RunCounts(
    in_transit_count=1, in_transit_fen=2**53 + 1, difference_count=0, difference_fen=0
)


@pytest.fixture
def do(store):
    return store.transact


@pytest.fixture
def today(now):
    return now.date()


@pytest.fixture
def arrive(do, now, today):
    def arrive(number, *, source=Source.COLLECTIONS, day=today, part=None, **options):
        def unit(uow):
            one = receive(uow, number, at=now)
            terms = {"partner": "tax", "rows": 5, "total_fen": 10**15, "facts_sha256": SHA}
            return uow.arrivals.add(
                inbox_id=one.id, source=source, day=day, at=now, part=part, **{**terms, **options}
            )

        return do(unit)

    return arrive


@pytest.fixture
def run(do, now, today):
    def run(as_of=today, totals=(), **options):
        return do(
            lambda u: u.runs.save(
                as_of=as_of, inputs_sha256=SHA, missing=[Source.DEPOSITS, Source.COLLECTIONS],
                summary={"笔数": 3}, files=FILES, counts=COUNTS, totals=totals, at=now, **options,
            )
        )  # fmt: skip

    return run


def test_an_arrival_is_there_once_per_file(arrive, do, now, today):
    first = arrive(1)
    again = do(
        lambda u: u.arrivals.add(
            inbox_id=first.inbox_id, partner="tax", source=Source.COLLECTIONS, day=today, rows=9,
            total_fen=9, facts_sha256=SHA, at=now,
        )
    )  # fmt: skip

    assert again == first
    assert do(lambda u: u.arrivals.of_day(today, partner="tax", source=Source.COLLECTIONS)) == [
        first
    ]


def test_a_source_has_come_when_every_part_of_every_package_has(arrive, do, today):
    def has_come():
        return do(lambda u: u.arrivals.has_come(today, partner="tax", source=Source.DEPOSITS))

    assert not has_come()
    arrive(1, source=Source.DEPOSITS, part=Part(pack_no="P", no=2, count=2))
    assert not has_come()
    arrive(2, source=Source.DEPOSITS, part=Part(pack_no="P", no=1, count=2))
    assert has_come()
    assert not do(lambda u: u.arrivals.has_come(today, partner="bank", source=Source.DEPOSITS))


def test_a_part_that_comes_again_in_another_file_is_refused(arrive):
    arrive(1, part=Part(pack_no="P", no=1, count=2))

    with pytest.raises(Rejected) as found:
        arrive(2, part=Part(pack_no="P", no=1, count=2))

    assert found.value.code == "arrival_part_twice"


def test_a_run_takes_what_no_other_took_and_leaves_open_packages(arrive, run, do, today):
    whole, half = arrive(1), arrive(2, part=Part(pack_no="P", no=1, count=2))
    later = arrive(3, day=today + timedelta(days=1))
    first = run()
    assert do(lambda u: u.arrivals.inputs(today, run_id=first.id)) == [whole]
    do(lambda u: u.arrivals.consume([whole.id], run_id=first.id))

    second = run(today + timedelta(days=1))
    taken = do(lambda u: u.arrivals.inputs(second.as_of, run_id=second.id))

    assert taken == [later]
    assert half not in taken
    with pytest.raises(ValueError, match="belongs to another run"):
        do(lambda u: u.arrivals.consume([whole.id], run_id=second.id))
    do(lambda u: u.arrivals.consume([whole.id], run_id=first.id))  # its own again is harmless


def test_arrivals_are_found_by_the_periods_that_they_touch_and_by_their_days(arrive, do, today):
    one = arrive(1, period_min=202609, period_max=202610)
    two = arrive(2, period_min=202611, period_max=202611, day=today - timedelta(days=3))

    def touching(first, last):
        return do(
            lambda u: u.arrivals.touching(Source.COLLECTIONS, period_min=first, period_max=last)
        )

    assert touching(202610, 202611) == [one, two]
    assert touching(202611, 202612) == [two]
    assert do(lambda u: u.arrivals.since(Source.COLLECTIONS, today, until=today)) == [one]


def test_a_run_again_replaces_the_days_run_and_its_totals(run, do, today):
    total = RunTotal(
        day=today, insurance_kind="110", collected_fen=2**53 + 1, deposited_fen=None, credited_fen=0
    )
    first = run(totals=[total, RunTotal(**{**_asdict(total), "insurance_kind": "310"})])

    second = run(totals=[total])

    assert (first.revision, second.revision, first.id) == (1, 2, second.id)
    assert second.missing == {Source.DEPOSITS, Source.COLLECTIONS}
    assert (second.summary, second.counts, second.files) == ({"笔数": 3}, COUNTS, FILES)
    assert do(lambda u: u.runs.totals(second.id)) == [total]


def test_the_latest_run_is_the_one_of_the_latest_day(run, do, today):
    days = [today - timedelta(days=n) for n in (1, 0, 2)]
    for day in days:
        run(day)

    assert do(lambda u: u.runs.latest()).as_of == today
    assert do(lambda u: u.runs.latest(before=today)).as_of == days[0]
    recent = do(lambda u: u.runs.recent(before=today, limit=5))
    assert [r.as_of for r in recent] == [days[0], days[2]]
    assert do(lambda u: u.runs.of_day(today + timedelta(days=1))) is None


def _asdict(total):
    return {name: getattr(total, name) for name in RunTotal.__slots__}
