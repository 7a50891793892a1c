"""How a twin bank opens what it takes and seals what it gives, by the `[protection]` of its script.

Without one, files are taken and given as they are.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.ports import Protection

AWAITED: Final = "signature_missing"  # a signature comes after its file: the bank looks again


class Envelope:
    """The bank's side of one partner's protection."""

    def __init__(self, protection: Protection | None) -> None:
        self._protection = protection

    def open(self, path: Path) -> tuple[bytes, str | None]:
        """Return what a file holds, or the bytes as they came and why they are refused."""
        if self._protection is None:
            return path.read_bytes(), None
        signature = self._signature(path)
        signatures = [signature] if signature is not None and signature.is_file() else []
        with TemporaryDirectory() as folder:
            try:
                plain, _ = self._protection.unseal(path, signatures, Path(folder), file=path.name)
            except Rejected as error:
                return path.read_bytes(), error.code
            return plain.read_bytes(), None

    def put(self, path: Path, content: bytes) -> None:
        """Let a file appear whole, and its signature after it."""
        if self._protection is None:
            _appear(path, content)
            return
        with TemporaryDirectory() as folder:
            plain = Path(folder) / "content"
            plain.write_bytes(content)
            sealed, signature = self._protection.seal(plain, Path(folder))
            _appear(path, sealed.read_bytes())
            beside = self._signature(path)
            if signature is not None and beside is not None:
                _appear(beside, signature.read_bytes())

    def remove(self, path: Path) -> None:
        """Take a file away, and its signature with it."""
        path.unlink()
        signature = self._signature(path)
        if signature is not None:
            signature.unlink(missing_ok=True)

    def _signature(self, path: Path) -> Path | None:
        name = self._protection.signature_of(path.name) if self._protection else None
        return path.with_name(name) if name else None


def _appear(path: Path, content: bytes) -> None:
    hidden = path.with_name(f".{path.name}.part")
    hidden.write_bytes(content)
    hidden.replace(path)
