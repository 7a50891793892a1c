"""Letters go out over SFTP once, whatever breaks in between: the delivery step on a real server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.adapters.retrying import RetryingChannel
from hub.adapters.sftp import SftpChannel
from hub.errors import DeliveryUnknown, Rejected, Unavailable
from hub.flows.deliver import deliver
from hub.store.outbox import OutboxState
from tests.deployments import make_services

pytestmark = pytest.mark.real

CHANNEL = "letters-out"
READY, DELIVERED, UNKNOWN, BLOCKED = (
    OutboxState.READY, OutboxState.DELIVERED, OutboxState.UNKNOWN, OutboxState.BLOCKED,
)  # fmt: skip


class Desk:
    """One letter in the outbox of a channel that leads to a server behind the proxy."""

    def __init__(self, home, sshd, proxy, **changes) -> None:
        self.root = home / "bank"
        self.root.mkdir()
        settings = sshd.settings(
            self.root, name=CHANNEL, direction="out", port=proxy.port, **changes
        )
        channel = RetryingChannel(SftpChannel(settings), sleep=lambda _s: None)
        services = make_services(home / "hub", channels={CHANNEL: channel})
        channels = {**services.settings.channels, CHANNEL: settings}
        self.services = replace(services, settings=replace(services.settings, channels=channels))
        self.store = services.store
        sha256 = services.archive.put_bytes(b"content").sha256
        with self.store.begin() as uow:
            at = services.now()
            self.out = uow.outbox.add(
                channel=CHANNEL, file_name="letter.pdf", content_sha256=sha256, at=at
            )
            self.task = uow.tasks.add(
                queue=f"deliver:{CHANNEL}", step="deliver", subject_id=str(self.out.id), at=at
            )

    def deliver(self):
        deliver(self.task, self.services)

    @property
    def state(self):
        with self.store.read() as uow:
            return uow.outbox.get(self.out.id).state

    @property
    def events(self):
        with self.store.read() as uow:
            return [entry.event for entry in uow.journal.after(0, limit=100)]


@pytest.fixture
def desk(tmp_path, sshd, proxy):
    desk = Desk(tmp_path, sshd, proxy)
    yield desk
    desk.store.close()


def test_a_letter_is_delivered_and_a_second_run_does_nothing(desk, proxy):
    desk.deliver()
    connections = proxy.connections
    desk.deliver()

    assert desk.state is DELIVERED
    assert (desk.root / "letter.pdf").read_bytes() == b"content"
    assert proxy.connections == connections == 1


def test_a_lost_answer_to_the_rename_is_found_out_and_nothing_is_sent_twice(desk, proxy):
    letter = desk.root / "letter.pdf"
    proxy.cut_when = letter.exists
    with pytest.raises(DeliveryUnknown):
        desk.deliver()
    assert desk.state is UNKNOWN
    arrived = letter.stat()
    proxy.behave()

    desk.deliver()

    assert desk.state is DELIVERED
    after = letter.stat()
    assert (after.st_ino, after.st_mtime_ns) == (arrived.st_ino, arrived.st_mtime_ns)
    assert desk.events == ["delivery.sending", "delivery.unknown", "delivery.delivered"]


def test_an_unknown_letter_that_the_bank_took_away_waits_for_a_person(tmp_path, sshd, proxy):
    desk = Desk(tmp_path, sshd, proxy, partner_removes=True)
    letter = desk.root / "letter.pdf"
    proxy.cut_when = letter.exists
    with pytest.raises(DeliveryUnknown):
        desk.deliver()
    proxy.behave()
    letter.unlink()

    with pytest.raises(Rejected, match="may have been taken"):
        desk.deliver()
    assert desk.state is BLOCKED
    assert not letter.exists()
    desk.store.close()


def test_a_bank_that_is_down_gets_the_letter_when_it_is_back(desk, proxy):
    proxy.cut_when = lambda: True
    with pytest.raises(Unavailable):
        desk.deliver()
    assert desk.state is READY
    proxy.behave()

    desk.deliver()
    assert desk.state is DELIVERED


def test_other_content_at_our_name_stops_the_lane_until_somebody_settles_it(desk):
    letter = desk.root / "letter.pdf"
    letter.write_bytes(b"theirs")
    with pytest.raises(Rejected, match="never overwritten"):
        desk.deliver()
    assert desk.state is BLOCKED
    assert letter.read_bytes() == b"theirs"
    letter.unlink()

    desk.deliver()
    assert desk.state is DELIVERED


def test_the_same_content_that_is_there_already_counts_as_delivered(desk):
    (desk.root / "letter.pdf").write_bytes(b"content")

    desk.deliver()

    assert desk.state is DELIVERED
