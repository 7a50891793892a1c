"""A canonical CSV file, given to DuckDB as columns of text.

RFC 4180 with commas; lines end with LF, CRLF or CR; UTF-8, or GB18030, which is transcoded first
and strictly. Blank lines are passed over. DuckDB itself refuses what is not UTF-8, so the bytes are
looked at only after it balked, or when already the column names are not UTF-8.
"""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from pathlib import Path

CHUNK_BYTES: Final = 1024 * 1024
HEADER_BYTES_MAX: Final = 64 * 1024

_BOM: Final = codecs.BOM_UTF8
_PLAIN: Final = bytes(byte for byte in range(ord("!"), 0x7F) if byte != ord('"')) + b"\n"
_PLAIN_CHUNK_BYTES: Final = 256 * 1024  # stays in the cache of a processor
_LEADS_THREE: Final = re.compile(rb"[\xe0-\xef]")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file that DuckDB can read: `path` is the file itself or its copy in UTF-8.

    `doubtful`: DuckDB might pass over blanks in it that the standard does not. `None`: its head
    has no quotes, and nobody has searched the rest. `looks_plain`: its head is plain.
    """

    path: Path
    header: tuple[str, ...]
    doubtful: bool | None = None
    looks_plain: bool = False

    def is_plain(self) -> bool:
        """Tell whether the file is nothing but lines of printable ASCII, no blanks, no quotes.

        Then each cell of an identifier is as it must be, but for its length, and DuckDB reads the
        rows as the standard does. Half a second for a gigabyte.
        """
        with self.path.open("rb", buffering=0) as file:
            chunk = file.read(_PLAIN_CHUNK_BYTES).removeprefix(_BOM)
            while chunk:
                if chunk.translate(None, _PLAIN):
                    return False
                chunk = file.read(_PLAIN_CHUNK_BYTES)
        return True

    def searched(self) -> CsvFile:
        """Return the file with `doubtful` known; a tenth of a second for a gigabyte."""
        if self.doubtful is not None:
            return self
        return replace(self, doubtful=_has_blank_at_quote(self.path))

    def relation(self) -> str:
        """Return SQL of the file's rows: each column as text under its own name, null if empty.

        DuckDB finds the line end itself. Told a wrong one, it would find no rows and no error.
        """
        columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in self.header)
        doubt = " WHERE error('blanks at a quote') IS NULL" if self.doubtful else ""
        return (
            f"(SELECT * FROM read_csv({_literal(str(self.path))},"
            f" columns={{{columns}}}, auto_detect=false,"
            f" header=true, delim=',', quote='\"', escape='\"',"
            " nullstr='', strict_mode=true, null_padding=false, encoding='utf-8')"
            f"{doubt})"
        )


def open_csv(path: Path, work: Path) -> CsvFile:
    """Read the column names; a file that is plainly not UTF-8 is transcoded into `work`."""
    line = _first_line(path)
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        path = as_utf8(path, work)
        line = _first_line(path)
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES).removeprefix(_BOM)
    csv_file = CsvFile(path, _names(line, path), looks_plain=not head.translate(None, _PLAIN))
    return csv_file.searched() if b'"' in head else csv_file


def as_utf8(path: Path, work: Path) -> Path:
    """Return the file, or its copy in UTF-8 below `work` if it is GB18030.

    `canonical_nul` and `canonical_encoding` say where it is neither.
    """
    if _encoding(path) == "utf-8":
        return path
    return _transcode(path, work / f"{path.name}.utf-8.csv", "gb18030")


def _has_blank_at_quote(path: Path) -> bool:
    """Tell whether DuckDB might pass over blanks that the standard does not: `"R1" ,P1`."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        quote = content.find(b'"')
        blanks = (b'" ', b'"\t', b' "', b'\t"')
        return quote >= 0 and any(content.find(b, max(quote - 1, 0)) >= 0 for b in blanks)


def _first_line(path: Path) -> bytes:
    with path.open("rb") as file:
        return (
            file.read(HEADER_BYTES_MAX).removeprefix(_BOM).partition(b"\n")[0].partition(b"\r")[0]
        )


def _names(line: bytes, path: Path) -> tuple[str, ...]:
    place = Place(file=path.name, line=1)
    try:
        rows = list(csv.reader(io.StringIO(line.decode()), strict=True))
    except csv.Error as error:
        raise Rejected("canonical_header", place=place) from error
    if not rows or "" in rows[0] or len(line) >= HEADER_BYTES_MAX - len(_BOM):
        raise Rejected("canonical_header", place=place)
    return tuple(rows[0])


def _encoding(path: Path) -> str:
    text = _Text(path)
    offset = 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            if b"\0" in chunk:
                at = offset + chunk.index(b"\0")
                place = Place(file=path.name, line=line_at(path, at), byte_offset=at)
                raise Rejected("canonical_nul", place=place)
            text.feed(chunk, offset)
            offset += len(chunk)
    text.feed(b"", offset)
    return "utf-8" if text.is_utf8 else "gb18030"


class _Text:
    """Tells UTF-8 from GB18030, and broken UTF-8 from both.

    Chinese has three bytes a character in UTF-8. Where such characters stand before the first
    byte that is not UTF-8, the file was meant to be UTF-8 and is broken.
    """

    def __init__(self, path: Path) -> None:
        self.is_utf8 = True
        self._path = path
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._chinese = False

    def feed(self, chunk: bytes, offset: int) -> None:
        """Take the next bytes, which begin at `offset`; no bytes are the end."""
        waiting = len(self._decoder.getstate()[0])
        if not self.is_utf8 or (chunk.isascii() and not waiting):
            return
        try:
            decoded = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            self.is_utf8 = False
            at = offset - waiting + error.start
            if self._chinese or _LEADS_THREE.search(error.object[: error.start]):
                place = Place(file=self._path.name, line=line_at(self._path, at), byte_offset=at)
                raise Rejected("canonical_encoding", place=place, encoding="UTF-8") from error
            return
        self._chinese = self._chinese or _LEADS_THREE.search(decoded.encode()) is not None


def _transcode(path: Path, out: Path, encoding: str) -> Path:
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as file, out.open("wb") as target:
        while True:
            chunk = file.read(CHUNK_BYTES)
            waiting = len(decoder.getstate()[0])
            try:
                target.write(decoder.decode(chunk, final=not chunk).encode())
            except UnicodeDecodeError as error:
                at = offset - waiting + error.start
                place = Place(file=path.name, line=line_at(path, at), byte_offset=at)
                raise Rejected("canonical_encoding", place=place, encoding="GB18030") from error
            if not chunk:
                return out
            offset += len(chunk)


def line_at(path: Path, offset: int) -> int:
    """Return the line, from 1, in which a byte of a file stands."""
    line = 1
    with path.open("rb") as file:
        while offset > 0 and (chunk := file.read(min(CHUNK_BYTES, offset))):
            line += chunk.count(b"\n")
            offset -= len(chunk)
    return line


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
