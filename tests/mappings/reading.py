"""Reads bytes by a layout, for tests: all rows, or the refusal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from hub.errors import Rejected
from hub.mappings.catalog import load_catalog
from hub.mappings.reading import read
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row

CATALOG = load_catalog(ROOT / "config")
FILE = "some.txt"


def rows_of(
    layout: Layout, raw: bytes, *, items_max: int = 1000, line_bytes_max: int = 4096
) -> tuple[list[Row], Reading]:
    reading = read(
        layout, io.BytesIO(raw), file=FILE, items_max=items_max, line_bytes_max=line_bytes_max
    )
    return list(reading.rows), reading


def refused(layout: Layout, raw: bytes, **limits: int) -> Rejected:
    with pytest.raises(Rejected) as caught:
        rows_of(layout, raw, **limits)
    assert caught.value.place.file == FILE
    return caught.value


def layout_of(tmp_path: Path, table: str, name: str = "some") -> Layout:
    """Return the one layout of a partner file with this table, checked like any other."""
    folder = tmp_path / "partners"
    folder.mkdir(exist_ok=True)
    head = 'kind = "bank"\nname = "示例"\nchannel = "bank-in"\n'
    (folder / "x.toml").write_text(f"{head}\n[layouts.{name}]\n{table}", "utf-8")
    return load_catalog(tmp_path).partner("x").layouts[name]
