"""Absence is an event: it opens at the source's hour, names the partner, and ends by itself."""

from __future__ import annotations

from datetime import date

from hub.domain.discrepancy import Ending, Event, State
from hub.domain.facts import Source
from hub.flows.schedule import expected_sources, plan_until
from tests.facts import TUESDAY, collection, deposit

SATURDAY = date(2026, 11, 28)


def test_what_partners_owe_comes_from_their_files_with_the_hours_of_the_deployment(office):
    owed = {(e.partner, e.source.value, f"{e.by:%H:%M}") for e in expected_sources(office.services)}

    assert owed == {("tax", "collections", "16:30"), ("treasury", "deposits", "17:00")}


def test_a_source_that_is_not_there_by_its_hour_is_its_partners_discrepancy(office):
    plan_until(TUESDAY, office.services)
    office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.work()
    assert office.discrepancies(Event.SOURCE_MISSING) == []

    office.clock.advance(hours=5)  # 17:00 in Shanghai
    office.work()

    (found,) = office.discrepancies(Event.SOURCE_MISSING)
    assert found.difference.partner == "treasury"
    assert "deposits" in found.difference.note
    assert found.state is State.OPEN


def test_it_ends_by_itself_when_the_list_comes(office):
    plan_until(TUESDAY, office.services)
    office.clock.advance(hours=5)
    office.work()

    office.send_list(Source.DEPOSITS, [deposit("R1")])
    office.work()

    ended = {d.difference.partner: d.closed_how for d in office.discrepancies(Event.SOURCE_MISSING)}
    assert ended == {"tax": None, "treasury": Ending.ARRIVED}


def test_an_empty_list_has_come(office):
    plan_until(TUESDAY, office.services)
    office.send_list(Source.DEPOSITS, [])
    office.clock.advance(hours=5)

    office.work()

    assert [d.difference.partner for d in office.discrepancies()] == ["tax"]


def test_a_day_is_reconciled_at_its_end_with_what_is_there(office):
    plan_until(TUESDAY, office.services)
    office.send_list(Source.COLLECTIONS, [collection("R1")])

    office.clock.advance(hours=7)  # 19:00
    office.work()

    with office.store.read() as uow:
        run = uow.runs.latest()
    assert run.as_of == TUESDAY
    assert run.missing == {Source.DEPOSITS}


def test_days_of_rest_owe_nothing(office):
    assert plan_until(SATURDAY, office.services) == []
