"""What the hub keeps outside its database about what has left it: mark and books (库外水位).

A database that is restored cannot tell that it is: all in it agrees. So before anything leaves -
a file to a channel, a message to a region, a received file to `done/` - the last row of the
journal is written to a mark outside, synced, and the file to a book. A store without the row
that the mark names went back. Mark and books are kept in several places; the furthest one counts.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hub.errors import Place, Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FOLDER: Final = "outside"
MARK: Final = "mark.json"
SENT: Final = "sent.jsonl"
RECEIVED: Final = "received.jsonl"
LOCK: Final = "mark.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far the store had come: epoch, last row of the journal, last number to each region."""

    epoch: int
    n: int
    hash: str
    streams: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A file of a book. `what`: `began` or `delivered` of one that left, `came` of one received."""

    what: str
    channel: str
    name: str
    sha256: str
    at: str
    original_sha256: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Outside:
    """Mark and books in some folders, the same in each. Safe for threads and processes.

    `Unavailable("outside_unavailable")` when one of them cannot be written: then nothing leaves.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = [place / FOLDER for place in places]

    @property
    def places(self) -> list[Path]:
        """Return the folders that hold them."""
        return self._places

    def mark(self) -> Mark | None:
        """Return the furthest mark of any place, `None` when no place has one.

        `Rejected("mark_unreadable")` for one that is damaged: it may have been the furthest.
        """
        found = [mark for place in self._places if (mark := _read_mark(place / MARK)) is not None]
        return max(found, key=lambda mark: (mark.epoch, mark.n), default=None)

    def write_mark(self, mark: Mark) -> None:
        """Write the mark everywhere, whole or not at all, and synced."""
        content = json.dumps(asdict(mark), sort_keys=True).encode() + b"\n"
        with _disk():
            for place in self._places:
                place.mkdir(parents=True, exist_ok=True)
                part = place / f".{MARK}"
                _write_synced(part, content, os.O_TRUNC)
                part.replace(place / MARK)
                _sync(place)

    def note(self, book: str, line: Line) -> None:
        """Append a file to a book everywhere, synced."""
        row = {key: value for key, value in asdict(line).items() if value}
        content = json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        with _disk():
            for place in self._places:
                place.mkdir(parents=True, exist_ok=True)
                path = place / book
                is_new = not path.exists()
                _write_synced(path, _after_torn(path) + content, os.O_APPEND)
                if is_new:
                    _sync(place)

    def lines(self, book: str) -> list[Line]:
        """Return what any place's book holds, in order, each once.

        A line that broke off in a crash is left out: nothing left before it was whole.
        `Rejected("mark_unreadable")` when a whole line is damaged.
        """
        found: dict[bytes, Line] = {}
        for place in self._places:
            path = place / book
            rows = path.read_bytes().split(b"\n") if path.exists() else []
            for number, raw in enumerate(rows, start=1):
                if not raw.endswith(b"}"):
                    continue
                try:
                    found.setdefault(raw, Line(**json.loads(raw)))
                except (ValueError, TypeError) as error:
                    where = Place(file=book, line=number)
                    raise Rejected("mark_unreadable", place=where) from error
        return sorted(found.values(), key=lambda line: line.at)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time compare and write the mark."""
        with _disk():
            self._places[0].mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._places[0] / LOCK, flags, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _read_mark(path: Path) -> Mark | None:
    try:
        return Mark(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise Rejected("mark_unreadable", place=Place(file=path.name)) from error


def _after_torn(path: Path) -> bytes:
    """Return what ends a line that broke off, if the book ends with one."""
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return b"" if file.read(1) == b"\n" else b"\n"
    except OSError:  # there is no book yet, or nothing in it
        return b""


def _write_synced(path: Path, content: bytes, flags: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o640)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(None, "only a part was written")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable("outside_unavailable", reason=reason) from error
