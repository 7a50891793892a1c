"""Reads the workbook that `hub case paper --as xlsx` writes, filled in by an office without a hub.

Names in the first column and row are ours and must be there; what people call them is not looked
at. Sums are yuan as text or numbers with at most two decimals; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hub.domain.money import parse_yuan
from hub.domain.transfer_paper import ITEMS, YEAR
from hub.errors import Place, Rejected
from hub.mappings.workbook import WorkbookError, sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

BYTES_MAX: Final = 5 * 1024 * 1024
ROWS_MAX: Final = 300

_TEXTS: Final = frozenset(
    {"paper", "ref", "kind", "person_id", "person_name", "source", "target", "number", "reason",
     "account_name", "account_no", "account_bank", "account_bank_no"}
)  # fmt: skip
_DAYS: Final = frozenset({"made_on", "applied_on"})
_FIELDS: Final = (
    _TEXTS | _DAYS | {"round", "amount_fen", "epoch"} | {f"item_{name}" for name in ITEMS}
)
_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def read_sheet(raw: bytes, *, file: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the fields and yearly rows of a workbook.

    `Rejected`: `transfer_sheet_unreadable`, `transfer_paper_field` names what cannot be read.
    """
    place = Place(file=file)
    if len(raw) > BYTES_MAX:
        raise Rejected("transfer_sheet_unreadable", place=place)
    try:
        found = [rows for _, rows in sheets(raw)]
    except (WorkbookError, ValueError) as error:
        raise Rejected("transfer_sheet_unreadable", place=place) from error
    if len(found) != 2 or any(len(rows) > ROWS_MAX for rows in found):  # noqa: PLR2004
        raise Rejected("transfer_sheet_unreadable", place=place)
    return _fields(found[0], place), _years(found[1], place)


def _fields(rows: Sequence[Sequence[object]], place: Place) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for row in rows[1:]:
        name = str(row[0]).strip() if row else ""
        if not name:
            continue
        if name not in _FIELDS or name in fields or len(row) < 3:  # noqa: PLR2004 -- name, label, value
            raise Rejected("transfer_paper_field", place=place, field=name[:60])
        fields[name] = _value(name, row[2], place)
    return fields


def _years(rows: Sequence[Sequence[object]], place: Place) -> list[dict[str, Any]]:
    if not rows or [str(one).strip() for one in rows[0][: len(YEAR)]] != list(YEAR):
        raise Rejected("transfer_sheet_unreadable", place=place)
    found = []
    for row in rows[2:]:  # the second line is what people call the columns
        values = {name: _value(name, cell, place) for name, cell in zip(YEAR, row, strict=False)}
        if any(value is not None for value in values.values()):
            found.append(values)
    return found


def _value(name: str, cell: object, place: Place) -> str | int | date | None:
    """Return a cell as its field wants it; `transfer_paper_field` when it is something else."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    wrong = Rejected("transfer_paper_field", place=place, field=name)
    if name in _DAYS:
        if isinstance(cell, date):
            return cell
        try:
            return date.fromisoformat(str(cell).strip())
        except ValueError as error:
            raise wrong from error
    if isinstance(cell, (bool, date)):
        raise wrong
    text = _plain(cell, wrong)
    if name in _TEXTS:
        return text
    if name.endswith("_fen"):
        return parse_yuan(text, place=place)
    if not _COUNT.fullmatch(text):
        raise wrong
    return int(text)


def _plain(cell: object, wrong: Rejected) -> str:
    """Return a cell's text; a number only when it is exact, as a long account number is not."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, (int, float)) and abs(cell) < 10**12:
        text = f"{cell:.2f}"
        if float(text) == float(cell):
            return text.removesuffix(".00")
    raise wrong
