"""The far side of a channel, as the contract test arranges and inspects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.adapters.folder import FolderChannel
from hub.adapters.sftp import SftpChannel
from tests.adapters.cutting_proxy import CuttingProxy

if TYPE_CHECKING:
    from pathlib import Path


class FolderPlace:
    """A folder in the local file system."""

    unreachable_code = "folder_unavailable"
    time_unit_ns = 1

    def __init__(self, tmp_path: Path, _request) -> None:
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


class SftpPlace(FolderPlace):
    """A folder behind a real SSH server."""

    unreachable_code = "sftp_unavailable"
    time_unit_ns = 1_000_000_000

    def __init__(self, tmp_path: Path, request) -> None:
        super().__init__(tmp_path, request)
        self._sshd = request.getfixturevalue("sshd")
        self._proxy = CuttingProxy(self._sshd.port)
        request.addfinalizer(lambda: self._proxy.__exit__(None, None, None))

    def channel(self, **options):
        return SftpChannel(self._sshd.settings(self.root, port=self._proxy.port), **options)

    def break_off(self) -> None:
        self._proxy.__exit__(None, None, None)


PLACES = {"folder": FolderPlace, "sftp": SftpPlace}
