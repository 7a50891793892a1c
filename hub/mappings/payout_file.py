"""Writes the file of a payout batch (代发文件) and proves it: everything is read back, recounted.

What is stated of the batch, count and sum, must be true of its items; what is written must read
back as exactly these items. Otherwise the file is refused before anything leaves the hub.
Items are streamed, so that memory does not grow with them.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.domain.money import yuan_display
from hub.errors import Place, Rejected
from hub.mappings import pain_writing, payout_texts
from hub.mappings.codecs import BLANKS
from hub.mappings.layout import Form
from hub.mappings.payout import ITEM
from hub.mappings.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading

PAIN: Final = frozenset({Form.PAIN001, Form.PAIN008})
_LINE_BYTES: Final = 1024 * 1024  # what we wrote ourselves needs no narrow limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: it must come out the same when the file is read."""

    item_count: int
    total_fen: int
    fingerprint: str  # of all items, in their order
    head: Mapping[str, object] = field(default_factory=dict)


def render_payout(
    partner: Partner,
    layout: Layout,
    head: Mapping[str, Any],
    items: Iterable[Mapping[str, Any]],
) -> bytes:
    """Return the bytes of a batch's file, proven; see `write_payout`."""
    out = BytesIO()
    written = write_payout(partner, layout, head, items, out)
    prove(layout, out, written)
    return out.getvalue()


def write_payout(
    partner: Partner,
    layout: Layout,
    head: Mapping[str, Any],
    items: Iterable[Mapping[str, Any]],
    out: BinaryIO,
) -> Written:
    """Write a batch's file to `out`; `prove` it before it is sent.

    `head` and `items` have the words of `hub.mappings.payout.HEAD` and `ITEM`; what `head` does
    not say comes from the partner's `[payout]`. `head` states `item_count` and `total_fen`, and
    `created_at`, an aware instant. `payout_item_refused` names the item that the bank could not
    take; `payout_totals_differ` if count or sum are not those of the items.
    """
    if partner.payout is None:
        raise Rejected("payout_not_possible", partner=partner.code)
    known = {
        name: value for name, value in partner.payout.head(layout).items() if value is not None
    }
    known |= {name: value for name, value in head.items() if value is not None}
    count = _Count(layout, known, partner.payout.items_max)
    writer = pain_writing if layout.form in PAIN else payout_texts
    said = writer.write(layout, known, count.through(items), out)
    return count.written(said)


def render_request(partner: Partner, head: Mapping[str, Any]) -> bytes:
    """Return the message that goes with a batch's file and names it (`payout.request`)."""
    if partner.payout is None or partner.payout.request is None:
        raise Rejected("payout_not_possible", partner=partner.code)
    layout = partner.layout(partner.payout.request)
    known = {**partner.payout.head(layout), **head}
    out = BytesIO()
    payout_texts.write(layout, known, [known], out)
    return out.getvalue()


def prove(layout: Layout, content: BinaryIO, written: Written) -> None:
    """Read a written file from its beginning; `payout_read_back_differs` if it says anything else.

    An ISO 20022 message must also be valid against its official schema.
    """
    content.seek(0)
    seen = _Seen(layout)
    reading = (
        pain_writing.proven(layout, content) if layout.form in PAIN else _reading(layout, content)
    )
    for row in reading.rows:
        seen.add(row.values)
    found = {
        "item_count": seen.count,
        "total_fen": seen.total_fen,
        "items": seen.fingerprint(),
        **{name: reading.head.get(name) for name in written.head},
    }
    expected = {
        "item_count": written.item_count,
        "total_fen": written.total_fen,
        "items": written.fingerprint,
        **written.head,
    }
    for name, value in expected.items():
        if found[name] != value:
            raise Rejected("payout_read_back_differs", what=name)


def read_back(layout: Layout, content: bytes | BinaryIO) -> tuple[int, int, tuple[str, ...]]:
    """Return how many payments a file holds, their sum in fen, and what the bank names them by.

    That is the end-to-end id, or the number of the item in layouts that have no room for it.
    """
    stream = BytesIO(content) if isinstance(content, bytes) else content
    stream.seek(0)
    reading = _reading(layout, stream)
    total, names = 0, []
    for row in reading.rows:
        total += int(str(row.values["amount_fen"]))
        name = row.values.get("end_to_end_id") or row.values.get("item_no") or row.line
        names.append(str(name))
    return len(names), total, tuple(names)


def _reading(layout: Layout, content: BinaryIO) -> Reading:
    return read(layout, content, file="payout", items_max=sys.maxsize, line_bytes_max=_LINE_BYTES)


class _Seen:
    """Counts, adds up and fingerprints items, by the words that the layout has room for."""

    def __init__(self, layout: Layout) -> None:
        self.count = 0
        self.total_fen = 0
        self._names: tuple[str, ...] = pain_writing.WORDS
        if layout.form is Form.PAIN008:
            self._names = pain_writing.WORDS_OF_DEBIT
        elif layout.form not in PAIN:
            self._names = tuple(one.name for one in layout.item.stored if one.name in ITEM)
        self._digest = hashlib.sha256()

    def add(self, values: Mapping[str, Any]) -> None:
        self.count += 1
        self.total_fen += values["amount_fen"]
        texts = [_plain(values.get(name)) for name in self._names]
        self._digest.update(("\x1f".join(texts) + "\x1e").encode())

    def fingerprint(self) -> str:
        return self._digest.hexdigest()


class _Count:
    """Watches the items of one batch while they are written."""

    def __init__(self, layout: Layout, head: Mapping[str, Any], items_max: int) -> None:
        self._seen = _Seen(layout)
        self._stated = (head["item_count"], head["total_fen"])
        self._purpose = head.get("purpose")
        self._items_max = items_max

    def through(self, items: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        for number, item in enumerate(items, start=1):
            amount = item["amount_fen"]
            if not isinstance(amount, int) or amount <= 0:
                raise Rejected(
                    "payout_amount_not_positive",
                    place=Place(field="amount_fen"),
                    number=item.get("item_no") or number,
                )
            if number > self._items_max:
                raise Rejected("payout_items_too_many", items_max=self._items_max)
            whole = item
            if self._purpose is not None and item.get("purpose") is None:
                whole = {**item, "purpose": self._purpose}  # what the batch is for
            self._seen.add(whole)
            yield whole

    def written(self, head: Mapping[str, object]) -> Written:
        count, total = self._seen.count, self._seen.total_fen
        if (count, total) != self._stated:
            raise Rejected(
                "payout_totals_differ",
                stated=f"{self._stated[0]} / {yuan_display(self._stated[1])}",
                found=f"{count} / {yuan_display(total)}",
            )
        if count == 0:
            raise Rejected("payout_empty")
        fingerprint = self._seen.fingerprint()
        return Written(item_count=count, total_fen=total, fingerprint=fingerprint, head=head)


def _plain(value: object) -> str:
    """Return a value as it comes back from a file: without blanks at its ends."""
    return "" if value is None else str(value).strip(BLANKS)
