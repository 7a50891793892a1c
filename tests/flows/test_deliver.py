"""Bytes go out in order, each file once: the hub looks before it sends again."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from hub.errors import DeliveryUnknown, Rejected, Unavailable
from hub.flows.deliver import deliver
from hub.store.outbox import OutboxState
from hub.store.tasks import TaskState

CHANNEL = "letters-out"


class Breaking:
    """A channel in front of the real folder that breaks as a test asks."""

    def __init__(self, real) -> None:
        self.real = real
        self.errors = []
        self.put_names = []

    def put(self, name, content, *, sha256):
        before, after = self.errors.pop(0) if self.errors else (None, None)
        if before:
            raise before
        self.put_names.append(name)
        self.real.put(name, content, sha256=sha256)
        if after:
            raise after

    def fingerprint(self, name):
        return self.real.fingerprint(name)


@pytest.fixture
def channel(office):
    channel = Breaking(office.services.channels[CHANNEL])
    channels = {**office.services.channels, CHANNEL: channel}
    office.services = replace(office.services, channels=channels)
    return channel


def queue(office, *names):
    tasks = []
    for name in names:
        sha256 = office.services.archive.put_bytes(name.encode()).sha256
        with office.store.begin() as uow:
            at = office.services.now()
            out = uow.outbox.add(channel=CHANNEL, file_name=name, content_sha256=sha256, at=at)
            tasks.append(
                uow.tasks.add(
                    queue=f"deliver:{CHANNEL}", step="deliver", subject_id=str(out.id), at=at
                )
            )
    return tasks


def states(office):
    with office.store.read() as uow:
        return [o.state for o in reversed(uow.outbox.list())]


def folder(office):
    return office.services.settings.channels[CHANNEL].path


def unknown():
    return DeliveryUnknown("delivery_not_confirmed")


def unavailable():
    return Unavailable("folder_unavailable", folder="x", reason="y")


def test_a_later_task_delivers_what_stands_before_it_too(office, channel):
    _, second = queue(office, "one", "two")

    deliver(second, office.services)

    assert channel.put_names == ["one", "two"]
    assert states(office) == [OutboxState.DELIVERED] * 2


def test_what_arrived_although_the_answer_was_lost_is_not_sent_again(office, channel):
    (task,) = queue(office, "one")
    channel.errors = [(None, unknown())]
    with pytest.raises(DeliveryUnknown):
        deliver(task, office.services)
    assert states(office) == [OutboxState.UNKNOWN]

    deliver(task, office.services)

    assert channel.put_names == ["one"]
    assert states(office) == [OutboxState.DELIVERED]


def test_what_did_not_arrive_is_sent_again(office, channel):
    (task,) = queue(office, "one")
    channel.errors = [(unavailable(), None), (unknown(), None)]
    for _ in range(2):
        with pytest.raises(Unavailable):
            deliver(task, office.services)

    deliver(task, office.services)

    assert channel.put_names == ["one"]
    assert (folder(office) / "one").read_bytes() == b"one"


def test_other_content_of_our_name_stops_the_lane_and_nothing_is_overwritten(office, channel):
    first, second = queue(office, "one", "two")
    (folder(office) / "one").write_bytes(b"theirs")
    with pytest.raises(Rejected) as caught:
        deliver(first, office.services)
    assert caught.value.code == "delivery_name_conflict"
    with pytest.raises(Unavailable):
        deliver(second, office.services)
    assert (folder(office) / "one").read_bytes() == b"theirs"

    (folder(office) / "one").unlink()  # a person has settled it and retries
    deliver(first, office.services)
    deliver(second, office.services)

    assert states(office) == [OutboxState.DELIVERED] * 2


def test_where_the_partner_takes_files_away_absence_proves_nothing(office, channel):
    settings = office.services.settings
    taken_away = replace(settings.channels[CHANNEL], partner_removes=True)
    settings = replace(settings, channels={**settings.channels, CHANNEL: taken_away})
    office.services = replace(office.services, settings=settings)
    (task,) = queue(office, "one")
    channel.errors = [(unknown(), None)]
    with pytest.raises(DeliveryUnknown):
        deliver(task, office.services)

    with pytest.raises(Rejected) as caught:
        deliver(task, office.services)
    assert caught.value.code == "delivery_outcome_unknown"

    deliver(task, office.services)  # an operator who asked the partner retries

    assert states(office) == [OutboxState.DELIVERED]


def test_who_died_when_the_file_had_got_its_name_leaves_no_other_name_behind(office, channel):
    """Found by `make crash`, seed 62 on PostgreSQL: killed after the link, before the unlink."""
    (task,) = queue(office, "one")
    with office.store.begin() as uow:
        uow.outbox.mark(int(task.subject_id), OutboxState.SENDING, at=office.services.now())
        sha256 = uow.outbox.get(int(task.subject_id)).content_sha256
    (folder(office) / "one").write_bytes(b"one")
    os.link(folder(office) / "one", folder(office) / f".{sha256[:32]}.part")

    deliver(task, office.services)

    assert states(office) == [OutboxState.DELIVERED]
    assert channel.put_names == []
    assert [path.name for path in folder(office).iterdir()] == ["one"]


def tasks_of(office, state):
    with office.store.read() as uow:
        return [one.id for one in uow.tasks.list(state=state)]


def test_a_blocked_file_waits_for_a_person_though_its_task_was_never_put_aside(office, channel):
    """The process dies after it has noted why, and before its worker parks the task.

    Found by tests/simulation, payouts ci-payouts: the task ran again as if a person had asked.
    """
    (task,) = queue(office, "one")
    (folder(office) / "one").write_bytes(b"other")

    with pytest.raises(Rejected):
        deliver(task, office.services)  # and no worker lives to park it

    assert states(office) == [OutboxState.BLOCKED]
    assert tasks_of(office, TaskState.PARKED) == [task.id]
    with office.store.begin() as uow:
        uow.tasks.park(task.id, at=office.services.now(), note="why, in words")
        assert uow.tasks.get(task.id).note == "why, in words"


def test_what_stops_the_lane_parks_its_own_task_and_not_the_one_that_came_upon_it(office, channel):
    """The first file's task is put off, so the second's is the one that finds it blocked.

    Then the first one's ran, found its file blocked, and took that for a person's order to send.
    """
    first, second = queue(office, "one", "two")
    (folder(office) / "one").write_bytes(b"other")

    with pytest.raises(Unavailable) as found:
        deliver(second, office.services)

    assert found.value.code == "delivery_lane_blocked"
    assert states(office) == [OutboxState.BLOCKED, OutboxState.READY]
    assert tasks_of(office, TaskState.PARKED) == [first.id]
    assert tasks_of(office, TaskState.DUE) == [second.id]
