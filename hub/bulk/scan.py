"""The scan: a layout of bulk text compiled to one SQL query that reads a block of its lines.

Arrow splits the lines into cells, DuckDB turns cells into values and checks them. A row that does
not pass is not judged here: the scan only says which is the first (decision 0009).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv

from hub.bulk.blocks import as_utf8, raw_lines
from hub.bulk.scan_checks import check, literal, quoted, text
from hub.bulk.scan_delimited import quotes
from hub.bulk.scan_fixed import SEPARATOR, separated, unfilled
from hub.mappings import codecs
from hub.mappings.layout import FieldType, Form

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from hub.bulk.blocks import Block
    from hub.mappings.layout import Field, Layout

    Value = str | int | date | None

TAG: Final = "#tag"  # no field is called so
_HOLDS: Final = "#holds"
_FEW_VALUES: Final = frozenset({FieldType.DATE, FieldType.PERIOD, FieldType.CODE})
_SQL_TYPES: Final = {
    FieldType.TEXT: "VARCHAR",
    FieldType.CODE: "VARCHAR",
    FieldType.COUNT: "BIGINT",
    FieldType.AMOUNT_FEN: "BIGINT",
    FieldType.AMOUNT_YUAN: "BIGINT",
    FieldType.DATE: "DATE",
    FieldType.PERIOD: "INTEGER",
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """The rows of a block before its first odd line; `odd_line` counts from 0 within the block."""

    block: Block
    rows: pa.Table
    odd_line: int | None


def can_scan(layout: Layout) -> bool:
    """Tell whether a layout is bulk text that the scan can split; the codec reads the others."""
    if layout.form is Form.FIXED:
        return True
    single = len(layout.delimiter) == 1 and layout.delimiter.isascii()
    return layout.form is Form.DELIMITED and single and layout.delimiter not in "\r\n"


class Scan:
    """One layout's query; `columns` are the cells of a line in their order, by field name.

    `head` are the values of the records before the rows, which fields may copy. `wanted` are the
    fields whose values are needed; every other field is checked all the same.
    """

    def __init__(
        self,
        layout: Layout,
        columns: Sequence[str],
        *,
        head: Mapping[str, Value],
        wanted: Collection[str],
        line_bytes_max: int,
    ) -> None:
        self._layout = layout
        self._columns = list(columns)
        self._line_bytes_max = line_bytes_max
        self._separated = separated(layout) if layout.form is Form.FIXED else None
        self._quotes_fine = quotes(layout)
        repeated = layout.form is Form.DELIMITED  # filled cells have to be worked on one by one
        self._few = [f.name for f in layout.item.stored if repeated and f.type in _FEW_VALUES]
        self._sql = _query(layout, head, wanted)
        # Blocks are worked on side by side; within one more threads would only cost.
        self._database = duckdb.connect(config={"threads": "1"})

    def __call__(self, block: Block) -> Scanned:
        """Read one block."""
        fine = raw_lines(block, self._layout, line_bytes_max=self._line_bytes_max)
        if self._separated is not None:
            fine = self._separated(fine)
        fine = self._quotes_fine(as_utf8(fine, self._layout.codec))
        lines = fine.lines
        rows = self._checked(self._cells(fine.content, lines))
        holds = rows[_HOLDS]
        first_odd = holds.index(pa.scalar(False)).as_py()
        good = rows.num_rows if first_odd < 0 else first_odd
        rows = rows.drop_columns(_HOLDS).slice(0, good)
        rows = rows.append_column("line", pa.arange(block.first_line, block.first_line + good))
        return Scanned(block, rows, good if fine.odd or good < lines else None)

    def _cells(self, content: bytes, lines: int) -> pa.Table:
        """Split lines into cells, up to the first that has another number of them."""
        if not lines:
            return pa.table({name: pa.array([], pa.string()) for name in self._columns})
        layout = self._layout
        wrong: list[int] = []

        def note(row: pa_csv.InvalidRow) -> str:
            wrong.append(row.number)
            return "skip"

        cells = pa_csv.read_csv(
            pa.BufferReader(content),
            read_options=pa_csv.ReadOptions(
                column_names=self._columns, use_threads=False, block_size=len(content) + 1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=SEPARATOR if layout.form is Form.FIXED else layout.delimiter,
                quote_char=layout.quote or False,
                double_quote=layout.quote is not None,
                escape_char=False,
                newlines_in_values=False,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={
                    name: pa.dictionary(pa.int32(), pa.string())
                    if name in self._few
                    else pa.string()
                    for name in self._columns
                },
                strings_can_be_null=False,
                check_utf8=False,  # it was made here
            ),
        )
        if layout.form is Form.FIXED:
            cells = unfilled(cells, layout)
        return cells.slice(0, wrong[0] - 1) if wrong else cells

    def _checked(self, cells: pa.Table) -> pa.Table:
        with self._database.cursor() as connection:
            connection.register("cells", cells)
            return connection.sql(self._sql).to_arrow_table()


def _query(layout: Layout, head: Mapping[str, Value], wanted: Collection[str]) -> str:
    """Return the query over `cells`: one row a line, in order, and whether the row holds."""
    item = layout.item
    checks = {field.name: check(field, layout.maps) for field in item.stored}
    values = [
        f"{checks[f.name].value if f.stored else _given(f, layout, head)} AS {quoted(f.name)}"
        for f in item.fields
        if f.name in wanted
    ]
    holds = [_tag_holds(layout), *(found.holds for found in checks.values())]
    texts = [f"{text(field)} AS {quoted(field.name)}" for field in item.stored]
    if item.tag is not None:
        texts.append(quoted(TAG))
    return (
        f"SELECT {', '.join([*values, ' AND '.join(holds) + f' AS {quoted(_HOLDS)}'])}"
        f" FROM (SELECT {', '.join(texts)} FROM cells)"
    )


def _tag_holds(layout: Layout) -> str:
    """Return whether a line is one of the repeated record, as its tag tells."""
    item = layout.item
    if item.tag is not None:
        return f"{quoted(TAG)} = {literal(item.tag)}"
    if layout.form is Form.FIXED:  # lines with another record's tag are dropped before
        return "TRUE"
    others = ", ".join(literal(s.tag) for s in layout.records if s.tag is not None)
    return f"{quoted(item.stored[0].name)} NOT IN ({others})" if others else "TRUE"


def _given(field: Field, layout: Layout, head: Mapping[str, Value]) -> str:
    """Return a value that is not in the record: a constant, or one of a record before the rows."""
    value: Value
    if field.copy is not None:
        value = head[field.copy]
    else:
        value = codecs.parse(field.constant or "", field, layout.maps)
    given = "NULL" if value is None else literal(str(value))
    return f"CAST({given} AS {_SQL_TYPES[field.type]})"
