"""The line of an archived file that a record was read from, with its bytes marked.

What could be somebody's number is masked in the record and around it, whatever the file is: every
run of digits as long as an identity or account number, unless it is the record's own receipt,
deposit or unit. Bytes in hexadecimal are for those who may see the numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import request

from hub.console.access import unmasks
from hub.console.context import console, viewer
from hub.console.formatting import masked
from hub.console.pages import render
from hub.console.topics.discrepancies.people import payer as shown_payer
from hub.console.topics.reconciliation.days import SOURCES, kind
from hub.console.words import words
from hub.domain.facts import COLUMNS
from hub.flows.raw_line import raw_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.console.words import Word
    from hub.flows.raw_line import RawLine
    from hub.mappings.raw_text import Piece

DIGITS_MASKED_FROM: Final = 12  # account numbers have 12 to 32 digits, identity numbers 18
HEX_BYTES_A_ROW: Final = 16
_OWN: Final = ("receipt_no", "deposit_no", "message_no")
_PERSONAL: Final = ("person_id",)
COLUMN_WORDS: Final = words(
    ("line", "行号", "line", "plain"),
    ("receipt_no", "税票号码", "receipt number", "plain"),
    ("deposit_no", "入库流水号", "deposit number", "plain"),
    ("message_no", "报文编号", "message number", "plain"),
    ("payer_id", "缴费人识别号", "payer's number", "plain"),
    ("payer_name", "缴费人名称", "payer's name", "plain"),
    ("person_id", "证件号码", "identity number", "plain"),
    ("person_name", "姓名", "name", "plain"),
    ("insurance_kind", "险种", "insurance kind", "plain"),
    ("period", "费款所属期", "period", "plain"),
    ("amount_fen", "金额", "amount", "plain"),
    ("collected_on", "征收日期", "collected on", "plain"),
    ("credited_on", "入账日期", "credited on", "plain"),
    ("stated_on", "说明日期", "stated on", "plain"),
    ("due_on", "应缴期限", "due on", "plain"),
    ("narrative", "摘要", "narrative", "plain"),
    ("reason", "原因", "reason", "plain"),
    ("sender", "发送方", "sender", "plain"),
    ("entrusted_on", "委托日期", "entrusted on", "plain"),
    ("pack_no", "包序号", "package number", "plain"),
    ("item_count", "笔数", "items", "plain"),
)
_NUMBERS: Final = re.compile(rf"[0-9０-９]{{{DIGITS_MASKED_FROM},}}[Xx]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A piece as the page writes it."""

    number: int | None
    byte_offset: int
    size_bytes: int
    text: str
    is_it: bool
    hex_rows: tuple[str, ...] = ()


def raw(arrival_id: int, line: int) -> str:
    """Show where a record came from; `Rejected`: `arrival_missing`, `raw_line_missing`."""
    found = raw_line(arrival_id, line, console().services)
    open_ = unmasks(viewer())
    with_hex = open_ and request.args.get("hex") == "1"
    return render(
        "reconciliation/raw.html",
        found=found,
        source=SOURCES[found.arrived.arrival.source],
        values=list(_values(found)),
        pieces=[_shown(piece, found, is_open=open_, with_hex=with_hex) for piece in found.pieces],
        is_open=open_,
        with_hex=with_hex,
    )


def hidden(text: str, values: Mapping[str, Any]) -> str:
    """Return text in which nobody's number can be read, but the record's own can."""
    for name in _PERSONAL:
        if values.get(name):
            text = text.replace(str(values[name]), masked(str(values[name]), "id_no"))
    own = [str(values[name]) for name in _OWN if values.get(name)]
    payer = values.get("payer_id")
    if payer and shown_payer(str(payer)) == str(payer):
        own.append(str(payer))
    if not own:
        return _NUMBERS.sub(_mask, text)
    parts = re.split("(" + "|".join(map(re.escape, sorted(own, key=len, reverse=True))) + ")", text)
    return "".join(part if part in own else _NUMBERS.sub(_mask, part) for part in parts)


def _mask(found: re.Match[str]) -> str:
    return masked(found[0], "id_no")


def _shown(piece: Piece, found: RawLine, *, is_open: bool, with_hex: bool) -> Shown:
    text = piece.text(found.codec)
    own = found.values if piece.is_it else {}
    return Shown(
        number=piece.number,
        byte_offset=piece.byte_offset,
        size_bytes=len(piece.raw),
        text=text if is_open else hidden(text, own),
        is_it=piece.is_it,
        hex_rows=tuple(_hex(piece)) if with_hex and piece.is_it else (),
    )


def _values(found: RawLine) -> Iterator[tuple[Word, str, Any]]:
    """Yield what the hub read: the column, how it is written, and the value."""
    for column in COLUMNS[found.arrived.arrival.source]:
        value, name = found.values.get(column.name), COLUMN_WORDS[column.name]
        if column.name == "payer_id":
            yield name, "text", shown_payer(value)
        elif column.name in _PERSONAL:
            yield name, "id_no", value
        elif column.name == "insurance_kind" and value:
            yield name, "text", kind(value)
        else:
            yield name, {"fen": "money", "date": "date"}.get(column.type, "text"), value


def _hex(piece: Piece) -> Iterator[str]:
    for at in range(0, len(piece.raw), HEX_BYTES_A_ROW):
        row = piece.raw[at : at + HEX_BYTES_A_ROW]
        yield f"{piece.byte_offset + at:08x}  {row.hex(' ')}"
