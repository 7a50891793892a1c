"""Discrepancies (差异): a difference that a person must see; it has an owner, a clock and an end.

What differs (`Difference`) comes from the facts and is never edited by people. What people do
about it is the life around it: open, proposed, closed. Money that arrives closes a discrepancy
by itself; facts that change withdraw a proposal and reopen what a person had closed, because
both were decided on other facts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.approval import Approval, Signature, levels_for, named
from hub.domain.verdict import Verdict
from hub.errors import Rejected

if TYPE_CHECKING:
    from datetime import date, datetime

TEXT_CHARS_MAX: Final = 2000


class Event(StrEnum):
    """Causes that are no verdict about a record: something did not come, or came wrong."""

    SOURCE_MISSING = "source_missing"
    FILE_REFUSED = "file_refused"
    FILE_CONFLICT = "file_conflict"
    PACKAGE_MISSING = "package_missing"
    CREDIT_DIFFERS = "credit_differs"
    FLOOD = "flood"
    CONSERVATION = "conservation"
    PAYOUT_RETURNED = "payout_returned"
    PAYOUT_UNKNOWN = "payout_unknown"
    DEBIT_FAILED = "debit_failed"
    DEBIT_UNKNOWN = "debit_unknown"
    ANSWER_CODE = "answer_code"
    ANSWER_STRAY = "answer_stray"
    ANSWER_FOREIGN = "answer_foreign"
    ANSWER_CONTRADICTS = "answer_contradicts"
    RETURN_DIFFERS = "return_differs"
    RETURN_TWICE = "return_twice"
    MESSAGE_GAP = "message_gap"
    MESSAGE_UNDELIVERED = "message_undelivered"
    MESSAGE_DECLINED = "message_declined"
    UNASKED_FUNDS = "unasked_funds"
    BANK_DAY_MISSING = "bank_day_missing"
    BANK_NUMBER_GAP = "bank_number_gap"
    BANK_CHAIN_BROKEN = "bank_chain_broken"
    BANK_CONFLICT = "bank_conflict"
    BANK_LINE_OPEN = "bank_line_open"
    BANK_LINE_FORBIDDEN = "bank_line_forbidden"
    BANK_TRANSIT_OVERDUE = "bank_transit_overdue"
    INTEREST_SWEEP = "interest_sweep"
    INTEREST_SWEEP_OVERDUE = "interest_sweep_overdue"
    VERIFY_BREACH = "verify_breach"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]


_ZH: Final = {
    Event.SOURCE_MISSING: "来源未到",
    Event.FILE_REFUSED: "文件被拒",
    Event.FILE_CONFLICT: "同名或同号文件内容不同",
    Event.PACKAGE_MISSING: "缺包",
    Event.CREDIT_DIFFERS: "进账与清单不符",
    Event.FLOOD: "差异过多（汇总）",
    Event.CONSERVATION: "拨付资金不守恒",
    Event.PAYOUT_RETURNED: "退单待更正",
    Event.PAYOUT_UNKNOWN: "付款结果不明",
    Event.DEBIT_FAILED: "扣款未成待处理",
    Event.DEBIT_UNKNOWN: "扣款结果不明",
    Event.ANSWER_CODE: "回盘代码未识别",
    Event.ANSWER_STRAY: "回盘查无此付款",
    Event.ANSWER_FOREIGN: "他机构的回盘",
    Event.ANSWER_CONTRADICTS: "回盘前后矛盾",
    Event.RETURN_DIFFERS: "退款金额不符",
    Event.RETURN_TWICE: "重复退款",
    Event.MESSAGE_GAP: "协同报文缺号",
    Event.MESSAGE_UNDELIVERED: "协同报文无回执",
    Event.MESSAGE_DECLINED: "协同报文被对方拒收",
    Event.UNASKED_FUNDS: "未经批准的转入基金",
    Event.BANK_DAY_MISSING: "对账单缺日",
    Event.BANK_NUMBER_GAP: "对账单缺号",
    Event.BANK_CHAIN_BROKEN: "对账单余额不衔接",
    Event.BANK_CONFLICT: "对账单前后不一",
    Event.BANK_LINE_OPEN: "银行流水待查",
    Event.BANK_LINE_FORBIDDEN: "账户违规收付",
    Event.BANK_TRANSIT_OVERDUE: "已记账银行逾期未收付",
    Event.INTEREST_SWEEP: "利息待缴财政专户",
    Event.INTEREST_SWEEP_OVERDUE: "利息逾期未缴财政专户",
    Event.VERIFY_BREACH: "校验不通过",
}

Cause = Verdict | Event


def cause(text: str) -> Cause:
    """Return the cause that a stored or typed value names; `Rejected` if there is none."""
    for kind in (Verdict, Event):
        if text in kind._value2member_map_:
            return kind(text)
    raise Rejected("cause_unknown", found=text[:40])


class Level(StrEnum):
    """Where a difference was found: day and kind, receipt, payer and period, or an event."""

    DAY = "i"
    RECEIPT = "ii"
    PAYER = "iii"
    EVENT = "event"


class State(StrEnum):
    """Where a discrepancy is in its life."""

    OPEN = "open"
    PROPOSED = "proposed"
    CLOSED = "closed"


class Action(StrEnum):
    """What a person proposes: explain (说明), have it corrected (更正), or accept it (认可)."""

    EXPLAIN = "explain"
    CORRECT = "correct"
    ACCEPT = "accept"


class Ending(StrEnum):
    """How a discrepancy ended: by one of the actions, or by itself."""

    EXPLAIN = "explain"
    CORRECT = "correct"
    ACCEPT = "accept"
    CLEARED = "cleared"  # the money came, or the facts agree now
    ARRIVED = "arrived"  # the file or package came


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs, as the facts show it; amounts in fen, period `yyyymm`.

    `key` is the identity of the difference and stays the same while its verdict changes
    (overdue money that arrives in part becomes short). `amount_fen` is what is at stake and
    never negative; `count` is above 1 only where one discrepancy stands for many.
    """

    key: str
    level: Level
    cause: Cause
    amount_fen: int
    partner: str | None = None
    receipt_no: str | None = None
    deposit_no: str | None = None
    insurance_kind: str | None = None
    payer_id: str | None = None
    period: int | None = None
    collected_fen: int | None = None
    deposited_fen: int | None = None
    assessed_fen: int | None = None
    collected_on: date | None = None
    rule: str | None = None
    count: int = 1
    detail_sha256: str | None = None
    note: str | None = None

    @property
    def substance(self) -> tuple[object, ...]:
        """Return what a decision rests on; the rest (rule version, note) may change freely."""
        amounts = (self.amount_fen, self.collected_fen, self.deposited_fen, self.assessed_fen)
        return (self.cause, self.count, *amounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody proposes to do about a discrepancy, and who has signed it."""

    action: Action
    reason: str
    approval: Approval

    @property
    def by(self) -> Signature:
        """Return the proposer's signature, the first one."""
        return self.approval.signatures[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One difference and its life. Every change returns a new object; the store counts versions."""

    id: int
    difference: Difference
    owner: str
    opened_on: date
    seen_on: date
    state: State = State.OPEN
    proposal: Proposal | None = None
    closed_how: Ending | None = None
    closed_at: datetime | None = None
    version: int = 1

    @property
    def since_on(self) -> date:
        """Return the day from which its age counts: when the money was taken, if it is known."""
        return self.difference.collected_on or self.opened_on

    def assign(self, owner: str) -> Discrepancy:
        """Give it to another desk or person; `Rejected` when it is closed."""
        self._require_alive()
        return replace(self, owner=named(owner))

    def propose(
        self, action: Action, *, reason: str, person: str, at: datetime, two_people_from_fen: int
    ) -> Discrepancy:
        """Propose how to settle it; closes it at once where one person is enough."""
        self._require(State.OPEN)
        levels = levels_for(self.difference.amount_fen, two_people_from_fen=two_people_from_fen)
        approval = Approval(levels=levels).sign(person, at=at)
        proposal = Proposal(action=action, reason=worded(reason), approval=approval)
        return self._under(proposal, at=at)

    def confirm(self, *, person: str, at: datetime) -> Discrepancy:
        """Sign a proposal as another person; the last signature needed closes it."""
        self._require(State.PROPOSED)
        assert self.proposal is not None
        approval = self.proposal.approval.sign(person, at=at)
        return self._under(replace(self.proposal, approval=approval), at=at)

    def decline(self) -> Discrepancy:
        """Give a proposal back (退回): it is open again, for another proposal."""
        self._require(State.PROPOSED)
        return replace(self, state=State.OPEN, proposal=None)

    def settle(self, proposal: Proposal, *, at: datetime) -> Discrepancy:
        """Close it by what people signed elsewhere, such as the approval form of a refund."""
        self._require_alive()
        if not proposal.approval.is_complete:
            raise ValueError("only what everybody has signed settles a discrepancy")
        return self._under(proposal, at=at)

    def reopen(self) -> Discrepancy:
        """Open it again, because what had settled it is undone, such as a refund sent back."""
        self._require(State.CLOSED)
        return replace(self, state=State.OPEN, proposal=None, closed_how=None, closed_at=None)

    def end(self, how: Ending, *, at: datetime) -> Discrepancy:
        """Close it by itself, because the money or the file came; a proposal lapses."""
        self._require_alive()
        return replace(self, state=State.CLOSED, proposal=None, closed_how=how, closed_at=at)

    def observe(self, difference: Difference, *, on: date) -> Discrepancy:
        """Take what the facts show on a day; the same substance leaves it as people left it.

        Another substance opens it again, whether it was proposed or closed by a person. What had
        closed by itself and is found again is open again in any case.
        """
        if difference.key != self.difference.key:
            raise ValueError("a discrepancy can only observe its own difference")
        seen = replace(self, difference=difference, seen_on=max(on, self.seen_on))
        ended_by_itself = self.closed_how in (Ending.CLEARED, Ending.ARRIVED)
        if difference.substance == self.difference.substance and not ended_by_itself:
            return seen
        return replace(seen, state=State.OPEN, proposal=None, closed_how=None, closed_at=None)

    def _under(self, proposal: Proposal, *, at: datetime) -> Discrepancy:
        if not proposal.approval.is_complete:
            return replace(self, state=State.PROPOSED, proposal=proposal)
        how = Ending(proposal.action)
        return replace(self, state=State.CLOSED, proposal=proposal, closed_how=how, closed_at=at)

    def _require(self, state: State) -> None:
        if self.state is not state:
            raise Rejected("discrepancy_state", id=self.id, found=self.state, expected=state)

    def _require_alive(self) -> None:
        if self.state is State.CLOSED:
            raise Rejected("discrepancy_closed", id=self.id)


def worded(text: str) -> str:
    """Return a reason or comment without outer blanks; `Rejected` if empty or too long."""
    words = text.strip()
    if not words or len(words) > TEXT_CHARS_MAX:
        raise Rejected("reason_unusable", chars_max=TEXT_CHARS_MAX)
    return words


def key_of(level: Level, *parts: str | int | None) -> str:
    """Return the identity of a difference; a separator inside a part cannot forge another key."""
    plain = ("" if part is None else str(part) for part in parts)
    escaped = (part.replace("%", "%25").replace("|", "%7C") for part in plain)
    return "|".join((level.value, *escaped))
