"""Reads any file by its layout: one reader a form, loaded when a file of that form comes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Begin to read a file; the rows of `only` come when they are asked for.

    Controls count all rows of the file, also those that `only` leaves out. `content` must be
    seekable and stay open. `file` is its name, for places in refusals.
    """
    reader = import_module(f"hub.mappings.{layout.form.value}")  # a module is named like its form
    reading = cast(
        "Reading",
        reader.read(layout, content, file=file, items_max=items_max, line_bytes_max=line_bytes_max),
    )
    if layout.only:
        reading.rows = _only(layout, reading.rows)
    return reading


def _only(layout: Layout, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if all(row.values.get(name) in wanted for name, wanted in layout.only.items()):
            yield row
