"""A received file becomes an arrival, or is refused or held, whole; its neighbours go on."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date

import pytest

from hub.domain.discrepancy import Ending, Event, State
from hub.domain.facts import Source
from hub.flows import receive
from hub.mappings.catalog import Catalog
from hub.store.inbox import InboxState
from tests.facts import TUESDAY, collection, deposit
from tests.lists import list_bytes, list_name

WEDNESDAY = date(2026, 11, 25)
NAME = list_name(Source.COLLECTIONS, TUESDAY)


def arrivals(office, source=Source.COLLECTIONS):
    with office.store.read() as uow:
        return uow.arrivals.since(source, TUESDAY, until=TUESDAY)


def test_a_list_becomes_facts_an_arrival_and_a_journal_row(office):
    received = office.send_list(Source.COLLECTIONS, [collection("R1"), collection("R2", 250)])

    office.work()

    (arrival,) = arrivals(office)
    assert (arrival.rows, arrival.total_fen, arrival.partner) == (2, 10_250, "tax")
    assert (arrival.period_min, arrival.period_max) == (202611, 202611)
    assert office.services.archive.path(arrival.facts_sha256).is_file()
    assert office.received(received.id).state is InboxState.READ
    assert "file.read" in office.events()


def test_a_packed_list_is_read_like_a_plain_one(office):
    office.send("tax-in", f"{NAME}.gz", gzip.compress(list_bytes(Source.COLLECTIONS, [])))

    office.work()

    assert [a.rows for a in arrivals(office)] == [0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nobody-knows-me.txt", b"x"),
        (NAME, "税票\n".encode("gb18030")),
        (NAME, list_bytes(Source.COLLECTIONS, [collection("R1", "１００")])),
        (NAME, list_bytes(Source.COLLECTIONS, [collection("R1"), collection("R2", -5)])),
        (f"{NAME}.gz", gzip.compress(list_bytes(Source.COLLECTIONS, []))[:-9]),
        (NAME, b""),
    ],
    ids=["name", "encoding", "full-width digits", "negative", "cut short", "empty"],
)
def test_what_cannot_be_read_is_refused_whole_and_its_neighbours_go_on(office, name, content):
    bad = office.send("tax-in", name, content)
    good = office.send_list(Source.COLLECTIONS, [collection("R9")], sequence=9)

    office.work()

    refused = office.received(bad.id)
    assert refused.state is InboxState.REFUSED
    assert refused.error["zh"]
    assert refused.error["en"]
    assert office.services.archive.path(refused.sha256).read_bytes() == content
    assert office.received(good.id).state is InboxState.READ
    assert [a.inbox_id for a in arrivals(office)] == [good.id]
    (found,) = office.discrepancies(Event.FILE_REFUSED)
    assert found.difference.partner == "tax"
    assert name in found.difference.note
    assert office.parked() == []


def test_a_refusal_names_the_line_and_the_field(office):
    rows = [collection("R1"), collection("R2", "12x")]
    bad = office.send_list(Source.COLLECTIONS, rows)

    office.work()

    error = office.received(bad.id).error
    assert (error["file"], error["line"]) == (NAME, 3)
    assert "amount_fen" in error["field"]


def test_a_refused_file_that_is_read_after_all_ends_its_discrepancy(office):
    catalog = office.services.catalog
    office.services = replace(office.services, catalog=Catalog({}))  # before the layout was written
    bad = office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.work()
    office.services = replace(office.services, catalog=catalog)

    receive.replay(bad.id, person="王芳", services=office.services)
    office.work()

    (found,) = office.discrepancies(Event.FILE_REFUSED)
    assert (found.state, found.closed_how) == (State.CLOSED, Ending.ARRIVED)
    assert office.received(bad.id).state is InboxState.READ
    assert len(arrivals(office)) == 1


def test_replaying_a_read_file_counts_nothing_twice(office):
    read = office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.work()
    before = arrivals(office)

    receive.replay(read.id, person="王芳", services=office.services)
    office.work()

    assert arrivals(office) == before


def test_a_known_name_with_other_content_waits_for_a_person(office):
    office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.work()
    held = office.send_list(Source.COLLECTIONS, [collection("R2")])
    office.work()

    (found,) = office.discrepancies(Event.FILE_CONFLICT)
    assert office.received(held.id).state is InboxState.HELD
    assert len(arrivals(office)) == 1

    receive.release(held.id, person="王芳", services=office.services)
    office.work()

    assert len(arrivals(office)) == 2
    (found,) = office.discrepancies(Event.FILE_CONFLICT)
    assert found.closed_how is Ending.ARRIVED


def test_the_same_content_again_has_no_effect(office):
    office.send_list(Source.COLLECTIONS, [collection("R1")])
    again = office.send_list(Source.COLLECTIONS, [collection("R1")])

    office.work()

    assert office.received(again.id).state is InboxState.DUPLICATE
    assert len(arrivals(office)) == 1
    assert office.discrepancies() == []


def test_the_last_list_of_a_day_makes_its_reconciliation_due_now(office):
    office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.work()
    assert "day.reconciled" not in office.events()

    office.send_list(Source.DEPOSITS, [deposit("R1")])
    office.work()

    assert office.events().count("day.reconciled") == 1


def test_a_list_without_a_row_is_a_list(office):
    office.send_list(Source.COLLECTIONS, [])
    office.send_list(Source.DEPOSITS, [])

    office.work()

    assert office.events().count("day.reconciled") == 1


def test_lists_without_a_row_count_every_day_although_their_bytes_are_the_same(office):
    office.send_list(Source.DEPOSITS, [])
    office.work()
    again = office.send_list(Source.DEPOSITS, [], day=WEDNESDAY)

    office.work()

    with office.store.read() as uow:
        came = [a.day for a in uow.arrivals.since(Source.DEPOSITS, TUESDAY, until=WEDNESDAY)]
    assert came == [TUESDAY, WEDNESDAY]
    assert office.received(again.id).state is InboxState.DUPLICATE
