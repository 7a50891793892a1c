"""What the cells of canonical files must be: one rule a column type, in Python and in SQL.

The Python rule (`problem`) decides. The SQL (`sql_holds`) accepts exactly the same texts, so that
ten million rows are checked without Python; where it does not accept, the row is looked at again
in Python, which says what is wrong. Tests compare the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.domain.money import FEN_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

YEARS: Final = (1900, 2099)
"""Of dates and periods; other years are mistakes."""

_YUAN_DIGITS_MAX: Final = len(str(FEN_MAX)) - 2

PATTERNS: Final = {
    # printable ASCII without blanks and quotation marks
    "id": "[!#-~]{1,64}",
    "kind": r"[!#-~\x{4e00}-\x{9fff}]{1,32}",
    # a sign is refused, and so is what would have to be rounded
    "amount": rf"[0-9]{{1,{_YUAN_DIGITS_MAX}}}(?:\.[0-9]{{1,2}})?|\.[0-9]{{1,2}}",
    "period": "(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])",
    "date": "(?:19|20)[0-9]{2}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4})",
}
"""The shape of a cell as RE2 writes it; `date` must also be a day of the calendar."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical file; `required` cells may not be empty."""

    name: str
    type: str
    required: bool = True


COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "collections": (
        Column("receipt_no", "id"),
        Column("payer_id", "id"),
        Column("insurance_kind", "kind"),
        Column("period", "period"),
        Column("amount", "amount"),
        Column("collected_on", "date"),
    ),
    "deposits": (
        Column("deposit_no", "id"),
        Column("receipt_no", "id", required=False),
        Column("insurance_kind", "kind"),
        Column("amount", "amount"),
        Column("credited_on", "date"),
    ),
    "assessments": (
        Column("payer_id", "id"),
        Column("insurance_kind", "kind"),
        Column("period", "period"),
        Column("amount", "amount"),
    ),
    "denials": (Column("receipt_no", "id"), Column("stated_on", "date")),
}
"""The columns of each canonical file; it may have others, which play no part."""

_CODES: Final = {
    "id": "canonical_id",
    "kind": "canonical_kind",
    "amount": "canonical_amount",
    "period": "canonical_period",
    "date": "canonical_date",
}

_COMPILED: Final = {
    kind: re.compile(re.sub(r"\\x\{(\w{4})\}", r"\\u\1", pattern), re.ASCII)
    for kind, pattern in PATTERNS.items()
}


def problem(text: str, column: Column) -> str | None:
    """Return the code of what is wrong with a cell, `None` when it is fine."""
    if not text:
        return "canonical_empty" if column.required else None
    shaped = _COMPILED[column.type].fullmatch(text) is not None
    if shaped and (column.type != "date" or _is_day(text)):
        return None
    return _CODES[column.type]


def sql_holds(text: str, column: Column) -> str:
    """Return SQL that is true for exactly the texts that `problem` takes; never null.

    `text` is SQL of a text that is null when the cell is empty.
    """
    holds = f"regexp_full_match({text}, '{PATTERNS[column.type]}')"
    if column.type == "date":
        holds += f" AND try_strptime(replace({text}, '-', ''), '%Y%m%d') IS NOT NULL"
    absent = "FALSE" if column.required else "TRUE"
    return f"CASE WHEN {text} IS NULL THEN {absent} ELSE {holds} END"


def sql_value(text: str, column: Column) -> str:
    """Return SQL of a good cell's value as facts hold it: fen, yyyymm, a date, or the text."""
    if column.type == "amount":
        return f"(({text})::DECIMAL(15, 2) * 100::DECIMAL(3, 0))::BIGINT"
    if column.type == "period":
        return f"replace({text}, '-', '')::INTEGER"
    if column.type == "date":
        return f"strptime(replace({text}, '-', ''), '%Y%m%d')::DATE"
    return text


def _is_day(text: str) -> bool:
    plain = text.replace("-", "")
    try:
        date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    except ValueError:
        return False
    return True
