"""Two hubs with all their actors on one road: from a row of the one to a row of the other."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.store.messages import OutState
from tests.conftest import ROOT
from tests.messages.hubs import MessageHub, folder_settings
from tests.messages.roads import A, B, FolderPair, listening, message
from tests.waiting import eventually

pytestmark = pytest.mark.real


@pytest.fixture
def hubs(pair, tmp_path):
    """The hubs of two regions, without their actors."""
    settings = (
        [folder_settings(pair.path)] * 2 if isinstance(pair, FolderPair)
        else [pair.road_a, pair.road_b]
    )  # fmt: skip
    made = [
        MessageHub(tmp_path / region, region, road, one)
        for region, road, one in zip((A, B), (pair.a, pair.b), settings, strict=True)
    ]
    yield made
    for hub in made:
        hub.close()


def test_a_queued_message_arrives_in_the_others_store_and_is_due_there(hubs) -> None:
    a, b = (hub.start() for hub in hubs)
    sent = [message() for _ in range(50)]

    a.send(*sent)

    assert b.expect(50) == [m.id for m in sent]
    eventually(lambda: len(a.out(OutState.CONFIRMED)) == 50, what="all confirmed")
    assert [one.message.body for one in b.arrived()] == [m.body for m in sent]
    tasks = b.tasks("transfer")
    assert sorted(t.subject_id for t in tasks) == sorted(str(one.id) for one in b.arrived())
    assert {t.step for t in tasks} == {"accept"}


def test_both_ways_at_once(hubs) -> None:
    a, b = (hub.start() for hub in hubs)
    to_a = [message(key=f"{A}.admin.reply") for _ in range(30)]
    to_b = [message() for _ in range(30)]

    a.send(*to_b)
    b.send(*to_a)

    assert set(b.expect(30)) == {m.id for m in to_b}
    assert set(a.expect(30)) == {m.id for m in to_a}


def test_what_nobody_wants_is_blocked_and_goes_on_a_persons_word(hubs) -> None:
    from hub.flows.message_dispatch import resend

    a, _ = hubs
    a.start()
    a.send(message(key="999999.transfer.form"), message())

    [blocked] = eventually(lambda: a.out(OutState.BLOCKED), what="one blocked")
    eventually(lambda: len(a.out(OutState.CONFIRMED)) == 1, what="the other one confirmed")

    assert resend(blocked.id, person="李", services=a.services).state is OutState.QUEUED
    eventually(
        lambda: [o.attempts for o in a.out(OutState.BLOCKED)] == [2], what="to be blocked again"
    )


def test_a_crash_between_sending_and_marking_sends_again_and_counts_once(hubs) -> None:
    a, b = hubs
    one = message()
    a.send(one)
    a.services.roads["regions"].send([one])  # sent; the process ended before it was marked

    a.start()
    b.start()

    eventually(lambda: a.out(OutState.CONFIRMED), what="to be confirmed")
    a.send(message())
    assert len(b.expect(2)) == 2  # the second copy is a repeat


def test_a_batch_that_was_committed_but_not_acknowledged_counts_once(hubs) -> None:
    from hub.errors import Unavailable
    from hub.flows.message_intake import take_in

    a, b = hubs
    a.start()
    a.send(message(), message())
    crashes = []

    def commits_and_dies(batch):
        take_in("regions", f"{B}.messages", batch, b.services)
        if batch:
            crashes.append(len(batch))
            raise Unavailable("store_unavailable", reason="the process ends here")

    with listening(b.services.roads["regions"], f"{B}.messages", commits_and_dies):
        eventually(lambda: len(crashes) >= 2, what="the same to come again")
    b.start()

    assert len(b.expect(2)) == 2
    assert len(b.tasks("transfer")) == 2


def test_the_listener_rests_while_too_much_is_due_and_goes_on_later(hubs) -> None:
    a, b = hubs
    limits = replace(b.services.settings.limits, backlog_max=5)
    b.services = replace(b.services, settings=replace(b.services.settings, limits=limits))
    with b.store.begin() as uow:
        uow.tasks.add_fresh(
            queue="transfer", step="accept", subject_ids=[str(-n) for n in range(1, 12)],
            at=b.services.now() + timedelta(days=1),
        )  # fmt: skip
    a.start()
    b.start()
    a.send(message())
    eventually(lambda: a.out(OutState.CONFIRMED), what="to be confirmed")

    directory = b.stage.directory
    name = f"listen:regions:{B}.messages"
    eventually(lambda: directory.silent_s(name) < 1, what="the listener to look")
    assert b.arrived() == []

    now = b.services.now()
    for task in b.tasks("transfer"):
        with b.store.begin() as uow:
            uow.tasks.park(task.id, at=now, note="settled by the test")
    assert len(b.expect(1)) == 1


SENDER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.messages.hubs import MessageHub, folder_settings
from tests.messages.roads import A, message
from hub.adapters.spool import SpoolRoad
from hub.flows import message_dispatch
spool = Path({spool!r})
settings = folder_settings(spool, window=10)
hub = MessageHub(Path({home!r}), A, SpoolRoad(spool, A), settings)
hub.send(*[message(n) for n in range(100)])
message_dispatch.dispatch("regions", hub.services, go_on=lambda: False)
hub.services.roads["regions"].send([m.message for m in hub.out()[40:45]])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_while_it_sends_loses_and_doubles_nothing(tmp_path) -> None:
    pair = FolderPair(tmp_path)
    home = tmp_path / "killed"
    code = SENDER.format(root=str(ROOT), home=str(home), spool=str(pair.path))
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert ended.returncode == -signal.SIGKILL

    b = MessageHub(tmp_path / B, B, pair.b, folder_settings(pair.path))
    b.start()
    assert len(b.expect(45)) == 45

    from hub.flows.message_dispatch import dispatch
    from tests.servers import open_store

    a = MessageHub(tmp_path / "again", A, pair.a, folder_settings(pair.path))
    a.store.close()
    shutil.copytree(  # the marks of how far the store had come
        home / "var", tmp_path / "again" / "var", dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("hub.db*"),
    )  # fmt: skip
    store = open_store(f"sqlite:///{home}/var/hub.db")
    a.services = replace(a.services, store=store)
    a.store = store
    dispatch("regions", a.services)

    assert sorted(b.expect(100), key=lambda i: int(re.sub(r"\D", "", i))) == [
        f"m-{n}" for n in range(100)
    ]
    assert len(b.arrived()) == 100
    a.close()
    b.close()
