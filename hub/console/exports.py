"""Tables as files: CSV that spreadsheets open in Chinese, and XLSX."""

from __future__ import annotations

import io
import tempfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Response, send_file

from hub.console.access import record_export
from hub.console.formatting import CELLS
from hub.console.language import gettext
from hub.documents.spreadsheet import Cell, write_csv, write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hub.console.registry import Column, Table

_FEN_PER_YUAN: Final = 100


def _csv(table: Table, rows: Iterable[Mapping[str, Any]]) -> Response:
    text = io.StringIO(newline="")
    number = write_csv(text, _headings(table), _written(table, rows))
    record_export(table.name, "csv", number)
    # the mark is how spreadsheets know UTF-8
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return answer


def _xlsx(table: Table, rows: Iterable[Mapping[str, Any]]) -> Response:
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- sending it closes it
    amounts = frozenset(i for i, column in enumerate(table.columns) if column.kind == "money")
    written = _written(table, rows)
    title = gettext(table.title)
    number = write_workbook(file, title, _headings(table), written, amounts=amounts)
    record_export(table.name, "xlsx", number)
    file.seek(0)
    return send_file(file, as_attachment=True, download_name=f"{table.name}.xlsx")


FORMATS: Final[Mapping[str, Callable[[Table, Iterable[Mapping[str, Any]]], Response]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
}


def _headings(table: Table) -> list[str]:
    return [gettext(column.label) for column in table.columns]


def _written(table: Table, rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [_cell(row.get(column.name), column) for column in table.columns]


def _cell(value: Any, column: Column) -> Cell:  # noqa: ANN401
    if value is None:
        return None
    if column.kind == "money":
        return int(value) / _FEN_PER_YUAN  # a sheet has no other numbers; exact up to 15 digits
    if column.kind in {"count", "days"}:
        return int(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return CELLS[column.kind](value)
