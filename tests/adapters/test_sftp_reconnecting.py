"""SFTP connections that break again and again leave nothing behind (catalogue row 111)."""

from __future__ import annotations

import pytest

from hub.adapters.sftp import SftpChannel
from hub.errors import Unavailable
from tests.descriptors import ROUNDS, WARM_UP, held
from tests.waiting import eventually

pytestmark = pytest.mark.real


def test_a_channel_that_is_cut_again_and_again_keeps_no_descriptor_and_no_thread(
    sshd, proxy, tmp_path
) -> None:
    (tmp_path / "list.txt").write_text("x" * 100)
    channel = SftpChannel(sshd.settings(tmp_path, port=proxy.port))

    def look():
        try:
            return [file.name for file in channel.list()] == ["list.txt"]
        except Unavailable:
            return False

    for number in range(WARM_UP + ROUNDS):
        eventually(look, what="the server")
        if number % 2:  # cut between two calls, and while a file is read
            proxy.cut()
        else:
            content = channel.open("list.txt")
            proxy.cut()
            with pytest.raises(Unavailable), content:
                content.read()
        if number == WARM_UP:
            descriptors, threads = held()

    def is_flat():
        now = held()
        return now[0] <= descriptors and now[1] <= threads

    eventually(is_flat, what=f"{descriptors} descriptors, {threads} threads; now {held()}")
    assert proxy.connections >= ROUNDS
