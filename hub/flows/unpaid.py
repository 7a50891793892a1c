"""Who is not paid, and how each month's payouts came out: read only, as of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.domain.payout import BACK, ItemState, PayoutKind
from hub.domain.unpaid import Success, Waiting, needs
from hub.errors import Rejected
from hub.flows.payout_consequences import desk_of

if TYPE_CHECKING:
    from datetime import date

    from hub.flows.services import Services
    from hub.store.payout_outcomes import Unpaid


def waiting(
    services: Services,
    *,
    desk: str | None = None,
    returned_only: bool = False,
    min_days: int = 0,
    as_of: date | None = None,
) -> list[Waiting]:
    """Return who waits for money, the longest first; what is due today has 0 days."""
    day = as_of or services.today()
    with services.store.read() as uow:
        found = [as_waiting(one, day, services) for one in uow.payout_outcomes.unpaid()]
    return sorted(
        (
            one for one in found
            if one.days >= min_days
            and (desk is None or one.desk == desk)
            and (not returned_only or one.item.state in BACK)
        ),
        key=lambda one: (-one.days, one.item.id),
    )  # fmt: skip


def success(services: Services, month: int) -> list[Success]:
    """Return what each list of a month came to (按月检查发放情况, 规程 5-4)."""
    with services.store.read() as uow:
        rows = uow.payout_outcomes.success(month)
    lists: dict[int, dict[str, Any]] = {}
    for row in rows:
        one = lists.setdefault(row["id"], {**row, "states": {}})
        one["states"][ItemState(row["state"])] = (row["count"], int(row["fen"]))
    return [_success(one) for one in lists.values()]


def _success(one: dict[str, Any]) -> Success:
    states: dict[ItemState, tuple[int, int]] = one["states"]
    paid = states.get(ItemState.PAID, (0, 0))
    back = tuple(sum(states.get(state, (0, 0))[n] for state in BACK) for n in (0, 1))
    sent = [sum(part[n] for part in states.values()) for n in (0, 1)]
    return Success(
        list_id=one["id"], title=one["title"], kind=one["kind"], fund=one["fund"],
        sent_count=sent[0], sent_fen=sent[1], paid_count=paid[0], paid_fen=paid[1],
        returned_count=back[0], returned_fen=back[1],
        open_count=sent[0] - paid[0] - back[0], open_fen=sent[1] - paid[1] - back[1],
    )  # fmt: skip


def as_waiting(one: Unpaid, day: date, services: Services) -> Waiting:
    """Return what somebody who is not paid waits for, seen on a day."""
    reason = services.reasons.of(one.item.outcome_code)
    made_by = desk_of(reason, PayoutKind(one.kind))
    desk, zh, en, why = needs(one.item, reason, made_by, services.way)
    since = one.since_on or day
    return Waiting(
        item=one.item, kind=one.kind, fund=one.fund, list_state=one.list_state, since_on=since,
        days=max(0, (day - since).days), working_days=_working_days(since, day, services),
        desk=desk, reason=why, zh=zh, en=en,
    )  # fmt: skip


def _working_days(since: date, day: date, services: Services) -> int | None:
    try:
        return max(0, services.calendar.count(since, day))
    except Rejected:  # the calendar does not know the year: unknown, not a guess
        return None
