"""The exchange names the packages that it sent: one that is not there is asked for."""

from __future__ import annotations

import pytest

from hub.domain.discrepancy import Ending, Event
from hub.domain.facts import Source
from hub.flows.schedule import plan_day
from hub.mappings.catalog import load_catalog
from hub.simulate.dates import Sender
from hub.simulate.partner_files import Delivery, partner_files
from hub.store.inbox import InboxState
from tests.conftest import ROOT
from tests.facts import TUESDAY, deposit
from tests.office import Office


@pytest.fixture
def treasury(tmp_path):
    """Return an office with the hub's own partners, and what the treasury sends on a day."""
    office = Office(tmp_path, catalog=load_catalog(ROOT / "config"))
    delivery = Delivery(day=TUESDAY, facts={Source.DEPOSITS: [{**deposit("R1"), "line": 1}]})
    files = {
        name: content
        for sender, name, content in partner_files(delivery, office.services.catalog)
        if sender is Sender.TREASURY
    }
    yield office, files
    office.store.close()


def named(files, start):
    return next(name for name in files if name.startswith(start))


def test_a_package_that_is_named_and_not_there_is_a_discrepancy_until_it_comes(treasury):
    office, files = treasury
    plan_day(TUESDAY, office.services)
    missing = named(files, "CFX3139")
    for name in files.keys() - {missing}:
        office.send("treasury-in", name, files[name])
    office.clock.advance(hours=7)
    office.work()

    (found,) = office.discrepancies(Event.PACKAGE_MISSING)
    assert found.difference.partner == "treasury"
    assert found.difference.note.startswith("3139 2026-11-24")

    received = office.send("treasury-in", missing, files[missing])
    office.work()

    assert office.received(received.id).state is InboxState.READ
    (found,) = office.discrepancies(Event.PACKAGE_MISSING)
    assert found.closed_how is Ending.ARRIVED


def test_packages_that_are_all_there_are_nothing_to_speak_of(treasury):
    office, files = treasury
    plan_day(TUESDAY, office.services)
    for name, content in files.items():
        office.send("treasury-in", name, content)
    office.clock.advance(hours=7)
    office.work()

    assert office.discrepancies(Event.PACKAGE_MISSING) == []


def test_a_package_with_the_same_number_and_other_content_waits_for_a_person(treasury):
    office, files = treasury
    name = named(files, "CFX3139")
    office.send("treasury-in", name, files[name])
    office.work()
    other = files[name].replace(b"<Reserve></Reserve>", b"<Reserve>x</Reserve>")
    changed = office.send("treasury-in", name.replace("_001", "_002"), other + b"\n")
    office.work()

    assert office.received(changed.id).state is InboxState.HELD
    (found,) = office.discrepancies(Event.FILE_CONFLICT)
    assert "key_conflict" in found.difference.note


def test_a_package_without_rows_that_comes_twice_has_come_once(treasury):
    """Found by a kill between the receipt of such a file and its move in the folder."""
    office, files = treasury
    name = named(files, "CFX3122")
    for one in (name, name, name.replace("_001", "_002")):
        received = office.send("treasury-in", one, files[name])
        office.work()

    assert office.received(received.id).state is InboxState.DUPLICATE
    assert office.parked() == []
    with office.store.read() as uow:
        (arrival,) = uow.arrivals.since(Source.DENIALS, TUESDAY, until=TUESDAY)
    assert arrival.rows == 0
