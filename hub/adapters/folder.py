"""FileChannel over a local folder: drop folders, development, tests.

Names are single path components or refused; links, pipes and sub-folders are never followed or
read; a file that changes while it is read is not taken; a file that we write appears whole or
not at all and never replaces another. Hidden names (`.x`) are somebody's half-written files.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import heapq
import io
import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.domain.file_name import is_component, is_plain, shown
from hub.errors import DeliveryUnknown, Place, Rejected, Unavailable
from hub.ports import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

LIST_MAX: Final = 100_000  # names seen at a time; the rest waits until these are gone
CHUNK_BYTES: Final = 1024 * 1024
DONE: Final = "done"
REFUSED: Final = "refused"


class FolderChannel:
    """A folder as a channel; every failure of the disk or the mount is `Unavailable`."""

    def __init__(self, root: Path, *, list_max: int = LIST_MAX) -> None:
        self._root = root
        self._list_max = list_max

    def list(self) -> Iterator[RemoteFile]:
        """Yield waiting regular files in name order, at most `list_max` of them."""
        with _disk(self._root), os.scandir(self._root) as entries:
            names = heapq.nsmallest(
                self._list_max,
                (
                    e.name
                    for e in entries
                    if not e.name.startswith(".") and e.is_file(follow_symlinks=False)
                ),
            )
        for name in names:
            try:
                state = os.lstat(self._root / name)
            except OSError:
                continue  # gone since we looked: not an error
            if stat.S_ISREG(state.st_mode):
                yield RemoteFile(name=name, size_bytes=state.st_size, modified_ns=state.st_mtime_ns)

    def open(self, name: str) -> BinaryIO:
        """Open a waiting file; reading it to its end fails when it changed meanwhile."""
        path = self._path(name)
        try:
            # O_NONBLOCK: opening a pipe must not wait for a writer
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(path, flags)
        except FileNotFoundError as error:
            raise Rejected("file_gone", place=Place(file=shown(name))) from error
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                raise Rejected("file_not_regular", place=Place(file=shown(name))) from error
            raise _unavailable(self._root, error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Rejected("file_not_regular", place=Place(file=shown(name)))
        return io.BufferedReader(_Steady(descriptor, shown(name)), CHUNK_BYTES)

    def finish(self, name: str, *, accepted: bool) -> None:
        """Move a taken file to `done/` or `refused/`, beside earlier ones of its name."""
        source = self._path(name)
        folder = self._root / (DONE if accepted else REFUSED)
        with _disk(self._root):
            folder.mkdir(exist_ok=True)
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "not a folder of its own", str(folder))
            token = secrets.token_hex(8)
            for target in (folder / name, folder / f"{token}~{name}", folder / token):
                if _moved(source, target):
                    _sync(folder)
                    _sync(self._root)
                    return

    def put(self, name: str, content: BinaryIO, *, sha256: str) -> None:
        """Write a file whole, or not at all; the same bytes there already are a success.

        Raises `Rejected("delivery_name_conflict")` when other bytes bear the name.
        """
        if not is_plain(name):
            raise Rejected("file_name_unsafe", place=Place(file=shown(name)))
        part = self._part(sha256)
        with _disk(self._root):
            part.unlink(missing_ok=True)  # what a crash left
            try:
                if _write(part, content) != sha256:
                    raise Rejected("delivery_digest_differs", place=Place(file=name))
                os.link(part, self._root / name)  # unlike rename, refuses to overwrite
            except FileExistsError as error:
                if self.fingerprint(name) != sha256:
                    raise Rejected("delivery_name_conflict", place=Place(file=name)) from error
            finally:
                part.unlink(missing_ok=True)
        try:
            _sync(self._root)
        except OSError as error:  # the name is there, but a crash might still lose it
            raise DeliveryUnknown("delivery_not_confirmed", place=Place(file=name)) from error

    def fingerprint(self, name: str) -> str | None:
        """Return the SHA-256 of a file in the folder, or `None` when there is none.

        Whoever died in `put` after the file had got its name left the first one as well: it goes.
        """
        try:
            with self.open(name) as content:
                sha256 = _digest(content)
        except Rejected as error:
            if error.code == "file_gone":
                return None
            raise
        part = self._part(sha256)
        if _same_file(part, self._root / name):
            with _disk(self._root):
                part.unlink(missing_ok=True)
        return sha256

    def _part(self, sha256: str) -> Path:
        return self._root / f".{sha256[:32]}.part"

    def _path(self, name: str) -> Path:
        if not is_component(name):
            raise Rejected("file_name_unsafe", place=Place(file=shown(name)))
        return self._root / name


class _Steady(io.RawIOBase):
    """A file that must have the size and time at its end that it had when it was opened."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._name = name
        self._before = os.fstat(descriptor)
        self._read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = os.readv(self._descriptor, [buffer])
        self._read_bytes += count
        if count == 0:
            self._require_unchanged()
        return count

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def _require_unchanged(self) -> None:
        before, after = self._before, os.fstat(self._descriptor)
        steady = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        if not steady or self._read_bytes != after.st_size:
            raise Unavailable("file_changing", place=Place(file=self._name))


def _moved(source: Path, target: Path) -> bool:
    """Move without overwriting; a source that is gone was moved by an earlier run."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        return True
    except FileExistsError:
        if not _same_file(source, target):
            return False
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
    source.unlink(missing_ok=True)
    return True


def _same_file(source: Path, target: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.lstat(source), os.lstat(target))
    return False


def _digest(content: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _write(path: Path, content: BinaryIO) -> str:
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o640), "wb") as file:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unavailable(root, error) from error


def _unavailable(root: Path, error: OSError) -> Unavailable:
    reason = error.strerror or type(error).__name__
    return Unavailable("folder_unavailable", folder=root.name, reason=reason)
