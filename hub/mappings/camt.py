"""Reads ISO 20022 camt.052, .053 and .054 of any version: one row a booked entry of the account.

Rows come while the file streams; each statement is proven when it ends (`camt_balances`), so the
last row is not the end: a refusal may follow it. Entries that are not booked (`PDNG`, `INFO`,
`FUTR`) are counted and give no row. A batch stays one entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from hub.domain.bank_statement import Head
from hub.domain.money import yuan_text
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.mappings.camt_balances import prove, read_balance
from hub.mappings.camt_details import read_details
from hub.mappings.camt_entries import day, read_entry
from hub.mappings.camt_node import Node, forget, text_of
from hub.mappings.camt_statement import Statement
from hub.mappings.camt_totals import check_totals, read_totals
from hub.mappings.codecs import shown
from hub.mappings.iso20022 import STATEMENTS, local, require_statement
from hub.mappings.layout import Form
from hub.mappings.record import Reading
from hub.mappings.statement import Booking, Bookings, masked, require_account, require_currency
from hub.mappings.xml_schema import deviations
from hub.mappings.xml_stream import events, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.mappings.camt_balances import Balance
    from hub.mappings.camt_entries import Entry
    from hub.mappings.iso20022 import Element, Message
    from hub.mappings.layout import Layout
    from hub.mappings.record import Row


_PARTS: Final = frozenset(STATEMENTS.values())
_ROOT_BEGINNING: Final = "BkToCstmr"  # of the parent of a statement
_NUMBERS: Final = ("ElctrncSeqNb", "RptgSeq")
_PROOFS: Final = ("balances", "totals", "none")  # from strong to weak


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Begin to read a camt message; `Rejected` at once if it is another kind of message."""
    del line_bytes_max  # XML has no lines to limit
    message = require_statement(content, file=file, encoding=layout.encoding)
    reading = Reading(rows=iter(()))
    reading.head["header.message"] = message.name
    reading.head["header.version"] = message.version
    reading.rows = _Reader(layout, message, file, items_max, reading).rows()
    return reading


class _Reader:
    def __init__(
        self, layout: Layout, message: Message, file: str, items_max: int, reading: Reading
    ) -> None:
        self._layout = layout
        self._message = message
        self._file = file
        self._items_max = items_max
        self._reading = reading
        self._bookings = Bookings(layout)
        self._seen: set[tuple[str | None, ...]] = set()
        self._proofs: list[str] = []
        self._not_booked = 0
        self._created = ""  # when the message was
        self._in_detail = layout.form is Form.CAMT and layout.source is None

    def rows(self) -> Iterator[Row]:
        """Yield a row for each booked entry, then complete the head."""
        path: list[str] = []
        statement: Statement | None = None
        depth = 0  # of the statement's element
        content, encoding = self._message.content, self._layout.encoding
        for event, element in events(content, file=self._file, encoding=encoding):
            if event == "start":
                path.append(local(element))
                if statement is None and _is_statement(path):
                    statement, depth = Statement(self._place(element)), len(path)
                elif path[-1] == "Ntry" and (statement is None or len(path) - 1 != depth):
                    self._misplaced(path, element)
                continue
            name = path.pop()
            if statement is None:
                if path[-1:] == ["GrpHdr"]:
                    self._header(name, element)
            elif len(path) == depth:
                if name == "Ntry":
                    yield from self._entry(statement, element)
                else:
                    self._part(statement, name, element)
                forget(element)
            elif len(path) < depth:
                self._finish(statement)
                statement = None
                forget(element)
        self._complete()

    def _misplaced(self, path: list[str], element: Element) -> None:
        """Refuse an entry outside a statement, or deeper in it: whether it counts is unknown."""
        if "SplmtryData" not in path:  # what stands there is the bank's own
            place, within = self._place(element), "/".join(path[-3:-1])
            raise Rejected("xml_element_misplaced", place=place, element="Ntry", within=within)

    def _header(self, name: str, element: Element) -> None:
        head = self._reading.head
        if name == "MsgId":
            head.setdefault("header.message_id", text_of(element) or None)
        elif name == "CreDtTm":
            self._created = text_of(element)
        elif name == "MsgPgntn":
            self._page(Node.of(element), self._place(element))

    def _part(self, statement: Statement, name: str, element: Element) -> None:
        """Note one element of a statement that is no entry."""
        place, node = self._place(element), Node.of(element)
        match name:
            case "Id":
                statement.identity = node.text
            case "Acct":
                statement.account = node.account()
                statement.currency = node.words("Ccy")
                require_account(self._layout, statement.account, place)
            case "ElctrncSeqNb" | "LglSeqNb" | "RptgSeq" | "CreDtTm":
                statement.numbers += (name, node.text)
                if name in _NUMBERS:
                    statement.sequence_no = whole(node.text) or statement.sequence_no
                elif name == "CreDtTm":
                    statement.created = node.text
            case "FrToDt":
                statement.since = day(node, "FrDtTm", place) or day(node, "FrDt", place)
                statement.until = day(node, "ToDtTm", place) or day(node, "ToDt", place)
                statement.numbers += (str(statement.until), node.words("FrDtTm") or "")
            case "StmtPgntn" | "RptPgntn" | "NtfctnPgntn":
                statement.numbers += ("page", node.words("PgNb") or "")
                self._page(node, place)
            case "Bal":
                self._balance(statement, node, place)
            case "TxsSummry":
                statement.totals += read_totals(node, place)

    def _balance(self, statement: Statement, node: Node, place: Place) -> None:
        balance = read_balance(node, place)
        if balance is None:
            self._reading.note(place, "the balance has no amount")
            return
        self._currency(statement, balance.currency, balance.place)
        statement.balances.append(balance)

    def _entry(self, statement: Statement, element: Element) -> Iterator[Row]:
        node = Node.entry(element)
        entry = read_entry(node, self._place(element))
        self._currency(statement, entry.currency, entry.place)
        if entry.oddity is not None:
            self._reading.note(entry.place, entry.oddity)
        statement.every.add(entry)
        if not entry.booked:
            self._not_booked += 1
            return
        statement.booked.add(entry)
        if entry.details_fen is not None and statement.doubtful is None:
            statement.doubtful = entry
        if self._bookings.count >= self._items_max:
            raise Rejected("items_too_many", place=entry.place, items_max=self._items_max)
        yield self._bookings.row(
            Booking(
                line=self._bookings.count + 1,
                amount_fen=entry.amount_fen,
                credited_on=self._day(statement, entry),
                narrative=entry.narrative,
                references=entry.references,
                details=read_details(node, entry) if self._in_detail else None,
            )
        )

    def _day(self, statement: Statement, entry: Entry) -> date:
        """Return when an entry was booked; the day of its statement if it has none itself."""
        on = entry.booked_on or entry.valued_on
        if on is not None:
            return on
        on = statement.own_day(self._created, entry.place)
        if on is None:
            raise Rejected("entry_without_day", place=entry.place)
        self._reading.note(entry.place, f"the entry has no date; the statement's day {on} is taken")
        return on

    def _currency(self, statement: Statement, found: str | None, place: Place) -> None:
        """Every amount of an account is in its currency, and in the layout's if it names one."""
        require_currency(self._layout.options.get("currency"), found, place)
        statement.currency = statement.currency or found
        require_currency(statement.currency, found, place)

    def _finish(self, statement: Statement) -> None:
        """Prove a statement, and that the file holds it once."""
        identity, place = statement.identity, statement.place
        key = (identity, statement.account, *statement.numbers)
        if identity and key in self._seen:
            raise Rejected("statement_twice", place=place, statement=shown(identity))
        self._seen.add(key)
        if statement.account is None and self._layout.options.get("account") is not None:
            require_account(self._layout, None, place)
        proven = prove(identity, statement.balances, statement.booked, self._reading.note)
        check_totals(identity, statement.totals, statement.booked, statement.every)
        self._settle_doubt(statement, proven=bool(proven or statement.totals))
        self._proofs.append("balances" if proven else "totals" if statement.totals else "none")
        if not proven and not statement.totals and self._message.name == "camt.053":
            self._reading.note(
                place, "no two balances and no totals: nothing proves that it is complete"
            )
        self._keep(statement, proven)
        if len(self._proofs) > 1:
            return
        head = self._reading.head
        head["header.statement_id"] = identity or None
        head["header.account"] = masked(statement.account) if statement.account else None
        head["header.currency"] = statement.currency
        if statement.until is not None:
            head["header.closing_on"] = statement.until
        if proven:
            opening, closing, opened = proven
            head["header.opening_fen"] = opened
            head["header.closing_fen"] = opened + statement.booked.net_fen
            head["header.opening_on"] = opening.on
            head["header.closing_on"] = closing.on or statement.until

    def _keep(self, statement: Statement, proven: tuple[Balance, Balance, int] | None) -> None:
        """Note what the statement says of itself."""
        _, closing, opened = proven or (None, None, None)
        closing_on = closing.on if closing is not None else None
        self._reading.statements.append(
            Head(
                account_no=statement.account,
                reference=statement.identity or None,
                sequence_no=statement.sequence_no,
                interim=self._message.name != "camt.053",
                first_on=statement.since or closing_on or statement.until,
                last_on=closing_on or statement.until,
                opening_fen=opened,
                closing_fen=None if opened is None else opened + statement.booked.net_fen,
                rows=statement.booked.count,
            )
        )

    def _settle_doubt(self, statement: Statement, *, proven: bool) -> None:
        """Refuse an entry that disagrees with its details, unless the statement adds up with it."""
        entry = statement.doubtful
        if entry is None or entry.details_fen is None:
            return
        stated, details = yuan_text(abs(entry.amount_fen)), yuan_text(entry.details_fen)
        if not proven:
            raise Rejected(
                "entry_details_differ", place=entry.place, expected=stated, found=details
            )
        self._reading.note(entry.place, f"the details add up to {details}, not to {stated}")

    def _complete(self) -> None:
        if not self._proofs:
            raise Rejected("message_without_statement", place=Place(file=self._file))
        head, bookings = self._reading.head, self._bookings
        head["header.statements"] = len(self._proofs)
        head["header.entries"] = bookings.count
        head["header.not_booked"] = self._not_booked
        head["header.credit_fen"] = bookings.credit_fen
        head["header.debit_fen"] = bookings.debit_fen
        head["header.proof"] = max(self._proofs, key=_PROOFS.index)  # the weakest
        found = self._reading.deviations
        found += deviations(self._layout, self._message.content, file=self._file)
        if self._layout.strict and found:
            raise Rejected("xml_schema_broken", place=found[0].place, reason=found[0].text)

    def _page(self, node: Node, place: Place) -> None:
        if (node.words("LastPgInd") or "true").lower() in ("false", "0"):
            page = shown(node.words("PgNb") or "?")
            self._reading.note(place, f"page {page} is not the last; more must come")

    def _place(self, element: Element) -> Place:
        return Place(file=self._file, line=line_of(element))


def _is_statement(path: list[str]) -> bool:
    return len(path) > 1 and path[-1] in _PARTS and path[-2].startswith(_ROOT_BEGINNING)
