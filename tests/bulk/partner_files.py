"""A small family of text layouts, files that follow them, and damage to such files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from hub.domain.facts import Source
from hub.domain.money import yuan_text
from hub.mappings.fixed import NUMERIC
from hub.mappings.layout import Control, Field, FieldType, Form, Layout, RecordShape

KINDS = {"01": "pension", "02": "medical", "T": "work_injury"}

ITEM_FIELDS = (
    Field(name="receipt_no", type=FieldType.TEXT, width=12, chars_max=12),
    Field(name="payer_id", type=FieldType.TEXT, width=10, chars_max=10),
    Field(name="payer_name", type=FieldType.TEXT, width=24, required=False, chars_max=12),
    Field(name="insurance_kind", type=FieldType.CODE, width=2, map="kinds"),
    Field(name="period", type=FieldType.PERIOD, width=6),
    Field(name="amount_fen", type=FieldType.AMOUNT_YUAN, width=12),
    Field(name="collected_on", type=FieldType.DATE, width=8),
)
HEADER_FIELDS = (
    Field(name="business_on", type=FieldType.DATE, width=8),
    Field(name="batch_no", type=FieldType.TEXT, width=8),
)
TRAILER_FIELDS = (
    Field(name="rows", type=FieldType.COUNT, width=8),
    Field(name="total_fen", type=FieldType.AMOUNT_FEN, width=15),
)
TEXTS = st.text(st.sampled_from("abc 09张𠮷·，　ü"), min_size=1, max_size=5).map(str.strip)


@dataclass(frozen=True)
class Row:
    receipt_no: str
    payer_id: str
    payer_name: str
    insurance_kind: str
    period: str
    amount_fen: int
    collected_on: date

    def texts(self) -> list[str]:
        return [
            self.receipt_no, self.payer_id, self.payer_name, self.insurance_kind, self.period,
            yuan_text(self.amount_fen), f"{self.collected_on:%Y%m%d}",
        ]  # fmt: skip


def layout(
    form: Form = Form.DELIMITED,
    *,
    header: str | None = "H",
    item_tag: str | None = "D",
    trailer: str | None = "T",
    **changes: object,
) -> Layout:
    """A layout with the records named; an empty tag is a record without one."""
    records = [RecordShape(name="item", tag=item_tag or None, fields=ITEM_FIELDS, repeat=True)]
    controls: tuple[Control, ...] = ()
    if header is not None:
        records.insert(0, RecordShape(name="header", tag=header or None, fields=HEADER_FIELDS))
    if trailer is not None:
        records.append(RecordShape(name="trailer", tag=trailer, fields=TRAILER_FIELDS))
        controls = (
            Control(field="trailer.rows", equals="count", of="item"),
            Control(field="trailer.total_fen", equals="sum", of="item.amount_fen"),
        )
    values: dict[str, object] = {
        "partner": "TEST", "name": "list", "form": form, "file_name": "list.txt", "sha256": "0",
        "source": Source.COLLECTIONS, "records": tuple(records), "controls": controls,
        "maps": {"kinds": KINDS}, "day": "item.collected_on" if header is None else
        "header.business_on", "delimiter": "|",
    }  # fmt: skip
    return Layout(**{**values, **changes})  # type: ignore[arg-type]


def content(layout: Layout, rows: list[Row]) -> bytes:
    """A file that follows the layout, written without the product's own writers."""
    lines = []
    for shape in layout.records:
        if shape.name == "header":
            lines.append(_line(layout, shape, ["20260105", "B001"]))
        elif shape.name == "trailer":
            total = str(sum(row.amount_fen for row in rows))
            lines.append(_line(layout, shape, [str(len(rows)), total]))
        else:
            if layout.names:
                lines.append(layout.delimiter.join(f.name for f in shape.fields).encode())
            lines += [_line(layout, shape, row.texts()) for row in rows]
    return b"".join(line + layout.newline.encode() for line in lines)


def _line(layout: Layout, shape: RecordShape, texts: list[str]) -> bytes:
    cells = [text.encode(layout.codec) for text in texts]
    tag = (shape.tag or "").encode()
    if layout.form is Form.FIXED:
        fields = zip(shape.fields, cells, strict=True)
        return tag + b"".join(
            cell.rjust(field.width or 0, b"0") if field.type in NUMERIC else _left(cell, field)
            for field, cell in fields
        )
    if layout.quote:
        mark = layout.quote.encode()
        cells = [mark + cell + mark if b"," in cell else cell for cell in cells]
    return layout.delimiter.encode().join([tag, *cells] if tag else cells)


def _left(cell: bytes, field: Field) -> bytes:
    return cell.ljust(field.width or 0, b" ")


ROWS = st.builds(
    Row,
    receipt_no=st.integers(0, 10**9).map(str),
    payer_id=st.sampled_from(["91330106", "T", "D"]),
    payer_name=TEXTS,
    insurance_kind=st.sampled_from(list(KINDS)),
    period=st.sampled_from(["202601", "202512"]),
    amount_fen=st.one_of(st.integers(0, 10**6), st.just(10**11 - 1)),
    collected_on=st.dates(date(1900, 1, 1), date(2099, 12, 31)),
)

LAYOUTS = st.builds(
    lambda form, encoding, newline, records, delimiter, quote, only: layout(
        form,
        **{
            **records,
            "encoding": encoding,
            "newline": newline,
            "delimiter": delimiter,
            "quote": quote if form is Form.DELIMITED else None,
            "names": records.get("names", False) and form is Form.DELIMITED,
            "only": only,
        },
    ),
    form=st.sampled_from([Form.DELIMITED, Form.FIXED]),
    encoding=st.sampled_from(["utf-8", "gb18030", "gbk"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    records=st.sampled_from([
        {},
        {"item_tag": None},
        {"header": "", "item_tag": None},
        {"header": None, "item_tag": None, "trailer": None},
        {"header": None, "item_tag": None},
        {"trailer": None},
        {"header": None, "item_tag": None, "trailer": None, "names": True},
    ]),
    delimiter=st.sampled_from(["|", ",", "\t"]),
    quote=st.sampled_from([None, '"']),
    only=st.sampled_from([{}, {"insurance_kind": ("pension", "medical")}]),
)  # fmt: skip

ODD_BYTES = st.sampled_from([
    b"", b"\n", b"\r", b"\r\n", b"|", b",", b'"', b'""', b"\t", b" ", b"\x00", b"\x7f", b"\x1f",
    b"\xff", b"\x81", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"-", b"-0", b".", b"0",
    b"T", b"H", b"D", "张".encode(), "张".encode("gb18030"), "１".encode(), b"1e3", b"1_0",
    "　".encode(), "\x85".encode("gb18030"), b"x" * 300,
])  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, original: bytes) -> bytes:
    """The file with bytes replaced, a line repeated, left out or moved, or its end cut off."""
    broken = original
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(broken)))
        what = draw(st.sampled_from(["replace", "insert", "cut", "repeat", "drop", "swap"]))
        if what in ("replace", "insert"):
            until = at + (draw(st.integers(1, 3)) if what == "replace" else 0)
            broken = broken[:at] + draw(ODD_BYTES) + broken[until:]
        elif what == "cut":
            broken = broken[:at]
        else:
            broken = _lines_changed(broken, what, draw(st.integers(0, 20)))
    return broken


def _lines_changed(content: bytes, what: str, number: int) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    at = number % len(lines)
    if what == "repeat":
        lines.insert(at, lines[at])
    elif what == "drop":
        del lines[at]
    else:
        lines[at], lines[-1] = lines[-1], lines[at]
    return b"".join(lines)
