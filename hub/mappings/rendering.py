"""Writes files by their layout: delimited, fixed width, XML. What is written reads back the same.

Controls (合计) are worked out here from the rows, never taken from the caller. Partners' codes are
the first of the map that means our value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.errors import Place, Rejected
from hub.mappings import codecs, delimited, fixed, xml_writing
from hub.mappings.controls import Controls
from hub.mappings.layout import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.mappings.layout import Layout, RecordShape

RENDERED: Final = frozenset({Form.DELIMITED, Form.FIXED, Form.XML})
"""Forms that can be written."""


def render(
    layout: Layout, head: Mapping[str, object], rows: Iterable[Mapping[str, object]]
) -> bytes:
    """Return the bytes of a file with these rows.

    `head` holds the values of records that occur once, as `header.business_on`; controls among
    them are replaced. `Rejected` if a value cannot be written so that it reads back the same.
    """
    if layout.form not in RENDERED:
        raise Rejected("render_unsupported", form=layout.form.value)
    controls = Controls(layout)
    items = []
    for number, row in enumerate(rows, start=1):
        items.append(_texts(layout, layout.item, row, Place(line=number)))
        controls.add(row)
    values = {**head, **controls.values()}
    heads = {
        shape.name: _texts(layout, shape, _of(shape, values), Place())
        for shape in layout.records
        if not shape.repeat
    }
    return encoded("".join(pieces(layout, heads, items)), layout)


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
    try:
        return text.encode(layout.encoding)
    except UnicodeEncodeError as error:
        character = f"U+{ord(error.object[error.start]):04X}"
        raise Rejected(
            "encoding_lacks_character", encoding=layout.encoding, character=character
        ) from error
