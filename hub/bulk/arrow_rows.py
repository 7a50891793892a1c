"""A partner file as Arrow tables of its rows; here as the codecs in `hub.mappings` read it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

import pyarrow as pa

from hub.mappings.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.mappings.layout import Layout
    from hub.mappings.record import Deviation, Row
    from hub.settings.model import Limits

BATCH_ROWS: Final = 20_000


@dataclass(slots=True)
class Tables:
    """A file being read, as `hub.mappings.record.Reading`, but with tables instead of rows.

    Iterate `tables` to the end, then `head` and `deviations` are complete. `Rejected` may come
    with any table, or when they end.
    """

    tables: Iterator[pa.Table]
    head: dict[str, object] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)


def by_codec(
    layout: Layout, content: BinaryIO, fields: pa.Schema, *, file: str, limits: Limits
) -> Tables:
    """Begin to read a file of any form; each table has the columns of `fields`.

    All rows come, also those that the layout's `only` leaves out.
    """
    reading = read(
        replace(layout, only={}),
        content,
        file=file,
        items_max=limits.items_max,
        line_bytes_max=limits.line_bytes_max,
    )
    tables = _tables(reading.rows, fields)
    return Tables(tables, reading.head, reading.deviations)  # type: ignore[arg-type]


def _tables(rows: Iterable[Row], fields: pa.Schema) -> Iterator[pa.Table]:
    waiting = iter(rows)
    while some := list(islice(waiting, BATCH_ROWS)):
        columns = [
            pa.array(
                [row.line for row in some]
                if column.name == "line"
                else [row.values.get(column.name) for row in some],
                type=column.type,
            )
            for column in fields
        ]
        yield pa.table(columns, fields)
