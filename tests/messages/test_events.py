"""What is told to others fits its published schema and the AsyncAPI document, and names nobody."""

from __future__ import annotations

import json
from datetime import date

import pytest
import yaml
from jsonschema import Draft202012Validator

from hub.domain.event import EVENT_VERSIONS, schema_id
from hub.domain.facts import Source
from hub.domain.message_topology import COMMAND, EVENT, EXCHANGE, matches, queues, task_of
from hub.flows.commands import COMMANDS
from hub.flows.events import open_event, source_missing
from hub.mappings.json_schema import schema
from hub.store.messages import EventRoad
from tests.answers import answer, answering_office, line
from tests.conftest import ROOT
from tests.facts import collection, deposit
from tests.flows.test_payout_answers import paid
from tests.messages.roads import A
from tests.office import Office

SCHEMAS = ROOT / "hub" / "schemas"
DOCUMENT = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text("utf-8"))
MESSAGES = DOCUMENT["components"]["messages"].values()
TUESDAY = date(2026, 11, 24)


def check(body: bytes) -> dict:
    """Hold an event against the schema that it names; return it."""
    event = json.loads(body)
    found = schema(f"event.{event['type']}")
    assert event["dataschema"] == found["$id"]
    Draft202012Validator(found, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(event)
    return event


def sent(store):
    with store.read() as uow:
        return [one.message for one in reversed(uow.messages.list_out(limit=1000))]


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def told(office):
    office.store.events = EventRoad(road="regions", region=A)
    return office


def test_a_new_difference_is_told_and_a_known_one_is_not(told) -> None:
    missing = source_missing(TUESDAY, "tax", Source.COLLECTIONS)
    for _ in range(2):
        with told.store.begin() as uow:
            open_event(missing, uow, on=TUESDAY, at=told.services.now())

    [event] = [check(one.body) for one in sent(told.store)]

    assert event["type"] == "discrepancy.opened"
    assert event["data"]["cause"] == "source_missing"
    assert event["source"] == f"/{A}"


def test_the_differences_of_a_reconciliation_are_told_one_by_one(told) -> None:
    told.send_list(Source.COLLECTIONS, [collection("1", 100_00)])
    told.send_list(Source.DEPOSITS, [deposit("1", 90_00)])
    told.work()

    events = [check(one.body) for one in sent(told.store)]

    with told.store.read() as uow:
        alive = uow.discrepancies.count_alive()
    assert len(events) == alive >= 1
    assert "short" in {event["data"]["cause"] for event in events}
    assert not any("payer" in key for event in events for key in event["data"])


def test_nothing_is_written_where_no_road_carries_events(office) -> None:
    missing = source_missing(TUESDAY, "tax", Source.COLLECTIONS)
    with office.store.begin() as uow:
        open_event(missing, uow, on=TUESDAY, at=office.services.now())

    assert sent(office.store) == []


def test_an_event_goes_with_its_unit_or_not_at_all(told) -> None:
    def unit(uow):
        missing = source_missing(TUESDAY, "tax", Source.COLLECTIONS)
        open_event(missing, uow, on=TUESDAY, at=told.services.now())
        raise RuntimeError("the unit fails")

    with pytest.raises(RuntimeError):
        told.store.transact(unit)

    assert sent(told.store) == []


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda p: p.stem)
def test_every_schema_is_one_and_is_in_the_document(path) -> None:
    loaded = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(loaded)
    name = path.stem

    [described] = [one for one in MESSAGES if one["name"] == name]

    assert described["payload"]["$ref"] == f"../hub/schemas/{path.name}"
    kind, _, rest = name.partition(".")
    version = EVENT_VERSIONS[rest] if kind == EVENT else 1
    assert loaded["$id"] == schema_id(name, version)
    assert loaded["title"] == rest


def test_the_document_has_every_event_and_every_command_and_no_other() -> None:
    names = {one["name"] for one in MESSAGES}

    assert names == {f"{EVENT}.{t}" for t in EVENT_VERSIONS} | {f"{COMMAND}.{c}" for c in COMMANDS}
    used = {
        ref["$ref"].rpartition("/")[2]
        for channel in DOCUMENT["channels"].values()
        for ref in channel["messages"].values()
    }
    assert used == set(DOCUMENT["components"]["messages"])


def test_the_documents_channels_are_the_topologys(told) -> None:
    assert DOCUMENT["asyncapi"].startswith("3.")
    for channel in DOCUMENT["channels"].values():
        assert channel["bindings"]["amqp"]["exchange"]["name"] == EXCHANGE
        assert set(channel["parameters"]) == {
            part.strip("{}") for part in channel["address"].split(".") if part.startswith("{")
        }
    events = DOCUMENT["channels"]["events"]["address"].format(region=A, type="batch.sent")
    orders = DOCUMENT["channels"]["commands"]["address"].format(region=A, command="file")
    takers = {
        key: [q.name for q in queues(A) for pattern in q.keys if matches(pattern, key)]
        for key in (events, orders)
    }
    assert takers == {events: [f"{A}.events"], orders: [f"{A}.commands"]}
    assert task_of(orders) == ("commands", "obey")


def test_a_batch_and_what_comes_back_are_told(tmp_path) -> None:
    office = answering_office(tmp_path / "office")
    office.store.events = EventRoad(road="regions", region=A)
    try:
        _, items = paid(office)
        answer(office, [line(items[0], 7), line(items[1], 6, "户名不符")])
        events = [check(one.body) for one in sent(office.store)]
    finally:
        office.store.close()

    said = {event["type"]: event["data"] for event in events}
    assert said["batch.sent"]["bank"] == said["return.received"]["bank"]
    assert said["return.received"]["returned"] == 1
    assert said["return.received"]["batches"] == [said["batch.sent"]["batch"]]
    whole = "".join(one.body.decode() for one in sent(office.store))
    assert not [i for i in items if i.account_no in whole or i.person_id in whole]
