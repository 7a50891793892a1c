"""What a taken file must keep, counted again by other means than the product's own."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from hub.domain.money import FEN_MAX
from hub.mappings.codecs import CONTROL
from hub.mappings.layout import FieldType, Form
from tests.fuzz.target import Unsafe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row

PLAIN: Final = frozenset({Form.DELIMITED, Form.FIXED, Form.XML})
_YUAN: Final = re.compile(r"[0-9]*\.?[0-9]{0,2}", re.ASCII)
_BOOKED: Final = re.compile(r":61:(?:[0-9]{6})(?:[0-9]{4})?(R?[CD])")


def require_sound(layout: Layout, rows: Sequence[Row], reading: Reading) -> None:
    """Refuse values that no reader may give: odd amounts, control characters."""
    for row in rows:
        for name, value in row.values.items():
            _require_value(layout, name, value)
    for name, value in reading.head.items():
        _require_value(layout, name, value)


def require_controls(layout: Layout, rows: Sequence[Row], reading: Reading) -> None:
    """Hold the totals that a file states against its rows."""
    for control in layout.controls:
        stated = reading.head.get(control.field)
        name = control.of.partition(".")[2]
        amounts = [row.values.get(name) or 0 for row in rows]
        found = len(rows) if control.equals == "count" else sum(amounts)  # type: ignore[arg-type]
        if stated is not None and stated != found:
            raise Unsafe(f"{layout.name}: {control.field} is not what the rows say")


def require_recount(layout: Layout, rows: Sequence[Row], reading: Reading, raw: bytes) -> None:
    """Count rows and sums again in the bytes themselves."""
    match layout.form:
        case Form.DELIMITED | Form.FIXED:
            _text(layout, rows, raw)
        case Form.XML:
            _xml(layout, rows, raw)
        case Form.CAMT:
            _camt(rows, reading, raw)
        case Form.MT940:
            _mt940(rows, raw)
        case Form.PACS004:
            _pacs004(rows, raw)
        case _:
            pass


def _require_value(layout: Layout, name: str, value: object) -> None:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int) and name.endswith("_fen"):
        least = 0 if layout.form in PLAIN else -FEN_MAX
        balance = name.rpartition(".")[2] in ("opening_fen", "closing_fen", "balance_fen")
        if not least <= value <= FEN_MAX and not (balance and abs(value) <= 10 * FEN_MAX):
            if name.startswith("header.") and abs(value) <= FEN_MAX * 1000:
                return  # a sum of many
            raise Unsafe(f"{layout.form.value}: {name} is out of its bounds")
    if isinstance(value, str) and name != "end_to_end_ids":
        found = CONTROL.search(value)
        if found is not None:
            raise Unsafe(f"{layout.form.value}: {name} holds a control character")


def _text(layout: Layout, rows: Sequence[Row], raw: bytes) -> None:
    text = raw.decode(layout.codec).removeprefix("\ufeff")
    lines = text.split(layout.newline)
    if lines[-1] == "":
        lines.pop()
    others = sum(1 for shape in layout.records if not shape.repeat and (shape.stored or shape.tag))
    if len(rows) != len(lines) - others - layout.names:
        raise Unsafe(f"{layout.name}: another number of rows than lines")
    amounts = [f for f in layout.item.stored if f.type in _FACTOR]
    if layout.names or layout.quote or not amounts:
        return
    found = 0
    index = layout.item.stored.index(amounts[0]) + (layout.item.tag is not None)
    for row in rows:
        if layout.form is Form.FIXED:
            line = lines[row.line - 1].encode(layout.codec)
            begin = sum(
                f.width or 0 for f in layout.item.stored[: index - (layout.item.tag is not None)]
            )
            begin += len((layout.item.tag or "").encode())
            cell = line[begin : begin + (amounts[0].width or 0)].decode(layout.codec)
        else:
            cell = lines[row.line - 1].split(layout.delimiter)[index]
        found += int(Decimal(cell.strip() or "0") * _FACTOR[amounts[0].type])
    if found != sum(row.values[amounts[0].name] or 0 for row in rows):  # type: ignore[misc]
        raise Unsafe(f"{layout.name}: another sum than in the text")


_FACTOR: Final = {FieldType.AMOUNT_YUAN: 100, FieldType.AMOUNT_FEN: 1}


def _xml(layout: Layout, rows: Sequence[Row], raw: bytes) -> None:
    root = _root(raw)
    tag = (layout.item.path or ".").split("/")[-1]
    found = (
        1
        if tag == "."
        else sum(1 for one in root.iter() if _local(one) == tag)
        if root is not None
        else -1
    )
    if found not in (-1, len(rows)):
        raise Unsafe(f"{layout.name}: another number of rows than elements")


def _camt(rows: Sequence[Row], reading: Reading, raw: bytes) -> None:
    root = _root(raw)
    if root is None:
        return
    fen, count = 0, 0
    for entry in (one for one in root.iter() if _local(one) == "Ntry"):
        parts = {_local(one): one for one in reversed(list(entry))}
        status = parts.get("Sts")
        code = next((one for one in status or () if _local(one) == "Cd"), status)
        word = (code.text or "").strip() if code is not None else "BOOK"
        if word not in ("BOOK", ""):
            continue
        sign = -1 if (parts["CdtDbtInd"].text or "").strip() == "DBIT" else 1
        fen += sign * _fen(parts["Amt"].text)
        count += 1
    if count != len(rows):
        raise Unsafe("camt: another number of rows than booked entries")
    if fen != sum(row.values["amount_fen"] for row in rows):  # type: ignore[misc]
        raise Unsafe("camt: another sum than that of the booked entries")
    for head in reading.statements:
        if head.opening_fen is not None and len(reading.statements) == 1 and (
            head.opening_fen + fen != head.closing_fen
        ):  # fmt: skip
            raise Unsafe("camt: opening and entries do not give closing")


def _mt940(rows: Sequence[Row], raw: bytes) -> None:
    found = _BOOKED.findall(raw.decode("latin-1"))
    starts = sum(line.startswith(":61:") for line in raw.decode("latin-1").split("\n"))
    if starts != len(rows) and len(found) != len(rows):
        raise Unsafe("mt940: another number of rows than lines :61:")


def _pacs004(rows: Sequence[Row], raw: bytes) -> None:
    root = _root(raw)
    if root is None:
        return
    total = [one for one in root.iter() if _local(one) == "TtlRtrdIntrBkSttlmAmt"]
    each = [one for one in root.iter() if _local(one) == "RtrdIntrBkSttlmAmt"]
    if len(total) == 1 and each and _fen(total[0].text) != sum(_fen(one.text) for one in each):
        raise Unsafe("pacs004: the total is not that of the returns")


def _fen(text: str | None) -> int:
    return int(Decimal(CONTROL.sub(" ", text or "").strip() or "0") * 100)  # as the reader: blanks


def _root(raw: bytes) -> Any:  # noqa: ANN401
    try:
        return ET.fromstring(raw)  # noqa: S314 -- a file that was taken, read in another way
    except (ET.ParseError, LookupError, ValueError):
        return None  # an encoding that this parser does not know


def _local(element: Any) -> str:  # noqa: ANN401
    return str(element.tag).rpartition("}")[2]
