"""Chooses what protects a partner's files, by the scheme of its `[protection]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.adapters.pgp import PgpProtection
from hub.adapters.sm import Sm2Protection, Sm3Protection

if TYPE_CHECKING:
    from hub.ports import Protection
    from hub.settings.protection import ProtectionSettings


def open_protection(settings: ProtectionSettings, *, size_bytes_max: int) -> Protection:
    """Return the protection of a partner; no key is read yet. A message may open to so much."""
    if settings.scheme == "pgp":
        return PgpProtection(settings, size_bytes_max=size_bytes_max)
    if settings.scheme == "sm2":
        return Sm2Protection(settings)
    return Sm3Protection(settings)
