"""The SFTP protocol (version 3) with nothing lost on the way.

paramiko's own file objects are not used. They drop the answers to the last writes and the error
of a close, so that a full disk goes unnoticed; they read ahead from a second thread, which can
spin for ever; they take a lost connection for the end of a file; and they refuse to list a name
that is not UTF-8. `Session` sends paramiko's requests and awaits every answer itself. It is the
only module that knows paramiko's inside, and its tests run against a real server.
"""

from __future__ import annotations

from collections import deque
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from paramiko import SFTPAttributes, SFTPClient
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_HANDLE,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_STATUS,
    CMD_WRITE,
    SFTP_EOF,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_WRITE,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_OP_UNSUPPORTED,
    SFTP_PERMISSION_DENIED,
    SFTPError,
    int64,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from paramiko import Channel, Message

READ_BYTES: Final = 32 * 1024  # what every server gives at once
WRITE_BYTES: Final = 32 * 1024 - 256  # with its header this still is one packet
AHEAD_MAX: Final = 64  # requests under way at a time, as OpenSSH's own client has
PAGES_AHEAD_MAX: Final = 4  # pages of a folder's listing
TEXT_CHARACTERS_MAX: Final = 200  # of what a server says about an error

_Request: TypeAlias = tuple[Any, ...]


class SftpStatus(OSError):
    """The server understood a request and said no; `code` is the protocol's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Answers:
    """Answers that have come, by the number of their request, in whatever order."""

    def __init__(self) -> None:
        self.come: dict[int, tuple[int, Message]] = {}

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        self.come[number] = (kind, message)


class Session(SFTPClient):  # type: ignore[misc]
    """One conversation with a server; paths are bytes; every failure is an exception.

    `progress` is called whenever a packet has come. Not for two threads at a time.
    """

    def __init__(self, channel: Channel, progress: Callable[[], None]) -> None:
        self._progress = progress
        self._can_sync = True
        self._returned: deque[bytes] = deque()
        super().__init__(channel)

    def look(self, path: bytes) -> SFTPAttributes | None:
        """Return what stands at a path itself, a link not followed; `None` when nothing does."""
        try:
            kind, message = self._request(CMD_LSTAT, path)
        except SftpStatus as status:
            if status.code == SFTP_NO_SUCH_FILE:
                return None
            raise
        return SFTPAttributes._from_msg(_of_kind(CMD_ATTRS, kind, message))  # noqa: SLF001

    def scan(self, folder: bytes) -> Iterator[tuple[str, SFTPAttributes]]:
        """Yield every entry of a folder as it comes, page by page; names are raw."""
        handle = self._handle(CMD_OPENDIR, folder)
        pages = self._answers(repeat((CMD_READDIR, handle)), PAGES_AHEAD_MAX)
        try:
            for _, kind, message in pages:
                yield from _entries(_of_kind(CMD_NAME, kind, message))
        except SftpStatus as status:
            if status.code != SFTP_EOF:
                raise
        self.shut(handle)

    def open_to_read(self, path: bytes) -> bytes:
        """Return a handle; `shut` gives it back."""
        return self._handle(CMD_OPEN, path, SFTP_FLAG_READ, SFTPAttributes())

    def create(self, path: bytes) -> bytes:
        """Return a handle for a new file; a file that is there already is an error."""
        flags = SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_EXCL
        return self._handle(CMD_OPEN, path, flags, SFTPAttributes())

    def read(self, handle: bytes, size_bytes: int) -> Iterator[bytes]:
        """Yield the first `size_bytes` of a file in order, or less when it ends before."""
        starts = range(0, size_bytes, READ_BYTES)
        requests = (
            (CMD_READ, handle, int64(at), min(READ_BYTES, size_bytes - at)) for at in starts
        )
        try:
            for (_, _, start, length), kind, message in self._answers(requests, AHEAD_MAX):
                data = _of_kind(CMD_DATA, kind, message).get_string()
                yield data
                yield from self._rest(handle, start + len(data), length - len(data))
        except SftpStatus as status:
            if status.code != SFTP_EOF:
                raise

    def write(self, handle: bytes, pieces: Iterable[bytes]) -> None:
        """Write pieces of at most `WRITE_BYTES`; returns when each of them was acknowledged."""

        def requests() -> Iterator[_Request]:
            at = 0
            for piece in pieces:
                yield CMD_WRITE, handle, int64(at), piece
                at += len(piece)

        deque(self._answers(requests(), AHEAD_MAX), maxlen=0)

    def sync(self, handle: bytes) -> None:
        """Let the server put a file on its disk, if it knows how to (an extension of OpenSSH)."""
        if not self._can_sync:
            return
        try:
            self._request(CMD_EXTENDED, "fsync@openssh.com", handle)
        except SftpStatus as status:
            if status.code not in (SFTP_OP_UNSUPPORTED, SFTP_PERMISSION_DENIED):
                raise
            self._can_sync = False

    def shut(self, handle: bytes) -> None:
        """Give a handle back; a server may tell only now that a write had failed."""
        self._request(CMD_CLOSE, handle)

    def shut_later(self, handle: bytes) -> None:
        """Take a handle back without a word to the server.

        A file that nobody closed is closed by the garbage collector, in whatever thread it runs,
        which may be the one that everybody is waiting for; so nothing may be awaited there.
        """
        self._returned.append(handle)

    def shut_returned(self) -> None:
        """Give back the handles that `shut_later` took."""
        while self._returned:
            self.shut(self._returned.popleft())

    def _rest(self, handle: bytes, start: int, length: int) -> Iterator[bytes]:
        """Yield what a server that gave less than it was asked for still owes."""
        while length > 0:
            answer = self._request(CMD_READ, handle, int64(start), length)
            data = _of_kind(CMD_DATA, *answer).get_string()
            if not data:
                raise SFTPError("an empty answer to a read")
            yield data
            start, length = start + len(data), length - len(data)

    def _handle(self, *request: object) -> bytes:
        return bytes(_of_kind(CMD_HANDLE, *self._request(*request)).get_string())

    def _answers(
        self, requests: Iterable[_Request], ahead: int
    ) -> Iterator[tuple[_Request, int, Message]]:
        """Send requests, `ahead` of them before an answer is awaited; yield in their order."""
        answers, waiting, source = _Answers(), deque[tuple[int, _Request]](), iter(requests)
        while True:
            for request in islice(source, ahead - len(waiting)):
                waiting.append((self._async_request(answers, *request), request))
            if not waiting:
                return
            number, request = waiting.popleft()
            while number not in answers.come:
                self._read_response()
            kind, message = answers.come.pop(number)
            if kind == CMD_STATUS:
                self._convert_status(message)
            yield request, kind, message

    def _read_packet(self) -> tuple[int, bytes]:
        kind, data = super()._read_packet()
        self._progress()
        return kind, data

    def _convert_status(self, message: Message) -> None:
        code = message.get_int()
        if code != SFTP_OK:
            text = message.get_string().decode("utf-8", "replace")
            raise SftpStatus(code, text[:TEXT_CHARACTERS_MAX])


def _of_kind(wanted: int, kind: int, message: Message) -> Message:
    if kind != wanted:
        raise SFTPError(f"an answer of kind {kind} instead of {wanted}")
    return message


def _entries(page: Message) -> Iterator[tuple[str, SFTPAttributes]]:
    for _ in range(page.get_int()):
        name = page.get_string()
        page.get_string()  # the line that `ls -l` would print
        if not name:
            raise SFTPError("a listing that is shorter than it says")
        attributes = SFTPAttributes._from_msg(page)  # noqa: SLF001
        yield name.decode("utf-8", "surrogateescape"), attributes
