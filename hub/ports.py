"""What the hub needs from things that it does not own, as small protocols."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from hub.domain.region_directory import PublicKey


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


class Credentials(Protocol):
    """Passwords and one-time codes: hashed, sealed and compared; nothing here is kept."""

    def hash_password(self, password: str) -> str:
        """Return a password's hash, salted, slow on purpose."""
        ...

    def is_password(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password is the one of a hash; without a hash that takes as long."""
        ...

    def refuse_weak(self, password: str, *words: str) -> None:
        """Refuse a password that is short, common, or made of words that belong to its owner."""
        ...

    def new_factor(self) -> str:
        """Return a new second factor, sealed."""
        ...

    def factor_uri(self, sealed: str, *, name: str, issuer: str) -> str:
        """Return what an authenticator app reads from a square code."""
        ...

    def step_of(self, sealed: str, code: str, *, at: datetime) -> int | None:
        """Return the time step whose one-time code this is, if it is one of about now."""
        ...

    def code_at(self, sealed: str, at: datetime) -> str:
        """Return the one-time code of an instant: for demonstrations and tests."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a provider says it is: the sign-in name, and whether two factors proved it."""

    name: str
    is_strong: bool


class IdentityProvider(Protocol):
    """Where an organisation's people sign in; the browser goes there and comes back."""

    def begin(self, *, back: str, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes; it comes back to `back` with `state` and a code."""
        ...

    def finish(self, code: str, *, back: str, nonce: str, verifier: str, at: datetime) -> Identity:
        """Return who came back with a code; `Rejected` for an answer that proves nothing."""
        ...


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


MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024  # body; larger ones are refused at both ends
MESSAGE_HEADERS_MAX: Final = 64
MESSAGE_HEADER_CHARACTERS_MAX: Final = 1000  # of a name or a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it travels; the body's bytes arrive as they were given, never re-written.

    `id` is made by the originator, kept before the first send, and the same on every repetition.
    `key` decides who gets it: the recipient's region, then the type (`330100.transfer.form`).
    `sender` is filled in on arrival: the account that the broker vouches for, empty if unknown.
    """

    id: str
    type: str
    key: str
    body: bytes
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""


class Sent(StrEnum):
    """What is known of one message after an attempt to send it."""

    CONFIRMED = "confirmed"  # durably in a queue; never needs sending again
    UNROUTABLE = "unroutable"  # no queue wants it; a person must see to the topology
    NACKED = "nacked"  # refused for now: the queue is full
    UNKNOWN = "unknown"  # the connection broke before the answer: goes again with the same id


class MessageRoad(Protocol):
    """A way for messages to other systems: a broker, or a folder without one. At least once."""

    def send(self, messages: Sequence[Message]) -> Sequence[Sent]:
        """Publish in order and return one outcome for each message; called by one thread."""
        ...

    def begin(self, messages: Sequence[Message]) -> Callable[[], Sequence[Sent]]:
        """Begin to publish; what is returned waits for the outcomes, as `send` would.

        Only one batch is under way at a time, but the caller can do something else meanwhile.
        """
        ...

    def listen(
        self,
        queue: str,
        take: Callable[[Sequence[Message]], None],
        stopping: threading.Event,
    ) -> None:
        """Give batches of a queue to `take` until told to stop; reconnect for as long as needed.

        `take` commits what it was given; only then the batch counts as received. When it raises
        `Unavailable`, or the process dies, the same messages come again. It is asked with an
        empty batch first, so that nothing is delivered to a hub whose store is away.
        """
        ...

    def close(self) -> None:
        """End what `send` keeps open; a later `send` opens it again."""
        ...


class Signing(Protocol):
    """Signs what leaves for other regions with this hub's own key, and checks what they signed."""

    @property
    def key_id(self) -> str:
        """Return the id of our own public key; `Rejected("signing_missing")` without one."""
        ...

    @property
    def algorithm(self) -> str:
        """Return how our own key signs: `ed25519` or `sm2`."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the signature over some bytes; `Rejected("signing_missing")` without a key."""
        ...

    def is_good(self, signature: bytes, content: bytes, key: PublicKey) -> bool:
        """Tell whether a signature over some bytes was made by the owner of a public key."""
        ...
