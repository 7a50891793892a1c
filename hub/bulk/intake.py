"""A partner's whole file becomes facts: read, checked to the last row, written as Parquet.

Bulk text goes through the scan, every other file through the codecs; what comes out is the same
(decision 0009). Nothing is left behind when a file is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from hub.bulk.arrow_rows import by_codec
from hub.bulk.bulk_text import Doubt, by_scan
from hub.bulk.disk import disk_refusals
from hub.bulk.facts_file import FactsFile, schema
from hub.bulk.scan import can_scan
from hub.domain.facts import COLUMNS
from hub.domain.money import FEN_MAX
from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.bulk.arrow_rows import Tables
    from hub.domain.facts import Source
    from hub.mappings.layout import Layout
    from hub.mappings.record import Deviation
    from hub.settings.model import Limits

Way = Literal["codec", "scan"]

SCANNED_FROM_BYTES: Final = 1024 * 1024  # smaller files are read sooner than a scan is compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a file turned out to be. Periods are `yyyymm`; `part` is package, number and count."""

    source: Source
    rows: int
    total_fen: int
    day: date
    period_min: int | None
    period_max: int | None
    part: tuple[str, int, int] | None = None
    business_key: str | None = None
    deviations: tuple[Deviation, ...] = ()
    head: Mapping[str, Any] = field(default_factory=dict)


def take_in(
    path: Path,
    layout: Layout,
    *,
    file: str,
    file_values: Mapping[str, object],
    limits: Limits,
    out: Path,
    way: Way | None = None,
) -> Intake:
    """Read a file by its layout and write its facts to `out`; `Rejected` with the place if not.

    `file` is the name under which it was received, `file_values` what that name says. `way`
    chooses the reader; without it the size and the form do. `Unavailable("intake_unavailable")`
    when a disk is full or a file cannot be reached.
    """
    taking = _Taking(layout, file, file_values, limits)
    with disk_refusals():
        if way is None:
            way = "scan" if path.stat().st_size >= SCANNED_FROM_BYTES else "codec"
        if way == "scan" and can_scan(layout):
            try:
                return taking.by_scan(path, out)
            except Doubt:  # rare: such as a tab in a column that the layout does not mention
                pass
        return taking.by_codec(path, out)


class _Taking:
    """What both ways of reading one file have in common: everything but the reading."""

    def __init__(
        self, layout: Layout, file: str, file_values: Mapping[str, object], limits: Limits
    ) -> None:
        if layout.source is None:
            raise ValueError(f"the layout {layout.name} has no facts")
        self._source = layout.source
        self._layout = layout
        self._file = file
        self._place = Place(file=file)
        self._file_values = file_values
        self._limits = limits
        self._day_column = _day_column(layout)
        self._fields = schema(layout.source)
        more = {name: pa.string() for name in layout.only}
        if self._day_column is not None:
            more[self._day_column] = pa.date32()
        for name, kind in more.items():
            if name not in self._fields.names:
                self._fields = self._fields.append(pa.field(name, kind))

    def by_scan(self, path: Path, out: Path) -> Intake:
        """Take in bulk text; `Doubt` if the scan cannot."""
        wanted = [name for name in self._fields.names if name != "line"]
        found = by_scan(self._layout, path, wanted, file=self._file, limits=self._limits)
        return self._facts(found, out)

    def by_codec(self, path: Path, out: Path) -> Intake:
        """Take in any file."""
        with path.open("rb") as content:
            found = by_codec(
                self._layout, content, self._fields, file=self._file, limits=self._limits
            )
            return self._facts(found, out)

    def _facts(self, found: Tables, out: Path) -> Intake:
        """Write what was found and say what it is."""
        latest: date | None = None
        with FactsFile(out, self._source) as facts:
            for table in found.tables:
                if self._day_column is not None:
                    latest = _later(latest, pc.max(table[self._day_column]).as_py())
                rows = self._only(table)
                self._require(rows)
                facts.write(rows)
            day = self._day(found.head, latest)
            part = self._part(found.head)
            if facts.total_fen > FEN_MAX:
                raise Rejected("file_total_too_large", place=self._place)
        return Intake(
            source=self._source,
            rows=facts.rows,
            total_fen=facts.total_fen,
            day=day,
            period_min=facts.period_min,
            period_max=facts.period_max,
            part=part,
            business_key=_business_key(self._layout, found.head),
            deviations=tuple(found.deviations),
            head=dict(found.head),
        )

    def _only(self, table: pa.Table) -> pa.Table:
        for name, wanted in self._layout.only.items():
            table = table.filter(pc.is_in(table[name], pa.array(wanted)))
        return table

    def _require(self, rows: pa.Table) -> None:
        """Refuse a row without what its facts need, such as a deposit of no insurance kind."""
        for column in COLUMNS[self._source]:
            if column.required and rows[column.name].null_count:
                first = rows["line"].filter(pc.is_null(rows[column.name]))[0].as_py()
                place = replace(self._place, line=first, field=column.name)
                raise Rejected("field_missing", place=place)

    def _day(self, head: Mapping[str, object], latest: date | None) -> date:
        """Return the business day; a file without rows has the one of its name, if any.

        Rows that are left out count here: a statement without one credit has its day all the same.
        """
        if self._layout.day == "name":
            day = self._file_values.get("day")
        elif self._day_column is None:
            day = head.get(self._layout.day)
        else:
            day = latest or self._file_values.get("day")
        if not isinstance(day, date):
            raise Rejected("file_day_unknown", place=self._place, day=self._layout.day)
        return day

    def _part(self, head: Mapping[str, object]) -> tuple[str, int, int] | None:
        if self._layout.part is None:
            return None
        names = self._layout.part
        pack_no, no, count = head.get(names.pack_no), head.get(names.no), head.get(names.count)
        if not (isinstance(no, int) and isinstance(count, int) and 1 <= no <= count):
            raise Rejected("part_impossible", place=self._place, no=no, count=count)
        return str(pack_no), no, count


def _day_column(layout: Layout) -> str | None:
    """Return the row field that says the day, if one does."""
    record, _, name = layout.day.partition(".")
    shape = layout.shape(record)
    of_rows = record == "item" if shape is None else shape.repeat
    return name if name and of_rows else None


def _business_key(layout: Layout, head: Mapping[str, object]) -> str | None:
    """Return the head values that name the file among all of its sender."""
    values = [head.get(name) for name in layout.business_key]
    if all(value is None for value in values):
        return None
    return "|".join("" if value is None else str(value) for value in values)


def _later(first: date | None, second: date | None) -> date | None:
    return max((day for day in (first, second) if day is not None), default=None)
