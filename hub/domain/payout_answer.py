"""Answers (回盘、退单): what a bank says about payments, in one vocabulary for every format.

A bank answers about one payment, or about a whole file or a part of it (整批). What became of the
money is a `Standing`; the standings have an order, and a later message of a lower one changes
nothing. What the bank wrote is kept beside what it was mapped to, and by which partner file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date


class Standing(StrEnum):
    """What became of a payment, from the least to the most final."""

    RECEIVED = "received"  # the bank has it
    ACCEPTED = "accepted"  # the bank will carry it out
    OPEN = "open"  # the bank itself does not know (交易结果未知)
    HELD = "held"  # the bank said something that no vocabulary has: a person must look
    PAID = "paid"
    REJECTED = "rejected"  # 拒付: never booked
    RETURNED = "returned"  # 退汇: booked, and the money came back


RANK: Final = {
    Standing.RECEIVED: 0,
    Standing.ACCEPTED: 1,
    Standing.OPEN: 2,
    Standing.HELD: 2,
    Standing.PAID: 3,
    Standing.REJECTED: 4,
    Standing.RETURNED: 5,
}
"""The order of standings: an answer of a lower rank than what is known changes nothing."""

FAILED: Final = frozenset({Standing.REJECTED, Standing.RETURNED})


class Scope(StrEnum):
    """What an answer is about."""

    FILE = "file"  # every payment of a file that the file's answer does not name by itself
    PART = "part"  # of one part of it (PmtInf): our files have one
    ITEM = "item"


class Effect(StrEnum):
    """What an answer did."""

    APPLIED = "applied"  # it changed what is known of the payment
    NOTED = "noted"  # received or accepted: no end yet
    CONFIRMS = "confirms"  # it says what was known
    OLDER = "older"  # less final than what was known
    HELD = "held"  # its status or reason is in no vocabulary
    PARKED = "parked"  # it came before we know that the file was delivered
    STRAY = "stray"  # 不明: no payment of ours, or not a single one, fits it
    FOREIGN = "foreign"  # it names another agency
    DIFFERS = "differs"  # its amount is not the payment's
    TWICE = "twice"  # a second return of one payment
    CONTRADICTS = "contradicts"  # paid and rejected were both said


SUSPENSE: Final = frozenset({Effect.STRAY, Effect.FOREIGN, Effect.DIFFERS, Effect.TWICE})
"""Effects whose amounts belong to no payment until a person has decided (暂收、待查)."""

COUNTED: Final = frozenset(Effect) - SUSPENSE - {Effect.PARKED}
"""Effects of answers that say something about a payment's standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, as it was read and mapped; `line` is its place in the received file.

    `reason` is the ISO 20022 code of `raw_code` or `raw_text`, by the partner file whose SHA-256
    is `mapping_sha256`; it is `None` for what is no failure, and for what no map knows: then the
    standing is HELD. `message_id` names our file, `reference` is the bank's own.
    """

    line: int
    bank: str
    form: str
    standing: Standing
    scope: Scope = Scope.ITEM
    raw_status: str | None = None
    raw_code: str | None = None
    raw_text: str | None = None
    reason: str | None = None
    mapping_sha256: str = ""
    message_id: str | None = None
    file_name: str | None = None
    end_to_end_id: str | None = None
    item_no: int | None = None
    account_no: str | None = None
    amount_fen: int | None = None
    settled_on: date | None = None
    reference: str | None = None
    agency_code: str | None = None

    def identity(self, ordinal: int = 0, *, foreign: str | None = None) -> str:
        """Return what the same answer has in every file that it comes in.

        `ordinal` counts rows that are alike in one file and name no payment by its id. `foreign`
        is the agency that it is for, if not ours: to us it would be another answer.
        """
        parts = (
            self.bank, self.form, self.scope.value, self.message_id, self.file_name,
            self.end_to_end_id,
            self.item_no, self.account_no, self.raw_status, self.raw_code, self.raw_text,
            self.reference, self.amount_fen, self.settled_on, ordinal,
            *((foreign,) if foreign is not None else ()),
        )  # fmt: skip
        return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
