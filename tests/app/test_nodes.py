"""Several `hub run` on one PostgreSQL: shares, kill -9, SIGSTOP beyond the lease, one SQLite."""

from __future__ import annotations

import re
import signal

import pytest

from hub.domain.facts import Source
from hub.store.outbox import OutboxState
from tests.app.nodes import JOURNAL, START_S, STOP_S, Nodes, writes_to
from tests.command import Command
from tests.facts import TUESDAY, collection
from tests.lists import list_name
from tests.servers import postgres  # noqa: F401 -- a fixture
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]

LONG_S, SHORT_S = 15, 2


@pytest.fixture
def deployment(tmp_path, postgres, request):  # noqa: F811
    with postgres.database() as url:
        nodes = Nodes(tmp_path, url, lease_s=request.param)
        yield nodes
        nodes.close()


def deliver(nodes, numbers):
    for number in numbers:
        nodes.deliver(Source.COLLECTIONS, [collection(f"R{number}")], TUESDAY, number)


def is_read(nodes, numbers):
    names = {list_name(Source.COLLECTIONS, TUESDAY, n) for n in numbers}
    return names <= {f.name for f in nodes.files() if f.state.value == "read"}


def require_each_once(nodes, files, letters):
    """Every file was received, read and counted once; every letter was delivered once."""
    assert nodes.count("SELECT count(*) FROM arrivals") == files
    once = "SELECT count(*) FROM journal WHERE event = '{}'"
    assert nodes.count(once.format("file.received")) == files
    assert nodes.count(once.format("delivery.delivered")) == letters
    assert nodes.count("SELECT count(*) FROM outbox WHERE state = 'delivered'") == letters
    assert nodes.count("SELECT count(*) FROM tasks WHERE state = 'parked'") == 0
    assert len(nodes.sent()) == letters
    nodes("verify")


@pytest.mark.parametrize("deployment", [LONG_S], indirect=True)
def test_two_processes_share_the_work_and_one_that_stops_leaves_all_of_it(deployment):
    first, second = deployment.add(), deployment.add()
    eventually(lambda: deployment.shared(first, second), timeout_s=START_S)

    found = deployment.json("status")
    assert [node["pid"] for node in found["nodes"]] == [first.pid, second.pid]
    lanes = [lane for node in found["nodes"] for lane in node["lanes"]]
    assert len(lanes) == len(set(lanes))
    assert {*lanes, "supervisor"} == set(found["hub"]["actors"])
    deployment("actors", "pause", "inbox:tax-in", "--person", "王芳")
    eventually(lambda: paused(deployment), timeout_s=START_S)
    deliver(deployment, [1])
    deployment("actors", "resume", "inbox:tax-in", "--person", "王芳")
    deployment.send("a.txt", "b.txt")
    eventually(lambda: is_read(deployment, [1]), timeout_s=START_S)
    eventually(lambda: deployment.sent() == ["a.txt", "b.txt"])

    first.send_signal(signal.SIGTERM)
    assert first.wait(STOP_S) == 0
    assert deployment.lanes(first) == set()  # at once, whatever the lease
    eventually(lambda: deployment.shared(second), timeout_s=START_S)
    deliver(deployment, [2])
    eventually(lambda: is_read(deployment, [2]), timeout_s=START_S)
    second.send_signal(signal.SIGTERM)
    assert second.wait(STOP_S) == 0
    require_each_once(deployment, files=2, letters=2)


def paused(nodes):
    states = {row["name"]: row["state"] for row in nodes.json("actors", "list")}
    return states["inbox:tax-in"] == "paused"


@pytest.mark.parametrize("deployment", [SHORT_S], indirect=True)
def test_what_a_killed_process_had_begun_the_other_ends(deployment):
    first, second = deployment.add(), deployment.add()
    eventually(lambda: deployment.shared(first, second), timeout_s=START_S)
    deliver(deployment, range(1, 9))
    deployment.send(*(f"{n}.txt" for n in range(8)))
    eventually(deployment.files)
    victim = deployment.holder_of("collection")
    other = second if victim is first else first

    victim.kill()

    eventually(lambda: deployment.shared(other), timeout_s=10 * SHORT_S)
    eventually(lambda: is_read(deployment, range(1, 9)), timeout_s=START_S)
    eventually(lambda: len(deployment.sent()) == 8, timeout_s=START_S)
    other.send_signal(signal.SIGTERM)
    assert other.wait(STOP_S) == 0
    require_each_once(deployment, files=8, letters=8)


def freeze(nodes, lane, *, before, work, after=lambda: True):
    """Stop the lane's process in the middle of a unit, before a lock and after something is so."""
    victim = nodes.holder_of(lane)
    node = nodes.node(victim)
    with nodes.held_up(before) as waits:
        work()
        eventually(lambda: after() and nodes.sessions(node, where=waits), timeout_s=START_S)
        victim.send_signal(signal.SIGSTOP)
    stands = "state = 'idle in transaction'"
    eventually(lambda: nodes.sessions(node, where=stands))  # it holds locks, and may hold them long
    return victim


@pytest.mark.parametrize("deployment", [SHORT_S], indirect=True)
def test_a_process_that_stood_still_beyond_its_lease_harms_nothing(deployment):
    first, second = deployment.add(), deployment.add()
    eventually(lambda: deployment.shared(first, second), timeout_s=START_S)
    victim = freeze(
        deployment,
        "collection",
        before=writes_to("arrivals"),
        work=lambda: deliver(deployment, [1]),
    )
    other = second if victim is first else first

    eventually(lambda: deployment.shared(other), timeout_s=START_S)
    eventually(lambda: is_read(deployment, [1]), timeout_s=START_S)
    deployment.send("a.txt")
    eventually(deployment.sent, timeout_s=START_S)
    victim.send_signal(signal.SIGCONT)

    require_all_well(deployment, victim)


@pytest.mark.parametrize("deployment", [SHORT_S], indirect=True)
def test_a_process_that_stood_still_between_a_delivery_and_its_record_harms_nothing(deployment):
    first, second = deployment.add(), deployment.add()
    eventually(lambda: deployment.shared(first, second), timeout_s=START_S)
    victim = freeze(
        deployment,
        "deliver:letters-out",
        before=JOURNAL,  # for which everybody waits
        # the journal is written before the sending as well, but not for an attempt that had begun
        work=lambda: deployment.send("a.txt", state=OutboxState.SENDING),
        after=deployment.sent,
    )
    other = second if victim is first else first
    assert deployment.sent() == ["a.txt"]

    eventually(lambda: deployment.shared(other), timeout_s=START_S)
    delivered = "SELECT count(*) FROM outbox WHERE state = 'delivered'"
    eventually(lambda: deployment.count(delivered) == 1, timeout_s=START_S)
    deliver(deployment, [1])
    eventually(lambda: is_read(deployment, [1]), timeout_s=START_S)
    victim.send_signal(signal.SIGCONT)

    require_all_well(deployment, victim)


def require_all_well(nodes, victim):
    """The process that went on shares the work again, and what was done was done once."""
    eventually(lambda: nodes.shared(*nodes.processes), timeout_s=START_S)
    deliver(nodes, [2, 3])
    nodes.send("b.txt")
    eventually(lambda: is_read(nodes, [1, 2, 3]), timeout_s=START_S)
    eventually(lambda: len(nodes.sent()) == 2, timeout_s=START_S)
    for process in nodes.processes:
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0
    assert re.search("store_unavailable|lease_lost", nodes.words(victim))
    require_each_once(nodes, files=3, letters=2)


@pytest.mark.parametrize("deployment", [LONG_S], indirect=True)
def test_who_must_be_alone_or_sees_other_folders_is_refused(deployment, tmp_path):
    first = deployment.add()
    once = deployment.json("run", "--once", expect=3)
    toml = deployment.config / "hub.toml"
    whole = toml.read_text("utf-8")
    toml.write_text(whole.replace('archive = "var/archive"', 'archive = "var/other"'), "utf-8")
    other = deployment.json("run", expect=2)

    assert once["error"]["code"] == "hub_not_alone"
    assert other["error"]["code"] == "folders_not_shared"
    assert [node.pid for node in deployment.living()] == [first.pid]


def test_one_sqlite_file_is_for_one_process_whatever_folders_it_works_in(tmp_path):
    hub = Command(tmp_path)
    process = hub.start("run")
    try:
        eventually((tmp_path / "var" / "work" / "hub-state.json").exists, timeout_s=START_S)
        toml = hub.config / "hub.toml"
        whole = toml.read_text("utf-8")
        toml.write_text(whole.replace('work = "var/work"', 'work = "var/other"'), "utf-8")

        refused = hub.json("run", expect=3)
    finally:
        process.kill()
        process.communicate()

    assert refused["error"]["code"] == "sqlite_one_process"
