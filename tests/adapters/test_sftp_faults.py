"""A server that is cut off, frozen or slow: a real sshd behind a proxy."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import socket
import threading
import time

import pytest

from hub.adapters.sftp import SftpChannel
from hub.errors import DeliveryUnknown, Unavailable
from tests.waiting import eventually

pytestmark = pytest.mark.real

SIZE = 3 * 1024 * 1024
STALL_S = 1.5
PATIENCE_S = 18.0  # far more than STALL_S: the machine may be busy


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "bank"
    root.mkdir()
    return root


@pytest.fixture
def channel(sshd, proxy, root):
    return SftpChannel(sshd.settings(root, port=proxy.port))


@pytest.fixture
def hasty(sshd, proxy, root):
    """A channel that does not wait long for a frozen peer; its connection stands."""
    channel = SftpChannel(sshd.settings(root, port=proxy.port, stall_timeout_s=STALL_S))
    assert list(channel.list()) == []
    return channel


def sha(content):
    return hashlib.sha256(content).hexdigest()


def put(channel, name, content):
    channel.put(name, io.BytesIO(content), sha256=sha(content))


def code_of(call, kind):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return caught.value.code


def part_size(root, content):
    part = root / f".{sha(content)[:32]}.part"
    return part.stat().st_size if part.exists() else -1


@pytest.mark.parametrize("share", [0, 1, 3, 5, 7, 9])
def test_an_upload_that_is_cut_leaves_nothing_at_the_name(proxy, root, channel, share):
    content = os.urandom(SIZE)
    proxy.cut_when = lambda: part_size(root, content) >= SIZE * share // 10

    assert code_of(lambda: put(channel, "letter", content), Unavailable) == "sftp_unavailable"
    assert not (root / "letter").exists()

    proxy.behave()
    put(channel, "letter", content)
    assert (root / "letter").read_bytes() == content
    assert sorted(p.name for p in root.iterdir()) == ["letter"]


def test_a_cut_after_the_rename_is_unknown_and_a_look_settles_it(proxy, root, channel):
    proxy.cut_when = (root / "letter").exists

    code = code_of(lambda: put(channel, "letter", b"content"), DeliveryUnknown)

    assert code == "delivery_not_confirmed"
    proxy.behave()
    assert channel.fingerprint("letter") == sha(b"content")
    put(channel, "letter", b"content")
    assert sorted(p.name for p in root.iterdir()) == ["letter"]


def test_a_freeze_after_the_rename_is_unknown_too(proxy, root, hasty):
    proxy.freeze_when = (root / "letter").exists

    assert code_of(lambda: put(hasty, "letter", b"x"), DeliveryUnknown) == "delivery_not_confirmed"


def test_a_frozen_peer_is_given_up_in_time_whatever_is_asked(proxy, root, hasty):
    (root / "waiting").write_bytes(b"x" * SIZE)
    verbs = {
        "list": lambda: list(hasty.list()),
        "read": lambda: hasty.open("waiting").read(),
        "finish": lambda: hasty.finish("waiting", accepted=True),
        "put": lambda: put(hasty, "letter", b"x" * SIZE),
        "fingerprint": lambda: hasty.fingerprint("waiting"),
    }
    for verb, call in verbs.items():
        proxy.behave()
        hasty.probe()
        proxy.freeze_when = lambda: True
        begun_s = time.monotonic()

        assert code_of(call, Unavailable) == "sftp_unavailable", verb
        assert time.monotonic() - begun_s < PATIENCE_S, verb


@pytest.mark.parametrize("share", [1, 5])
def test_a_peer_that_freezes_in_the_middle_of_an_upload_is_given_up(proxy, root, hasty, share):
    content = os.urandom(SIZE)
    proxy.freeze_when = lambda: part_size(root, content) >= SIZE * share // 10

    with pytest.raises(Unavailable, match=r"nothing came for 1\.5 seconds|no answer in time"):
        put(hasty, "letter", content)
    assert not (root / "letter").exists()


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-Silent\r\n"])
def test_a_server_that_never_lets_us_in_is_given_up(sshd, root, words):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=lambda: silent.accept()[0].sendall(words), daemon=True).start()
        settings = sshd.settings(root, port=silent.getsockname()[1], connect_timeout_s=STALL_S)

        begun_s = time.monotonic()
        assert code_of(SftpChannel(settings).probe, Unavailable) == "sftp_unavailable"
        assert time.monotonic() - begun_s < PATIENCE_S


def test_a_port_without_server_and_an_unknown_host_are_unavailable(sshd, root):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    for changes in ({"port": port}, {"host": "no-such-host.invalid"}):
        channel = SftpChannel(sshd.settings(root, **changes))
        assert code_of(channel.probe, Unavailable) == "sftp_unavailable"


def test_a_slow_peer_is_waited_for_as_long_as_something_comes(sshd, proxy, root):
    proxy.pause_s = 0.02
    settings = sshd.settings(root, port=proxy.port, stall_timeout_s=5.0)
    content = os.urandom(512 * 1024)

    put(SftpChannel(settings), "letter", content)

    assert (root / "letter").read_bytes() == content


def test_a_slow_peer_is_cut_off_when_one_file_takes_too_long(sshd, proxy, root):
    settings = sshd.settings(root, port=proxy.port, transfer_timeout_s=1.0)
    channel = SftpChannel(settings)
    channel.probe()
    proxy.pause_s = 0.05

    with pytest.raises(Unavailable, match="longer than it may"):
        put(channel, "letter", os.urandom(8 * SIZE))
    assert not (root / "letter").exists()


def test_a_connection_that_is_not_used_is_given_back_and_made_again(sshd, proxy, root):
    channel = SftpChannel(sshd.settings(root, port=proxy.port, idle_close_s=0.2))
    channel.probe()
    watchdog = channel._connection.watchdog

    eventually(lambda: watchdog.verdict == "it was not used")
    eventually(lambda: not watchdog._thread.is_alive())

    channel.probe()
    assert proxy.connections == 2


def test_calls_in_a_row_share_one_connection_and_an_error_ends_it(proxy, root, channel):
    for name in ("a", "b"):
        put(channel, name, b"x")
    assert proxy.connections == 1

    proxy.cut_when = lambda: True
    assert code_of(lambda: list(channel.list()), Unavailable)
    proxy.behave()
    assert [f.name for f in channel.list()] == ["a", "b"]
    assert proxy.connections == 2


def test_a_reader_whose_connection_is_lost_fails_and_the_next_one_reads_all(proxy, root, channel):
    content = os.urandom(SIZE)
    (root / "statement").write_bytes(content)
    with channel.open("statement") as reader:
        reader.read(1000)
        proxy.cut()
        assert code_of(reader.read, Unavailable) == "sftp_unavailable"

    with channel.open("statement") as reader:
        assert reader.read() == content


def test_a_reader_that_nobody_closes_asks_nothing_of_anybody(root, channel):
    (root / "statement").write_bytes(b"x")
    readers = [channel.open("statement")]
    session, held, done = channel._connection.session, threading.Event(), threading.Event()

    def hold():
        with channel._work():
            held.set()
            done.wait(PATIENCE_S)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE_S)
    begun_s = time.monotonic()
    readers.clear()  # the collector may do this in any thread, even in the connection's own
    gc.collect()
    assert time.monotonic() - begun_s < PATIENCE_S / 2
    done.set()
    holder.join(PATIENCE_S)

    assert len(session._returned) == 1
    channel.finish("statement", accepted=True)
    assert len(session._returned) == 0


def test_two_readers_and_a_writer_may_share_a_channel(root, channel):
    contents = {name: os.urandom(SIZE) for name in ("a", "b")}
    for name, content in contents.items():
        (root / name).write_bytes(content)
    read = {}

    def take(name):
        with channel.open(name) as reader:
            read[name] = reader.read()

    threads = [threading.Thread(target=take, args=(name,)) for name in contents]
    for thread in threads:
        thread.start()
    put(channel, "letter", b"content")
    for thread in threads:
        thread.join(30)

    assert read == contents
    assert (root / "letter").read_bytes() == b"content"
