"""Reads the returned payments (RtrInf) of a camt.052, .053 or .054: one row a transaction.

With the option `credits = "collected"` credits that name an end-to-end id give rows too: a direct
debit of ours that was collected has its own.

The message is first read as the statement that it is, and proven like any other; only then its
entries are looked through. Entries that are not booked bring no money back and give no row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.domain.payout_answer import Scope, Standing
from hub.errors import Place, Rejected
from hub.mappings import camt
from hub.mappings.camt_entries import BOOKED, amount_fen, day, direction, status_of
from hub.mappings.camt_node import Node
from hub.mappings.iso20022 import local, require_statement
from hub.mappings.pacs004 import STATUS
from hub.mappings.pain002 import drop_before, end_to_end_of, reason_of
from hub.mappings.record import Reading, Row
from hub.mappings.xml_stream import events, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout

DIRECTIONS: Final = {1: "credit", -1: "debit"}
COLLECTED: Final = "collected"
TAKEN_BACK: Final = f"{STATUS}/DBIT"  # the status of money that we had collected and that is gone
CREDITED: Final = "CRDT"  # the status of a credit that is no return
_REFERENCES: Final = (("AcctSvcrRef",), ("TxId",), ("InstrId",))


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Prove a camt message, and begin to read its returns; refused for what a statement is."""
    start = content.tell()
    statement = camt.read(
        layout, content, file=file, items_max=items_max, line_bytes_max=line_bytes_max
    )
    for _ in statement.rows:
        pass
    content.seek(start)
    head, found = statement.head, statement.deviations
    return Reading(rows=returns(layout, content, file=file), head=head, deviations=found)


def returns(layout: Layout, content: BinaryIO, *, file: str) -> Iterator[Row]:
    """Yield the returns among the booked entries of a message that was proven.

    `direction` is that of our account: a `credit` is a payment of ours that came back, a `debit`
    money that we had collected and that was taken back.
    """
    message = require_statement(content, file=file, encoding=layout.encoding)
    credits_too = layout.options.get("credits") == COLLECTED
    number = 0
    for event, element in events(message.content, file=file, encoding=layout.encoding):
        if event == "start" or local(element) != "Ntry":
            continue
        entry, place = Node.entry(element), Place(file=file, line=line_of(element))
        status = status_of(entry) or BOOKED
        details = list(entry.all("NtryDtls", "TxDtls"))
        for one in details:
            if status != BOOKED:
                continue
            if one.child("RtrInf") is not None or (credits_too and _is_credit(entry, one)):
                number += 1
                yield Row(number, _values(entry, one, place, single=len(details) == 1))
        drop_before(element)


def _is_credit(entry: Node, one: Node) -> bool:
    named = end_to_end_of(one.words("Refs", "EndToEndId")) is not None
    return named and (direction(one) or direction(entry) or 1) > 0


def _values(entry: Node, one: Node, place: Place, *, single: bool) -> dict[str, Any]:
    refs = one.child("Refs") or Node("", None, {}, plain=True)
    amount = one.child("Amt")
    for name in ("TxAmt", "InstdAmt"):
        amount = amount or one.child("AmtDtls", name, "Amt")
    if amount is None and single:
        amount = entry.child("Amt")
    sign = direction(one) or direction(entry) or 1
    fen = None if amount is None else amount_fen(amount, replace(place, field="TxDtls"))
    if fen is not None and fen < 0:
        raise Rejected("entry_negative", place=replace(place, field="TxDtls"))
    references = [refs.words(*path) for path in _REFERENCES]
    references += [entry.words("AcctSvcrRef"), entry.words("NtryRef")]
    came_back = one.child("RtrInf") is not None
    status = (STATUS if sign > 0 else TAKEN_BACK) if came_back else CREDITED
    return {
        "scope": Scope.ITEM.value,
        "raw_status": status,
        "result": (Standing.RETURNED if came_back else Standing.PAID).value,
        **reason_of(one.all("RtrInf")),
        "message_id": refs.words("MsgId"),
        "payment_id": refs.words("PmtInfId"),
        "end_to_end_id": end_to_end_of(refs.words("EndToEndId")),
        "item_no": refs.words("InstrId"),
        "account_no": one.account("RltdPties", "CdtrAcct"),
        "amount_fen": fen,
        "settled_on": day(entry, "BookgDt", place) or day(entry, "ValDt", place),
        "reference": next((text for text in references if text), None),
        "direction": DIRECTIONS[sign],
    }
