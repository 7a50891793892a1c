"""`hub broker`, `hub messages` and `hub quarantine` as people use them, on a real broker."""

from __future__ import annotations

import json

import pytest

from hub.adapters.rabbit import RabbitRoad
from hub.adapters.rabbit_setup import arguments
from hub.domain.message_topology import queues
from hub.flows.message_intake import take_in
from tests.command import Command
from tests.messages.roads import A, message
from tests.rabbit import ADMIN
from tests.servers import HOST

pytestmark = pytest.mark.real

ROADS = """
[regions]
kind = "rabbitmq"
host = "{host}"
port = {port}
vhost = "{vhost}"
user = "hub-{region}"
password = "env:HUB_TEST_BROKER"
core_user = "core-{region}"
core_password = "env:HUB_TEST_BROKER"
management_url = "http://{host}:{api}"
admin_user = "{admin}"
admin_password = "env:HUB_TEST_BROKER"
events = true
command_channels = ["core-in"]

[local]
kind = "folder"
path = "spool"
"""


@pytest.fixture
def hub(rabbit, tmp_path):
    """The command over a deployment with a broker that knows nothing of it yet."""
    road = rabbit.settings()  # also says where the password is
    command = Command(tmp_path)
    (command.config / "roads.toml").write_text(
        ROADS.format(
            host=HOST, port=rabbit.amqp, vhost=road.vhost, region=A, api=rabbit.api, admin=ADMIN
        )
    )
    command.environment["HUB_TEST_BROKER"] = __import__("os").environ["HUB_TEST_BROKER"]
    command.road = road
    return command


def test_a_broker_is_set_up_checked_and_looked_at(rabbit, hub) -> None:
    typed = hub("broker", "setup", "regions", "--print")
    assert "rabbitmqctl set_topic_permissions" in typed
    assert "only-for-tests" not in typed

    done = hub.json("broker", "setup")

    assert [answer["drift"] for answer in done] == [[], []]
    assert [answer["drift"] for answer in hub.json("broker", "check")] == [[], []]
    regions, local = hub.json("broker", "status")
    assert {q["queue"]: q["messages"] for q in regions["queues"]} == dict.fromkeys(
        (q.name for q in queues(A)), 0
    )
    assert local["kind"] == "folder"

    rabbit.call("DELETE", f"queues/{hub.road.vhost}/{A}.commands")
    [answer] = hub.json("broker", "check", "regions", expect=1)
    assert f"queue {A}.commands" in {one["what"] for one in answer["drift"]}
    assert "queue" in hub("broker", "check", expect=1)
    hub("broker", "setup")
    other = {**arguments(hub.road, A, queues(A)[0]), "x-max-length": 3}
    rabbit.call("DELETE", f"queues/{hub.road.vhost}/{A}.messages")
    rabbit.call(
        "PUT", f"queues/{hub.road.vhost}/{A}.messages", {"durable": True, "arguments": other}
    )
    hub("broker", "setup", expect=1)  # left alone, because messages may be in it


def test_a_broker_that_is_not_set_up_is_a_problem_of_the_configuration(hub) -> None:
    found = hub.json("check", "--connect", expect=2)

    assert [p["key"] for p in found["problems"] if p["file"].endswith("roads.toml")] == ["regions"]


def test_quarantine_by_hand(hub) -> None:
    from hub.app.services import open_services
    from hub.settings import load_settings

    services = open_services(load_settings(hub.config))
    take_in("regions", f"{A}.messages", [message(id=""), message(id="")], services)
    take_in("regions", f"{A}.dead", [message(body=b"\xff", key=f"{A}.admin.reply")], services)
    services.store.close()

    listed = hub.json("quarantine", "list", expect=1)

    assert [one["reason"] for one in listed] == ["message_dead", *["message_without_id"] * 2]
    shown = hub.json("quarantine", "show", listed[0]["id"])
    assert shown["body"] == "\\xff"
    assert "放弃" in shown["note"]
    done = hub.json("quarantine", "redrive", listed[0]["id"], "--person", "李")
    assert done["due"] == "transfer/accept"
    for one in listed[1:]:
        hub("quarantine", "drop", one["id"], "--person", "李")
    assert hub.json("quarantine", "list") == []
    assert len(hub.json("messages", "list")) == 1
    assert json.loads(hub("messages", "list", "--out", "--json")) == []
    hub("quarantine", "redrive", 99, "--person", "李", expect=2)


def test_the_road_that_is_opened_is_the_one_in_the_file(hub) -> None:
    from hub.app.services import open_services
    from hub.settings import load_settings

    services = open_services(load_settings(hub.config))
    try:
        assert isinstance(services.roads["regions"], RabbitRoad)
        assert services.store.events.road == "regions"
    finally:
        services.store.close()
