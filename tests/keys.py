"""Keys for tests, made by the machine's own programs: GnuPG's for PGP, OpenSSL's for SM2.

The programs are oracles too: `Person` signs, encrypts and opens as a partner's GnuPG would.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.conftest import require

LONG_AGO = "20250101T120000"


class Person:
    """Somebody with a GnuPG home of their own, and their keys as files."""

    def __init__(self, folder: Path, name: str, *, expired: bool = False) -> None:
        self.home = folder / name
        self.home.mkdir(mode=0o700)
        self.past = ("--faked-system-time", LONG_AGO) if expired else ()
        until = "2d" if expired else "2y"
        self.gpg(*self.past, "--quick-gen-key", f"{name}@example.org", "ed25519", "sign", until)
        self.fingerprint = self._fingerprint()
        self.gpg(*self.past, "--quick-add-key", self.fingerprint, "cv25519", "encr", until)
        self.public = folder / f"{name}.pub.asc"
        self.public.write_bytes(self.gpg("--armor", "--export", self.fingerprint))
        self.private = folder / f"{name}.key.asc"
        self.private.write_bytes(self.gpg("--armor", "--export-secret-keys", self.fingerprint))

    def gpg(self, *words, content: bytes = b"", expect: int | None = 0) -> bytes:
        options = ["--batch", "--no-tty", "--yes", "--trust-model", "always",
                   "--pinentry-mode", "loopback", "--passphrase", ""]  # fmt: skip
        done = subprocess.run(
            ["gpg", "--homedir", self.home, *options, *words], input=content,
            capture_output=True, check=False,
        )  # fmt: skip
        assert expect is None or done.returncode == expect, done.stderr.decode()
        return done.stdout

    def knows(self, *others: Person) -> None:
        for other in others:
            self.gpg("--import", content=other.public.read_bytes())

    def signature(self, content: bytes) -> bytes:
        return self.gpg(*self.past, "--detach-sign", content=content)

    def letter(self, content: bytes, to: Person) -> bytes:
        """Return a signed and encrypted message, as GnuPG makes it when nobody asks for more."""
        self.knows(to)
        return self.gpg("--sign", "--encrypt", "--recipient", to.fingerprint, content=content)

    def envelope(self, content: bytes, to: Person) -> bytes:
        self.knows(to)
        return self.gpg("--encrypt", "--recipient", to.fingerprint, content=content)

    def _fingerprint(self) -> str:
        listed = self.gpg("--list-keys", "--with-colons").decode().splitlines()
        return next(line.split(":")[9] for line in listed if line.startswith("fpr:"))


class Keys:
    """The hub, its bank, a stranger, and one whose key has expired."""

    def __init__(self) -> None:
        require(shutil.which("gpg") is not None, "gpg (gnupg)")
        self.folder = Path(tempfile.mkdtemp(prefix="hub-keys-"))
        atexit.register(self._remove)
        self.hub, self.bank, self.stranger = (
            Person(self.folder, name) for name in ("hub", "bank", "stranger")
        )
        self.expired = Person(self.folder, "expired", expired=True)
        self.hub.knows(self.bank)

    def _remove(self) -> None:
        for home in self.folder.iterdir():
            if home.is_dir():
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def keys() -> Keys:
    """Return the keys of this test process; they go when it ends."""
    return Keys()


def sm2_pair(folder: Path, name: str = "sm2") -> tuple[Path, Path]:
    """Make an SM2 key pair with OpenSSL's program and return private and public half (PEM)."""
    require(shutil.which("openssl") is not None, "openssl (3.0 or later)")
    private, public = folder / f"{name}.key.pem", folder / f"{name}.pub.pem"
    openssl("genpkey", "-algorithm", "SM2", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def openssl(*words, expect: int = 0) -> str:
    done = subprocess.run(
        ["openssl", *words], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == expect, done.stderr
    return done.stdout
