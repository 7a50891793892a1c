"""Bulk text as Arrow tables: blocks of lines, scanned by two threads, in the order of the file.

The records before and after the rows, and every line that the scan does not take, are read by the
codec. So a file has one reading and one first refusal, whichever way it is read (decision 0009).
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from hub.bulk.arrow_rows import Tables
from hub.bulk.blocks import BLOCK_BYTES, blocks, offset_of
from hub.bulk.facts_file import total
from hub.bulk.judge import Judge
from hub.bulk.scan import TAG, Scan
from hub.mappings.controls import Controls
from hub.mappings.delimited import split
from hub.mappings.text_lines import UTF8_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from hub.bulk.blocks import Block
    from hub.bulk.scan import Scanned
    from hub.mappings.layout import Layout
    from hub.settings.model import Limits

_WORKERS: Final = 2


class Doubt(Exception):
    """The scan alone cannot read the file, though nothing may be wrong: let the codec read it."""


def by_scan(
    layout: Layout,
    path: Path,
    wanted: Iterable[str],
    *,
    file: str,
    limits: Limits,
    block_bytes: int = BLOCK_BYTES,
) -> Tables:
    """Begin to read a delimited or fixed-width file; tables have `line` and the `wanted` fields.

    All rows come, also those that the layout's `only` leaves out.
    `Doubt` may come as late as any `Rejected`, and says that `by_codec` has to read the file.
    """
    found = Tables(iter(()))
    scanning = _Scanning(layout, path, file=file, limits=limits, block_bytes=block_bytes)
    found.tables = scanning.tables(found, set(wanted))
    return found


class _Scanning:
    """One way through one file."""

    def __init__(
        self, layout: Layout, path: Path, *, file: str, limits: Limits, block_bytes: int
    ) -> None:
        self._layout = layout
        self._path = path
        self._limits = limits
        self._block_bytes = block_bytes
        self._controls = Controls(layout)
        self._judge = Judge(layout, path, file=file, limits=limits)
        index = layout.records.index(layout.item)
        self._head_lines = index + layout.names
        self._tail_lines = len(layout.records) - index - 1

    def tables(self, found: Tables, wanted: set[str]) -> Iterator[pa.Table]:
        begin, end = self._rows_between()
        head = self._judge.head()
        found.deviations.extend(head.deviations)
        scan = Scan(
            self._layout,
            self._columns(),
            head=head.head,
            wanted=wanted | set(self._summed),
            line_bytes_max=self._limits.line_bytes_max,
        )
        with self._path.open("rb") as content:
            waiting = blocks(
                content,
                first_line=self._head_lines + 1,
                begin=begin,
                end=end,
                line_bytes_max=self._limits.line_bytes_max,
                block_bytes=self._block_bytes,
            )
            for scanned in _in_order(scan, waiting):
                self._accept(scanned)
                yield scanned.rows
        rows = self._controls.rows
        if self._tail_lines:
            head = self._judge.tail(self._head_lines + rows + 1, end, rows_before=rows)
        self._controls.check(head.head, head.places)
        found.head.update(head.head)

    def _rows_between(self) -> tuple[int, int]:
        """Return where the rows begin and end in the file."""
        if not self._judge.begin(self._head_lines):
            raise Doubt
        begin = self._judge.head_bytes
        size = self._path.stat().st_size
        with self._path.open("rb") as content:
            if begin == 0 and self._layout.codec == "utf-8":
                begin = len(UTF8_MARK) if content.read(len(UTF8_MARK)) == UTF8_MARK else 0
            longest = self._tail_lines * (self._limits.line_bytes_max + len(b"\r\n"))
            content.seek(max(begin, size - longest))
            last = content.read()
        end = len(last)
        for _ in range(self._tail_lines):
            end = last.rfind(b"\n", 0, max(end - 1, 0)) + 1
        end += size - len(last)
        return begin, end

    def _accept(self, scanned: Scanned) -> None:
        """Count a block's rows; refuse the file at its first odd line, or at a row too many."""
        before = self._controls.rows
        sums = {name: total(scanned.rows[name]) for name in self._summed}
        self._controls.add(sums, rows=scanned.rows.num_rows)
        odd = scanned.odd_line
        if self._controls.rows > self._limits.items_max:
            odd = self._limits.items_max - before
        if odd is not None:
            block = scanned.block
            at = offset_of(block, odd)
            self._judge.refuse(block.first_line + odd, at, rows_before=before + odd)
            raise Doubt

    @property
    def _summed(self) -> list[str]:
        return [c.of.partition(".")[2] for c in self._layout.controls if c.equals == "sum"]

    def _columns(self) -> list[str]:
        """Return the names of a line's cells, by field; of cells that no field is, any."""
        item = self._layout.item
        if not self._layout.names:
            return [*([] if item.tag is None else [TAG]), *(field.name for field in item.stored)]
        fields = {field.column or field.name: field.name for field in item.stored}
        cells = split(self._judge.names_text, self._layout) or []
        names = [text.strip() for _, text in cells]
        return [fields.get(name, f"#{number}") for number, name in enumerate(names)]


def _in_order(scan: Scan, waiting: Iterable[Block]) -> Iterator[Scanned]:
    """Scan blocks side by side, a few ahead of whoever takes the results."""
    pool = ThreadPoolExecutor(_WORKERS)
    running: deque[Future[Scanned]] = deque()
    try:
        for block in waiting:
            running.append(pool.submit(scan, block))
            if len(running) > _WORKERS:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
