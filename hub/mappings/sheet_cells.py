"""The cells of a downloaded statement, whatever kind of file it is: csv, xls, xlsx or ods.

The bytes say which, not the ending: banks name web pages and text `.xls`. A workbook is looked at
before it is opened, so that a small file cannot unpack into all of the memory.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.errors import Place, Rejected
from hub.mappings import workbook
from hub.mappings.text_lines import UTF8_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Cell = str | date
"""Text without blanks around it, or a day where a workbook's cell is a date."""

FILE_BYTES_MAX: Final = 64 * 1024 * 1024  # people do not download more
UNPACKED_BYTES_MAX: Final = 256 * 1024 * 1024
UNPACKED_RATIO_MAX: Final = 100
UNPACKED_BYTES_FREE: Final = 16 * 1024 * 1024  # below it the ratio does not matter
MEMBERS_MAX: Final = 2000

_DAMAGED: Final = (EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What zipfile raises besides its own error when bytes of an archive are damaged."""

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # xls, and encrypted xlsx
_MARKUP: Final = re.compile(rb"\s*<(!DOCTYPE\s+html|html|table|head|meta|\?xml)", re.IGNORECASE)
_FORMULA_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)  # ="001", so that Excel keeps zeros
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")  # tabs and line ends are part of a table
_BLANKS: Final = " \t\r\n\u00a0\u3000\u200b\ufeff"
_FLOAT_DIGITS: Final = ".15g"  # what Excel itself keeps of a number


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table with the number that people see in their program."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def first(self) -> str:
        """The first text of the line, empty for an empty line."""
        return next((str(cell) for cell in self.cells if cell != ""), "")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet of a workbook, or the whole of a text file."""

    name: str
    lines: Sequence[Line]
    ended: bool = True  # the last line has its end


def tables(
    content: BinaryIO, *, file: str, encodings: Sequence[str], delimiter: str
) -> Iterator[Table]:
    """Yield the tables of a file; text is decoded in the first encoding that fits all of it."""
    raw = content.read(FILE_BYTES_MAX + 1)
    place = Place(file=file, byte_offset=0)
    if not raw:
        raise Rejected("file_empty", place=place)
    if len(raw) > FILE_BYTES_MAX:
        raise Rejected("sheet_too_large", place=Place(file=file), bytes_max=FILE_BYTES_MAX)
    if raw.startswith(_ZIP):
        _check_zip(raw, file)
        yield from _workbook(raw, file)
    elif raw.startswith(_OLE):
        yield from _workbook(raw, file)
    elif _MARKUP.match(raw):
        raise Rejected("sheet_is_a_page", place=place)
    else:
        lines = _text_lines(raw, file, encodings, delimiter)
        yield Table("", lines, ended=raw.endswith((b"\n", b"\r", b"\n\0")))


def clean(value: object) -> Cell:
    """Return a cell without what banks put around values: blanks, tabs, `="..."`."""
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(format(value, _FLOAT_DIGITS)):f}"
    text = str(value).strip(_BLANKS)
    formula = _FORMULA_TEXT.fullmatch(text)
    return formula[1].strip(_BLANKS) if formula else text


def _text_lines(raw: bytes, file: str, encodings: Sequence[str], delimiter: str) -> list[Line]:
    text = _decoded(raw, file, encodings)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    try:
        lines.extend(Line(reader.line_num, tuple(map(clean, cells))) for cells in reader)
    except csv.Error as error:
        place = Place(file=file, line=reader.line_num)
        raise Rejected("quote_misplaced", place=place, quote='"') from error
    return lines


def _decoded(raw: bytes, file: str, encodings: Sequence[str]) -> str:
    """Return the text in the first encoding that fits; the first bad byte is that of the last."""
    *others, last = encodings
    for encoding in others:
        with contextlib.suppress(UnicodeDecodeError):
            return _checked(raw.removeprefix(UTF8_MARK).decode(encoding), file)
    plain = raw.removeprefix(UTF8_MARK) if last == "utf-8" else raw
    try:
        return _checked(plain.decode(last), file)
    except UnicodeDecodeError as error:
        line = plain.count(b"\n", 0, error.start) + 1
        place = Place(file=file, line=line, byte_offset=len(raw) - len(plain) + error.start)
        found = plain[error.start : error.end].hex()
        raise Rejected("encoding_broken", place=place, encoding=last, found=found) from error


def _checked(text: str, file: str) -> str:
    found = _CONTROL.search(text)
    if found is not None:
        place = Place(file=file, line=text.count("\n", 0, found.start()) + 1)
        raise Rejected("control_character", place=place, character=f"U+{ord(found[0]):04X}")
    return text


def _workbook(raw: bytes, file: str) -> Iterator[Table]:
    place = Place(file=file)
    try:
        for name, rows in workbook.sheets(raw):
            lines = [Line(n, tuple(map(clean, row))) for n, row in enumerate(rows, start=1)]
            yield Table(name, lines)
    except workbook.WorkbookEncryptedError as error:
        raise Rejected("sheet_encrypted", place=place) from error
    except workbook.WorkbookTooLargeError as error:
        raise Rejected("sheet_too_large", place=place, bytes_max=FILE_BYTES_MAX) from error
    except workbook.WorkbookError as error:
        raise Rejected("sheet_broken", place=place) from error


def _check_zip(raw: bytes, file: str) -> None:
    """Refuse a workbook that unpacks to too much, by what it says and by what is in it."""
    place = Place(file=file)
    too_large = Rejected("sheet_too_large", place=place, bytes_max=UNPACKED_BYTES_MAX)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            members = packed.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise Rejected("sheet_encrypted", place=place)
            stated = sum(member.file_size for member in members)
            if len(members) > MEMBERS_MAX or stated > UNPACKED_BYTES_MAX:
                raise too_large
            if stated > max(UNPACKED_RATIO_MAX * len(raw), UNPACKED_BYTES_FREE):
                raise too_large
            if packed.testzip() is not None:
                raise Rejected("sheet_broken", place=place)
    except (zipfile.BadZipFile, zlib.error, OSError, *_DAMAGED) as error:
        raise Rejected("sheet_broken", place=place) from error
