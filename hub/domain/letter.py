"""The letter (函) that demands a written reply about differences (规程 10-2), and its life.

A letter is drafted by one person and signed by another; signing gives it its number and its
dates. The procedure sets no day for the tax bureau's reply, so the due date is the agency's own
service level. A reply ends the clock; without one the letter is overdue and reminders (催办函)
follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from hub.domain.approval import named, same_person
from hub.domain.discrepancy import worded
from hub.errors import Rejected

MONTHS_PER_YEAR: Final = 12


class LetterKind(StrEnum):
    """What a letter is for."""

    MONTHLY = "monthly"
    REMINDER = "reminder"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {"monthly": "月度核对函", "reminder": "催办函"}[self.value]


class LetterState(StrEnum):
    """Where a letter is in its life."""

    DRAFT = "draft"  # 拟稿: may be drafted again
    SIGNED = "signed"  # 签发: has its number, its documents are being made
    SENT = "sent"  # 已发出: the reply clock runs
    OVERDUE = "overdue"  # 逾期未复: reminded at least once
    REPLIED = "replied"  # 已回复

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _STATE_ZH[self]


_STATE_ZH: Final = {
    LetterState.DRAFT: "拟稿",
    LetterState.SIGNED: "已签发",
    LetterState.SENT: "已发出",
    LetterState.OVERDUE: "逾期未复",
    LetterState.REPLIED: "已回复",
}
_AWAITING: Final = frozenset({LetterState.SENT, LetterState.OVERDUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The documents of a sent letter, by SHA-256 in the archive; `None` where one is not made.

    There is no PDF when the machine has no Chinese font, and no annex to a reminder.
    """

    pdf_sha256: str | None
    docx_sha256: str
    annex_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The written reply (书面回复) of the other side."""

    sha256: str
    note: str
    person: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter and its life. Every change returns a new object; the store counts versions.

    `key` says what it is the only one of: `monthly/202611`, or `reminder/12/1` for the first
    reminder of letter 12. `content_sha256` names what it says, fixed when it is drafted.
    """

    id: int
    key: str
    kind: LetterKind
    month: int
    to_party: str
    cc_party: str
    content_sha256: str
    drafted_by: str
    drafted_at: datetime
    about_id: int | None = None
    state: LetterState = LetterState.DRAFT
    number: str | None = None
    signed_by: str | None = None
    sent_on: date | None = None
    due_on: date | None = None
    papers: Papers | None = None
    reply: Reply | None = None
    reminded_on: date | None = None
    reminders: int = 0
    version: int = 1

    def sign(self, *, number: str, person: str | None, sent_on: date, due_on: date) -> Letter:
        """Give a draft its number and dates; `person` is `None` only for a reminder.

        A reminder repeats a letter that two people answer for, so the hub signs it itself.
        """
        self.require_state(LetterState.DRAFT)
        if person is None and self.kind is not LetterKind.REMINDER:
            raise ValueError("only reminders go out without a second person")
        if person is not None:
            self.require_other_person(person)
        return replace(
            self, state=LetterState.SIGNED, number=number, signed_by=person and named(person),
            sent_on=sent_on, due_on=due_on,
        )  # fmt: skip

    def issue(self, papers: Papers) -> Letter:
        """Name the documents of a signed letter: it is sent."""
        self.require_state(LetterState.SIGNED)
        return replace(self, state=LetterState.SENT, papers=papers)

    def remind(self, on: date) -> Letter:
        """Note that the reply is late and that a reminder goes out on a day."""
        self.require_state(*_AWAITING)
        return replace(
            self, state=LetterState.OVERDUE, reminded_on=on, reminders=self.reminders + 1
        )

    def register_reply(self, *, sha256: str, note: str, person: str, on: date) -> Letter:
        """Note the written reply, which ends the clock."""
        self.require_state(*_AWAITING)
        if self.sent_on is None or on < self.sent_on:
            raise Rejected("letter_reply_before_sending", id=self.id)
        reply = Reply(sha256=sha256, note=worded(note), person=named(person), on=on)
        return replace(self, state=LetterState.REPLIED, reply=reply)

    @property
    def awaits_reply(self) -> bool:
        """Tell whether the reply clock runs."""
        return self.state in _AWAITING

    def require_state(self, *states: LetterState) -> None:
        """Refuse what is not possible in this state."""
        if self.state not in states:
            expected = "、".join(state.value for state in states)
            raise Rejected("letter_state", id=self.id, found=self.state.value, expected=expected)

    def require_other_person(self, person: str) -> None:
        """Refuse to let the one who drafted it (初审) sign it too (复核)."""
        if same_person(person, self.drafted_by):
            raise Rejected("letter_same_person", id=self.id)


def letter_number(prefix: str, year: int, serial: int) -> str:
    """Return `示社保财函〔2026〕7号`.

    GB/T 9704-2012: six-cornered brackets, no leading zeros, no 第 before the serial number.
    """
    return f"{prefix}〔{year}〕{serial}号"


def monthly_key(month: int) -> str:
    """Return the key of a month's letter."""
    return f"{LetterKind.MONTHLY}/{month}"


def reminder_key(letter_id: int, ordinal: int) -> str:
    """Return the key of the n-th reminder of a letter."""
    return f"{LetterKind.REMINDER}/{letter_id}/{ordinal}"


def parse_month(text: str) -> int:
    """Return `2026-11` as 202611; `Rejected` when it is no month."""
    year, _, month = text.partition("-")
    digits = len(year) == 4 and len(month) == 2 and (year + month).isascii()  # noqa: PLR2004
    if digits and (year + month).isdecimal() and 1 <= int(month) <= MONTHS_PER_YEAR:
        return int(year) * 100 + int(month)
    raise Rejected("month_malformed", found=text[:20])


def month_days(month: int) -> tuple[date, date]:
    """Return the first and the last day of a month `yyyymm`."""
    year, number = divmod(month, 100)
    first = date(year, number, 1)
    following = date(year + number // MONTHS_PER_YEAR, number % MONTHS_PER_YEAR + 1, 1)
    return first, date.fromordinal(following.toordinal() - 1)
