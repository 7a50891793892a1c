"""The archive (存档): bytes kept for ever under their own SHA-256, written once.

Bytes are on the disk, whole and synced, before any row names them. A reader sees a file whole
or not at all; nobody changes one afterwards.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.errors import Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES: Final = 1 << 20
READ_ONLY: Final = 0o440
PARTS: Final = "parts"  # files being written; what a killed process left there goes after a day
PART_AGE_MAX_S: Final = 86_400
FOLDERS: Final = 1 << 16  # `00/00` to `ff/ff`, by the first four digits of a name
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The name (SHA-256, hex) and size of stored bytes."""

    sha256: str
    size_bytes: int


class Archive:
    """Files below one folder, named by content. Safe to use from many threads and processes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = root / PARTS
        self._durable = bytearray(FOLDERS)  # whose names we have synced ourselves; never grows

    def put(self, content: BinaryIO, *, size_bytes_max: int | None = None) -> Stored:
        """Keep everything that can be read from `content`; the same bytes twice are kept once.

        `Rejected("file_too_large")` above `size_bytes_max`, and whatever reading raises: nothing
        is kept then. `Unavailable("archive_unavailable")` when the disk will not take it.
        """
        with self._refusals():
            self._parts.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._parts)
        part = Path(name)
        try:
            with _closed(os.fdopen(descriptor, "wb")) as file:
                stored = self._copy(content, file, size_bytes_max)
            with self._refusals():
                self._keep(part, self._place(stored.sha256))
        finally:
            part.unlink(missing_ok=True)
        return stored

    def put_file(self, path: Path) -> Stored:
        """Keep a copy of a file."""
        with path.open("rb") as content:
            return self.put(content)

    def put_bytes(self, content: bytes) -> Stored:
        """Keep bytes."""
        return self.put(io.BytesIO(content))

    def open(self, sha256: str) -> BinaryIO:
        """Open stored bytes; `Rejected("archive_missing")` when there are none of that name."""
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        """Return where stored bytes are, for readers that want a file; it must not be changed."""
        path = self._place(sha256)
        if not path.is_file():
            raise Rejected("archive_missing", sha256=sha256)
        return path

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of everything that is kept, in no order."""
        return (place.name for place in self._root.glob("??/??/*"))

    def sweep(self) -> None:
        """Remove what writers that were killed left behind, once it is a day old."""
        for part in self._parts.glob("*"):
            if time.time() - part.stat().st_mtime > PART_AGE_MAX_S:
                part.unlink(missing_ok=True)

    def _copy(self, content: BinaryIO, file: BinaryIO, size_bytes_max: int | None) -> Stored:
        digest, size_bytes = hashlib.sha256(), 0
        while chunk := content.read(CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes_max is not None and size_bytes > size_bytes_max:
                raise Rejected(
                    "file_too_large", size_bytes=size_bytes, size_bytes_max=size_bytes_max
                )
            digest.update(chunk)
            with self._refusals():
                file.write(chunk)
        with self._refusals():
            file.flush()
            os.fchmod(file.fileno(), READ_ONLY)
            os.fsync(file.fileno())
        return Stored(sha256=digest.hexdigest(), size_bytes=size_bytes)

    def _keep(self, part: Path, place: Path) -> None:
        number = int(place.name[:4], 16)  # of the folder
        if not (self._durable[number] and place.parent.is_dir()):
            self._make_folder(place.parent)
            self._durable[number] = True
        if not place.exists():
            part.replace(place)  # of two writers either may win: their bytes are the same
        _sync_folder(place.parent)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # one that is merely there may be of a process that was killed before its sync
        for parent in (folder, *folder.parents):
            _sync_folder(parent)
            if parent == self._root.parent:
                break

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError("no SHA-256 in lower-case hex")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Unavailable("archive_unavailable", reason=reason) from error


@contextmanager
def _closed(file: BinaryIO) -> Iterator[BinaryIO]:
    """Close a file at the end; what a full disk did not take is tried once more then, in vain.

    That failure would hide the refusal that said so, and what was synced cannot fail here.
    """
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
