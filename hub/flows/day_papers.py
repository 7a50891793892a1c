"""What people find in the work folder after a reconciliation: a workbook and a summary a day.

They are made anew whenever the day is reconciled anew; nothing reads them back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from hub.bulk import report
from hub.documents.discrepancy_workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from hub.bulk.engine import Outcome
    from hub.flows.services import Services

SUMMARY: Final = "summary.json"
WORKBOOK: Final = "discrepancies.xlsx"


def folder_of(day: date, services: Services) -> Path:
    """Return where the papers of a day lie."""
    return services.work_dir / day.isoformat()


def write_papers(
    day: date, outcome: Outcome, summary: Mapping[str, Any], services: Services
) -> None:
    """Write a day's workbook and summary, in place of earlier ones."""
    folder = folder_of(day, services)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary, ensure_ascii=False, indent=2, default=str)
    (folder / SUMMARY).write_text(text + "\n", "utf-8")
    rows_max = services.settings.limits.workbook_rows_max
    write_workbook(
        folder / WORKBOOK,
        summary={**summary, "aging": report.aging(outcome.discrepancies)},
        rows=report.first_rows(outcome.discrepancies, rows_max=rows_max),
        rows_max=rows_max,
        as_of=day,
    )
