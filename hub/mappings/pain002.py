"""Reads ISO 20022 pain.002 of any version: what became of our orders, one row an answer.

A report speaks on three levels: of single payments (TxInfAndSts), of a group of them
(OrgnlPmtInfAndSts), of the whole message (OrgnlGrpInfAndSts). Rows of single payments come first; a
wider answer follows what it encloses, and counts for the payments that were not named.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.domain.payout_answer import Scope
from hub.domain.reasons import OWN
from hub.errors import Place, Rejected
from hub.mappings.camt_entries import day, unsigned_fen
from hub.mappings.camt_node import Node, text_of
from hub.mappings.iso20022 import find, local
from hub.mappings.pain002_totals import Totals
from hub.mappings.record import Reading, Row
from hub.mappings.statement import require_currency
from hub.mappings.xml_schema import deviations
from hub.mappings.xml_stream import events, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.iso20022 import Element, Message
    from hub.mappings.layout import Layout

MESSAGE: Final = "pain.002"
ITEM: Final = "TxInfAndSts"
TEXT_CHARS_MAX: Final = 1000

_REFERENCES: Final = (("AcctSvcrRef",), ("ClrSysRef",), ("StsId",))
_REASONS: Final = ("Rsn", "StsRsn", "RtrRsn")  # the latter two in the first versions
_REASON_TEXTS: Final = ("AddtlInf", "AddtlStsRsnInf", "AddtlRtrRsnInf")
PARTLY: Final = frozenset({"PART", "PATC"})  # of a group whose payments differ


def read(
    layout: Layout,
    content: BinaryIO,
    *,
    file: str,
    items_max: int,
    line_bytes_max: int,  # noqa: ARG001 -- xml has limits of its own
) -> Reading:
    """Begin to read a pain.002; any other message is refused by its name.

    `answer_says_nothing` at the end if it has no status on any level.
    """
    message = require(MESSAGE, content, file=file)
    reading = Reading(rows=iter(()))
    reading.head["header.message"] = message.name
    reading.head["header.version"] = message.version
    reading.rows = _Reader(layout, message, file, items_max, reading).rows()
    return reading


def require(name: str, content: BinaryIO, *, file: str) -> Message:
    """Return the message of a file; `message_not_expected` if it is another than `name`."""
    message = find(content, file=file)
    if message.name != name:
        zh, en = message.words
        raise Rejected(
            "message_not_expected",
            place=Place(file=file),
            message=message.name,
            what_zh=zh,
            what_en=en,
            expected=name,
        )
    return message


@dataclass(slots=True)
class _Level:
    """What was read of a level that encloses others, while these are read."""

    place: Place
    name: str | None = None
    status: str | None = None
    reasons: tuple[Node, ...] = ()
    totals: Totals = field(default_factory=Totals)


class _Reader:
    def __init__(
        self, layout: Layout, message: Message, file: str, items_max: int, reading: Reading
    ) -> None:
        self._layout = layout
        self._message = message
        self._file = file
        self._items_max = items_max
        self._reading = reading
        self._group = _Level(Place(file=file))
        self._part: _Level | None = None
        self._wide_statuses: set[str | None] = set()  # of the message and all its parts
        self._count = 0

    def rows(self) -> Iterator[Row]:
        """Yield the answers about payments and parts as they come, the whole file's last."""
        yield from self._within()
        self._ended(self._group)
        if self._group.status is not None:
            yield self._wide(Scope.FILE, self._group)
        if self._count == 0:
            raise Rejected("answer_says_nothing", place=Place(file=self._file))
        self._reading.head["header.answers"] = self._count
        self._reading.deviations += deviations(self._layout, self._message.content, file=self._file)

    def _within(self) -> Iterator[Row]:
        path: list[str] = []
        item: Element | None = None  # what is in it is looked at when it ends
        for event, element in events(self._message.content, file=self._file, encoding="utf-8"):
            if item is not None:
                if event == "end" and element is item:
                    yield self._item(Node.of(element), self._place(element))
                    drop_before(element)
                    item = None
                elif event == "start" and element.tag == item.tag:
                    place = self._place(element)
                    raise Rejected("xml_element_misplaced", place=place, element=ITEM, within=ITEM)
                continue
            name = local(element)
            if event == "start":
                if name == ITEM:
                    item = element
                    continue
                path.append(name)
                if name == "OrgnlPmtInfAndSts":
                    self._part = _Level(self._place(element))
                continue
            path.pop()
            parent = path[-1] if path else ""
            if name == "OrgnlPmtInfAndSts" and self._part is not None:
                self._ended(self._part)
                if self._part.status is not None:
                    yield self._wide(Scope.PART, self._part)
                self._part = None
                drop_before(element)
            else:
                self._note(parent, name, element)

    def _note(self, parent: str, name: str, element: Element) -> None:
        """Take what is said beside single payments."""
        if parent == "OrgnlPmtInfAndSts" and self._part is not None:
            self._of_level(self._part, name, element, id_name="OrgnlPmtInfId")
        elif parent == "OrgnlGrpInfAndSts":
            self._of_group(name, element)
        elif parent == "GrpHdr" and name in ("MsgId", "CreDtTm"):
            key = "message_id" if name == "MsgId" else "created_at"
            self._reading.head[f"header.{key}"] = text_of(element) or None

    def _of_group(self, name: str, element: Element) -> None:
        head = self._reading.head
        text = text_of(element)
        if name == "OrgnlMsgNmId":
            head["header.original_message"] = text or None
        self._of_level(self._group, name, element, id_name="OrgnlMsgId")
        head["header.original_message_id"] = self._group.name

    def _of_level(self, level: _Level, name: str, element: Element, *, id_name: str) -> None:
        if name == id_name:
            level.name = text_of(element) or None
        elif name in ("GrpSts", "PmtInfSts"):
            level.status = text_of(element) or None
            level.place = self._place(element)
        elif name == "StsRsnInf":
            level.reasons += (Node.of(element),)
        else:
            level.totals.note(name, element, self._place(element))

    def _ended(self, level: _Level) -> None:
        """Refuse a level that does not add up, and keep what it states of our message."""
        self._wide_statuses |= {level.status, self._group.status}
        level.totals.check(
            self._wide_statuses if level is self._group else {level.status, self._group.status}
        )
        part = level.name if level is not self._group else None
        original = level.totals.original(self._group.name, part)
        if original is not None:
            self._reading.originals.append(original)

    def _item(self, node: Node, place: Place) -> Row:
        for name in ("TxSts", "OrgnlEndToEndId"):
            node.only(name, place)
        status = node.words("TxSts") or self._status_above()
        if status is None:
            raise Rejected("field_missing", place=replace(place, field="TxSts"))
        original = node.child("OrgnlTxRef") or Node("", None, {}, plain=True)
        amount = original.child("Amt", "InstdAmt") or original.child("Amt", "EqvtAmt", "Amt")
        fen = None
        if amount is not None:
            require_currency(self._layout.options.get("currency"), amount.currency, place)
            fen = unsigned_fen(amount, replace(place, field="InstdAmt"))
        for level in (self._group, self._part):
            if level is not None:
                level.totals.add(status, fen)
        values: dict[str, Any] = {
            "scope": Scope.ITEM.value,
            "raw_status": status,
            **reason_of(node.all("StsRsnInf")),
            "message_id": node.words("OrgnlGrpInf", "OrgnlMsgId") or self._group.name,
            "payment_id": self._part.name
            if self._part is not None
            else node.words("OrgnlPmtInfId"),
            "end_to_end_id": end_to_end_of(node.words("OrgnlEndToEndId")),
            "item_no": node.words("OrgnlInstrId"),
            "account_no": original.account("CdtrAcct"),
            "amount_fen": fen,
            "settled_on": day(original, "IntrBkSttlmDt", place)
            or day(node, "FctvIntrBkSttlmDt", place)
            or day(node, "AccptncDtTm", place),
            "reference": next((t for p in _REFERENCES if (t := node.words(*p))), None),
        }
        return self._row(place, values)

    def _status_above(self) -> str | None:
        """Return what the group or the file says of a payment that is listed without a status."""
        for level in (self._part, self._group):
            if level is not None and level.status is not None:
                return level.status if level.status not in PARTLY else None
        return None

    def _wide(self, scope: Scope, level: _Level) -> Row:
        return self._row(
            level.place,
            {
                "scope": scope.value,
                "raw_status": level.status,
                **reason_of(iter(level.reasons)),
                "message_id": self._group.name,
                "payment_id": level.name if scope is Scope.PART else None,
            },
        )

    def _row(self, place: Place, values: dict[str, Any]) -> Row:
        self._count += 1
        if self._count > self._items_max:
            raise Rejected("items_too_many", place=place, items_max=self._items_max)
        return Row(self._count, values)

    def _place(self, element: Element) -> Place:
        return Place(file=self._file, line=line_of(element))


def reason_of(reasons: Iterator[Node]) -> dict[str, str | None]:
    """Return code and text of the first of several reasons; the text has the others' codes too.

    A proprietary code is the bank's own and comes as `Prtry:code`: no ISO code may be seen in it.
    """
    codes: list[str] = []
    texts: list[str] = []
    for one in reasons:
        for name, mark in (("Cd", ""), ("Prtry", OWN)):
            code = next((t for above in _REASONS if (t := one.words(above, name))), None)
            if code is not None:
                codes.append(mark + code)
        for above in _REASON_TEXTS:
            texts += one.texts(above)
    return {
        "raw_code": codes[0] if codes else None,
        "raw_text": " ".join([*codes[1:], *texts])[:TEXT_CHARS_MAX] or None,
    }


def end_to_end_of(text: str | None) -> str | None:
    """Return an end-to-end id; `None` for the words that say that there is none."""
    return None if text is None or text.upper() in ("NOTPROVIDED", "NONREF") else text


def drop_before(element: Element) -> None:
    """Free what was read, and its equals before it; what stands beside them stays."""
    element.clear()
    before, parent = element.getprevious(), element.getparent()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)
