"""What of our books the bank has not shown (未达账项), beside the lines that may show it.

An entry is a voucher line on a bank account; what of it no bank line shows is open. Amounts are
fen, receipts positive, payments negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from hub.domain.bank_statement import StatementLine

BATCH: Final = "payout_batch:"
ANSWER: Final = "payout_answer:"  # what came back of a payment and is not its amount: 暂收款


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A voucher line on the account that the bank has not shown in full; `open_fen` is the rest."""

    voucher_no: str
    voucher_line: int
    fund: str
    event: str
    subject: str
    rule: str
    booked_on: date
    amount_fen: int
    open_fen: int
    reverses_no: str | None = None
    purpose: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Return what names it."""
        return self.voucher_no, self.voucher_line

    @property
    def batch_id(self) -> int | None:
        """Return the batch that it is about, if it is about one."""
        if not self.subject.startswith(BATCH):
            return None
        return int(self.subject.removeprefix(BATCH).partition("/")[0])

    @property
    def benefit(self) -> str:
        """Return the benefit of its batch that it is about."""
        return self.subject.removeprefix(BATCH).partition("/")[2].partition("/")[0]

    @property
    def cause(self) -> str:
        """Return the file or decision that brought a payment back: `inbox:12`."""
        return self.subject.removeprefix(BATCH).partition("/")[2].partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFact:
    """One payment, as far as a bank line may speak of it; `evidence` is of its return."""

    id: int
    batch_id: int
    benefit: str
    amount_fen: int
    is_returned: bool
    evidence: str | None = None
    end_to_end_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of an entry a line shows; `subject` is what may be shown only once."""

    voucher_no: str
    voucher_line: int
    amount_fen: int
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a line is there."""

    rule: str
    parts: tuple[Part, ...]


@dataclass(slots=True)
class View:
    """What a line may be about: open entries, payments that it names, batches that it names."""

    entries: dict[tuple[str, int], Entry]
    named_items: Mapping[str, ItemFact] = field(default_factory=dict)  # by end-to-end id
    named_batches: Mapping[str, int] = field(default_factory=dict)  # by message id or file name
    of_account: Callable[[StatementLine], Sequence[ItemFact]] = lambda _line: ()
    rejected: Callable[[int], Mapping[tuple[str, str], int]] = lambda _batch: {}
    shown: set[str] = field(default_factory=set)  # subjects that a line shows already
    purpose: str | None = None  # what the line says of itself: only such entries count

    def take(self, parts: Iterable[Part]) -> None:
        """Let entries be shown by what explains a line."""
        for part in parts:
            entry = self.entries[part.voucher_no, part.voucher_line]
            left = entry.open_fen - part.amount_fen
            self.entries[entry.key] = _left(entry, left)
            if part.subject is not None:
                self.shown.add(part.subject)

    def open(self) -> list[Entry]:
        """Return what is open, in the order of days and numbers."""
        left = (
            one
            for one in self.entries.values()
            if one.open_fen != 0 and self.purpose in (None, one.purpose)
        )
        return sorted(left, key=lambda one: (one.booked_on, one.voucher_no, one.voucher_line))

    def of_batch(self, batch_id: int) -> list[Entry]:
        """Return what is open of a batch."""
        return [one for one in self.open() if one.batch_id == batch_id]


def netted(
    entries: Iterable[Entry], rejected: Callable[[int], Mapping[tuple[str, str], int]]
) -> list[Entry]:
    """Return entries without those that the bank will never show, because they undo each other.

    A voucher and its reversal, both unseen; and what of a batch was refused before it was
    booked, once all the rest of its release was seen.
    """
    found = {one.key: one for one in entries}
    for undoing in list(found.values()):
        undone = [
            one
            for one in found.values()
            if one.voucher_no == undoing.reverses_no and one.open_fen == -undoing.open_fen
        ]
        if undone and undoing.open_fen == undoing.amount_fen:
            del found[undoing.key], found[undone[0].key]
    batches = {one.batch_id for one in found.values() if one.batch_id is not None}
    for batch_id in batches:
        mine = [one for one in found.values() if one.batch_id == batch_id]
        if any(one.open_fen > 0 for one in mine):
            refused = rejected(batch_id)
            back = [one for one in mine if (one.benefit, one.cause) in refused]
            released = [one for one in mine if one.open_fen < 0]
            if back and total(released) + total(back) == 0:
                for one in (*released, *back):
                    del found[one.key]
    return list(found.values())


def _left(entry: Entry, open_fen: int) -> Entry:
    if open_fen and (open_fen < 0) is not (entry.amount_fen < 0):
        raise ValueError(f"more is shown than {entry.voucher_no} has")
    return replace(entry, open_fen=open_fen)


def total(entries: Iterable[Entry]) -> int:
    """Return what is open of some entries together."""
    return sum(one.open_fen for one in entries)
