"""The neighbours of `hub reconcile`, each run alone: `join` (performance.md) and others."""

from __future__ import annotations

import sys
from pathlib import Path


def join(data: Path) -> None:
    """Read both files, join them on the receipt number, write what differs: nothing is checked."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute(f"""
            COPY (
                SELECT coalesce(a.receipt_no, b.receipt_no) AS receipt_no,
                    a.amount AS collected, b.amount AS deposited
                FROM read_csv('{data}/collections.csv') AS a
                FULL OUTER JOIN read_csv('{data}/deposits.csv') AS b USING (receipt_no)
                WHERE a.amount IS DISTINCT FROM b.amount
            ) TO '{data}/join.parquet' (FORMAT parquet)
        """)


def whole_rows(data: Path) -> None:
    """Do as `join` does, and write every column of what differs, as `hub reconcile` has to."""
    import duckdb  # noqa: PLC0415 -- only what is measured is loaded

    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute(f"""
            COPY (
                SELECT a.*, b.* RENAME (
                    receipt_no AS deposited_receipt, insurance_kind AS deposited_kind,
                    amount AS deposited
                )
                FROM read_csv('{data}/collections.csv') AS a
                FULL OUTER JOIN read_csv('{data}/deposits.csv') AS b ON a.receipt_no = b.receipt_no
                WHERE a.amount IS DISTINCT FROM b.amount
            ) TO '{data}/whole_rows.parquet' (FORMAT parquet)
        """)


def datacompy(data: Path) -> None:
    """Compare both files by receipt number with datacompy on pandas, and make its report."""
    import datacompy as dc  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    sides = [
        pd.read_csv(data / f"{side}.csv", dtype={"receipt_no": str})
        for side in ("collections", "deposits")
    ]
    compare = getattr(dc, "PandasCompare", None) or dc.Compare
    comparison = compare(*sides, join_columns="receipt_no", df1_name="tax", df2_name="treasury")
    Path(data / "datacompy.txt").write_text(comparison.report(), "utf-8")


if __name__ == "__main__":
    {"join": join, "whole_rows": whole_rows, "datacompy": datacompy}[sys.argv[1]](Path(sys.argv[2]))
