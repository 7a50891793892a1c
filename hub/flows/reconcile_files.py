"""Reconcile files into a folder: results appear all together when everything is written.

A file with bad rows leaves the results of an earlier run as they were, and a list of the rows.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from hub.bulk import canonical, report
from hub.bulk.canonical_diagnosis import RowsRejected
from hub.bulk.engine import Terms
from hub.documents.discrepancy_workbook import write_workbook
from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from hub.domain.calendar import WorkingDays

REJECTS: Final = "rejects.csv"
RESULTS: Final = ("discrepancies.parquet", "discrepancies.xlsx", "summary.json")
"""In the order in which they appear; who sees the summary sees the others of the same run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to reconcile; `files` by `collections`, `deposits`, `assessments` and `denials`."""

    files: Mapping[str, Path]
    out: Path
    as_of: date
    transit_working_days: int
    calendar: WorkingDays
    workbook_rows: int
    memory_mb: int
    threads: int


def reconcile_files(request: Request, *, advance: Callable[[int], None]) -> dict[str, Any]:
    """Write the results and return the summary; `advance` gets 1 for each of `len(files) + 2`.

    `RowsRejected` when a file has bad rows, which `rejects.csv` then lists.
    """
    out = request.out
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Rejected("canonical_file", place=Place(file=out.name), reason=reason) from error
    with TemporaryDirectory(dir=out, prefix=".stage-") as folder:
        stage = Path(folder)
        try:
            summary = _run(request, stage, advance)
        except RowsRejected as rejected:
            _list_rejects(rejected, stage / REJECTS)
            (stage / REJECTS).replace(out / REJECTS)
            raise
        for name in RESULTS:
            (stage / name).replace(out / name)
    (out / REJECTS).unlink(missing_ok=True)
    advance(1)
    return summary


def _run(request: Request, stage: Path, advance: Callable[[int], None]) -> dict[str, Any]:
    terms = Terms(
        as_of=request.as_of,
        transit_working_days=request.transit_working_days,
        calendar=request.calendar,
    )
    result = canonical.reconcile_files(
        request.files, terms, stage,
        memory_mb=request.memory_mb, threads=request.threads, advance=advance,
    )  # fmt: skip
    found = result.outcome.discrepancies
    summary = {
        "files": {name: path.name for name, path in request.files.items()},
        **result.outcome.summary,
        "totals": [{**asdict(one), "day": one.day.isoformat()} for one in result.outcome.totals],
        "aging": report.aging(found),
        "notes": result.notes,
    }
    write_workbook(
        stage / "discrepancies.xlsx",
        summary=summary,
        rows=report.first_rows(found, rows_max=request.workbook_rows),
        rows_max=request.workbook_rows,
        as_of=request.as_of,
    )
    text = json.dumps(summary, ensure_ascii=False, indent=2) + "\n"
    (stage / "summary.json").write_text(text, "utf-8")
    return summary


def _list_rejects(rejected: RowsRejected, path: Path) -> None:
    # with the byte order mark, so that spreadsheets show the Chinese
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "field", "byte_offset", "code", "zh", "en"])
        for one in rejected.rejects.listed:
            place = one.place
            writer.writerow(
                [place.file, place.line, place.field, place.byte_offset, one.code,
                 one.explain("zh"), one.explain("en")]
            )  # fmt: skip
