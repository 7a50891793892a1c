"""The protocol against a server that answers as it likes: late, short, out of order, nonsense."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading

import pytest
from paramiko.sftp import SFTPError
from paramiko.ssh_exception import SSHException

from hub.adapters.sftp_session import READ_BYTES, WRITE_BYTES, Session, SftpStatus

VERSION, STATUS, HANDLE, DATA, NAME = 2, 101, 102, 103, 104
CLOSE, READ, WRITE, OPENDIR, READDIR = 4, 5, 6, 11, 12
OK, EOF, FAILURE = 0, 1, 4


class Line(socket.socket):
    """A socket where paramiko expects a channel."""

    def get_name(self):
        return "test"


def text(value):
    return struct.pack(">I", len(value)) + value


def status(code, words=b"words"):
    return STATUS, struct.pack(">I", code) + text(words) + text(b"")


class Server:
    """Answers every request with what `answer(kind, body)` returns; `hold` collects first.

    Requests are read until `hold` of them are there, and answered last come, first served.
    """

    def __init__(self, answer, *, hold=1) -> None:
        self._answer, self._hold = answer, hold
        self.closed = 0
        near, self._far = socket.socketpair()
        self.line = Line(fileno=near.detach())
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):  # the client has gone
            self._talk()

    def _talk(self):
        self._packet()
        self._send(VERSION, struct.pack(">I", 3))
        held = []
        while packet := self._packet():
            kind, number, body = packet[0], packet[1:5], packet[5:]
            if kind == CLOSE:
                self.closed += 1
                self._send(STATUS, number + status(OK)[1])
                continue
            held.append((number, self._answer(kind, body)))
            if len(held) >= self._hold:
                for number_held, (kind_held, answer) in reversed(held):
                    self._send(kind_held, number_held + answer)
                held.clear()

    def _packet(self):
        head = self._far.recv(4, socket.MSG_WAITALL)
        return self._far.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if head else b""

    def _send(self, kind, body):
        self._far.sendall(struct.pack(">IB", len(body) + 1, kind) + body)


def session(answer, **options):
    server = Server(answer, **options)
    return server, Session(server.line, lambda: None)


def reading(content, *, give=READ_BYTES):
    def answer(_kind, body):
        _, _, at, length = struct.unpack(">I1sQI", body)
        piece = content[at : at + min(length, give)]
        return (DATA, text(piece)) if piece else status(EOF)

    return answer


@pytest.mark.parametrize("hold", [1, 4])
@pytest.mark.parametrize("give", [READ_BYTES, 1000])
def test_a_file_is_read_whole_from_a_server_that_answers_short_or_in_any_order(hold, give):
    content = os.urandom(8 * READ_BYTES)
    _, reader = session(reading(content, give=give), hold=hold if give == READ_BYTES else 1)

    assert b"".join(reader.read(b"h", len(content))) == content


def test_a_file_that_is_shorter_than_it_said_ends_early():
    content = os.urandom(3 * READ_BYTES + 5)
    _, reader = session(reading(content))

    assert b"".join(reader.read(b"h", 9 * READ_BYTES)) == content


def test_a_lost_connection_is_not_the_end_of_a_file():
    def answer(*_):
        server._far.shutdown(socket.SHUT_RDWR)
        return status(EOF)

    server, reader = session(answer)
    with pytest.raises((SSHException, EOFError, OSError)):
        list(reader.read(b"h", 10))


@pytest.mark.parametrize("failing", [0, 3, 9])
def test_the_answer_to_every_write_counts_the_last_one_too(failing):
    count = 0

    def answer(*_):
        nonlocal count
        count += 1
        return status(FAILURE, b"disk \xff full") if count == failing + 1 else status(OK)

    _, writer = session(answer)
    with pytest.raises(SftpStatus, match=r"disk . full") as caught:
        writer.write(b"h", [b"x" * WRITE_BYTES] * 10)
    assert caught.value.code == FAILURE


def page(*entries):
    body = b"".join(text(name) + text(b"-rw") + attributes for name, attributes in entries)
    return NAME, struct.pack(">I", len(entries)) + body


def test_a_listing_comes_by_pages_with_raw_names_and_what_is_known_of_them():
    bare, full = struct.pack(">I", 0), struct.pack(">IQI", 5, 7, 0o100644)
    pages = [page((b"\xff/../x\n", full)), page((b"plain", bare))]

    def answer(kind, _body):
        if kind == OPENDIR:
            return HANDLE, text(b"h")
        return pages.pop(0) if pages else status(EOF)

    server, lister = session(answer)
    found = [(n, a.st_size, a.st_mode) for n, a in lister.scan(b"in")]

    assert found == [("\udcff/../x\n", 7, 0o100644), ("plain", None, None)]
    assert server.closed == 1


def test_a_listing_that_is_shorter_than_it_says_is_nonsense_and_ends():
    def answer(kind, _body):
        endless = struct.pack(">I", 0xFFFFFFFF)
        return (HANDLE, text(b"h")) if kind == OPENDIR else (NAME, endless)

    _, lister = session(answer)
    with pytest.raises(SFTPError):
        list(lister.scan(b"in"))


@pytest.mark.parametrize("kind", [HANDLE, NAME, 201])
def test_an_answer_of_the_wrong_kind_is_nonsense(kind):
    _, reader = session(lambda *_: (kind, text(b"")))

    with pytest.raises(SFTPError):
        list(reader.read(b"h", 10))
    with pytest.raises(SFTPError):
        reader.look(b"x")
