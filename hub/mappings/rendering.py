"""Writes files by their layout: delimited, fixed width, XML. What is written reads back the same.

Controls (合计) are worked out here from the rows, never taken from the caller. Partners' codes are
the first of the map that means our value.
"""

from __future__ import annotations

from codecs import getincrementalencoder
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.errors import Place, Rejected
from hub.mappings import codecs, delimited, fixed, xml_writing
from hub.mappings.controls import Controls
from hub.mappings.layout import Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hub.mappings.layout import Layout, RecordShape

RENDERED: Final = frozenset({Form.DELIMITED, Form.FIXED, Form.XML})
"""Forms that can be written."""

PIECES: Final = 5_000  # encoded at a time


def render(
    layout: Layout, head: Mapping[str, object], rows: Iterable[Mapping[str, object]]
) -> bytes:
    """Return the bytes of a file with these rows.

    `head` holds the values of records that occur once, as `header.business_on`; controls among
    them are replaced. `Rejected` if a value cannot be written so that it reads back the same.
    """
    kept, out = list(rows), BytesIO()
    write(layout, head, lambda: kept, out)
    return out.getvalue()


def write(
    layout: Layout,
    head: Mapping[str, object],
    rows: Callable[[], Iterable[Mapping[str, object]]],
    out: BinaryIO,
) -> None:
    """Write such a file bit by bit, in memory that does not grow with the rows.

    `rows` begins them anew: they are gone through twice if controls need their sums.
    """
    if layout.form not in RENDERED:
        raise Rejected("render_unsupported", form=layout.form.value)
    controls = Controls(layout)
    if layout.controls:
        for row in rows():
            controls.add(row)
    values = {**head, **controls.values()}
    heads = {
        shape.name: _texts(layout, shape, _of(shape, values), Place())
        for shape in layout.records
        if not shape.repeat
    }
    items = (
        _texts(layout, layout.item, row, Place(line=number))
        for number, row in enumerate(rows(), start=1)
    )
    texts, encoder = pieces(layout, heads, items), getincrementalencoder(layout.encoding)()
    while some := "".join(islice(texts, PIECES)):
        out.write(_encoded(some, encoder.encode, layout))


def pieces(
    layout: Layout, heads: Mapping[str, list[str]], items: Iterable[list[str]]
) -> Iterator[str]:
    """Yield the text of a file bit by bit, given the texts of its records; items as they come."""
    if layout.form is Form.XML:
        yield from xml_writing.pieces(layout, heads, items)
        return
    writer = fixed if layout.form is Form.FIXED else delimited
    if layout.names:
        yield delimited.names_line(layout) + layout.newline
    for shape in layout.records:
        for texts in items if shape.repeat else [heads[shape.name]]:
            yield writer.render_line(layout, shape, texts) + layout.newline


def _texts(
    layout: Layout, shape: RecordShape, values: Mapping[str, Any], place: Place
) -> list[str]:
    texts = []
    for field in shape.stored:
        at = Place(line=place.line, field=field.name)
        texts.append(codecs.render(values.get(field.name), field, layout.maps, at))
    return texts


def _of(shape: RecordShape, values: Mapping[str, object]) -> dict[str, object]:
    return {field.name: values.get(f"{shape.name}.{field.name}") for field in shape.fields}


def encoded(text: str, layout: Layout) -> bytes:
    """Return the bytes of a text; `encoding_lacks_character` if the encoding has no such one."""
    return _encoded(text, lambda one: one.encode(layout.encoding), layout)


def _encoded(text: str, encode: Callable[[str], bytes], layout: Layout) -> bytes:
    try:
        return encode(text)
    except UnicodeEncodeError as error:
        character = f"U+{ord(error.object[error.start]):04X}"
        raise Rejected(
            "encoding_lacks_character", encoding=layout.encoding, character=character
        ) from error
