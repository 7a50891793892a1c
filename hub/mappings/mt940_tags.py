"""Takes an MT940 file apart into tags, and the tags that matter into their parts.

The library `mt-940` knows the parts. What it makes of reversals is not used: it books `RC` (a
credit taken back) as a credit and `RD` as a debit; here `RC` is a debit and `RD` a credit, and
balances prove it (24 of 26 real statements close the library's way, 26 of 26 this way).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mt940.models import Transactions
from mt940.tags import TAG_BY_ID

from hub.domain.money import parse_yuan
from hub.errors import Place, Rejected
from hub.mappings.codecs import shown
from hub.mappings.text_lines import UTF8_MARK, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout

Parts = dict[str, Any]

logging.getLogger("mt940").setLevel(logging.CRITICAL)  # it would log account lines that it refuses

_LINE: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.ASCII | re.DOTALL)
_FRAME: Final = re.compile(r"\{[1-5]:|-\}")  # SWIFT blocks around the text
_SIGNS: Final = {"C": 1, "RD": 1, "D": -1, "RC": -1}
_NUMBERS: Final = ("year", "month", "day", "entry_month", "entry_day", "amount")
_CENTURY: Final = 2000
_MONTHS_HALF: Final = 6


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag such as `61` with all its lines."""

    name: str
    text: str
    place: Place


def tags(layout: Layout, content: BinaryIO, *, file: str, line_bytes_max: int) -> Iterator[Tag]:
    """Yield every tag of a file in order."""
    return _joined(_lines(layout, content, file, line_bytes_max))


def _lines(
    layout: Layout, content: BinaryIO, file: str, line_bytes_max: int
) -> Iterator[tuple[Place, str]]:
    """Yield the lines, decoded strictly; however they end, as the format's own marks close it."""
    offset = 0
    for number, line in enumerate(iter(lambda: content.readline(line_bytes_max + 2), b""), start=1):
        place = Place(file=file, line=number, byte_offset=offset)
        offset += len(line)
        if len(line) > line_bytes_max:
            raise Rejected("line_too_long", place=place, bytes_max=line_bytes_max)
        raw = line.removeprefix(UTF8_MARK) if number == 1 else line
        yield Place(file=file, line=number), decoded(raw, layout.codec, place).rstrip()


def _joined(lines: Iterator[tuple[Place, str]]) -> Iterator[Tag]:
    """Yield each tag with its continuation lines; blocks around messages are left out."""
    open_tag: Tag | None = None
    for place, line in lines:
        framed = _FRAME.match(line) is not None
        text = line.rpartition("{4:")[2] if framed and "{4:" in line else "" if framed else line
        found = _LINE.match(text)
        if found is not None:
            if open_tag is not None:
                yield open_tag
            open_tag = Tag(found[1], found[2], place)
        elif text in ("", "-"):
            if open_tag is not None:
                yield open_tag
            open_tag = None
        elif open_tag is not None:
            open_tag = replace(open_tag, text=f"{open_tag.text}\n{text}")
        elif not text.startswith(":"):
            continue  # what a bank puts between messages, such as a customer number
        else:
            raise Rejected("mt940_tag", place=place, tag=shown(text[:5]))
    if open_tag is not None:
        yield open_tag


def parsed(tag: Tag) -> Parts:
    """Return the parts of a `:60:`, `:61:` or `:62:`; `mt940_tag` if the library finds none."""
    number = tag.name if tag.name in TAG_BY_ID else int(tag.name[:2])
    try:
        parts: Parts = TAG_BY_ID[number].parse(Transactions(), tag.text.strip())
    except RuntimeError as error:
        raise Rejected("mt940_tag", place=tag.place, tag=tag.name) from error
    if not all((parts.get(name) or "").isascii() for name in _NUMBERS):  # other digits than 0-9
        raise Rejected("mt940_tag", place=tag.place, tag=tag.name)
    return parts


def amount_fen(found: Parts, place: Place) -> int:
    """Return the signed amount of a line or balance: `1234,5` or `1234,` in hundredths."""
    whole, _, decimals = found["amount"].partition(",")
    decimals = decimals.rstrip("0")
    plain = f"{whole}.{decimals}" if decimals else whole
    return parse_yuan(plain, place=replace(place, field="amount")) * _SIGNS[found["status"].upper()]


def value_day(found: Parts, place: Place) -> date:
    """Return the value date of a line, or the day of a balance: YYMMDD of this century."""
    try:
        return date(_CENTURY + int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError as error:
        raise _no_day(found, place) from error


def entry_day(found: Parts, place: Place) -> date:
    """Return the booking date: the entry date (MMDD), in the year next to the value date's."""
    valued = value_day(found, place)
    if not (found["entry_month"] or "").strip() or not (found["entry_day"] or "").strip():
        return valued
    month, day = int(found["entry_month"]), int(found["entry_day"])
    year = valued.year
    if month - valued.month > _MONTHS_HALF:
        year -= 1
    elif valued.month - month > _MONTHS_HALF:
        year += 1
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _no_day(found, place) from error


def _no_day(found: Parts, place: Place) -> Rejected:
    text = f"{found['year']}{found['month']}{found['day']}"
    return Rejected("date_malformed", place=place, found=shown(text), format="%y%m%d")
