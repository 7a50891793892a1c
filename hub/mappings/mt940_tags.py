"""Takes an MT940 file apart into tags, and the tags that matter into their parts.

`RC` takes a credit back and is a debit, `RD` is a credit; balances prove it. Some banks write a
decimal point, leave out the currency of a balance, or give interest the value date of 30 February:
what such a line means is not in doubt, and is read. Nothing of a number is ever left over.

A tag that nobody knows is no tag within words (`:86:`, `:NS:`), where a time of day may be wrapped
so that its line begins with `:26:`; elsewhere it is left out, as SWIFT's own further tags are.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.domain.money import parse_yuan
from hub.errors import Place, Rejected
from hub.mappings.codecs import shown
from hub.mappings.text_lines import UTF8_MARK, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout

_LINE: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.ASCII | re.DOTALL)
_FRAME: Final = re.compile(r"\{[1-5]:|-\}")  # SWIFT blocks around the text
_TITLE: Final = re.compile(r":94[02]:\Z", re.ASCII)  # the kind of message, as Dutch banks write it
_KNOWN: Final = re.compile(
    r"13[CD]?|20|21|25|28C?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS", re.ASCII
)
_WORDS: Final = frozenset({"86", "NS"})
_LASTING: Final = _WORDS | {"61"}  # an empty line does not end these

_AMOUNT: Final = r"(?P<amount>[0-9]+(?:[.,][0-9]*)?|,[0-9]+)"
_DAY: Final = r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
_BALANCE: Final = re.compile(
    rf"(?P<mark>[CD]){_DAY}(?P<currency>[A-Z]{{3}})?{_AMOUNT}", re.ASCII | re.IGNORECASE
)
_ENTRY: Final = re.compile(
    rf"{_DAY}(?P<entry>[0-9]{{4}}|[ ]{{4}})?(?P<mark>R?[CD])(?P<funds>[A-Z])?[ \n]?"
    rf"{_AMOUNT}(?![0-9.,'])[ ]?(?P<code>[A-Z][A-Z0-9 ]{{3}})?(?P<rest>.*)",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
_SIGNS: Final = {"C": 1, "RD": 1, "D": -1, "RC": -1}
_CENTURY: Final = 2000
_MONTHS_HALF: Final = 6
_REFERENCE_CHARS: Final = 16  # of the customer's reference; what follows it are words


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
        text = _unframed(line)
        name = "" if open_tag is None else open_tag.name
        found = _LINE.match(text)
        if found is not None and name in _WORDS and not _KNOWN.fullmatch(found[1]):
            found = None
        if found is not None or text == "-" or (text == "" and (line or name not in _LASTING)):
            if open_tag is not None:
                yield open_tag
            open_tag = None if found is None else Tag(found[1], found[2], place)
        elif open_tag is not None:
            open_tag = replace(open_tag, text=f"{open_tag.text}\n{text}" if text else open_tag.text)
        elif text.startswith(":") and not _TITLE.match(text):
            raise Rejected("mt940_tag", place=place, tag=shown(text[:5]))
        # the rest is what a bank puts between messages, such as a customer number
    if open_tag is not None:
        yield open_tag


def _unframed(line: str) -> str:
    """Return a line without the SWIFT blocks around a message's text."""
    if _FRAME.match(line) is None:
        return line
    return line.rpartition("{4:")[2] if "{4:" in line else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a `:60:` or `:62:` says."""

    fen: int
    on: date
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a `:61:` says; `ours` is the customer's reference, `banks` the bank's."""

    fen: int
    booked_on: date
    code: str | None
    ours: str
    banks: str
    words: str


def balance_of(tag: Tag) -> Balance:
    """Return the parts of a balance; `mt940_tag` if it is none."""
    first = tag.text.strip().partition("\n")[0].removesuffix("-}").rstrip()
    found = _BALANCE.fullmatch(first)
    if found is None:
        raise Rejected("mt940_tag", place=tag.place, tag=tag.name)
    currency = found["currency"]
    return Balance(
        fen=_fen(found, tag.place),
        on=_date(_CENTURY + int(found["year"]), int(found["month"]), int(found["day"]), found, tag),
        currency=currency.upper() if currency else None,
    )


def entry_of(tag: Tag) -> Entry:
    """Return the parts of a statement line; `mt940_tag` if it is none."""
    found = _ENTRY.fullmatch(tag.text.strip())
    if found is None:
        raise Rejected("mt940_tag", place=tag.place, tag=tag.name)
    first, _, more = found["rest"].partition("\n")
    ours, _, banks = first.partition("//")
    words = (ours[_REFERENCE_CHARS:].strip(), more.strip())
    return Entry(
        fen=_fen(found, tag.place),
        booked_on=_booked_on(found, tag),
        code=found["code"] and found["code"].upper(),
        ours=ours[:_REFERENCE_CHARS].strip(),
        banks=banks.strip(),
        words=" ".join(filter(None, words)),
    )


def _fen(found: re.Match[str], place: Place) -> int:
    """Return the signed amount: `1234,5` or `1234,` in hundredths."""
    yuan, _, decimals = found["amount"].replace(",", ".").partition(".")
    plain = f"{yuan.lstrip('0') or '0'}.{decimals.rstrip('0')}".removesuffix(".")
    return parse_yuan(plain, place=replace(place, field="amount")) * _SIGNS[found["mark"].upper()]


def _booked_on(found: re.Match[str], tag: Tag) -> date:
    """Return the booking date: the entry date (MMDD), in the year next to the value date's.

    Interest counts every month as 30 days, so that a value date may be 30 February: the last day.
    """
    year, month, day = _CENTURY + int(found["year"]), int(found["month"]), int(found["day"])
    entry = (found["entry"] or "").strip()
    if not entry:
        if month == 2 and day == 30:  # noqa: PLR2004 -- see above
            day = monthrange(year, month)[1]
        return _date(year, month, day, found, tag)
    if not 1 <= month <= 12 or not 1 <= day <= 31:  # noqa: PLR2004 -- the calendar's
        raise _no_day(found, tag)
    booked = int(entry[:2])
    if booked - month > _MONTHS_HALF:
        year -= 1
    elif month - booked > _MONTHS_HALF:
        year += 1
    return _date(year, booked, int(entry[2:]), found, tag)


def _date(year: int, month: int, day: int, found: re.Match[str], tag: Tag) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _no_day(found, tag) from error


def _no_day(found: re.Match[str], tag: Tag) -> Rejected:
    text = f"{found['year']}{found['month']}{found['day']}{found.groupdict().get('entry') or ''}"
    form = "%y%m%d" if len(text) == len("YYMMDD") else "%y%m%d%m%d"
    return Rejected("date_malformed", place=tag.place, found=shown(text), format=form)
