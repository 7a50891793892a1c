"""The far side of a channel, as the contract test arranges and inspects it.

SFTP joins by one more class with the same methods and one more entry in `PLACES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.adapters.folder import FolderChannel

if TYPE_CHECKING:
    from pathlib import Path


class FolderPlace:
    """A folder in the local file system."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "place"
        self.root.mkdir()

    def channel(self, **options):
        return FolderChannel(self.root, **options)

    def write(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.write_bytes(content)
        return path

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def names(self, sub: str = ".") -> list[str]:
        folder = self.root / sub
        return sorted(p.name for p in folder.iterdir()) if folder.exists() else []

    def break_off(self) -> None:
        """Make the whole place unreachable."""
        self.root.rename(self.root.with_name("gone"))


PLACES = {"folder": FolderPlace}
