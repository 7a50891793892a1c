"""The canonical files of `hub reconcile`: one CSV and one Parquet file a side, batch by batch."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from hub.domain.money import yuan_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from hub.simulate.rows import Assessed, Case, Collected, Denied, Deposited

COLUMNS: Final = {
    "collections": (
        "receipt_no", "payer_id", "insurance_kind", "period", "amount", "collected_on",
    ),
    "deposits": ("deposit_no", "receipt_no", "insurance_kind", "amount", "credited_on"),
    "assessments": ("payer_id", "insurance_kind", "period", "amount"),
    "denials": ("receipt_no", "stated_on", "reason"),
}  # fmt: skip
"""The columns of each file; amounts are yuan with two decimals, periods `yyyymm`."""

DENIED: Final = "国库无此税票"

_ROWS_AT_ONCE: Final = 50_000
_TYPES: Final = {"collected_on": pa.date32(), "credited_on": pa.date32(), "stated_on": pa.date32()}
_AMOUNT: Final = pa.decimal128(17, 2)


class Table:
    """One side's file in both forms; rows are added by column and written in batches."""

    def __init__(self, name: str, folder: Path, forms: frozenset[str], stack: ExitStack) -> None:
        self.rows = self.total_fen = 0
        self._columns: dict[str, list[object]] = {column: [] for column in COLUMNS[name]}
        self._csv_schema = pa.schema([(c, _TYPES.get(c, pa.string())) for c in self._columns])
        self._schema = pa.schema(
            [(c, _AMOUNT if c == "amount" else _TYPES.get(c, pa.string())) for c in self._columns]
        )
        csv, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"
        self.paths = [path for path in (csv, parquet) if path.suffix[1:] in forms]
        self._csv = self._parquet = None
        if csv in self.paths:
            options = pa_csv.WriteOptions(quoting_style="none", quoting_header="none")
            self._csv = stack.enter_context(
                pa_csv.CSVWriter(csv, self._csv_schema, write_options=options)
            )
        if parquet in self.paths:
            self._parquet = stack.enter_context(
                pa_parquet.ParquetWriter(parquet, self._schema, compression="zstd")
            )

    def extend(self, amounts_fen: Iterable[int] = (), **columns: list[object]) -> None:
        """Add rows given as columns of equal length; amounts in fen become yuan."""
        fen = list(amounts_fen)
        if "amount" in self._columns:
            columns["amount"] = [*map(yuan_text, fen)]
        for name, values in columns.items():
            self._columns[name] += values
        added = len(next(iter(columns.values())))
        self.rows += added
        self.total_fen += sum(fen)
        if len(next(iter(self._columns.values()))) >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        batch = pa.table(self._columns, schema=self._csv_schema)
        if self._csv is not None:
            self._csv.write_table(batch)
        if self._parquet is not None:
            self._parquet.write_table(batch.cast(self._schema))
        self._columns = {column: [] for column in self._columns}


class Canonical:
    """The four tables of one day in one folder; a context manager that finishes the files."""

    def __init__(self, folder: Path, *, forms: frozenset[str], as_of: date) -> None:
        self._as_of = as_of
        self._stack = ExitStack()
        self.tables = {name: Table(name, folder, forms, self._stack) for name in COLUMNS}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if kind is None:
                for table in self.tables.values():
                    table.flush()

    def add(self, case: Case) -> None:
        """Add the rows of a case that the hub has seen by the day."""
        for slip in case.collected:
            if slip.seen_on <= self._as_of:
                self._collected(slip)
        for booking in case.deposited:
            if booking.seen_on <= self._as_of:
                self._deposited(booking)
        for owed in case.assessed:
            if owed.seen_on <= self._as_of:
                self._assessed(owed)
        for denial in case.denied:
            if denial.seen_on <= self._as_of:
                self._denied(denial)

    def _collected(self, slip: Collected) -> None:
        rows = len(slip.amounts_fen)
        self.tables["collections"].extend(
            slip.amounts_fen,
            receipt_no=[slip.receipt_no] * rows,
            payer_id=[slip.payer.payer_id] * rows,
            insurance_kind=[slip.insurance_kind] * rows,
            period=[str(slip.period)] * rows,
            collected_on=[slip.collected_on] * rows,
        )

    def _deposited(self, booking: Deposited) -> None:
        self.tables["deposits"].extend(
            [booking.amount_fen],
            deposit_no=[booking.deposit_no],
            receipt_no=[booking.receipt_no],
            insurance_kind=[booking.insurance_kind],
            credited_on=[booking.credited_on],
        )

    def _assessed(self, owed: Assessed) -> None:
        self.tables["assessments"].extend(
            [owed.amount_fen],
            payer_id=[owed.payer.payer_id],
            insurance_kind=[owed.insurance_kind],
            period=[str(owed.period)],
        )

    def _denied(self, denial: Denied) -> None:
        self.tables["denials"].extend(
            receipt_no=[denial.receipt_no], stated_on=[denial.stated_on], reason=[DENIED]
        )
