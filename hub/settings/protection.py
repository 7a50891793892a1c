"""The table `[protection]` of a partner file: what its files carry beyond their own bytes.

Keys of others are files below the configuration folder; our own are references to secrets.
"""

from __future__ import annotations

# The reader resolves these annotations at run time, so none of them may hide in TYPE_CHECKING.
from collections.abc import Callable  # noqa: TC003
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003
from typing import Final, Literal

from hub.settings.keys import key
from hub.settings.secrets import Secret

SM2_ID: Final = "1234567812345678"
"""The signer's identity that GM/T 0009-2012 uses when two sides agreed on no other."""

_NAME: Final = "{name}"
_PGP_ONLY: Final = ("encrypt_to", "decrypt_with", "armor")
_SIGNATURES: Final = ("sign_with", "verify_with", "signature_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """How one partner's files are encrypted and signed.

    Out: `encrypt_to` is their public key, `sign_with` our private key (`env:NAME`, `file:/path`).
    In: `verify_with` are their public keys, `decrypt_with` our private keys; two while a key is
    changed. `signature_name` is the template of a detached signature's name (`{name}.sig`);
    without it a signature is part of the message. `armor` writes text instead of bytes. What comes
    unprotected is refused, or with `required = false` taken on the word of its channel alone.
    `secret` is that of `sm3_suffix`; `sm2_id` the identity that SM2 signatures are bound to.
    """

    scheme: Literal["pgp", "sm2", "sm3_suffix"] = "pgp"
    encrypt_to: Path | None = None
    sign_with: str | None = None
    verify_with: tuple[Path, ...] = ()
    decrypt_with: tuple[str, ...] = ()
    signature_name: str | None = None
    armor: bool = False
    required: bool = True
    secret: str | None = None
    sm2_id: str = key(SM2_ID, pattern=r"[ -~]{1,64}")

    @property
    def secrets(self) -> dict[str, tuple[str, ...]]:
        """Return the references to our own secrets, by their keys in the table."""
        named = {"sign_with": self.sign_with, "secret": self.secret}
        found = {name: (value,) for name, value in named.items() if value is not None}
        return {**found, "decrypt_with": self.decrypt_with}

    def signature_of(self, name: str) -> str | None:
        """Return the name of the detached signature of a file; `None` if there is none."""
        return self.signature_name.replace(_NAME, name) if self.signature_name else None

    def signed_by(self, name: str) -> str | None:
        """Return the name of the file that a detached signature is about; `None` if it is none."""
        if self.signature_name is None:
            return None
        before, _, after = self.signature_name.partition(_NAME)
        inner = name.removeprefix(before).removesuffix(after)
        return inner if inner and self.signature_of(inner) == name else None


def check_protection(said: ProtectionSettings, report: Callable[[str, str], object]) -> None:
    """Report everything in the table that cannot work; keys are tried by `hub check`."""
    for name, references in said.secrets.items():
        for reference in references:
            try:
                Secret(reference)
            except ValueError as error:
                report(f"protection.{name}", str(error))
    unused = () if said.scheme == "pgp" else _PGP_ONLY
    if said.scheme == "sm3_suffix":
        unused = (*unused, *_SIGNATURES)
        if said.secret is None:
            report("protection.secret", "is missing")
    elif said.secret is not None:
        report("protection.secret", 'is only for scheme = "sm3_suffix"')
    for name in unused:
        if getattr(said, name):
            report(f"protection.{name}", f'is not for scheme = "{said.scheme}"')
    if said.scheme != "sm3_suffix":
        _check_signatures(said, report)


def _check_signatures(said: ProtectionSettings, report: Callable[[str, str], object]) -> None:
    name = said.signature_name
    if not (said.encrypt_to or said.sign_with or said.verify_with or said.decrypt_with):
        report("protection", "names no key")
    if name is not None and (name.count(_NAME) != 1 or name == _NAME or "/" in name):
        report("protection.signature_name", f'must be {_NAME} and something else, as "{_NAME}.sig"')
    detached = said.scheme == "sm2" or (said.sign_with and not said.encrypt_to)
    if name is None and detached:
        report("protection.signature_name", f'is missing, such as "{_NAME}.sig"')
