"""Whole files over a session: read so that a change shows, written so that none is overwritten."""

from __future__ import annotations

import contextlib
import hashlib
import io
import stat
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from hub.adapters.sftp_errors import TROUBLE
from hub.adapters.sftp_session import WRITE_BYTES, SftpStatus
from hub.domain.file_name import shown
from hub.errors import DeliveryUnknown, HubError, Place, Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from _typeshed import WriteableBuffer
    from paramiko import SFTPAttributes

    from hub.adapters.sftp_session import Session


PIECES_AT_ONCE: Final = 32  # 1 MiB a turn at the connection


class Desk(Protocol):
    """Where a reader gets its session again, each time it is asked for more."""

    def resume(
        self, session: Session, *, until_s: float, name: str
    ) -> AbstractContextManager[None]:
        """Work on with the same session; `Unavailable` when it is no more."""
        ...


class Incoming(io.RawIOBase):
    """A waiting file; at its end it must be what it was when it was opened."""

    def __init__(
        self, desk: Desk, session: Session, path: bytes, *, name: str, until_s: float,
        before: SFTPAttributes, handle: bytes,
    ) -> None:  # fmt: skip
        """Talks to nobody, so that it cannot fail; see `open_incoming`."""
        self._desk, self._session, self._path = desk, session, path
        self._name, self._until_s = name, until_s
        self._before, self._size_bytes = before, size_of(before)
        self._handle = handle
        self._pieces = session.read(handle, self._size_bytes)
        self._rest = memoryview(b"")
        self._read_bytes = 0
        self._complete = False

    def readable(self) -> bool:
        """Return true: it can be read, and nothing else."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer; `Unavailable("file_changing")` at the end of a file that changed."""
        if not self._rest and not self._complete:
            with self._desk.resume(self._session, until_s=self._until_s, name=self._name):
                self._rest = memoryview(b"".join(islice(self._pieces, PIECES_AT_ONCE)))
                self._read_bytes += len(self._rest)
                if not self._rest:
                    self._require_unchanged()
        target = memoryview(buffer).cast("B")
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Give the file back; twice is harmless. Asks nothing of the server, see `shut_later`."""
        if not self.closed:
            self._session.shut_later(self._handle)
        super().close()

    def _require_unchanged(self) -> None:
        after = self._session.look(self._path)
        same = (
            after is not None
            and stat.S_ISREG(after.st_mode or 0)
            and (size_of(after), after.st_mtime) == (self._size_bytes, self._before.st_mtime)
        )
        if not same or self._read_bytes != self._size_bytes:
            raise Unavailable("file_changing", place=Place(file=shown(self._name)))
        self._complete = True


def open_incoming(
    desk: Desk, session: Session, path: bytes, name: str, *, until_s: float
) -> Incoming:
    """Open a waiting file; `Rejected` if it is gone, or a link, a pipe or a folder.

    It is looked at before: opening a pipe would keep a process of the server waiting.
    """
    before = regular(session, path, name)
    size_of(before)  # a server that does not tell it is refused before anything is open
    handle = opened(session, path, name)
    return Incoming(desk, session, path, name=name, until_s=until_s, before=before, handle=handle)


def regular(session: Session, path: bytes, name: str) -> SFTPAttributes:
    """Return what a file is like; `Rejected` when it is gone, or a link, a pipe or a folder."""
    found = session.look(path)
    if found is None:
        raise Rejected("file_gone", place=Place(file=shown(name)))
    if not stat.S_ISREG(found.st_mode or 0):
        raise Rejected("file_not_regular", place=Place(file=shown(name)))
    return found


def opened(session: Session, path: bytes, name: str) -> bytes:
    """Return a handle to read a file; `Rejected("file_gone")` when it went meanwhile."""
    try:
        return session.open_to_read(path)
    except SftpStatus:
        if session.look(path) is None:
            raise Rejected("file_gone", place=Place(file=shown(name))) from None
        raise


def size_of(attributes: SFTPAttributes) -> int:
    """Return a file's size in bytes; a server that does not tell it cannot be used."""
    if attributes.st_size is None:
        raise EOFError("the server does not tell the size of files")
    return int(attributes.st_size)


def digest_of(session: Session, path: bytes, name: str) -> str:
    """Return the SHA-256 of a file that stands still, by reading it."""
    before = regular(session, path, name)
    handle = opened(session, path, name)
    digest, count = hashlib.sha256(), 0
    for piece in session.read(handle, size_of(before)):
        digest.update(piece)
        count += len(piece)
    session.shut(handle)
    if count != size_of(before) or size_of(regular(session, path, name)) != count:
        raise Unavailable("file_changing", place=Place(file=shown(name)))
    return digest.hexdigest()


def copy(
    session: Session, content: BinaryIO, part: bytes, *, name: str, sha256: str, read_back: bool
) -> None:
    """Write `content` under a name that nobody looks at, and prove that it is there whole.

    Bytes of another digest, or a copy that differs, are an error and leave nothing behind.
    """
    clear(session, part)  # what an earlier try left
    handle = session.create(part)
    try:
        digest, count = hashlib.sha256(), 0

        def pieces() -> Iterator[bytes]:
            nonlocal count
            while piece := _piece(content):
                digest.update(piece)
                count += len(piece)
                yield piece

        session.write(handle, pieces())
        session.sync(handle)
        session.shut(handle)
        if digest.hexdigest() != sha256:
            raise Rejected("delivery_digest_differs", place=Place(file=name))
        found = session.look(part)
        same = found is not None and size_of(found) == count
        if not same or (read_back and digest_of(session, part, name) != sha256):
            raise Unavailable("sftp_copy_differs", place=Place(file=name))
    except (SftpStatus, HubError):  # the connection is in order, so it can be tidied up
        with contextlib.suppress(*TROUBLE):
            clear(session, part)
        raise


def give_name(session: Session, part: bytes, final: bytes, *, name: str, sha256: str) -> None:
    """Rename a complete copy; never over another file.

    The plain request of the protocol is used, which OpenSSH refuses when the name is taken;
    "posix-rename" overwrites. What is not answered has happened or not: `DeliveryUnknown`.
    """
    try:
        session.rename(part, final)
    except SftpStatus as status:
        refused: Exception = status
        try:
            if _is_ours(session, final, name=name, sha256=sha256):
                clear(session, part)
                return
        except Rejected as conflict:
            refused = conflict
        with contextlib.suppress(*TROUBLE):
            clear(session, part)
        raise refused from None
    except TROUBLE as error:
        raise DeliveryUnknown("delivery_not_confirmed", place=Place(file=name)) from error


def is_there(session: Session, final: bytes, *, name: str, sha256: str) -> bool:
    """Tell whether a file bears the name and has our bytes; other bytes are a conflict."""
    found = session.look(final)
    if found is None:
        return False
    if not stat.S_ISREG(found.st_mode or 0) or digest_of(session, final, name) != sha256:
        raise Rejected("delivery_name_conflict", place=Place(file=name))
    return True


def clear(session: Session, part: bytes) -> None:
    """Remove a file of ours, if it is there."""
    if session.look(part) is not None:
        session.remove(part)


def _is_ours(session: Session, final: bytes, *, name: str, sha256: str) -> bool:
    """Look after a refused rename, which may have happened all the same."""
    try:
        return is_there(session, final, name=name, sha256=sha256)
    except TROUBLE as error:
        raise DeliveryUnknown("delivery_not_confirmed", place=Place(file=name)) from error


def _piece(content: BinaryIO) -> bytes:
    try:
        return content.read(WRITE_BYTES)
    except OSError as error:  # ours, not the server's
        reason = error.strerror or type(error).__name__
        raise Unavailable("sftp_content_unreadable", reason=reason) from error
