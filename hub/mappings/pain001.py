"""Reads ISO 20022 orders, pain.001 in any version: our own to prove them, others' to learn.

Every count and sum that a message states, of the whole (GrpHdr) and of each group (PmtInf), must be
true. A message may have several groups: the head tells of the first, each row names its own.
pain.008 is built alike and read by the same code (`hub.mappings.pain008`).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from lxml import etree

from hub.domain.money import yuan_display
from hub.errors import Place, Rejected
from hub.mappings import codecs
from hub.mappings.camt_node import plain
from hub.mappings.iso20022 import find, local
from hub.mappings.layout import Field, FieldType
from hub.mappings.pain_node import account, all_words, amount_in, bank, drop, find_in, words
from hub.mappings.record import Reading, Row
from hub.mappings.statement import require_currency
from hub.mappings.xml_stream import events, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.mappings.layout import Layout

    Element = etree._Element  # noqa: SLF001 -- lxml has no public name for it

_AMOUNT: Final = Field(name="amount_fen", type=FieldType.AMOUNT_YUAN)
_COUNT: Final = Field(name="item_count", type=FieldType.COUNT)
_ZEROS: Final = re.compile(r"(\.[0-9]{0,2})0*\Z", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T.*|Z|[+-][0-9:]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What differs between the orders: whose account is ours, and what elements are called."""

    message: str
    transaction: str
    ours: str
    theirs: str
    day: str


CREDIT_TRANSFER: Final = Kind(
    message="pain.001", transaction="CdtTrfTxInf", ours="Dbtr", theirs="Cdtr", day="ReqdExctnDt"
)
DIRECT_DEBIT: Final = Kind(
    message="pain.008", transaction="DrctDbtTxInf", ours="Cdtr", theirs="Dbtr", day="ReqdColltnDt"
)


def read(
    layout: Layout,
    content: BinaryIO,
    *,
    file: str,
    items_max: int,
    line_bytes_max: int,  # noqa: ARG001 -- xml has limits of its own
) -> Reading:
    """Begin to read a pain.001."""
    return read_orders(layout, content, CREDIT_TRANSFER, file=file, items_max=items_max)


def read_orders(
    layout: Layout, content: BinaryIO, kind: Kind, *, file: str, items_max: int
) -> Reading:
    """Begin to read a message of a kind; `message_not_expected` if it is another one."""
    reading = Reading(rows=iter(()))
    reading.rows = _Pass(layout, kind, reading, file=file, items_max=items_max).received(content)
    return reading


def read_proven(layout: Layout, content: BinaryIO, kind: Kind, schema: etree.XMLSchema) -> Reading:
    """Begin to read a message that we wrote, and compare it with its schema on the way.

    `xml_schema_broken` at the first difference. For our own bytes only: what others send is read
    by `read_orders`, which is hardened.
    """
    reading = Reading(rows=iter(()))
    way = _Pass(layout, kind, reading, file="payout", items_max=sys.maxsize)
    reading.rows = way.own(content, schema)
    return reading


@dataclass(slots=True)
class _Sums:
    """What a message or a group states of its payments, and what they really are."""

    at: str
    stated: dict[str, tuple[int, Place]] = field(default_factory=dict)
    count: int = 0
    total: int = 0

    def check(self) -> None:
        for name, found in (("item_count", self.count), ("total_fen", self.total)):
            stated, place = self.stated.get(name, (found, None))
            if stated != found and place is not None:
                shown = str if name == "item_count" else yuan_display
                raise Rejected(
                    "control_differs",
                    place=place,
                    stated=shown(stated),
                    found=shown(found),
                    of=self.at,
                )


class _Pass:
    """One way through one message."""

    def __init__(
        self, layout: Layout, kind: Kind, reading: Reading, *, file: str, items_max: int
    ) -> None:
        self._layout = layout
        self._kind = kind
        self._reading = reading
        self._file = file
        self._items_max = items_max
        self._all = _Sums("GrpHdr")
        self._group = _Sums("PmtInf")
        self._payment_id: str | None = None
        self._groups = 0

    def received(self, content: BinaryIO) -> Iterator[Row]:
        message = find(content, file=self._file)
        if message.name != self._kind.message:
            zh, en = message.words
            raise Rejected(
                "message_not_expected",
                place=Place(file=self._file),
                message=message.name,
                what_zh=zh,
                what_en=en,
                expected=self._kind.message,
            )
        yield from self._rows(events(message.content, file=self._file, encoding="utf-8"))

    def own(self, content: BinaryIO, schema: etree.XMLSchema) -> Iterator[Row]:
        kind = self._kind
        names = ("PmtInfId", "NbOfTxs", "CtrlSum", kind.day, kind.ours, f"{kind.ours}Acct")
        wanted = ("GrpHdr", "PmtInf", kind.transaction, *names, f"{kind.ours}Agt")
        tags = [f"{{*}}{name}" for name in wanted]  # the others need not come up to Python
        parsed = etree.iterparse(
            content, events=("start", "end"), tag=tags, schema=schema, resolve_entities=False
        )
        try:
            yield from self._rows(parsed)
        except etree.XMLSyntaxError as error:
            place = Place(file=self._file, line=error.lineno)
            raise Rejected("xml_schema_broken", place=place, reason=str(error.msg)[:300]) from error

    def _rows(self, found: Iterable[tuple[str, Element]]) -> Iterator[Row]:
        for event, element in found:
            name = local(element)
            if event == "start":
                if name == "PmtInf":
                    self._begin()
                continue
            above = element.getparent()
            parent = "" if above is None else local(above)
            if name == self._kind.transaction:
                yield self._row(element, parent)
                drop(element)
            elif name == "GrpHdr":
                self._header(element)
            elif parent == "PmtInf":
                self._of_group(name, element)
            elif name == "PmtInf":
                self._end_group(element)
                element.clear()
        if "header.message_id" not in self._reading.head:
            raise Rejected("record_missing", place=Place(file=self._file), record="GrpHdr")
        self._all.check()

    def _begin(self) -> None:
        self._groups += 1
        self._group = _Sums("PmtInf")
        self._payment_id = None

    def _header(self, element: Element) -> None:
        self._set("header.message_id", words(element, "MsgId"))
        self._set("header.created_at", words(element, "CreDtTm"))
        self._set("header.initiator", words(element, "InitgPty/Nm"))
        for name, tag, of in (
            ("item_count", "NbOfTxs", _COUNT),
            ("total_fen", "CtrlSum", _AMOUNT),
        ):
            self._state(self._all, name, find_in(element, tag), of)
            self._set(f"header.{name}", self._all.stated.get(name, (None, None))[0])

    def _of_group(self, name: str, element: Element) -> None:
        ours = self._kind.ours
        if name == "PmtInfId":
            self._payment_id = plain(element.text or "")
            self._first("id", self._payment_id)
        elif name == "NbOfTxs":
            self._state(self._group, "item_count", element, _COUNT)
        elif name == "CtrlSum":
            self._state(self._group, "total_fen", element, _AMOUNT)
        elif name == self._kind.day:
            text = "".join(str(part) for part in element.itertext()).strip()
            self._first("requested_on", self._day(text, element))
        elif name == ours:
            self._first("account_name", words(element, "Nm"))
        elif name == f"{ours}Acct":
            self._first("account_no", account(element))
        elif name == f"{ours}Agt":
            self._first("bank_no", bank(element))

    def _row(self, element: Element, parent: str) -> Row:
        theirs, name = self._kind.theirs, self._kind.transaction
        place = Place(file=self._file, line=line_of(element))
        if parent != "PmtInf":  # whether it counts is unknown
            raise Rejected("xml_element_misplaced", place=place, element=name, within=parent)
        amount = self._amount(element, place)
        currency = plain(amount.get("Ccy") or "") or None
        require_currency(self._layout.options.get("currency"), currency, place)
        fen = self._number(amount, _AMOUNT)
        for sums in (self._all, self._group):
            sums.count += 1
            sums.total += fen
        if self._all.count > self._items_max:
            raise Rejected("items_too_many", place=place, items_max=self._items_max)
        values: dict[str, Any] = {
            "item_no": words(element, "PmtId/InstrId"),
            "end_to_end_id": words(element, "PmtId/EndToEndId"),
            "amount_fen": fen,
            "currency": currency,
            "bank_no": bank(find_in(element, f"{theirs}Agt")),
            "account_name": words(element, f"{theirs}/Nm"),
            "account_no": account(find_in(element, f"{theirs}Acct")),
            "purpose": all_words(element, "RmtInf/Ustrd")
            or all_words(element, "RmtInf/Strd/CdtrRefInf/Ref"),
            "payment_id": self._payment_id,
            **self._mandate(element),
        }
        return Row(self._all.count, values)

    def _amount(self, element: Element, place: Place) -> Element:
        """Return the amount, which may be what a payment in another currency is worth."""
        amount = amount_in(element)
        if amount is None:
            raise Rejected("field_missing", place=replace(place, field="InstdAmt"))
        paid_in = words(element, "Amt/EqvtAmt/CcyOfTrf")
        if paid_in is not None:
            text = f"the amount is paid as its equivalent in {codecs.shown(paid_in)}"
            self._reading.note(place, text)
        return amount

    def _mandate(self, element: Element) -> dict[str, str | None]:
        """Return what a direct debit says of its mandate; payments have none."""
        if self._kind is CREDIT_TRANSFER:
            return {}
        at = "DrctDbtTx/MndtRltdInf"
        return {
            "mandate_no": words(element, f"{at}/MndtId"),
            "mandate_on": words(element, f"{at}/DtOfSgntr"),
        }

    def _end_group(self, element: Element) -> None:
        if self._group.count == 0:
            place = Place(file=self._file, line=line_of(element))
            raise Rejected("record_missing", place=place, record=self._kind.transaction)
        self._group.check()

    def _state(self, sums: _Sums, name: str, element: Element | None, of: Field) -> None:
        if element is not None:
            place = Place(file=self._file, line=line_of(element), field=local(element))
            sums.stated[name] = (self._number(element, of), place)

    def _number(self, element: Element, of: Field) -> int:
        place = Place(file=self._file, line=line_of(element), field=local(element))
        text = _ZEROS.sub(r"\1", (element.text or "").strip()).removesuffix(".")
        return int(str(codecs.parse(text, of, {}, place)))

    def _day(self, text: str, element: Element) -> date | None:
        found = _DAY.fullmatch(text)
        try:
            return date.fromisoformat(found[1] if found else "")
        except ValueError:
            place = Place(file=self._file, line=line_of(element), field=local(element))
            shown = codecs.shown(text)
            raise Rejected("date_malformed", place=place, found=shown, format="%Y-%m-%d") from None

    def _first(self, name: str, value: str | date | None) -> None:
        if self._groups == 1:
            self._set(f"payment.{name}", value)

    def _set(self, name: str, value: str | int | date | None) -> None:
        self._reading.head[name] = value
