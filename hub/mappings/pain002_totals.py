"""What a pain.002 states of our message: its count and sum, and how many payments of each status.

A report that does not add up in itself is refused here; whether count and sum are those of the
batch is asked where batches are known (`hub.flows.payout_originals`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from hub.errors import Place, Rejected
from hub.mappings.camt_entries import unsigned_fen
from hub.mappings.camt_node import Node
from hub.mappings.codecs import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from hub.mappings.iso20022 import Element

FAILED: Final = frozenset({"RJCT", "CANC"})
"""Statuses of which every payment must be named: who is not on the list cannot be repaired."""

COUNT_DIGITS_MAX: Final = 15  # Max15NumericText


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What a report says of our message, or with a `payment_id` of a group of payments in it."""

    message_id: str | None
    payment_id: str | None
    count: int | None
    fen: int | None
    place: Place


@dataclass(slots=True)
class Totals:
    """What one level of a report states, and what is listed below it."""

    count: int | None = None
    fen: int | None = None
    place: Place | None = None
    stated: dict[str, tuple[int, int | None, Place]] = field(default_factory=dict)
    listed: Counter[str] = field(default_factory=Counter)
    priced: Counter[str] = field(default_factory=Counter)  # of these the amount is known
    priced_fen: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, element: Element, place: Place) -> None:
        """Take a total of this level, if the element is one."""
        place = replace(place, field=name)
        if name == "OrgnlNbOfTxs":
            self.count, self.place = _count((element.text or "").strip(), place), place
        elif name == "OrgnlCtrlSum":
            self.fen, self.place = unsigned_fen(Node.of(element), place), place
        elif name == "NbOfTxsPerSts":
            self._per_status(Node.of(element), place)

    def add(self, status: str, fen: int | None) -> None:
        """Take a payment that is listed with a status; its amount if the report has it."""
        self.listed[status] += 1
        if fen is not None:
            self.priced[status] += 1
            self.priced_fen[status] += fen

    def original(self, message_id: str | None, payment_id: str | None = None) -> Original | None:
        """Return what this level states of our message; `None` when it states nothing."""
        if self.place is None:
            return None
        return Original(
            message_id=message_id, payment_id=payment_id, count=self.count, fen=self.fen,
            place=self.place,
        )  # fmt: skip

    def check(self, whole: Collection[str | None]) -> None:
        """Refuse a level whose counts do not hold; `whole` are statuses that all payments have.

        `Rejected("answer_counts_differ")` names status, what is stated and what is listed.
        """
        for status, (count, fen, place) in self.stated.items():
            listed = self.listed[status]
            every = status in FAILED and status not in whole
            if listed > count or (every and listed != count):
                raise _differ(place, status, count, listed)
            known = listed == count == self.priced[status] > 0
            if fen is not None and known and self.priced_fen[status] != fen:
                raise _differ(place, status, fen, self.priced_fen[status])
        self._check_sums()

    def _check_sums(self) -> None:
        counts = sum(count for count, _, _ in self.stated.values())
        fens = sum(fen or 0 for _, fen, _ in self.stated.values())
        place = next((place for _, _, place in self.stated.values()), self.place or Place())
        if self.count is not None and counts > self.count:
            raise _differ(place, "*", self.count, counts)
        if self.fen is not None and fens > self.fen:
            raise _differ(place, "*", self.fen, fens)
        listed = self.listed.total()
        if self.count is not None and self.place is not None and listed > self.count:
            raise _differ(self.place, "*", self.count, listed)

    def _per_status(self, node: Node, place: Place) -> None:
        status = node.words("DtldSts")
        if status is None or status in self.stated:
            raise Rejected("field_missing", place=replace(place, field="DtldSts"))
        count = _count(node.words("DtldNbOfTxs") or "", replace(place, field="DtldNbOfTxs"))
        total = node.child("DtldCtrlSum")
        fen = unsigned_fen(total, replace(place, field="DtldCtrlSum")) if total else None
        self.stated[status] = (count, fen, place)


def _count(text: str, place: Place) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= COUNT_DIGITS_MAX):
        raise Rejected("count_malformed", place=place, found=shown(text))
    return int(text)


def _differ(place: Place, status: str, stated: int, found: int) -> Rejected:
    return Rejected("answer_counts_differ", place=place, status=status, stated=stated, found=found)
