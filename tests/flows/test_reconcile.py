"""The daily reconciliation as a step: what is carried, what ends by itself, what waits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Ending, Event, State
from hub.domain.facts import Source
from hub.domain.verdict import Verdict
from hub.errors import Rejected
from hub.flows.schedule import plan_day
from tests.facts import TUESDAY, assessment, collection, credit, deposit

WEDNESDAY = date(2026, 11, 25)


def send_day(office, day, collections, deposits, sequence=1):
    office.send_list(Source.COLLECTIONS, collections, day, sequence)
    office.send_list(Source.DEPOSITS, deposits, day, sequence)
    office.work()


def next_day(office):
    office.clock.advance(days=1)


def run_of(office, day):
    with office.store.read() as uow:
        return uow.runs.of_day(day)


def test_a_difference_is_opened_for_a_desk_and_money_in_transit_is_not(office):
    send_day(
        office,
        TUESDAY,
        [collection("R1", 500), collection("R2", 700), collection("R3", 900)],
        [deposit("R1", 500), deposit("R2", 650)],
    )

    (found,) = office.discrepancies()
    assert (found.difference.cause, found.difference.amount_fen) == (Verdict.SHORT, 50)
    assert found.owner == FINANCE
    run = run_of(office, TUESDAY)
    assert (run.counts.in_transit_count, run.counts.in_transit_fen) == (1, 900)


def test_yesterdays_money_in_transit_is_matched_when_it_comes(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [])
    next_day(office)

    send_day(office, WEDNESDAY, [], [deposit("R1", 500, credited_on=WEDNESDAY)])

    assert run_of(office, TUESDAY).counts.in_transit_count == 1
    assert run_of(office, WEDNESDAY).counts.in_transit_count == 0
    assert office.discrepancies() == []


def test_a_difference_keeps_its_identity_until_the_rest_of_the_money_comes(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 300)])
    (before,) = office.discrepancies()
    next_day(office)
    send_day(office, WEDNESDAY, [], [])
    (kept,) = office.discrepancies()
    assert (kept.id, kept.state, kept.opened_on) == (before.id, State.OPEN, TUESDAY)

    rest = deposit("R1", 200, deposit_no="D2", credited_on=WEDNESDAY)
    office.send_list(Source.DEPOSITS, [rest], WEDNESDAY, sequence=2)
    office.work()

    (ended,) = office.discrepancies()
    assert (ended.id, ended.closed_how) == (before.id, Ending.CLEARED)


def test_a_receipt_booked_again_on_a_later_day_is_a_duplicate(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 500)])
    next_day(office)

    again = deposit("R1", 500, deposit_no="D2", credited_on=WEDNESDAY)
    send_day(office, WEDNESDAY, [], [again])

    assert [d.difference.cause for d in office.discrepancies()] == [Verdict.DUPLICATE]


def test_a_late_list_makes_the_last_day_be_done_again(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [])
    next_day(office)
    send_day(office, WEDNESDAY, [], [])

    office.send_list(Source.DEPOSITS, [deposit("R1", 500)], TUESDAY, sequence=2)
    office.work()

    assert run_of(office, TUESDAY).revision == 1
    assert run_of(office, WEDNESDAY).revision == 2
    assert run_of(office, WEDNESDAY).counts.in_transit_count == 0


def test_a_file_before_the_last_day_is_not_run_for_its_own_day(office):
    plan_day(TUESDAY, office.services)
    next_day(office)
    send_day(office, WEDNESDAY, [collection("R1", 500)], [])  # Tuesday's own tasks are due too

    assert run_of(office, WEDNESDAY) is not None
    with office.store.read() as uow:
        assert uow.runs.latest().as_of == WEDNESDAY


def test_without_the_tax_bureaus_list_nothing_is_ended_and_no_receipt_is_missed(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 300)])
    next_day(office)
    plan_day(WEDNESDAY, office.services)
    unknown = deposit("R7", 100, credited_on=WEDNESDAY)
    office.send_list(Source.DEPOSITS, [unknown], WEDNESDAY)
    office.clock.advance(hours=7)
    office.work()

    alive = [d.difference.cause for d in office.discrepancies() if d.state is State.OPEN]
    assert sorted(alive) == [Verdict.SHORT, Event.SOURCE_MISSING]

    office.send_list(Source.COLLECTIONS, [collection("R7", 100)], WEDNESDAY)
    office.work()

    alive = [d.difference.cause for d in office.discrepancies() if d.state is State.OPEN]
    assert alive == [Verdict.SHORT]


def test_payers_are_judged_every_day_against_the_assessments(office):
    office.send_list(Source.ASSESSMENTS, [assessment(800)])
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 500)])
    (short,) = office.discrepancies()
    assert short.difference.amount_fen == 300
    next_day(office)
    send_day(office, WEDNESDAY, [], [])
    assert [d.state for d in office.discrepancies()] == [State.OPEN]

    office.clock.advance(days=1)
    thursday = date(2026, 11, 26)
    rest = collection("R2", 300, collected_on=thursday)
    send_day(office, thursday, [rest], [deposit("R2", 300, credited_on=thursday)])

    assert [d.closed_how for d in office.discrepancies()] == [Ending.CLEARED]


def test_the_bank_is_compared_with_the_lists_day_by_day(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 500)])
    office.send_list(Source.CREDITS, [credit(400)])
    office.work()
    (found,) = office.discrepancies(Event.CREDIT_DIFFERS)
    assert (found.difference.amount_fen, found.state) == (100, State.OPEN)
    next_day(office)
    send_day(office, WEDNESDAY, [], [])
    assert [d.state for d in office.discrepancies(Event.CREDIT_DIFFERS)] == [State.OPEN]

    office.send_list(Source.CREDITS, [credit(100, deposit_no="C2")], sequence=2)
    office.work()

    (found,) = office.discrepancies(Event.CREDIT_DIFFERS)
    assert found.closed_how is Ending.CLEARED


def test_too_many_differences_are_summed(office, monkeypatch):
    settings = office.services.settings
    limits = replace(settings.limits, discrepancies_per_run_max=3)
    office.services = replace(office.services, settings=replace(settings, limits=limits))

    send_day(office, TUESDAY, [], [deposit(f"R{n}", 100) for n in range(5)])

    (flood,) = office.discrepancies()
    assert (flood.difference.cause, flood.difference.count) == (Event.FLOOD, 5)
    assert flood.difference.amount_fen == 500
    assert office.services.archive.path(flood.difference.detail_sha256).is_file()


def test_people_find_a_workbook_and_a_summary(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 300)])

    folder = office.services.work_dir / "2026-11-24"
    assert (folder / "discrepancies.xlsx").is_file()
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["difference_count"] == 1
    assert summary["missing"] == []


def test_the_journal_says_what_was_compared_and_holds(office):
    send_day(office, TUESDAY, [collection("R1", 500)], [deposit("R1", 300)])

    with office.store.read() as uow:
        (entry,) = uow.journal.list(event="day.reconciled")
    facts = json.loads(entry.facts)
    assert (facts["collected_fen"], facts["deposited_fen"]) == (500, 300)
    assert (facts["difference_count"], facts["opened"]) == (1, 1)


@pytest.mark.parametrize("sequence", [(1, 2), (2, 1)])
def test_the_order_in_which_lists_come_does_not_matter(office, sequence):
    lists = {
        1: (Source.COLLECTIONS, [collection("R1", 500), collection("R2", 70)]),
        2: (Source.DEPOSITS, [deposit("R1", 300)]),
    }
    for number in sequence:
        office.send_list(*lists[number])
        office.work()

    assert [(d.difference.key, d.difference.amount_fen) for d in office.discrepancies()] == [
        ("ii|R1|pension", 200)
    ]


def test_one_setting_sends_the_comparison_to_a_cluster(office):
    settings = office.services.settings
    spark = replace(settings.reconciliation, engine="spark", spark_url="env:HUB_NO_SUCH_NAME")
    office.services = replace(office.services, settings=replace(settings, reconciliation=spark))

    with pytest.raises(Rejected) as refused:  # its address is asked for, and is not there
        send_day(office, TUESDAY, [collection("R1", 500)], [])

    assert refused.value.code == "secret_missing"
    assert run_of(office, TUESDAY) is None
