"""Turns a file of any form into statements of our own accounts, and their lines.

A layout is such a statement if it is named `statement`, or begins so (`statement_xls`), carries no
facts and comes in. Forms that describe their records name the fields of a line as below; amounts
are signed by `direction` (`credit`, `debit`), or stand in `credit_fen` and `debit_fen`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.domain.bank_statement import Head, StatementLine
from hub.domain.facts import Source
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.mappings.layout import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row

NAME: Final = "statement"

_BY_STATEMENT: Final = frozenset({Form.CAMT, Form.MT940, Form.SHEET})
_SIDES: Final = frozenset({Source.CREDITS, Source.DEPOSITS})
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{7,34}", re.ASCII)


def is_statement(layout: Layout) -> bool:
    """Tell whether files of a layout are statements of our own accounts and nothing else."""
    named = layout.name.split("_")[0] == NAME
    return named and layout.source is None and layout.direction == "in"


def may_be_statement(layout: Layout) -> bool:
    """Tell whether a file of facts is a statement of an account too, such as 财政专户."""
    return layout.source in _SIDES and layout.form in _BY_STATEMENT


def plain_layout(layout: Layout) -> Layout:
    """Return the layout as it is read for lines: every row, with all that it says."""
    return replace(layout, source=None, only={})


def heads(layout: Layout, reading: Reading, count: int) -> list[Head]:
    """Return the statements of a reading whose rows have ended; `count` are its rows."""
    if reading.statements or layout.form in _BY_STATEMENT:
        return reading.statements
    head: dict[str, Any] = {}
    for name, value in reading.head.items():
        if value is not None:
            head.setdefault(name.partition(".")[2], value)
    return [
        Head(
            account_no=_text(head.get("account")) or _text(layout.options.get("account")),
            reference=_text(head.get("reference")),
            sequence_no=_whole(head.get("sequence_no")),
            interim=False,
            first_on=head.get("first_on"),
            last_on=head.get("last_on"),
            opening_fen=head.get("opening_fen"),
            closing_fen=head.get("closing_fen"),
            rows=count,
        )
    ]


def lines(layout: Layout, reading: Reading, *, file: str) -> Iterator[StatementLine]:
    """Yield the lines of a reading in their order."""
    for number, row in enumerate(reading.rows, start=1):
        yield _line(layout, row, number, file)


def names_of(line: StatementLine) -> list[str]:
    """Return the words of a line that may name a payment or a batch of ours."""
    words = [*line.end_to_end_ids, line.message_id, line.reference]
    found = [word for word in words if word]
    return found + _WORD.findall(line.narrative or "")


def _line(layout: Layout, row: Row, number: int, file: str) -> StatementLine:
    values = row.values
    place_line = values.get("place_line")
    place = Place(file=file, line=row.line, byte_offset=row.byte_offset)
    on = values.get("credited_on")
    if on is None:
        raise Rejected("bank_line_without_day", place=place)
    ids = values.get("end_to_end_ids") or values.get("end_to_end_id")
    return StatementLine(
        number=number,
        booked_on=on,  # type: ignore[arg-type]  # the layout's checks say that it is a day
        amount_fen=_signed(layout, row, place),
        reference=_text(values.get("reference")),
        narrative=_text(values.get("narrative")),
        party_name=_text(values.get("party_name")),
        party_account=_text(values.get("party_account")),
        end_to_end_ids=tuple(str(ids).split()) if ids else (),
        message_id=_text(values.get("message_id")),
        code=_text(values.get("code")),
        is_return=bool(values.get("is_return")),
        place_line=place_line if isinstance(place_line, int) else row.line,
        place_byte=row.byte_offset,
    )


def _signed(layout: Layout, row: Row, place: Place) -> int:
    """Return a row's amount, receipts positive; statement forms give it so."""
    values = row.values
    if layout.form not in _BY_STATEMENT:
        into, out = values.get("credit_fen"), values.get("debit_fen")
        if isinstance(into, int) or isinstance(out, int):
            return (into if isinstance(into, int) else 0) - (out if isinstance(out, int) else 0)
    fen = values.get("amount_fen")
    if not isinstance(fen, int):
        raise Rejected("bank_line_without_amount", place=place)
    if layout.form not in _BY_STATEMENT and values.get("direction") == "debit":
        return -fen
    return fen


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _whole(value: object) -> int | None:
    return whole(str(value))
