"""Targets: files that DuckDB and Arrow read: bulk intake in both ways, canonical CSV and Parquet."""  # noqa: E501

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from hub.bulk.canonical import reconcile_files
from hub.bulk.intake import take_in
from hub.domain.money import FEN_MAX
from hub.errors import Rejected
from hub.mappings.layout import Form
from hub.settings.model import Limits
from tests.fuzz.seeds import layouts, of_form
from tests.fuzz.target import Refused, Target, Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run

LIMITS = Limits(items_max=2_000, line_bytes_max=4096)
DAY = date(2026, 11, 23)


def _bulk_seeds() -> Iterator[Seed]:
    for form in (Form.DELIMITED, Form.FIXED):
        for label, content in of_form(form):
            if layouts()[label].source is not None:
                yield label, content


def _open_intake(folder: Path) -> Run:
    path, out = folder / "list", folder / "facts.parquet"

    def taken(label: str, way: str) -> tuple[object, ...]:
        """Return everything that one way of reading gives."""
        out.unlink(missing_ok=True)
        try:
            intake = take_in(
                path, layouts()[label], file="list", file_values={"day": DAY}, limits=LIMITS,
                out=out, way=way,  # type: ignore[arg-type]
            )  # fmt: skip
        except Rejected as error:
            if out.exists():
                raise Unsafe("intake: something is left of a refused file") from error
            return error.code, error.facts, asdict(error.place)
        table = pq.read_table(out)
        if table.num_rows != intake.rows:
            raise Unsafe("intake: another number of rows in the facts")
        amounts = table["amount_fen"].to_pylist() if "amount_fen" in table.column_names else []
        if sum(amounts) != intake.total_fen or any(not 0 <= n <= FEN_MAX for n in amounts):
            raise Unsafe("intake: the total is not that of the facts")
        return table.to_pylist(), dict(intake.head), intake.total_fen

    def run(label: str, content: bytes) -> None:
        path.write_bytes(content)
        by_scan, by_codec = taken(label, "scan"), taken(label, "codec")
        if by_scan != by_codec:
            raise Unsafe("intake: the two ways of reading differ")
        if isinstance(by_codec[0], str):
            raise Refused(str(by_codec[0]))

    return run


COLLECTIONS = (
    b"receipt_no,payer_id,insurance_kind,period,amount,collected_on\n"
    b"330100000000000101,91330100MA0000001X,pension,202611,100.50,2026-11-20\n"
    b'"330100000000000202",91330100MA0000001X,medical,202611,0.01,2026-11-20\n'
)
DEPOSITS = (
    b"deposit_no,receipt_no,insurance_kind,amount,credited_on\n"
    b"D1,330100000000000101,pension,100.50,2026-11-23\nD2,,medical,0.01,2026-11-23\n"
)
ASSESSMENTS = b"payer_id,insurance_kind,period,amount\n91330100MA0000001X,pension,202611,100.50\n"
DENIALS = b"receipt_no,stated_on,reason\n330100000000000202,2026-11-23,not there\n"
_SIDES = {
    "collections": COLLECTIONS, "deposits": DEPOSITS, "assessments": ASSESSMENTS,
    "denials": DENIALS,
}  # fmt: skip


def _csv_seeds() -> Iterator[Seed]:
    for name, content in _SIDES.items():
        yield name, content
        yield name, content.replace(b"\n", b"\r\n")
    yield "collections", COLLECTIONS.replace(b"91330100MA0000001X", "单位一".encode("gb18030"))


def _parquet_seeds() -> Iterator[Seed]:
    for name, content in _SIDES.items():
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), out, compression="none")
        yield name, out.getvalue()


def _open_canonical(ending: str, folder: Path) -> Run:
    from tests.bulk.canonical_files import TERMS

    files = {name: folder / f"{name}.csv" for name in ("collections", "deposits")}

    def run(label: str, content: bytes) -> None:
        for name, path in files.items():
            path.write_bytes(_SIDES[name])
        given = folder / f"{label}.{ending}"
        given.write_bytes(content)
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        try:
            result = reconcile_files({**files, label: given}, TERMS, out, memory_mb=400, threads=1)
        except Rejected:
            if any(out.iterdir()):
                raise Unsafe("canonical: something is left of refused files") from None
            raise
        if label in files and ending == "csv":
            _recounted(label, content, result.outcome)

    return run


def _recounted(label: str, content: bytes, outcome: object) -> None:
    """Add up a taken file by Python's csv and compare with the totals that were found."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    at = rows[0].index("amount")
    fen = sum(int(Decimal(row[at]) * 100) for row in rows[1:])
    which = {"collections": "collected_fen", "deposits": "deposited_fen"}[label]
    found = sum(getattr(total, which) or 0 for total in outcome.totals)  # type: ignore[attr-defined]
    if fen != found:
        raise Unsafe(f"canonical: {label} add up to another sum")


TARGETS = [
    Target(
        name="intake",
        modules=[f"hub.bulk.{n}" for n in ("intake", "arrow_rows", "scan", "blocks", "scan_checks",
                                           "bulk_text", "look")],
        seeds=_bulk_seeds,
        open=_open_intake,
        codec="gb18030",
        ci_inputs=40,
    ),
    Target(
        name="canonical_csv",
        modules=[f"hub.bulk.canonical{n}" for n in ("_csv", "_sides", "_diagnosis", "_checks",
                                                    "_settle")],
        seeds=_csv_seeds,
        open=partial(_open_canonical, "csv"),
        words=("pension", "medical", "amount", "receipt_no", "330100000000000101"),
        ci_inputs=30,
    ),
    Target(
        name="canonical_parquet",
        modules=["hub.bulk.canonical_parquet"],
        seeds=_parquet_seeds,
        open=partial(_open_canonical, "parquet"),
        ci_inputs=25,
    ),
]  # fmt: skip
