"""Reads statements as staff download them: a table of entries among other lines.

The table begins below the line that has every declared column. From there on each line must be an
entry, a line of totals, or begin with a declared word: nothing is skipped silently. Amounts stand
in one signed column (`amount_fen`), in one with a direction beside it (`direction`, a code whose
map leads to `credit` or `debit`), or in two (`credit_fen`, `debit_fen`). A column `balance_fen` is
proven line by line (`sheet_proof`); options are those of `sheet_options` and `statement`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.domain.bank_statement import Head
from hub.domain.money import parse_yuan
from hub.errors import Place, Rejected
from hub.mappings import codecs
from hub.mappings.layout import FieldType
from hub.mappings.record import Deviation, Reading
from hub.mappings.sheet_cells import Line, Table, tables
from hub.mappings.sheet_options import SheetOptions
from hub.mappings.sheet_proof import SheetProof
from hub.mappings.statement import Booking, Bookings, require_account, require_currency
from hub.mappings.text_records import located

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.mappings.layout import Field, Layout
    from hub.mappings.record import Row
    from hub.mappings.sheet_cells import Cell

    Value = str | int | date | None

HEADER_LINES_MAX: Final = 200  # a table begins within so many lines

_AMOUNT: Final = re.compile(r"([+-]?)(.*)", re.DOTALL)
_SEPARATED: Final = re.compile(codecs.SEPARATED, re.ASCII)
_TIME: Final = re.compile(r"[ T]*[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\Z", re.ASCII)
_SIGNS: Final = {"credit": 1, "debit": -1}
_ACCOUNT: Final = re.compile(
    r"(?:账号|帐号|账户|帐户|卡号)[^0-9]{0,20}([0-9][0-9 -]{6,40}[0-9])", re.ASCII
)


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Begin to read a downloaded statement; its table is found before the first row is asked."""
    del line_bytes_max  # the whole file has a limit: sheet_cells.FILE_BYTES_MAX
    options = SheetOptions.of(layout)
    found = tables(content, file=file, encodings=options.encodings, delimiter=layout.delimiter)
    begun = _the_one(layout, options, found, file)
    reading = Reading(rows=iter(()))
    reading.rows = _Reader(layout, options, begun, file, reading).rows(items_max)
    return reading


@dataclass(frozen=True, slots=True)
class _Begun:
    """A table whose line of names was found; `columns` says where each field stands."""

    table: Table
    header: int  # index of the line of names
    columns: Mapping[str, int]


def _the_one(layout: Layout, options: SheetOptions, found: Iterator[Table], file: str) -> _Begun:
    """Return the one table with the layout's columns."""
    begun: list[_Begun] = []
    best: tuple[int, str] = (-1, "")
    for table in found:
        if options.sheet is not None and table.name != options.sheet:
            continue
        for index, line in enumerate(table.lines[:HEADER_LINES_MAX]):
            columns, missing = _columns(layout, line, file)
            if not missing:
                begun.append(_Begun(table, index, columns))
                break
            best = max(best, (len(columns), missing[0]), key=lambda one: one[0])
    if not begun:
        raise Rejected("sheet_without_table", place=Place(file=file), column=best[1])
    if len(begun) > 1:
        names = ", ".join(one.table.name for one in begun)
        raise Rejected("sheet_ambiguous", place=Place(file=file), sheets=names)
    return begun[0]


def _columns(layout: Layout, line: Line, file: str) -> tuple[dict[str, int], list[str]]:
    """Return where a line of names has the layout's columns, and which it lacks."""
    wanted = {field.name: field.column for field in layout.item.fields if field.column is not None}
    missing = [column for column in wanted.values() if column not in line.cells]
    twice = [column for column in wanted.values() if line.cells.count(column) > 1]
    if twice and not missing:
        place = Place(file=file, line=line.number)
        raise Rejected("column_twice", place=place, column=twice[0])
    columns = {name: line.cells.index(c) for name, c in wanted.items() if c in line.cells}
    return columns, missing


class _Reader:
    def __init__(
        self, layout: Layout, options: SheetOptions, begun: _Begun, file: str, reading: Reading
    ) -> None:
        self._layout = layout
        self._options = options
        self._begun = begun
        self._file = file
        self._reading = reading
        self._bookings = Bookings(layout)
        self._fields = [f for f in layout.item.fields if f.name in begun.columns]
        self._proof = SheetProof(options.proof == "record", reading.deviations)
        self._year, self._month = self._above()

    def rows(self, items_max: int) -> Iterator[Row]:
        """Yield a row for each entry, then complete the head."""
        lines = self._begun.table.lines
        names = lines[self._begun.header].cells
        for line in lines[self._begun.header + 1 :]:
            first = line.first
            if not first or line.cells == names or first.startswith(self._options.skip):
                continue
            if first.startswith(self._options.totals):
                self._proof.check_totals(self._totals(line), self._place(line))
                continue
            if self._bookings.count >= items_max:
                raise Rejected("items_too_many", place=self._place(line), items_max=items_max)
            yield self._bookings.row(self._booking(line))
        self._complete()

    def _above(self) -> tuple[int, int]:
        """Look at the lines above the table: whose account, and of which year and month."""
        above = self._begun.table.lines[: self._begun.header]
        text = "\n".join(str(cell) for line in above for cell in line.cells if cell != "")
        account = self._layout.options.get("account")
        if account is not None and str(account) not in text:
            require_account(self._layout, None, Place(file=self._file))
        if self._options.year_pattern is None:
            return 0, 0
        found = re.search(self._options.year_pattern, text)
        if found is None:
            raise Rejected("sheet_without_year", place=Place(file=self._file))
        return int(found[1]), int(found[2])

    def _booking(self, line: Line) -> Booking:
        values = {field.name: self._value(field, line) for field in self._fields}
        place = self._place(line)
        fen = self._signed(values, place)
        currency = values.get("currency")
        require_currency(self._layout.options.get("currency"), currency, place)  # type: ignore[arg-type]
        balance, on = values.get("balance_fen"), values["credited_on"]
        if not isinstance(on, date):
            raise Rejected("field_missing", place=replace(place, field="credited_on"))
        self._proof.add(fen, balance if isinstance(balance, int) else None, place)
        reference, narrative = values.get("deposit_no"), values.get("narrative")
        own = {k: v for k, v in values.items() if k not in ("deposit_no", "narrative", "direction")}
        return Booking(
            line=line.number,
            amount_fen=fen,
            credited_on=on,
            narrative=str(narrative) if narrative else None,
            references=(str(reference),) if reference else (),
            own={**own, "amount_fen": fen},
            details={"reference": str(reference) if reference else None}
            if self._layout.source is None
            else None,
        )

    def _signed(self, values: dict[str, Value], place: Place) -> int:
        """Return an entry's amount, credits positive, from whichever columns say it."""
        one, into, out = (values.get(n) for n in ("amount_fen", "credit_fen", "debit_fen"))
        given = [value for value in (one, into, out) if isinstance(value, int)]
        if len([value for value in given if value]) > 1:
            raise Rejected("sheet_amount_twice", place=place)
        if not given:
            raise Rejected("field_missing", place=replace(place, field="amount_fen"))
        if isinstance(one, int):
            sign = _SIGNS.get(str(values.get("direction")), 1)
            return one * sign * _SIGNS[self._options.positive]
        return (into if isinstance(into, int) else 0) - (out if isinstance(out, int) else 0)

    def _value(self, field: Field, line: Line) -> Value:
        """Return the value of one cell; a balance that nobody can read may be only noted."""
        index = self._begun.columns[field.name]
        cell = line.cells[index] if index < len(line.cells) else ""
        try:
            return self._parsed(cell, field)
        except Rejected as error:
            refusal = located(error, replace(self._place(line), field=field.column))
            if field.name != "balance_fen" or self._options.proof == "refuse":
                raise refusal from error
            self._proof.note(refusal)
            return None

    def _parsed(self, cell: Cell, field: Field) -> Value:
        if isinstance(cell, date):
            return cell if field.type is FieldType.DATE else cell.isoformat()
        if field.type is FieldType.AMOUNT_YUAN:
            return self._amount(cell, field)
        if field.type is FieldType.DATE:
            cell = _TIME.sub("", cell)
            if self._year and cell:
                month = cell[:2]
                later = month.isascii() and month.isdigit() and int(month) > self._month
                cell = f"{self._year - later}/{cell}"  # a bill of January has days of December
        if field.type is FieldType.TEXT:
            cell = " ".join(cell.split())
        return codecs.parse(cell, field, self._layout.maps)

    def _amount(self, text: str, field: Field) -> int | None:
        if text in ("", *self._options.blank):
            if field.required:
                raise Rejected("field_missing")
            return None
        found = _AMOUNT.fullmatch(text)
        sign, plain = (found[1], found[2]) if found else ("", text)
        if field.separators and _SEPARATED.fullmatch(plain):
            plain = plain.replace(",", "")
        if plain.startswith("-"):  # two signs
            plain = text
        return parse_yuan(plain) * (-1 if sign == "-" else 1)

    def _totals(self, line: Line) -> dict[str, int]:
        """Return what a line of totals states, by the amount column under which it stands."""
        stated: dict[str, int] = {}
        for field in self._fields:
            if field.name in ("amount_fen", "credit_fen", "debit_fen"):
                value = self._value(replace(field, required=False), line)
                if isinstance(value, int):
                    flip = field.name == "amount_fen" and self._options.positive == "debit"
                    stated[field.name] = -value if flip else value
        return stated

    def _complete(self) -> None:
        if self._options.totals_required and not self._proof.totals:
            raise Rejected("sheet_without_totals", place=Place(file=self._file))
        head, proof = self._reading.head, self._proof
        head["header.proof"] = proven = proof.finish()
        if proven == "none" and not self._begun.table.ended:
            last = self._begun.table.lines[-1]
            raise Rejected("line_unfinished", place=self._place(last))
        if proven == "none" and proof.count:
            words = "no totals and no balances that prove it: the list may not be complete"
            self._reading.deviations.append(Deviation(place=Place(file=self._file), text=words))
        self._reading.statements.append(self._head())
        head["header.opening_fen"] = proof.opening_fen
        head["header.closing_fen"] = proof.closing_fen
        head["header.entries"] = proof.count
        head["header.credit_fen"] = proof.credit_fen
        head["header.debit_fen"] = proof.debit_fen

    def _head(self) -> Head:
        """Return what the list says of itself; its days are those of its rows."""
        above = self._begun.table.lines[: self._begun.header]
        text = "\n".join(str(cell) for line in above for cell in line.cells if cell != "")
        found = _ACCOUNT.search(text)
        account = self._layout.options.get("account") or (found[1] if found else None)
        proof = self._proof
        return Head(
            account_no=str(account) if account else None,
            reference=None,
            sequence_no=None,
            interim=False,
            first_on=None,
            last_on=None,
            opening_fen=proof.opening_fen,
            closing_fen=proof.closing_fen,
            rows=proof.count,
        )

    def _place(self, line: Line) -> Place:
        return Place(file=self._file, line=line.number)
