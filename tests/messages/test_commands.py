"""Commands that come by message have the effect of the same thing done by hand, once."""

from __future__ import annotations

import json
from datetime import date

import pytest

from hub.domain.discrepancy import Event
from hub.domain.facts import Source
from hub.errors import Rejected
from hub.flows.commands import COMMANDS_QUEUE, obey
from hub.flows.message_intake import drop, redrive, take_in
from hub.store.messages import InState
from tests.facts import assessment
from tests.lists import list_bytes, list_name
from tests.messages.hubs import ROAD, MessageHub, folder_settings
from tests.messages.roads import A, FolderPair, message

TUESDAY = date(2026, 11, 24)
ASSESSED = assessment(100_00)


@pytest.fixture
def hub(tmp_path):
    pair = FolderPair(tmp_path)
    settings = folder_settings(
        pair.path, command_channels=("core-in", "benefits-in"), command_decisions=True
    )
    made = MessageHub(tmp_path / A, A, pair.a, settings, events=True)
    yield made
    made.close()


def order(hub, command, body, **headers):
    """Let a command arrive and be carried out; return its row and who was woken."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    one = message(key=f"{A}.command.{command}", type=f"command.{command}", body=content,
                  headers=headers)  # fmt: skip
    assert take_in(ROAD, f"{A}.commands", [one], hub.services) == {COMMANDS_QUEUE}
    woken = []
    for task in sorted(hub.tasks(COMMANDS_QUEUE), key=lambda t: t.id)[-1:]:
        obey(task, hub.services, wake=woken.append)
        obey(task, hub.services, wake=woken.append)  # a second run changes nothing
    return hub.arrived()[-1], woken


def events(hub, kind):
    found = [json.loads(one.message.body) for one in hub.out()]
    return [one["data"] for one in found if one["type"] == kind]


def refused(hub, row):
    assert row.state is InState.REFUSED
    [said] = events(hub, "command.refused")
    [held] = hub.quarantined()
    assert held.reason == said["code"] == row.note
    assert said["zh"]
    assert said["en"]
    return said["code"]


def test_an_assessment_list_by_message_is_read_like_a_file(hub) -> None:
    content = list_bytes(Source.ASSESSMENTS, [ASSESSED])
    name = list_name(Source.ASSESSMENTS, TUESDAY)

    row, woken = order(hub, "file", content, file=name, partner="core")

    assert (row.state, woken) == (InState.APPLIED, ["collection"])
    hub.office.work()
    [said] = events(hub, "command.applied")
    received = hub.office.received(said["result"]["inbox"])
    assert (received.state, received.channel, received.rows) == ("read", "core-in", 1)
    assert hub.services.archive.path(received.sha256).read_bytes() == content


def test_the_same_list_in_another_message_is_a_repeat_and_other_content_is_held(hub) -> None:
    name = list_name(Source.ASSESSMENTS, TUESDAY)
    content = list_bytes(Source.ASSESSMENTS, [ASSESSED])
    other = list_bytes(Source.ASSESSMENTS, [{**ASSESSED, "payer_id": "P2"}])
    for one in (content, content, other):
        order(hub, "file", one, file=name, channel="core-in")

    novelties = [said["result"]["novelty"] for said in events(hub, "command.applied")]

    assert novelties == ["new", "repeat", "name_reused"]


def test_a_broken_list_is_refused_where_every_file_is(hub) -> None:
    row, _ = order(
        hub, "file", b"not|a|list\n", file=list_name(Source.ASSESSMENTS, TUESDAY), partner="core"
    )
    hub.office.work()

    assert row.state is InState.APPLIED  # as a command it was right
    assert hub.office.discrepancies(Event.FILE_REFUSED)


def test_a_channel_that_is_not_for_commands_is_refused(hub) -> None:
    row, _ = order(hub, "file", b"x", file="a.txt", channel="tax-in")

    assert refused(hub, row) == "command_channel_forbidden"


@pytest.mark.parametrize(
    ("command", "body", "headers", "code"),
    [
        ("file", b"x", {}, "command_header_missing"),
        ("file", b"x", {"file": "a", "partner": "nobody"}, "partner_unknown"),
        ("pay_me", b"{}", {}, "command_unknown"),
        ("file_ready", b"{", {}, "json_invalid"),
        ("file_ready", b"\xff", {}, "json_invalid"),
        ("file_ready", b"[]", {}, "json_invalid"),
        ("file_ready", b"[" * 100_000, {}, "json_invalid"),
        ("file_ready", {"channel": "core-in", "name": "a", "more": 1}, {}, "json_invalid"),
        ("file_ready", b'{"channel":"core-in","channel":"x","name":"a"}', {}, "json_invalid"),
        ("decide_payment", {"item": 1, "outcome": "paid"}, {}, "json_invalid"),
        ("decide_payment", b'{"item":NaN}', {}, "json_invalid"),
        ("decide_payment", {"item": 1, "outcome": "lost", "reason": "r", "person": "p"}, {},
         "json_invalid"),
        ("decide_discrepancy", {"discrepancy": 1, "do": "propose", "person": "李"}, {},
         "json_invalid"),
        ("decide_discrepancy", {"discrepancy": 10**6, "do": "confirm", "person": "李"}, {},
         "discrepancy_missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_obeyed_is_quarantined_and_told_back(
    hub, command, body, headers, code
) -> None:
    row, woken = order(hub, command, body, **headers)

    assert refused(hub, row) == code
    assert woken == []


def test_a_file_that_is_announced_wakes_the_inbox_of_its_channel(hub) -> None:
    row, woken = order(hub, "file_ready", {"channel": "core-in", "name": "a.txt"})

    assert (row.state, woken) == (InState.APPLIED, ["inbox:core-in"])


def test_a_decision_by_message_is_one_by_two_people(hub) -> None:
    from hub.flows.events import open_event, source_missing

    services = hub.services
    with hub.store.begin() as uow:
        missing = source_missing(TUESDAY, "tax", Source.COLLECTIONS)
        open_event(missing, uow, on=TUESDAY, at=services.now())
        number = uow.discrepancies.of_key(missing.key).id
    proposed = {"discrepancy": number, "do": "propose", "action": "explain", "reason": "停电",
                "person": "李"}  # fmt: skip

    row, _ = order(hub, "decide_discrepancy", proposed)

    assert row.state is InState.APPLIED
    [said] = events(hub, "command.applied")
    assert said["result"] == {"discrepancy": number, "state": "closed"}  # below the limit


def test_decisions_need_leave_in_the_settings(tmp_path) -> None:
    pair = FolderPair(tmp_path)
    hub = MessageHub(tmp_path / A, A, pair.a, folder_settings(pair.path), events=True)
    said = {"item": 1, "outcome": "paid", "reason": "r", "person": "p"}
    try:
        row, _ = order(hub, "decide_payment", said)
        assert refused(hub, row) == "command_decision_forbidden"
    finally:
        hub.close()


def test_a_quarantined_command_is_tried_again_on_a_persons_word(hub) -> None:
    from dataclasses import replace
    from types import MappingProxyType

    row, _ = order(hub, "file", b"x", file="a.txt", channel="tax-in")
    [held] = hub.quarantined()
    road = replace(hub.services.settings.roads[ROAD], command_channels=("tax-in",))
    settings = replace(hub.services.settings, roads=MappingProxyType({ROAD: road}))
    mended = replace(hub.services, settings=settings)

    assert redrive(held.id, person="李", services=mended) == "commands/obey"

    [task] = [t for t in hub.tasks(COMMANDS_QUEUE) if t.subject_id == str(row.id)]
    obey(task, mended, wake=lambda _: None)
    assert hub.arrived()[-1].state is InState.APPLIED
    assert hub.quarantined() == []
    with pytest.raises(Rejected):
        redrive(held.id, person="王", services=mended)


def test_what_the_broker_gave_up_is_received_anew_or_dropped(hub) -> None:
    lost, seen = message(key=f"{A}.transfer.form"), message(key=f"{A}.transfer.form")
    take_in(ROAD, f"{A}.messages", [seen], hub.services)
    take_in(ROAD, f"{A}.dead", [lost, seen, message(id="")], hub.services)
    nothing, again, first = hub.quarantined()

    assert redrive(first.id, person="李", services=hub.services) == "transfer/accept"
    assert redrive(again.id, person="李", services=hub.services) == "repeat"
    drop(nothing.id, person="李", services=hub.services)

    assert hub.quarantined() == []
    assert [one.message.id for one in hub.arrived()] == [seen.id, lost.id]
