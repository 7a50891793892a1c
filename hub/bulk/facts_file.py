"""Facts as Parquet: the columns of `hub.domain.facts`, in the order of the file they came from.

The same rows give the same bytes, because their digest names them in the archive: row groups
have a fixed size whatever the batches were, and nothing in the file tells a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.domain.facts import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from hub.domain.facts import FactColumn, Source

ROW_GROUP_ROWS: Final = 122_880  # what DuckDB gives to one thread at a time

ARROW_TYPES: Final = {
    "text": pa.string(),
    "int": pa.int64(),
    "fen": pa.int64(),
    "date": pa.date32(),
    "period": pa.int32(),
}

# Numbers that hardly repeat are kept as what changes from row to row, the rest as dictionaries.
_NEVER_ALIKE: Final = frozenset({"receipt_no", "deposit_no", "person_id", "message_no"})


def schema(source: Source) -> pa.Schema:
    """Return the columns of a source as Arrow describes them."""
    return pa.schema([(c.name, ARROW_TYPES[c.type]) for c in COLUMNS[source]])


class FactsFile:
    """A Parquet file being written. It appears under its name when all is well, or not at all."""

    def __init__(self, out: Path, source: Source) -> None:
        self._out = out
        self._part = out.with_name(f"{out.name}.part")
        self._schema = schema(source)
        self._columns = COLUMNS[source]
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0
        self.total_fen = 0
        self.period_min: int | None = None
        self.period_max: int | None = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(
            self._part,
            self._schema,
            compression="zstd",
            store_schema=False,
            **_encodings(self._columns),
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._writer is not None
        try:
            if kind is None:
                self._write_groups(least=1)
        finally:
            self._writer.close()
            if kind is not None:
                self._part.unlink(missing_ok=True)
        if kind is None:
            self._part.replace(self._out)

    def write(self, batch: pa.Table) -> None:
        """Add rows; columns that the facts do not have are left out, missing ones are null."""
        facts = pa.table([self._column(batch, field) for field in self._schema], self._schema)
        self.rows += facts.num_rows
        if "amount_fen" in facts.column_names:
            self.total_fen += total(facts["amount_fen"])
        if "period" in facts.column_names and facts.num_rows:
            ends = pc.min_max(facts["period"]).as_py()
            self.period_min = min(ends["min"], self.period_min or ends["min"])
            self.period_max = max(ends["max"], self.period_max or ends["max"])
        self._waiting.append(facts)
        self._waiting_rows += facts.num_rows
        self._write_groups(least=ROW_GROUP_ROWS)

    @staticmethod
    def _column(batch: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
        if field.name in batch.column_names:
            return batch[field.name].cast(field.type)
        return pa.nulls(batch.num_rows, field.type)

    def _write_groups(self, *, least: int) -> None:
        assert self._writer is not None
        while self._waiting_rows >= least:
            table = pa.concat_tables(self._waiting)
            group = table.slice(0, ROW_GROUP_ROWS).combine_chunks()
            self._writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            self._waiting = [table.slice(ROW_GROUP_ROWS)]
            self._waiting_rows -= group.num_rows


def total(column: pa.ChunkedArray) -> int:
    """Return the sum of whole numbers; 64 bits do not hold every sum of amounts."""
    return int(pc.sum(column.cast(pa.decimal128(38, 0))).as_py() or 0)


def _encodings(columns: tuple[FactColumn, ...]) -> dict[str, object]:
    encodings = {}
    for column in columns:
        if column.name in _NEVER_ALIKE:
            encodings[column.name] = "DELTA_BYTE_ARRAY"
        elif column.type in ("int", "fen"):
            encodings[column.name] = "DELTA_BINARY_PACKED"
    others = [column.name for column in columns if column.name not in encodings]
    return {"use_dictionary": others, "column_encoding": encodings}
