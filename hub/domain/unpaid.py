"""Days without pension (未到账天数): who waits for which money, since when, and at whose desk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.aging import BEYOND, BUCKETS, UNKNOWN, bucket
from hub.domain.desk import FINANCE
from hub.domain.payout import BACK, ItemState
from hub.domain.way import Way

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from hub.domain.payout import PayoutItem
    from hub.domain.reasons import Reason

WAITING: Final = {
    ItemState.LISTED: ("补发名单待审批", "the re-issue waits for its signatures"),
    ItemState.IN_FLIGHT: ("银行尚无结果", "the bank has not answered"),
    ItemState.UNKNOWN: ("结果不明，需向银行查询", "the outcome is open: ask the bank"),
}
_DEBIT_LISTED: Final = ("再次扣款名单待审批", "the next attempt waits for its signatures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One entitlement that is not paid: its latest attempt, how long it is due, what it needs.

    `since_on` is the business day of the first attempt. Days are counted up to the day of the
    question: `days` all, `working_days` those of the calendar, `None` where it ends.
    """

    item: PayoutItem
    kind: str
    fund: str
    list_state: str
    since_on: date
    days: int
    working_days: int | None
    desk: str
    reason: Reason | None
    zh: str
    en: str

    @property
    def age(self) -> str:
        """Return the age bucket."""
        return bucket(self.working_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidLine:
    """How many wait at a desk for a reason and age, and their sum in fen."""

    desk: str
    reason: str
    age: str
    count: int
    amount_fen: int


def needs(
    item: PayoutItem, reason: Reason, desk: str, way: Way = Way.PAYOUT
) -> tuple[str, str, str, Reason | None]:
    """Return desk, what must happen in Chinese and English, and the reason if it came back."""
    if item.state in BACK:
        zh = reason.fix_zh or reason.remedy.zh_of(way)
        return desk, zh, reason.fix_en or reason.remedy.value.replace("_", " "), reason
    zh, en = WAITING[item.state]
    if way is Way.DEBIT and item.state is ItemState.LISTED:
        zh, en = _DEBIT_LISTED
    return FINANCE, zh, en, None


def summed(waiting: Iterable[Waiting]) -> list[UnpaidLine]:
    """Sum who waits by desk, reason and age, the oldest last."""
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in waiting:
        why = one.reason.code if one.reason is not None else one.item.state.value
        line = sums[one.desk, why, one.age]
        line[0] += 1
        line[1] += one.item.amount_fen
    order = {name: n for n, name in enumerate((*(name for _, name in BUCKETS), BEYOND, UNKNOWN))}
    return [
        UnpaidLine(desk=desk, reason=why, age=age, count=count, amount_fen=fen)
        for (desk, why, age), (count, fen) in sorted(
            sums.items(), key=lambda line: (line[0][0], line[0][1], order[line[0][2]])
        )
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """What a list of a month came to (发放成功率, 5-4): counts and fen of what went to banks."""

    list_id: int
    title: str
    kind: str
    fund: str
    sent_count: int
    sent_fen: int
    paid_count: int
    paid_fen: int
    returned_count: int
    returned_fen: int
    open_count: int
    open_fen: int

    @property
    def rate_basis_points(self) -> int:
        """Return the share of payments that arrived, in hundredths of a percent, rounded down."""
        return self.paid_count * 10_000 // self.sent_count if self.sent_count else 0

    @property
    def rate(self) -> str:
        """Return the share in percent: `99.50%`."""
        points = self.rate_basis_points
        return f"{points // 100}.{points % 100:02d}%"
