"""Writes payouts as delimited text, fixed width or XML, by their layout, item by item.

What is the same in the whole file is written out once and only filled in; each item that cannot be
written is refused with its number and field, before the bank could refuse the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from hub.domain.money import FEN_MAX, yuan_text
from hub.errors import Rejected
from hub.mappings import codecs
from hub.mappings.layout import FieldType
from hub.mappings.payout import ITEM, refused
from hub.mappings.rendering import encoded, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from hub.mappings.layout import Field, Layout, RecordShape

    Value = Any


def write(
    layout: Layout, head: Mapping[str, Value], items: Iterable[Mapping[str, Value]], out: BinaryIO
) -> dict[str, Value]:
    """Write a file; return what its records that occur once must say when it is read."""
    known = {**_derived(head), **head}
    stated = {
        control.field: known["item_count" if control.equals == "count" else "total_fen"]
        for control in layout.controls
    }
    heads: dict[str, list[str]] = {}
    says: dict[str, Value] = {}
    for shape in layout.records:
        if shape.repeat:
            continue
        heads[shape.name] = []
        for one in shape.stored:
            reference = f"{shape.name}.{one.name}"
            text = _text(layout, one, stated.get(reference, known.get(one.name)), reference)
            heads[shape.name].append(text)
            says[reference] = codecs.parse(text, one, layout.maps)
    rows = _Rows(layout, layout.item, known)
    texts = (rows.texts(number, item) for number, item in enumerate(items, start=1))
    for number, piece in enumerate(_located(pieces(layout, heads, texts), rows)):
        try:
            out.write(encoded(piece, layout))
        except Rejected as error:
            raise refused(error, rows.number if number else None, None) from error
    return says


class _Rows:
    """Turns items into the texts of the repeated record."""

    def __init__(self, layout: Layout, shape: RecordShape, head: Mapping[str, Value]) -> None:
        self.number = 0
        self._layout = layout
        self._texts: list[str] = []
        self._own: list[tuple[int, Field]] = []
        for index, one in enumerate(shape.stored):
            if one.name in ITEM:
                self._own.append((index, one))
                self._texts.append("")
            else:
                self._texts.append(_text(layout, one, head.get(one.name), one.name))

    def texts(self, number: int, item: Mapping[str, Value]) -> list[str]:
        self.number = int(item.get("item_no") or number)  # as people know it
        texts = self._texts.copy()
        for index, one in self._own:
            value = item.get(one.name)
            text = _usual(value, one)
            if text is None:
                try:
                    text = codecs.render(value, one, self._layout.maps)
                except Rejected as error:
                    raise refused(error, self.number, one.name) from error
            texts[index] = text
        return texts


def _usual(value: Value, one: Field) -> str | None:
    """Return what `codecs.render` would, for texts and numbers with nothing odd about them.

    Most are like that, and `render` reads each one back, which takes longer than all the rest.
    """
    if one.type is FieldType.TEXT and type(value) is str:
        text = value.strip(codecs.BLANKS)
        plain = 0 < len(text) <= one.chars_max and codecs.CONTROL.search(text) is None
        return text if plain else None
    if type(value) is not int or not 0 < value <= FEN_MAX:
        return None
    if one.type is FieldType.AMOUNT_YUAN:
        return yuan_text(value)
    return str(value) if one.type in (FieldType.AMOUNT_FEN, FieldType.COUNT) else None


def _located(written: Iterator[str], rows: _Rows) -> Iterator[str]:
    """Yield pieces; a refusal that arises from laying out an item gets its number."""
    try:
        yield from written
    except Rejected as error:
        if error.code.startswith("payout_"):  # said already
            raise
        raise refused(error, rows.number, error.place.field) from error


def _text(layout: Layout, one: Field, value: Value, reference: str) -> str:
    """Return the text of a value that counts for the whole file; a single code needs none."""
    codes = layout.maps.get(one.map or "", {})
    if value is None and len(codes) == 1:
        return next(iter(codes))
    try:
        if isinstance(value, str) and one.type not in (FieldType.TEXT, FieldType.CODE):
            value = codecs.parse(value, one, layout.maps)
        return codecs.render(value, one, layout.maps)
    except Rejected as error:
        raise refused(error, None, reference) from error


def _derived(head: Mapping[str, Value]) -> dict[str, Value]:
    """Return the words that follow from others; `created_at` counts in its own zone."""
    derived: dict[str, Value] = {"request_id": head.get("message_id")}
    created_at: datetime | None = head.get("created_at")
    if created_at is not None:
        thousandth = f"{created_at.microsecond // 1000:03d}"
        derived["created_on"] = created_at.date()
        derived["created_time"] = f"{created_at:%H%M%S}"
        derived["created_time_ms"] = f"{created_at:%H%M%S}{thousandth}"
        derived["created_stamp_ms"] = f"{created_at:%Y%m%d%H%M%S}{thousandth}"
    return derived
