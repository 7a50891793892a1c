"""Reads ISO 20022 pacs.004 of any version: payments that come back, one row each.

The number of returns and their sum, if the message states them, must be true. `GrpRtr` returns
everything of an earlier message without naming the payments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.domain.money import yuan_display
from hub.domain.payout_answer import Scope, Standing
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.mappings.camt_entries import day, unsigned_fen
from hub.mappings.camt_node import Node
from hub.mappings.iso20022 import local
from hub.mappings.pain002 import drop_before, end_to_end_of, reason_of, require
from hub.mappings.record import Reading, Row
from hub.mappings.statement import require_currency
from hub.mappings.xml_schema import deviations
from hub.mappings.xml_stream import events, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.mappings.iso20022 import Element, Message
    from hub.mappings.layout import Layout

MESSAGE: Final = "pacs.004"
STATUS: Final = "RTRN"  # what a row's status is called: the message has no word for it


def read(
    layout: Layout,
    content: BinaryIO,
    *,
    file: str,
    items_max: int,
    line_bytes_max: int,  # noqa: ARG001 -- xml has limits of its own
) -> Reading:
    """Begin to read a pacs.004; any other message is refused by its name."""
    message = require(MESSAGE, content, file=file)
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
        self._original: str | None = None
        self._settled_on: date | None = None
        self._whole: Row | None = None
        self._count = self._total_fen = 0

    def rows(self) -> Iterator[Row]:
        """Yield the returns, then check count and sum."""
        header: Node | None = None
        place = Place(file=self._file)
        for event, element in events(self._message.content, file=self._file, encoding="utf-8"):
            if event == "start":
                continue
            name = local(element)
            if name == "GrpHdr":
                header, place = Node.of(element), self._place(element)
                self._settled_on = day(header, "IntrBkSttlmDt", place)
                self._reading.head["header.message_id"] = header.words("MsgId")
            elif name == "OrgnlGrpInf" and self._original is None:
                node = Node.of(element)
                self._original = node.words("OrgnlMsgId")
                if header is not None and header.words("GrpRtr") in ("true", "1"):
                    self._whole = self._row(node.all("RtrRsnInf"), place, Scope.FILE, {})
            elif name == "TxInf":
                yield self._item(Node.of(element), self._place(element))
                drop_before(element)
        if self._whole is not None:
            yield self._whole
        elif self._count == 0:
            raise Rejected("answer_says_nothing", place=Place(file=self._file))
        if header is not None and self._whole is None:
            self._check(header, place)
        head = self._reading.head
        head["header.answers"] = self._count
        head["header.total_fen"] = self._total_fen
        self._reading.deviations += deviations(self._layout, self._message.content, file=self._file)

    def _item(self, node: Node, place: Place) -> Row:
        amount = node.only("RtrdIntrBkSttlmAmt", place) or node.only("RtrdInstdAmt", place)
        node.only("OrgnlEndToEndId", place)
        if amount is None:
            raise Rejected("field_missing", place=replace(place, field="RtrdIntrBkSttlmAmt"))
        require_currency(self._layout.options.get("currency"), amount.currency, place)
        fen = unsigned_fen(amount, replace(place, field="RtrdIntrBkSttlmAmt"))
        self._total_fen += fen
        original = node.child("OrgnlTxRef") or Node("", None, {}, plain=True)
        values: dict[str, Any] = {
            "end_to_end_id": end_to_end_of(node.words("OrgnlEndToEndId")),
            "item_no": node.words("OrgnlInstrId"),
            "message_id": node.words("OrgnlGrpInf", "OrgnlMsgId") or self._original,
            "account_no": original.account("CdtrAcct"),
            "amount_fen": fen,
            "settled_on": day(node, "IntrBkSttlmDt", place) or self._settled_on,
            "reference": node.words("RtrId") or node.words("ClrSysRef"),
        }
        return self._row(node.all("RtrRsnInf"), place, Scope.ITEM, values)

    def _row(
        self, reasons: Iterator[Node], place: Place, scope: Scope, values: dict[str, Any]
    ) -> Row:
        self._count += 1
        if self._count > self._items_max:
            raise Rejected("items_too_many", place=place, items_max=self._items_max)
        known: dict[str, Any] = {
            "scope": scope.value,
            "raw_status": STATUS,
            "result": Standing.RETURNED.value,
            "message_id": self._original,
            **reason_of(reasons),
        }
        return Row(self._count, {**known, **values})

    def _check(self, header: Node, place: Place) -> None:
        stated = header.words("NbOfTxs")
        if stated is not None and whole(stated) != self._count:
            self._differs(place, "NbOfTxs", stated, str(self._count))
        for name in ("TtlRtrdIntrBkSttlmAmt", "CtrlSum"):
            node = header.child(name)
            if node is not None:
                fen = unsigned_fen(node, replace(place, field=name))
                if fen != self._total_fen:
                    self._differs(place, name, yuan_display(fen), yuan_display(self._total_fen))

    def _differs(self, place: Place, name: str, stated: str, found: str) -> None:
        at = replace(place, field=name)
        raise Rejected("control_differs", place=at, stated=stated, found=found, of="TxInf")

    def _place(self, element: Element) -> Place:
        return Place(file=self._file, line=line_of(element))
