"""Opens an evidence pack, and refuses one that is not, byte for byte, what its parts would make.

A zip has many corners that its reader never looks at. So the parts are packed anew and compared
with the file: any byte that differs is found, wherever it stands.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from typing import Any, Final

PACK_BYTES_MAX: Final = 1024 * 1024 * 1024


class Wrong(Exception):
    """Something in the pack does not hold: which part, and what is wrong with it."""

    def __init__(self, part: str, zh: str, en: str) -> None:
        self.part, self.zh, self.en = part, zh, en
        super().__init__(f"{part}: {en}")


def open_pack(content: bytes) -> dict[str, bytes]:
    """Return the parts of a pack by name."""
    if len(content) > PACK_BYTES_MAX:
        raise Wrong("zip", "文件过大", "is too large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            infos = pack.infolist()
            if any(
                i.compress_type != zipfile.ZIP_STORED or i.file_size > len(content) for i in infos
            ):
                raise Wrong("zip", "不是原样存放", "is not stored as a hub stores it")
            parts = {info.filename: pack.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError,
            RuntimeError, struct.error) as error:  # fmt: skip
        part = next((name for name in _names(content) if name in str(error)), "zip")
        raise Wrong(part, "压缩包损坏", f"the zip is damaged ({error})") from error
    if _packed(parts) != content:
        raise Wrong("zip", "压缩包字节被改动", "bytes of the zip were altered")
    return parts


def json_of(parts: dict[str, bytes], name: str) -> Any:  # noqa: ANN401 -- whatever JSON holds
    """Return what a part holds as JSON."""
    if name not in parts:
        raise Wrong(name, "缺失", "is missing")
    try:
        return json.loads(parts[name])
    except (ValueError, RecursionError) as error:
        raise Wrong(name, "不是 JSON", "is not JSON") from error


def canonical(value: object) -> bytes:
    """Return the one JSON text of a value, as it is signed and hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def _names(content: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            return pack.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return []


def _packed(parts: dict[str, bytes]) -> bytes:
    """Return the zip that a hub makes of parts: by name, stored, dated 1980-01-01, read-only."""
    out, directory = bytearray(), bytearray()
    for name in sorted(parts):
        raw, content = name.encode(), parts[name]
        flags = 0 if raw.isascii() else 0x800
        common = struct.pack(
            "<HHHHHIIIHH", 20, flags, 0, 0, 33, zlib.crc32(content), len(content), len(content),
            len(raw), 0,
        )  # fmt: skip
        entry = struct.pack("<HHHII", 0, 0, 0, 0o444 << 16, len(out))
        directory += b"PK\1\2" + struct.pack("<H", 20 | 3 << 8) + common + entry + raw
        out += b"PK\3\4" + common + raw + content
    count = len(parts)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    return bytes(out + directory + b"PK\5\6" + end)
