"""A server that restarts, forbids, is full or lacks a folder: a real sshd started that way."""

from __future__ import annotations

import hashlib
import io

import pytest

from hub.adapters.sftp import SftpChannel
from hub.adapters.sftp_transfer import give_name
from hub.errors import Rejected, Unavailable
from tests.adapters.sshd import Sshd

pytestmark = pytest.mark.real


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "bank"
    root.mkdir()
    return root


def put(channel, name, content):
    channel.put(name, io.BytesIO(content), sha256=hashlib.sha256(content).hexdigest())


def code_of(call, kind):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return caught.value.code


def test_the_server_may_restart_between_two_calls(tmp_path, root):
    with Sshd(tmp_path) as server:
        channel = SftpChannel(server.settings(root))
        put(channel, "one", b"1")
        server.stop()
        assert code_of(lambda: put(channel, "two", b"2"), Unavailable) == "sftp_unavailable"
        server.start()

        put(channel, "two", b"2")

    assert sorted(p.name for p in root.iterdir()) == ["one", "two"]


def test_a_folder_that_may_only_be_read_refuses_and_is_not_tried_again(tmp_path, root):
    (root / "statement").write_bytes(b"x")
    with Sshd(tmp_path, options="-R") as server:
        channel = SftpChannel(server.settings(root))

        assert [f.name for f in channel.list()] == ["statement"]
        for call in (
            lambda: put(channel, "letter", b"x"),
            lambda: channel.finish("statement", accepted=True),
        ):
            assert code_of(call, Rejected) == "sftp_permission_denied"
    assert [p.name for p in root.iterdir()] == ["statement"]


def test_a_forbidden_rename_leaves_neither_the_name_nor_the_copy(tmp_path, root):
    with Sshd(tmp_path, options="-P rename") as server:
        channel = SftpChannel(server.settings(root))

        assert code_of(lambda: put(channel, "x", b"x"), Rejected) == "sftp_permission_denied"
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("there", [b"theirs", b"ours"])
def test_a_name_that_is_taken_in_the_last_moment_is_not_overwritten(sshd, root, there):
    channel = SftpChannel(sshd.settings(root))
    (root / ".part").write_bytes(b"ours")
    (root / "letter").write_bytes(there)
    paths = [bytes(root / name) for name in (".part", "letter")]
    sha256 = hashlib.sha256(b"ours").hexdigest()

    def rename():
        with channel._work() as session:
            give_name(session, *paths, name="letter", sha256=sha256)

    if there == b"ours":
        rename()
    else:
        assert code_of(rename, Rejected) == "delivery_name_conflict"
    assert (root / "letter").read_bytes() == there
    assert [p.name for p in root.iterdir()] == ["letter"]


def test_a_server_that_cannot_sync_is_used_all_the_same(tmp_path, root):
    with Sshd(tmp_path, options="-P fsync") as server:
        channel = SftpChannel(server.settings(root))
        put(channel, "one", b"1")
        put(channel, "two", b"2")

    assert sorted(p.name for p in root.iterdir()) == ["one", "two"]


@pytest.mark.parametrize("size", [70_000, 1024 * 1024])  # the last write fails; one in the middle
def test_a_full_disk_leaves_nothing_and_may_pass(tmp_path, root, size):
    with Sshd(tmp_path, file_blocks_max=128) as server:
        channel = SftpChannel(server.settings(root, verify="size"))

        assert code_of(lambda: put(channel, "letter", b"x" * size), Unavailable) == "sftp_failed"
        assert list(root.iterdir()) == []
        put(channel, "small", b"x")


def test_a_folder_that_is_not_there_is_a_mistake_of_the_configuration(sshd, tmp_path):
    channel = SftpChannel(sshd.settings(tmp_path / "nowhere"))

    for call in (lambda: list(channel.list()), lambda: put(channel, "x", b"x"), channel.probe):
        assert code_of(call, Rejected) == "sftp_folder_missing"
