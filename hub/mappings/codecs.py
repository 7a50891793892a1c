"""Field values: text to value and back, one pair a field type. Strict, ASCII digits only.

`int` and `Decimal` would also take full-width digits, `1_000`, ` 12 ` and `1e3` (reliability row
53), so a pattern decides first. The bulk path compiles the same checks to SQL, hence each type is
a pattern of the common regular kind (`PATTERNS`), a range, and nothing more.

Every type, in this order:
1. `text` only: blanks (U+0020 and U+3000) at either end are dropped.
2. Nothing left: the value is absent; `field_missing` if it is required.
3. More than `chars_max` characters: `field_too_long`.
4. A character of `CONTROL`: `control_character`.
5. The type's own pattern and range, as its function below says.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.domain.money import FEN_MAX, yuan_text
from hub.errors import NOWHERE, Place, Rejected
from hub.mappings.file_names import DAY_FORMAT, date_pattern
from hub.mappings.layout import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.mappings.layout import Field

    Value = str | int | date | None
    Maps = Mapping[str, Mapping[str, str]]

CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that no field may hold: C0, DEL, C1, line separators, byte order marks."""

BLANKS: Final = " \u3000"
PERIOD_FORMAT: Final = "%Y%m"
YEARS: Final = (1900, 2099)  # of dates and periods; others are mistakes

PATTERNS: Final[Mapping[FieldType, str]] = {
    FieldType.COUNT: r"0*[0-9]{1,18}",
    FieldType.AMOUNT_FEN: r"-?[0-9]+",
    FieldType.AMOUNT_YUAN: r"-?([0-9]+(\.[0-9]{1,2})?|\.[0-9]{1,2})",
}
"""What the text of a type looks like; dates and periods follow their own format."""

SEPARATED: Final = r"-?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]{1,2})?"
"""Yuan with thousands separators; taken besides the plain form if the field has `separators`."""

_COMPILED: Final = {kind: re.compile(pattern, re.ASCII) for kind, pattern in PATTERNS.items()}
_SEPARATED: Final = re.compile(SEPARATED, re.ASCII)
_LONG_NUMBER: Final = re.compile(r"[0-9Xx*]{10,}")  # may be an account or an identity number
_SHOWN_CHARACTERS_MAX: Final = 24


def parse(text: str, field: Field, maps: Maps, place: Place = NOWHERE) -> Value:
    """Return the value of a field's text, `None` when it is absent.

    Amounts become fen, periods the integer yyyymm, codes what their map says.
    """
    if field.type is FieldType.TEXT:
        text = text.strip(BLANKS)
    if not text:
        if field.required:
            raise Rejected("field_missing", place=place)
        return None
    if len(text) > field.chars_max:
        raise Rejected("field_too_long", place=place, chars=len(text), chars_max=field.chars_max)
    found = CONTROL.search(text)
    if found is not None:
        raise Rejected("control_character", place=place, character=f"U+{ord(found[0]):04X}")
    return text if field.type is FieldType.TEXT else _typed(text, field, maps, place)


def render(value: Value, field: Field, maps: Maps, place: Place = NOWHERE) -> str:
    """Return the text of a value, which `parse` reads back as the same value."""
    if value is None:
        text = ""
    elif field.type is FieldType.CODE:
        text = _code_of(str(value), maps[field.map or ""], place)
    elif isinstance(value, date):
        text = value.strftime(field.format or DAY_FORMAT)
    elif field.type is FieldType.PERIOD:
        year, month = divmod(int(value), 100)
        text = date(year, month, 1).strftime(field.format or PERIOD_FORMAT)
    elif field.type is FieldType.AMOUNT_YUAN:
        text = yuan_text(int(value))
    else:
        text = str(value).strip(BLANKS)
    parse(text, field, maps, place)  # what we write can be read
    return text


def shown(text: str) -> str:
    """Return what an error may say about a text: short, and nothing like an account number."""
    masked = _LONG_NUMBER.sub(lambda found: f"{found[0][:2]}…({len(found[0])})", text)
    return masked if len(masked) <= _SHOWN_CHARACTERS_MAX else f"{masked[:_SHOWN_CHARACTERS_MAX]}…"


def _typed(text: str, field: Field, maps: Maps, place: Place) -> Value:
    """Return the value of a text that is there and of no odd length or characters."""
    match field.type:
        case FieldType.COUNT:
            return _count(text, place)
        case FieldType.DATE:
            return _date(text, field.format or DAY_FORMAT, place)
        case FieldType.PERIOD:
            return _period(text, field.format or PERIOD_FORMAT, place)
        case FieldType.CODE:
            return _code(text, maps[field.map or ""], place)
        case _:
            return _amount(text, field, place)


def _count(text: str, place: Place) -> int:
    """A whole number below 10**18; zeros in front do not matter."""
    if _COMPILED[FieldType.COUNT].fullmatch(text) is None:
        raise Rejected("count_malformed", place=place, found=shown(text))
    return int(text)


def _date(text: str, form: str, place: Place) -> date:
    """A day of the calendar in exactly the format, of the years 1900 to 2099."""
    found = re.fullmatch(date_pattern(form), text, re.ASCII)
    if found is not None and YEARS[0] <= int(found["Y"]) <= YEARS[1]:
        try:
            return date(int(found["Y"]), int(found["m"]), int(found["d"]))
        except ValueError:
            pass
    raise Rejected("date_malformed", place=place, found=shown(text), format=form)


def _period(text: str, form: str, place: Place) -> int:
    """A month in exactly the format, of the years 1900 to 2099, as the integer yyyymm."""
    found = re.fullmatch(date_pattern(form, directives="Ym"), text, re.ASCII)
    if found is not None:
        year, month = int(found["Y"]), int(found["m"])
        if YEARS[0] <= year <= YEARS[1] and 1 <= month <= 12:  # noqa: PLR2004 -- months
            return year * 100 + month
    raise Rejected("period_malformed", place=place, found=shown(text), format=form)


def _amount(text: str, field: Field, place: Place) -> int:
    """Fen of 0 to `FEN_MAX`; yuan text such as `1234.5` or `.44`, at most two decimals."""
    plain = text
    if field.separators and _SEPARATED.fullmatch(text):
        plain = text.replace(",", "")
    if _COMPILED[field.type].fullmatch(plain) is None:
        raise Rejected("amount_malformed", place=place, found=shown(text))
    if plain.startswith("-"):
        raise Rejected("amount_negative", place=place, found=shown(text))
    if field.type is FieldType.AMOUNT_YUAN:
        whole, _, decimals = plain.partition(".")
        plain = whole + decimals.ljust(2, "0")
    fen = int(plain)
    if fen > FEN_MAX:
        raise Rejected("amount_too_large", place=place, found=shown(text))
    return fen


def _code(text: str, codes: Mapping[str, str], place: Place) -> str:
    """What the map says; a code that is not in the map is never guessed."""
    if text not in codes:
        raise Rejected("code_unknown", place=place, found=shown(text), known=_listed(codes))
    return codes[text]


def _code_of(value: str, codes: Mapping[str, str], place: Place) -> str:
    """Return the partner's code of one of our values: the first that the map lists."""
    for code, meaning in codes.items():
        if meaning == value:
            return code
    known = _listed(codes.values())
    raise Rejected("code_unknown", place=place, found=shown(value), known=known)


def _listed(words: Iterable[str]) -> str:
    names = list(dict.fromkeys(words))
    return ", ".join(names[:20]) + (", …" if len(names) > 20 else "")  # noqa: PLR2004
