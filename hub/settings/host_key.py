"""A server's public key as OpenSSH writes it: what we were told, to compare with what is shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

KINDS: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
PARTS_MIN: Final = 2  # the kind, and the key itself
_LENGTH_BYTES: Final = 4


def host_key_kind(line: str) -> str:
    """Return the kind of key of an OpenSSH line such as `ssh-ed25519 AAAA... comment`."""
    return line.split(maxsplit=1)[0]


def host_key_blob(line: str) -> bytes:
    """Return the key of an OpenSSH line as the server would send it; `ValueError` with words.

    The format is that of RFC 4253 section 6.6: the kind, with its length before it, begins it.
    """
    kind, _, rest = line.strip().partition(" ")
    if kind not in KINDS:
        raise ValueError(f'must be written like "ssh-ed25519 AAAA...", one of {", ".join(KINDS)}')
    try:
        blob = base64.b64decode(rest.split()[0], validate=True)
    except (binascii.Error, IndexError) as error:
        raise ValueError("is cut or misspelt: its second word is not Base64") from error
    parts = _parts(blob)
    if len(parts) < PARTS_MIN or parts[0] != kind.encode():
        raise ValueError(f"is cut or misspelt: it holds no {kind} key")
    return blob


def _parts(blob: bytes) -> list[bytes]:
    """Return the strings that a key consists of, each after its length; none if one is cut."""
    parts, at = [], 0
    while at < len(blob):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(blob[at:begin], "big")
        parts.append(blob[begin:at])
    return parts if at == len(blob) else []


def fingerprint(blob: bytes) -> str:
    """Return what `ssh-keygen -l` shows for a key, `SHA256:...`, to compare by telephone."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
