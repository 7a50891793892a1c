"""What the hub needs from things that it does not own, as small protocols."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


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


class SteppedClock:
    """A clock that starts at a given instant, runs on, and can be moved forward.

    With it a business day is lived in seconds: when nothing is due, the clock moves to what is.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._begun_s = time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present instant of the day that is lived, aware, in UTC."""
        with self._lock:
            return self._start + timedelta(seconds=time.monotonic() - self._begun_s)

    def advance_to(self, at: datetime) -> None:
        """Move forward to an instant; one that has passed changes nothing."""
        ahead = at - self.now()
        if ahead > timedelta(0):
            with self._lock:
                self._start += ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file seen in a channel's inbound place; `name` is raw and never used as a path."""

    name: str
    size_bytes: int
    modified_ns: int


class Protection(Protocol):
    """What protects one partner's files on their way: encryption, signatures."""

    def signature_of(self, name: str) -> str | None:
        """Return the name of a file's detached signature; `None` if it has none."""
        ...

    def signed_by(self, name: str) -> str | None:
        """Return the name of the file that a detached signature is about, or `None`."""
        ...

    def seal(self, plain: Path, folder: Path) -> tuple[Path, Path | None]:
        """Return what is to travel and its detached signature, written to an own folder."""
        ...

    def unseal(
        self, sealed: Path, signatures: Sequence[Path], folder: Path, *, file: str
    ) -> tuple[Path, str | None]:
        """Return the plain file and whose key vouches for it; `None` if only its channel does.

        `Rejected` when it is not protected as it must be: `signature_missing`,
        `signature_broken`, `signature_other_key`, `signature_key_expired`,
        `protection_not_encrypted`, `protection_cannot_decrypt`, `protection_altered`.
        """
        ...

    def prove(self) -> list[str]:
        """Try every key; `Rejected` for one that cannot be used. Returns what is only odd."""
        ...


class FileChannel(Protocol):
    """A place where files come from or go to: a folder, or one on an SFTP server."""

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
