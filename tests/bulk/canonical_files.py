"""Builds canonical files for tests, and reads back what a reconciliation of them found."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb

from hub.adapters.china_calendar import load
from hub.bulk.canonical import reconcile_files
from hub.bulk.engine import Terms

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2026, 11, 23)
TERMS = Terms(as_of=AS_OF, transit_working_days=3, calendar=load())

COLLECTIONS = "receipt_no,payer_id,insurance_kind,period,amount,collected_on"
DEPOSITS = "deposit_no,receipt_no,insurance_kind,amount,credited_on"
ASSESSMENTS = "payer_id,insurance_kind,period,amount"

R1, R2, R3 = "330100000000000101", "330100000000000202", "330100000000000303"
P1 = "91330100MA0000001X"


def write(folder: Path, name: str, header: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{line}\n" for line in (header, *lines)).encode(encoding))
    return path


def pair(folder: Path, *, collections=None, deposits=None) -> dict[str, Path]:
    """Two files with one slip that matches, or with the given lines."""
    listed = collections or [f"{R1},{P1},pension,202611,100.50,2026-11-20"]
    booked = deposits or [f"D1,{R1},pension,100.50,2026-11-23"]
    return {
        "collections": write(folder, "collections.csv", COLLECTIONS, *listed),
        "deposits": write(folder, "deposits.csv", DEPOSITS, *booked),
    }


def reconciled(files, out: Path, **options):
    out.mkdir(exist_ok=True)
    return reconcile_files(files, TERMS, out, **options)


def found(result) -> list[tuple]:
    return duckdb.sql(f"FROM '{result.outcome.discrepancies}'").fetchall()


def verdicts(result) -> dict[tuple, str]:
    return {(row[0], row[1], row[4]): row[2] for row in found(result)}
