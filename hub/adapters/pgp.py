"""PGP: a partner's files are encrypted to them, signed by us, and theirs opened and verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hub.adapters.gnupg import GPG, home
from hub.errors import Place, Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.adapters.gnupg import Home, Key, Said
    from hub.settings.protection import ProtectionSettings

EXPIRES_SOON: Final = timedelta(days=30)
_BLOCK_BYTES: Final = 64 * 1024  # GnuPG stops at the last whole block before its limit
_TRIAL: Final = b"hub check\n"
_SIGNED: Final = ("GOODSIG", "BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG")


class PgpProtection:
    """One partner's files by OpenPGP (RFC 4880), worked by the machine's GnuPG.

    Everything is streamed from file to file. Keys are read at each call, so that a new key counts
    at once. Nothing is written at a place that others read: see `hub.flows.protect`.
    """

    def __init__(self, settings: ProtectionSettings, *, size_bytes_max: int) -> None:
        self._settings = settings
        self._size_bytes_max = size_bytes_max
        self.signature_of = settings.signature_of
        self.signed_by = settings.signed_by

    def seal(self, plain: Path, folder: Path) -> tuple[Path, Path | None]:
        """Encrypt and sign a file; `protection_key_expired` when a key may not be used any more."""
        said = self._settings
        sealed, signature = plain, None
        armor = ("--armor",) if said.armor else ()
        with home() as gpg:
            by = self._signer(gpg)
            if said.encrypt_to is not None:
                to = _usable(gpg.add(said.encrypt_to, what="encrypt_to"), "encrypt_to")
                sealed = folder / "sealed"
                inside = ("--sign", *by) if by and said.signature_name is None else ()
                words = ("--set-filename", "", "--output", sealed, "--recipient", to.fingerprint)
                done = gpg.run(*armor, *words, *inside, "--encrypt", plain)
                _require_made(done, sealed, "encrypt_to", to.fingerprint)
            if by and said.signature_name is not None:
                signature = folder / "signature"
                done = gpg.run(*armor, *by, "--output", signature, "--detach-sign", sealed)
                _require_made(done, signature, "sign_with", by[-1])
        return sealed, signature

    def unseal(
        self, sealed: Path, signatures: Sequence[Path], folder: Path, *, file: str
    ) -> tuple[Path, str | None]:
        """Verify and decrypt a file; see `hub.ports.Protection`."""
        said, place = self._settings, Place(file=file)
        detached = said.signature_name is not None
        with home() as gpg:
            theirs = {gpg.add(one, what="verify_with").fingerprint for one in said.verify_with}
            for one in said.decrypt_with:
                gpg.add(one, what="decrypt_with")
            who = None
            if theirs and detached:
                who = self._verified(gpg, sealed, signatures, theirs, place)
            if not said.decrypt_with and (detached or not theirs):
                return sealed, who
            plain = folder / "plain"
            done = gpg.run(
                "--max-output", str(self._size_bytes_max), "--output", plain, "--decrypt", sealed
            )
            opened = self._opened(done, plain, place)
            if theirs and not detached:
                who = self._vouched(done, theirs, place)
        return (plain if opened else sealed), who

    def prove(self) -> list[str]:
        """Encrypt, sign and decrypt a trial with every key; return which end within 30 days."""
        said, soon = self._settings, []
        with home() as gpg:
            found = [("verify_with", gpg.add(one, what="verify_with")) for one in said.verify_with]
            if said.encrypt_to is not None:
                found.append(("encrypt_to", gpg.add(said.encrypt_to, what="encrypt_to")))
            if said.sign_with is not None:
                found.append(("sign_with", gpg.add(said.sign_with, what="sign_with")))
            found += [
                ("decrypt_with", gpg.add(one, what="decrypt_with")) for one in said.decrypt_with
            ]
            for what, key in found:
                _usable(key, what)
                _try(gpg, what, key)
                if key.expires_s is not None:
                    end = datetime.fromtimestamp(key.expires_s, UTC)
                    if end - datetime.now(UTC) < EXPIRES_SOON:
                        soon.append(f"protection.{what}: the key expires on {end.date()}")
        return soon

    def _signer(self, gpg: Home) -> tuple[str, ...]:
        reference = self._settings.sign_with
        if reference is None:
            return ()
        key = _usable(gpg.add(reference, what="sign_with"), "sign_with")
        return ("--local-user", key.fingerprint)

    def _verified(
        self, gpg: Home, sealed: Path, signatures: Sequence[Path], theirs: set[str], place: Place
    ) -> str | None:
        """Return whose detached signature holds; of several that came, one must."""
        refusal: Rejected | None = None
        for one in signatures:
            try:
                return self._vouched(gpg.run("--verify", one, sealed), theirs, place)
            except Rejected as error:
                refusal = refusal or error
        if refusal is not None:
            raise refusal
        if self._settings.required:
            raise Rejected("signature_missing", place=place)
        return None

    def _vouched(self, said: Said, theirs: set[str], place: Place) -> str | None:
        """Return the fingerprint of the partner's key that signed; anything doubtful is refused."""
        if said.has("BADSIG"):
            raise Rejected("signature_broken", place=place)
        if said.has("EXPKEYSIG", "REVKEYSIG", "EXPSIG"):
            raise Rejected("signature_key_expired", place=place)
        for words in said.words("VALIDSIG"):
            if said.has("GOODSIG") and words[-1] in theirs:  # the last is the primary key's
                return words[-1]
        if said.has(*_SIGNED):
            raise Rejected("signature_other_key", place=place)
        if self._settings.required or self._settings.signature_name is not None:
            # junk in the place of a signature is never "no signature"
            code = "signature_missing" if not self._settings.signature_name else "signature_broken"
            raise Rejected(code, place=place)
        return None

    def _opened(self, said: Said, plain: Path, place: Place) -> bool:
        """Tell whether a message was opened; `False` for a file that is none and may be so."""
        if said.has("NO_SECKEY") and not said.has("DECRYPTION_OKAY"):
            raise Rejected("protection_cannot_decrypt", place=place)
        if said.has("BEGIN_DECRYPTION"):
            if said.has("DECRYPTION_OKAY") and (said.code == 0 or said.has(*_SIGNED)):
                return True
            if plain.exists() and plain.stat().st_size + _BLOCK_BYTES > self._size_bytes_max:
                raise Rejected("packed_too_large", place=place, bytes_max=self._size_bytes_max)
            raise Rejected("protection_altered", place=place)
        if self._settings.decrypt_with and self._settings.required:
            raise Rejected("protection_not_encrypted", place=place)
        if said.has("PLAINTEXT"):  # signed only
            if said.code != 0 and not said.has(*_SIGNED):
                raise Rejected("protection_altered", place=place)
            return True
        if self._settings.verify_with and self._settings.required:
            raise Rejected("signature_missing", place=place)
        return False


def _usable(key: Key, what: str) -> Key:
    if key.expired:
        raise Rejected("protection_key_expired", key=what, fingerprint=key.fingerprint)
    return key


def _require_made(said: Said, out: Path, what: str, fingerprint: str) -> None:
    if said.has("INV_RECP", "INV_SGNR"):
        raise Rejected("protection_key_unusable", key=what, reference=fingerprint)
    if said.code != 0 or not out.exists():
        raise Unavailable("protection_failed", tool=GPG, reason=f"exit code {said.code}")


def _try(gpg: Home, what: str, key: Key) -> None:
    """Use a key for what it is there for; `protection_key_unusable` when GnuPG cannot."""
    if what == "sign_with":
        said = gpg.run(
            "--local-user", key.fingerprint, "--output", gpg.trial, "--sign", content=_TRIAL
        )
        works = said.has("SIG_CREATED")
    elif what in ("encrypt_to", "decrypt_with"):
        words = ("--output", gpg.trial, "--recipient", key.fingerprint, "--encrypt")
        works = gpg.run(*words, content=_TRIAL).has("END_ENCRYPTION")
    else:
        works = True
    if not works:
        raise Rejected("protection_key_unusable", key=what, reference=key.fingerprint)
