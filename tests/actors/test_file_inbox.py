"""Folder inboxes with real threads: what stands still is taken, once, and its neighbours go on."""

from __future__ import annotations

import os

import pytest

from hub.actors.file_inbox import FileInbox
from hub.actors.messages import Wake
from hub.store.inbox import Novelty
from tests.deployments import make_services
from tests.waiting import eventually

POLL_S = 0.05


class Office:
    """One inbox over one folder; `poll` lets it look once, a whole interval later."""

    def __init__(self, services, directory, monotonic, name) -> None:
        self.services = services
        self.folder = services.settings.channels[name].path
        self.time = monotonic
        self.ref = FileInbox.start(
            f"inbox:{name}",
            services.settings.channels[name],
            services,
            directory,
            monotonic=monotonic,
        )
        directory.enter(f"inbox:{name}", self.ref)

    def put(self, name, content=b"x"):
        (self.folder / name).write_bytes(content)

    def poll(self, times=1):
        for _ in range(times):
            self.time.now_s += 2 * POLL_S
            self.ref.ask(Wake(), timeout=10)

    def received(self):
        with self.services.store.read() as uow:
            return [(r.name, r.novelty) for r in reversed(uow.inbox.list())]

    def waiting(self):
        return sorted(p.name for p in self.folder.iterdir() if p.is_file())


@pytest.fixture
def office(tmp_path, directory, monotonic, request):
    name, limits = getattr(request, "param", ("tax-in", {}))
    services = make_services(tmp_path, limits=limits)
    office = Office(services, directory, monotonic, name)
    yield office
    office.ref.stop(timeout=5)
    services.store.close()


def test_a_file_is_taken_once_it_stood_still_over_two_polls(office):
    office.put("a.txt")
    office.poll()
    assert office.received() == []

    office.poll()

    assert office.received() == [("a.txt", Novelty.NEW)]
    assert office.waiting() == []
    assert (office.folder / "done" / "a.txt").read_bytes() == b"x"


def test_two_wakes_in_one_instant_are_one_poll(office):
    office.put("a.txt")
    office.poll()

    office.ref.ask(Wake(), timeout=10)

    assert office.received() == []


def test_a_file_that_still_grows_is_left_alone(office):
    for size in range(1, 5):
        office.put("a.txt", b"x" * size)
        office.poll()
    assert office.received() == []

    office.poll()

    assert office.received() == [("a.txt", Novelty.NEW)]


@pytest.mark.parametrize("office", [("marked-in", {})], indirect=True)
def test_with_a_marker_a_file_waits_for_it(office):
    office.put("a.txt")
    office.poll(3)
    assert office.received() == []

    office.put("a.txt.ok", b"")
    office.poll()

    assert office.received() == [("a.txt", Novelty.NEW)]
    assert office.waiting() == []


def test_the_same_file_again_is_a_repeat_and_is_moved_aside_too(office):
    for _ in range(2):
        office.put("a.txt")
        office.poll(2)

    assert office.received() == [("a.txt", Novelty.NEW), ("a.txt", Novelty.REPEAT)]
    assert office.waiting() == []


def test_links_pipes_and_hidden_files_are_not_read(office, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (office.folder / "link.txt").symlink_to(secret)
    os.mkfifo(office.folder / "pipe.txt")
    office.put(".hidden")
    office.put("good.txt")

    office.poll(3)

    assert office.received() == [("good.txt", Novelty.NEW)]


def test_a_hostile_name_is_kept_as_text_and_harms_nobody(office):
    office.put("a\n\x1b[2J<script>.txt")
    office.put("b.txt")

    office.poll(2)

    names = [name for name, _ in office.received()]
    assert names == ["a\\u{a}\\u{1b}[2J<script>.txt", "b.txt"]


@pytest.mark.parametrize("office", [("tax-in", {"file_bytes_max": 3})], indirect=True)
def test_a_file_above_the_limit_is_moved_aside_and_noted(office):
    office.put("big.txt", b"four")
    office.put("small.txt", b"two")

    office.poll(2)

    assert office.received() == [("small.txt", Novelty.NEW)]
    assert (office.folder / "refused" / "big.txt").exists()
    with office.services.store.read() as uow:
        events = [e.event for e in uow.journal.after(0, limit=10)]
    assert "file.refused" in events


@pytest.mark.parametrize("office", [("tax-in", {"backlog_max": 1})], indirect=True)
def test_while_too_much_is_due_files_stay_with_the_partner(office):
    for number in range(4):
        office.put(f"{number}.txt", str(number).encode())
    office.poll(2)
    taken = len(office.received())
    office.put("more.txt", b"more")

    office.poll(3)

    assert taken == 4
    assert office.waiting() == ["more.txt"]


@pytest.mark.parametrize("office", [("tax-in", {"poll_files_max": 2})], indirect=True)
def test_a_poll_takes_so_many_files_and_the_next_one_more(office):
    for number in range(5):
        office.put(f"{number}.txt", str(number).encode())

    office.poll(2)
    assert len(office.received()) == 2
    office.poll(2)

    assert len(office.received()) == 5


def test_a_folder_that_goes_away_ends_nobody_and_comes_back(office):
    gone = office.folder.with_name("gone")
    office.folder.rename(gone)
    office.poll(2)
    assert office.ref.is_alive()

    gone.rename(office.folder)
    office.put("a.txt")
    office.poll(2)

    assert office.received() == [("a.txt", Novelty.NEW)]


def test_a_paused_inbox_takes_nothing(office, directory):
    directory.pause("inbox:tax-in")
    office.put("a.txt")
    office.poll(3)
    assert office.received() == []

    directory.resume("inbox:tax-in")
    office.poll(3)

    eventually(lambda: office.received() == [("a.txt", Novelty.NEW)])
