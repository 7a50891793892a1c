"""What a schema says of a file: deviations are noted, or refused if the partner is `strict`."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lxml import etree

from hub.errors import Place, Rejected
from hub.mappings.record import Deviation
from hub.mappings.xml_stream import declared_codec

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.layout import Layout

CHECKED_BYTES_MAX: Final = 16 * 1024 * 1024  # a schema needs the whole tree in memory
DEVIATIONS_MAX: Final = 100
_TEXT_CHARACTERS_MAX: Final = 300


def deviations(layout: Layout, content: BinaryIO, *, file: str) -> list[Deviation]:
    """Return how a complete, well-formed document differs from its layout's schema.

    `xml_schema_broken` for the first of them if the layout is strict. A file above
    `CHECKED_BYTES_MAX` is not compared, which is itself noted.
    """
    if layout.schema is None:
        return []
    content.seek(0)
    raw = content.read(CHECKED_BYTES_MAX + 1)
    if len(raw) > CHECKED_BYTES_MAX:
        text = f"larger than {CHECKED_BYTES_MAX} bytes, not compared with the schema"
        return [Deviation(place=Place(file=file), text=text)]
    text = raw.decode(declared_codec(raw, layout.encoding, file))
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=False
    )
    schema = _schema(layout.schema)
    if schema.validate(etree.fromstring(text.encode("utf-8"), parser)):
        return []
    found = [
        Deviation(
            place=Place(file=file, line=entry.line), text=entry.message[:_TEXT_CHARACTERS_MAX]
        )
        for entry in _entries(schema)
    ]
    if layout.strict:
        raise Rejected("xml_schema_broken", place=found[0].place, reason=found[0].text)
    return found


def _entries(schema: etree.XMLSchema) -> list[Any]:
    log: Any = schema.error_log  # iterable, which the stubs do not say
    return list(islice(log, DEVIATIONS_MAX))


@cache
def _schema(path: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(path, parser))
