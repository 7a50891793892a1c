"""Open items of a side as people work on them: whose they are, since when, what helps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.console.language import N_, gettext
from hub.console.topics.payouts import said
from hub.console.topics.payouts.tables import item_row
from hub.console.words import Word, fund
from hub.domain.aging import BEYOND, BUCKETS, UNKNOWN, bucket
from hub.domain.desk import FINANCE
from hub.domain.payout import BACK, ItemState, PayoutKind
from hub.errors import Rejected
from hub.flows.payout_consequences import desk_of
from hub.store.views import returns as views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.console.topics.payouts.side import Side
    from hub.domain.unpaid import Waiting
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

AGES: Final = (*(name for _, name in BUCKETS), BEYOND, UNKNOWN)
SERIES: Final = (
    ("back", N_("Came back")), ("unknown", N_("Outcome unknown")),
    ("again", N_("Being tried again")), ("bank", N_("With the bank")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How many are open at a desk for a reason, and their sum in fen."""

    desk: str
    reason: Word
    count: int
    amount_fen: int
    code: str | None


def desks(services: Services) -> Mapping[str, str]:
    """Return the desks that open items may be at."""
    found = {FINANCE}
    for code in (*services.reasons.reasons, None):
        reason = services.reasons.of(code)
        found |= {desk_of(reason, kind) for kind in PayoutKind}
    return {desk: desk for desk in sorted(found)}


def at_desk(desk: str, side: Side, services: Services) -> dict[str, set[str | None]]:
    """Return the reason codes that a desk sees to, by kind of list; `None` is no reason given."""
    reasons = side.services(services).reasons
    return {
        kind.value: {
            code for code in (*reasons.reasons, None) if desk_of(reasons.of(code), kind) == desk
        }
        for kind in side.kinds
    }


def row_of(one: Waiting, side: Side) -> dict[str, Any]:
    """Return an open item as tables show it."""
    reason = one.reason
    return {
        **item_row(one.item, side),
        "since": one.since_on, "days": one.days, "working_days": one.working_days,
        "desk": one.desk, "fund": fund(one.fund),
        "reason": Word(reason.code, reason.zh, reason.en) if reason else None,
        "todo": Word(reason.remedy.value if reason else one.item.state.value, one.zh, one.en),
    }  # fmt: skip


def ages(uow: UnitOfWork, side: Side, services: Services) -> tuple[list[Any], list[Line]]:
    """Return how many wait how long, as points of a chart, and by desk and reason."""
    today = services.today()
    points: dict[str, defaultdict[str, int]] = {age: defaultdict(int) for age in AGES}
    lines: defaultdict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    reasons = side.services(services).reasons
    for since, state, code, kind, count, fen in views.ages(uow):
        points[bucket(_working_days(since, today, services))][_series(state)] += count
        if ItemState(state) in BACK:
            desk = desk_of(reasons.of(code), PayoutKind(kind))
            line = lines[desk, code or ""]
        elif state == ItemState.UNKNOWN.value:
            line = lines[FINANCE, None]
        else:
            continue
        line[0] += count
        line[1] += fen
    rows = [
        Line(desk=desk, reason=_reason(code, reasons), count=n, amount_fen=fen, code=code or None)
        for (desk, code), (n, fen) in sorted(lines.items(), key=lambda one: -one[1][0])
    ]
    shown = [(_age(age), points[age]) for age in AGES if age != UNKNOWN or points[age]]
    return shown, rows


def success(uow: UnitOfWork, first: int, last: int) -> list[dict[str, Any]]:
    """Return, by month, what went to banks, arrived, came back and is open (5-4)."""
    months: dict[int, dict[str, int]] = {}
    for row in views.months(uow, first, last):
        sums = months.setdefault(row.month, dict.fromkeys(_SUMS, 0))
        for name in ("sent_count", "sent_fen", "back_count", "back_fen", "open_count", "open_fen"):
            sums[name] += int(getattr(row, name))
    for sums in months.values():
        sums["paid_count"] = sums["sent_count"] - sums["back_count"] - sums["open_count"]
        sums["paid_fen"] = sums["sent_fen"] - sums["back_fen"] - sums["open_fen"]
    return [{"month": month, **sums, "rate": _rate(sums)} for month, sums in months.items()]


_SUMS: Final = (
    "sent_count", "sent_fen", "back_count", "back_fen", "open_count", "open_fen", "paid_count",
    "paid_fen",
)  # fmt: skip


def _rate(sums: Mapping[str, int]) -> str:
    """Return the share that arrived in percent, rounded down, as `hub payout success` has it."""
    if not sums["sent_count"]:
        return "–"
    points = sums["paid_count"] * 10_000 // sums["sent_count"]
    return f"{points // 100}.{points % 100:02d}%"


def _series(state: str) -> str:
    if ItemState(state) in BACK:
        return "back"
    if state == ItemState.UNKNOWN.value:
        return "unknown"
    return "again" if state == ItemState.LISTED.value else "bank"


def _reason(code: str | None, reasons: Any) -> Word:  # noqa: ANN401 -- hub.domain.reasons
    if code is None:
        return said.ITEMS[ItemState.UNKNOWN.value]
    found = reasons.of(code or None)
    return Word(found.code, f"{found.code} {found.zh}", f"{found.code} {found.en}")


def _age(name: str) -> str:
    if name == UNKNOWN:
        return gettext("unknown")
    return gettext("%(age)s days", age=name)


def _working_days(since: date | None, day: date, services: Services) -> int | None:
    try:
        return max(0, services.calendar.count(since, day)) if since else 0
    except Rejected:  # the calendar does not know the year: unknown, not a guess
        return None
