"""The checks of `hub.mappings.codecs` as SQL: one pair of expressions for each field type.

They may be stricter than the codecs but never laxer: what passes here is what the codec would
have read, and a row that does not pass is judged by the codec itself (decision 0009).

Control characters are not looked for here: `hub.bulk.blocks` finds them in a block at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.domain.money import FEN_MAX
from hub.mappings.codecs import BLANKS, PATTERNS, PERIOD_FORMAT, SEPARATED, YEARS
from hub.mappings.file_names import DAY_FORMAT, date_pattern
from hub.mappings.layout import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.mappings.layout import Field

# A minus is always refused, and `-0` must not pass as 0.
_UNSIGNED_FEN: Final = PATTERNS[FieldType.AMOUNT_FEN].removeprefix("-?")
_UNSIGNED_YUAN: Final = PATTERNS[FieldType.AMOUNT_YUAN].removeprefix("-?")
_UNSIGNED_SEPARATED: Final = SEPARATED.removeprefix("-?")


class Check(NamedTuple):
    """A field as SQL: its value, `NULL` when absent, and whether the value may be trusted."""

    value: str
    holds: str


def text(field: Field) -> str:
    """Return a field's text without blanks around it; `check` goes by it under the same name."""
    column = quoted(field.name)
    return _stripped(column) if field.type is FieldType.TEXT else column


def check(field: Field, maps: Mapping[str, Mapping[str, str]]) -> Check:
    """Return the expressions for the column that has the field's name and holds its text."""
    column = quoted(field.name)
    value, looks_right = _typed(field, column, maps)
    holds = f"length({column}) <= {field.chars_max}"
    if looks_right:
        holds += f" AND {looks_right}"
    if field.type is not FieldType.TEXT:
        holds += f" AND ({value}) IS NOT NULL"
    absent = f"{column} = ''"
    holds = f"NOT {absent} AND {holds}" if field.required else f"({absent} OR ({holds}))"
    return Check(value, f"coalesce({holds}, FALSE)")


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _stripped(column: str) -> str:
    """Return a text without the blanks at its ends. Plain `trim` would drop other spaces too.

    Asking first is cheap, and comparing is the cheapest way to ask how a text begins.
    """
    ends = " OR ".join(
        f"{column} BETWEEN {literal(blank)} AND {literal(chr(ord(blank) + 1))}"
        f" OR ends_with({column}, {literal(blank)})"
        for blank in BLANKS
    )
    return f"CASE WHEN {ends} THEN trim({column}, {literal(BLANKS)}) ELSE {column} END"


def _typed(field: Field, text: str, maps: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Return the value of a type and what its text must look like."""
    if field.type is FieldType.TEXT:
        return f"nullif({text}, '')", ""
    if field.type is FieldType.CODE:
        return _code(text, maps[field.map or ""]), ""
    if field.type is FieldType.AMOUNT_YUAN:
        return _yuan(text, separators=field.separators)
    if field.type is FieldType.AMOUNT_FEN:
        return _fen(text)
    if field.type is FieldType.COUNT:
        return f"try_cast({text} AS BIGINT)", _matches(text, PATTERNS[field.type])
    return _date(text, field) if field.type is FieldType.DATE else _period(text, field)


def _code(text: str, codes: Mapping[str, str]) -> str:
    known = " ".join(f"WHEN {literal(c)} THEN {literal(m)}" for c, m in codes.items())
    return f"CASE {text} {known} END"


def _fen(text: str) -> tuple[str, str]:
    fen = f"try_cast({text} AS BIGINT)"
    return fen, f"{_matches(text, _UNSIGNED_FEN)} AND {fen} <= {FEN_MAX}"


def _yuan(text: str, *, separators: bool) -> tuple[str, str]:
    plain = f"replace({text}, ',', '')" if separators else text
    pattern = f"{_UNSIGNED_YUAN}|{_UNSIGNED_SEPARATED}" if separators else _UNSIGNED_YUAN
    # 13 digits and 2 decimals hold FEN_MAX, and the product still fits into 64 bits
    fen = f"CAST(try_cast({plain} AS DECIMAL(15, 2)) * 100::DECIMAL(3, 0) AS BIGINT)"
    return fen, _matches(text, pattern)


def _date(text: str, field: Field) -> tuple[str, str]:
    form = field.format or DAY_FORMAT
    day = f"try_strptime({text}, {literal(form)})::DATE"
    first, last = f"DATE '{YEARS[0]}-01-01'", f"DATE '{YEARS[1]}-12-31'"
    return day, f"{_matches(text, date_pattern(form))} AND {day} BETWEEN {first} AND {last}"


def _period(text: str, field: Field) -> tuple[str, str]:
    form = field.format or PERIOD_FORMAT
    day = f"try_strptime({text}, {literal(form)})"
    months = date_pattern(form, directives="Ym")
    value = f"CAST(year({day}) * 100 + month({day}) AS INTEGER)"
    return value, f"{_matches(text, months)} AND year({day}) BETWEEN {YEARS[0]} AND {YEARS[1]}"


def _matches(text: str, pattern: str) -> str:
    # groups that catch something cost time and serve nothing here
    unnamed = re.sub(r"(?<!\\)\((?:\?P<\w+>|(?!\?))", "(?:", pattern)
    return f"regexp_full_match({text}, {literal(unnamed)})"
