"""Reads simulated files as the hub does, so that tests can compare them with what was invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pa_parquet

from hub.adapters.china_calendar import load
from hub.bulk.intake import take_in
from hub.domain.facts import COLUMNS, Source
from hub.mappings.catalog import load_catalog
from hub.mappings.file_names import match
from hub.mappings.layout import Form
from hub.settings.model import Limits
from hub.simulate.dates import Sender

CATALOG = load_catalog(Path(__file__).parents[2] / "config")
CALENDAR = load()
MONDAY = date(2026, 11, 23)
CHANNELS = {sender: f"{sender.value}-in" for sender in Sender}
LIMITS = Limits()


def read_back(sender: Sender, name: str, content: bytes, folder: Path):
    """Take a file in as the hub does; return its layout and its rows."""
    _, layout = CATALOG.identify(CHANNELS[sender], name)
    path, out = folder / name, folder / f"{name}.parquet"
    path.write_bytes(content)
    values = match(layout.file_name, name)
    taken = take_in(path, layout, file=name, file_values=values, limits=LIMITS, out=out)
    rows = pa_parquet.read_table(out).to_pylist()
    assert taken.rows == len(rows)
    return layout, taken, rows


def row_key(source: Source, row, *, without: tuple[str, ...] = ()) -> tuple:
    names = [c.name for c in COLUMNS[source] if c.name not in ("line", *without)]
    return tuple(row.get(name) for name in names)


def not_carried(layout) -> tuple[str, ...]:
    """Name the columns that a form does not carry as they are: it makes them up, or has ASCII."""
    if layout.form is Form.MT940:
        return ("narrative",)
    return tuple(f.name for f in layout.item.fields if f.join) if layout.records else ()
