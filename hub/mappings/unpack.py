"""Packed files (.gz, .zip with one member): unpacked within limits before anything reads them.

Unpacking ends completely, in a temporary file, before a reader sees a byte: a stream cut short
would already have given rows (reliability rows 43-46). Names inside an archive are never used.
"""

from __future__ import annotations

import errno
import stat
import struct
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENDINGS: Final = (".gz", ".zip")
RATIO_MAX: Final = 200  # lists of payments pack 5 to 30 times; a bomb 1000 times
RATIO_FROM_BYTES: Final = 1024 * 1024  # below it a high ratio harms nobody

_CHUNK_BYTES: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_ENCRYPTED: Final = 0x1
_DAMAGED: Final = (EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What zipfile raises besides its own error when bytes of an archive are damaged."""

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def plain_name(name: str) -> str:
    """Return a file's name without the ending of its packing."""
    for ending in ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


@contextmanager
def unpacked(path: Path, *, file: str, size_bytes_max: int, work_dir: Path) -> Iterator[Path]:
    """Yield a path with the plain bytes of a file: itself, or a temporary file that then goes.

    `file` is the name under which it was received; its ending says whether it is packed.
    """
    ending = file[len(plain_name(file)) :].lower()
    if not ending:
        yield path
        return
    place = Place(file=file)
    limit = min(size_bytes_max, max(RATIO_FROM_BYTES, path.stat().st_size * RATIO_MAX))
    with tempfile.TemporaryDirectory(dir=work_dir, prefix="unpacked-") as folder:
        plain = Path(folder) / "plain"
        with plain.open("wb") as out:
            chunks = _gunzip(path, place) if ending == ".gz" else _unzip(path, place, limit)
            _copy(chunks, out, limit, place)
        yield plain


def _copy(chunks: Iterable[bytes], out: IO[bytes], limit: int, place: Place) -> None:
    written = 0
    for chunk in chunks:
        written += len(chunk)
        if written > limit:
            raise Rejected("packed_too_large", place=place, bytes_max=limit)
        out.write(chunk)


def _gunzip(path: Path, place: Place) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    with path.open("rb") as packed:
        try:
            while raw := packed.read(_CHUNK_BYTES):
                while raw and not unpacker.eof:
                    yield unpacker.decompress(raw, _CHUNK_BYTES)
                    raw = unpacker.unconsumed_tail
                if unpacker.unused_data or (unpacker.eof and packed.peek(1)):
                    raise Rejected("packed_not_single", place=place)
        except zlib.error as error:
            raise Rejected("packed_broken", place=place) from error
    if not unpacker.eof:
        raise Rejected("packed_broken", place=place)


def _unzip(path: Path, place: Place, limit: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_member(archive, place)
            if member.file_size > limit:
                raise Rejected("packed_too_large", place=place, bytes_max=limit)
            with archive.open(member) as packed:
                while chunk := packed.read(_CHUNK_BYTES):
                    yield chunk
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning; all else is the disk's
            raise
        raise Rejected("packed_broken", place=place) from error
    except (zipfile.BadZipFile, zlib.error, *_DAMAGED) as error:
        raise Rejected("packed_broken", place=place) from error


def _only_member(archive: zipfile.ZipFile, place: Place) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        raise Rejected("packed_not_single", place=place)
    member = members[0]
    unix_mode = member.external_attr >> 16
    odd = unix_mode and not stat.S_ISREG(unix_mode) and stat.S_IFMT(unix_mode)
    name = member.filename
    # the empty name first: zipfile itself fails on it
    if odd or name in ("", ".", "..") or "/" in name or "\\" in name or member.is_dir():
        raise Rejected("packed_name_unsafe", place=place)
    if member.flag_bits & _ENCRYPTED:
        raise Rejected("packed_encrypted", place=place)
    if member.compress_type not in _METHODS or plain_name(name) != name:
        raise Rejected("packed_not_single", place=place)
    return member
