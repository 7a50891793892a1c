"""A hardened stream of XML elements: nothing outside the file is read, nothing is expanded.

The bytes are decoded by Python, strictly, in the encoding that the file declares (GB 2312 and GBK
as their superset GB18030), so that a wrong byte is refused at its offset and lxml sees UTF-8 only.
A DOCTYPE is refused wherever it stands, so there are no entities to expand (reliability rows
47-52). Limits: see the constants.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from lxml import etree

from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES: Final = 64 * 1024
PROLOG_BYTES_MAX: Final = CHUNK_BYTES  # before the first element
DEPTH_MAX: Final = 64
ATTRIBUTES_MAX: Final = 64  # of one element
SILENCE_BYTES_MAX: Final = 1024 * 1024  # without an element beginning or ending

_DECLARED: Final = re.compile(
    r"<\?xml\s+version\s*=\s*[\"'][0-9.]+[\"']\s+encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']"
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "ascii": "ascii",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "iso-8859-2": "iso-8859-2",
    "iso-8859-15": "iso-8859-15",
    "windows-1250": "cp1250",
    "windows-1252": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
}


def events(content: BinaryIO, *, file: str, encoding: str) -> Iterator[tuple[str, etree._Element]]:
    """Yield `("start", element)` and `("end", element)`; `Rejected` at the first thing wrong.

    `encoding` counts where the file declares none. Whoever takes the events drops elements that
    it no longer needs. Only after the last event is it known that the document is complete.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
    )
    depth = silence = 0
    began = False
    text_before = ""
    try:
        for text in _texts(content, file=file, encoding=encoding):
            if not began:
                text_before += text
                _check_prolog(text_before, file)
            if text:  # feeding nothing would hide an error
                parser.feed(text.encode("utf-8"))
            silence += len(text)
            for event, element in _read(parser):
                began, silence = True, 0
                if event == "start":
                    depth += 1
                    _check_limits(element, depth, file)
                else:
                    depth -= 1
                yield event, element
            if silence > SILENCE_BYTES_MAX:
                raise _limit(file, None, "silence", SILENCE_BYTES_MAX)
        parser.close()
        yield from _read(parser)
    except etree.XMLSyntaxError as error:
        line, reason = _first(parser, error)
        place = Place(file=file, line=line)
        raise Rejected("xml_malformed", place=place, reason=reason) from error


def line_of(element: etree._Element) -> int | None:
    """Return the line on which an element begins."""
    return cast("int | None", element.sourceline)


def _read(parser: etree.XMLPullParser) -> Iterator[tuple[str, etree._Element]]:
    return cast("Any", parser).read_events()  # type: ignore[no-any-return]


def _texts(content: BinaryIO, *, file: str, encoding: str) -> Iterator[str]:
    chunk = content.read(CHUNK_BYTES)
    if not chunk:
        raise Rejected("file_empty", place=Place(file=file, byte_offset=0))
    codec = declared_codec(chunk, encoding, file)
    decoder = codecs.getincrementaldecoder(codec)()
    offset = line = 0
    while True:
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            bad = error.object[error.start : error.end].hex()
            line += error.object[: error.start].count(b"\n")
            at = Place(file=file, line=line + 1, byte_offset=offset - held + error.start)
            raise Rejected("encoding_broken", place=at, encoding=codec, found=bad) from error
        if "\0" in text:
            at = Place(file=file, line=line + text[: text.index("\0")].count("\n") + 1)
            raise Rejected("control_character", place=at, character="U+0000")
        yield text
        if not chunk:
            return
        offset += len(chunk)
        line += text.count("\n")
        chunk = content.read(CHUNK_BYTES)


def declared_codec(head: bytes, encoding: str, file: str) -> str:
    """Return the Python codec of a document by its mark, declaration, or the layout."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    found = _DECLARED.match(head[:200].decode("latin-1"))
    name = found[1] if found is not None else encoding
    if name.lower() not in _CODECS:
        place = Place(file=file, line=1, byte_offset=0)
        raise Rejected("encoding_unsupported", place=place, encoding=name)
    return _CODECS[name.lower()]


def _check_prolog(text: str, file: str) -> None:
    """Look at what stands before the first element; the text may go on beyond it."""
    found = text.find("<!DOCTYPE")
    if found >= 0 or "<!ENTITY" in text:
        line = text[: max(found, 0)].count("\n") + 1
        raise Rejected("xml_doctype", place=Place(file=file, line=line))
    if len(text) > PROLOG_BYTES_MAX + CHUNK_BYTES:
        raise _limit(file, None, "prolog", PROLOG_BYTES_MAX)


def _check_limits(element: etree._Element, depth: int, file: str) -> None:
    if depth > DEPTH_MAX:
        raise _limit(file, line_of(element), "depth", DEPTH_MAX)
    if len(element.attrib) > ATTRIBUTES_MAX:
        raise _limit(file, line_of(element), "attributes", ATTRIBUTES_MAX)


def _limit(file: str, line: int | None, what: str, most: int) -> Rejected:
    return Rejected("xml_limit", place=Place(file=file, line=line), what=what, most=most)


def _first(parser: etree.XMLPullParser, error: etree.XMLSyntaxError) -> tuple[int | None, str]:
    """Return the line and libxml2's words of the first thing wrong; later ones follow from it."""
    entries = list(cast("Any", parser).feed_error_log)
    line, reason = (entries[0].line, entries[0].message) if entries else (error.lineno, error.msg)
    return line or None, str(reason or "").partition(", line ")[0][:120]
