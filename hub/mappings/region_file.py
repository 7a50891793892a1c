"""Reads a file of directory entries, CSV or TOML, into plain tables; every mistake with its place.

CSV: a header line, then one entry a line, the column `kind` first told apart by its value. TOML:
`[[region]]`, `[[office]]`, `[[account]]`, `[[key]]`. Both have the same columns: `code`,
`valid_from`, `valid_until` (days such as 2026-01-01) and the facts of the kind.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hub.domain.region_directory import FACTS, Kind
from hub.errors import Place, Rejected
from hub.settings import toml_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DIRECTORY_BYTES_MAX: Final = 16 * 1024 * 1024  # GB/T 2260 whole has 0.3 MB
_OWN: Final = ("kind", "code", "valid_from", "valid_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as a file has it, with where it stands."""

    kind: Kind
    code: str
    valid_from: date
    valid_until: date | None
    facts: Mapping[str, str]
    place: Place


def read_entries(content: bytes, *, file: str) -> list[Entry]:
    """Return the entries of a file whose name ends in .csv or .toml.

    `Rejected`: `region_file_unusable` (what it is not), `region_column_unknown`,
    `region_kind_unknown`, `region_day_malformed`, each with line and column.
    """
    if len(content) > DIRECTORY_BYTES_MAX:
        raise Rejected("region_file_unusable", place=Place(file=file), why="16 MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file=file, byte_offset=error.start)
        raise Rejected("region_file_unusable", place=place, why="UTF-8") from error
    rows = _toml(text, file) if file.lower().endswith(".toml") else _csv(text, file)
    return [_entry(row, place) for row, place in rows]


def _csv(text: str, file: str) -> Iterator[tuple[dict[str, str], Place]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for name in reader.fieldnames or ():
            if name not in _OWN + FACTS:
                place = Place(file=file, line=1)
                raise Rejected("region_column_unknown", place=place, name=name[:40])
        for row in reader:
            place = Place(file=file, line=reader.line_num)
            if None in row or None in row.values():
                raise Rejected("region_file_unusable", place=place, why="CSV")
            yield {name: value for name, value in row.items() if value}, place
    except csv.Error as error:
        place = Place(file=file, line=reader.line_num + 1)  # the line that it could not read
        raise Rejected("region_file_unusable", place=place, why="CSV") from error


def _toml(text: str, file: str) -> Iterator[tuple[dict[str, Any], Place]]:
    try:
        document = toml_file.loads(text)
    except ValueError as error:  # also digits without end
        raise Rejected("region_file_unusable", place=Place(file=file), why="TOML") from error
    for kind, tables in document.items():
        if not isinstance(tables, list):
            raise Rejected("region_kind_unknown", place=Place(file=file), found=kind[:40])
        for number, table in enumerate(tables, start=1):
            place = Place(file=file, field=f"{kind}[{number}]")
            if not isinstance(table, dict):
                raise Rejected("region_file_unusable", place=place, why="TOML")
            for name in table:
                if name not in _OWN + FACTS:
                    raise Rejected("region_column_unknown", place=place, name=name[:40])
            yield {**table, "kind": kind}, place


def _entry(row: Mapping[str, Any], place: Place) -> Entry:
    kind = str(row.get("kind", ""))
    if kind not in Kind._value2member_map_:
        raise Rejected("region_kind_unknown", place=place, found=kind[:40])
    for name, value in row.items():
        if not isinstance(value, (str, date)):
            raise Rejected("region_fact_unusable", place=place, name=name)
    return Entry(
        kind=Kind(kind),
        code=str(row.get("code", "")),
        valid_from=_day(row, "valid_from", place) or date.min,
        valid_until=_day(row, "valid_until", place),
        facts={name: str(value) for name, value in row.items() if name not in _OWN},
        place=place,
    )


def _day(row: Mapping[str, Any], name: str, place: Place) -> date | None:
    value = row.get(name)
    if value is None and name == "valid_until":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Rejected("region_day_malformed", place=place, name=name) from error
