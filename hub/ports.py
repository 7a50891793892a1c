"""What the hub needs from things that it does not own, as small protocols."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock(Protocol):
    """Tells the time; tests bring a frozen one."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file seen in a channel's inbound place; `name` is raw and never used as a path."""

    name: str
    size_bytes: int
    modified_ns: int


class FileChannel(Protocol):
    """A place where files come from or go to: a folder now, SFTP later."""

    def list(self) -> Iterator[RemoteFile]:
        """Yield regular files that wait to be taken, in name order."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a waiting file for reading; `Rejected` if it is gone or not a regular file."""
        ...

    def finish(self, name: str, *, accepted: bool) -> None:
        """Move a taken file aside (done or refused); doing it twice is harmless."""
        ...

    def put(self, name: str, content: BinaryIO, *, sha256: str) -> None:
        """Write a file so that it appears whole or not at all, and never overwrites another."""
        ...

    def fingerprint(self, name: str) -> str | None:
        """Return the SHA-256 (hex) of a delivered file, or `None` when there is none."""
        ...
