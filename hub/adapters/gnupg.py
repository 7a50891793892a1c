"""GnuPG as a program: keys in a home that lives for one call, and its status lines read.

The status lines are GnuPG's interface for programs (its DETAILS file): what happened is told by
them, never by texts for people, which may name persons. The home lies in memory where the machine
has `/dev/shm`, so that a private key of ours does not reach a disk.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected, Unavailable
from hub.settings.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GPG: Final = "gpg"
TIMEOUT_S: Final = 3600.0  # two GiB take minutes; one that hangs is ended
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made below it
_STATUS: Final = "[GNUPG:] "
_OPTIONS: Final = (
    "--batch", "--no-tty", "--yes", "--no-auto-key-locate", "--trust-model", "always",
    "--pinentry-mode", "loopback", "--passphrase", "", "--status-fd", "1",
)  # fmt: skip
_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
_EXPIRED: Final = frozenset({"e", "r"})  # of a listed key: expired, revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What GnuPG said: its status lines by keyword, each with its words, and its exit code."""

    code: int
    lines: tuple[tuple[str, ...], ...]

    def has(self, *keywords: str) -> bool:
        """Tell whether any of the keywords was said."""
        return any(line[0] in keywords for line in self.lines)

    def words(self, keyword: str) -> list[tuple[str, ...]]:
        """Return the words that followed a keyword, each time it was said."""
        return [line[1:] for line in self.lines if line[0] == keyword]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as GnuPG lists it; `expires_s` is in seconds since 1970."""

    fingerprint: str
    expired: bool
    expires_s: int | None


class Home:
    """A home of GnuPG with the keys of one call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.trial = folder / "trial"
        """A file for what nobody needs. Never /dev/null: GnuPG replaces what it writes to."""

    def run(self, *words: str | Path, content: bytes = b"") -> Said:
        """Run GnuPG; `Unavailable` when it is not there, hangs, or the disk is full."""
        done = _run([GPG, "--homedir", str(self._folder), *_OPTIONS, *map(str, words)], content)
        if b"No space left on device" in done.stderr:
            raise Unavailable("protection_failed", tool=GPG, reason="no space left on device")
        said = done.stdout.decode("utf-8", "replace").splitlines()
        lines = (tuple(x.removeprefix(_STATUS).split()) for x in said if x.startswith(_STATUS))
        return Said(code=done.returncode, lines=tuple(line for line in lines if line))

    def add(self, key: Path | str, *, what: str) -> Key:
        """Add a public key (a file) or a private one (a reference to a secret), and return it.

        `protection_key_unusable` unless it is exactly one key; `what` is its place in the table.
        """
        content = _public(key, what) if isinstance(key, Path) else Secret(key).reveal().encode()
        said = self.run("--import", content=content)
        names = {words[1] for words in said.words("IMPORT_OK")}
        is_private = any(int(words[0]) & 16 for words in said.words("IMPORT_OK"))
        if said.code != 0 or len(names) != 1 or (isinstance(key, str) and not is_private):
            raise Rejected("protection_key_unusable", key=what, reference=str(key))
        return self._listed(names.pop())

    def _listed(self, fingerprint: str) -> Key:
        words = ["--list-keys", "--with-colons", "--fixed-list-mode", fingerprint]
        done = _run([GPG, "--homedir", str(self._folder), *_OPTIONS, *words], b"")
        fields = next(
            line.split(":")
            for line in done.stdout.decode("utf-8", "replace").splitlines()
            if line.startswith("pub:")
        )
        expires_s = int(fields[6]) if fields[6] else None
        return Key(fingerprint=fingerprint, expired=fields[1] in _EXPIRED, expires_s=expires_s)


@contextmanager
def home() -> Iterator[Home]:
    """Give a home without keys; at the end it is gone, and with it what was in it."""
    place = _MEMORY if _MEMORY.is_dir() else None  # a short path: sockets allow 107 bytes
    with TemporaryDirectory(prefix="hub-", dir=place, ignore_cleanup_errors=True) as name:
        try:
            yield Home(Path(name))
        finally:
            _run(["gpgconf", "--homedir", name, "--kill", "gpg-agent"], b"")


def _public(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Rejected("protection_key_unusable", key=what, reference=path.name) from error


def _run(words: Sequence[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            words, input=content, capture_output=True, check=False, timeout=TIMEOUT_S,
            env=_ENVIRONMENT,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Unavailable("protection_tool_missing", tool=words[0]) from error
    except subprocess.TimeoutExpired:
        # the words hold no secret, but they need not be in a traceback either
        raise Unavailable("protection_failed", tool=words[0], reason="timeout") from None
