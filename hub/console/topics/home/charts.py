"""Charts of the first page, where people rather look than read."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.console.context import console, viewer
from hub.console.kept import kept
from hub.console.language import N_, gettext
from hub.domain.aging import UNKNOWN
from hub.domain.permission import Permission
from hub.flows import aging
from hub.store.views import reconciliation, returns

if TYPE_CHECKING:
    from hub.store.engine import UnitOfWork

DAYS_SHOWN: Final = 21  # of collections and credits
MONTHS_SHOWN: Final = 6  # of payouts
_PENSION_KINDS: Final = ("social", "unit", "instant")
_AGES: Final = ((0, "0"), (3, "1–3"), (7, "4–7"), (15, "8–15"), (30, "16–30"))
_BEYOND: Final = ">30"


def charts() -> list[dict[str, Any]]:
    """Return what this viewer may look at: title, kind of chart, points."""
    found: list[dict[str, Any]] = []
    with console().services.store.read() as uow:
        if viewer().may(Permission.RECONCILIATION_SEE):
            found += [_ages(uow), _sides(uow)]
        if viewer().may(Permission.PAYOUT_SEE):
            found += [_success(uow), _without(uow)]
    return [chart for chart in found if chart["points"]]


def _ages(uow: UnitOfWork) -> dict[str, Any]:
    sums = kept("ages", lambda: _counted(uow))
    points = [(name, sums[name]) for name in aging.NAMES if sums[name] or name != UNKNOWN]
    return {
        "kind": "bars",
        "title": N_("Open discrepancies by age (working days)"),
        "points": points,
    }


def _counted(uow: UnitOfWork) -> Counter[str]:
    services = console().services
    sums: Counter[str] = Counter()
    for line in aging.report(services.today(), services, uow):
        sums[line.bucket] += line.count
    return sums


def _sides(uow: UnitOfWork) -> dict[str, Any]:
    today = console().services.today()
    found = reconciliation.by_day(uow, today - timedelta(days=DAYS_SHOWN), today)
    points = [
        (f"{one.day:%m-%d}",
         {"collected": one.collected_fen or 0, "deposited": one.deposited_fen or 0,
          "credited": one.credited_fen or 0})
        for one in found
    ]  # fmt: skip
    return {
        "kind": "columns", "title": N_("Collected, deposited and credited per day, in yuan"),
        "way": "money", "points": points,
        "series": [("collected", gettext("Collected")), ("deposited", gettext("Deposited")),
                   ("credited", gettext("Credited"))],
    }  # fmt: skip


def _success(uow: UnitOfWork) -> dict[str, Any]:
    today = console().services.today()
    last = today.year * 100 + today.month
    months = today.year * 12 + today.month - MONTHS_SHOWN
    sums: dict[int, Counter[str]] = {}
    for row in returns.months(uow, months // 12 * 100 + months % 12 + 1, last):
        one = sums.setdefault(row.month, Counter())
        paid = int(row.sent_count) - int(row.back_count) - int(row.open_count)
        one.update(paid=max(paid, 0), back=int(row.back_count), open=int(row.open_count))
    points = [(f"{m // 100}-{m % 100:02d}", dict(one)) for m, one in sorted(sums.items())]
    return {
        "kind": "columns", "title": N_("Payments of each month by outcome"), "points": points,
        "series": [("paid", gettext("Paid")), ("back", gettext("Came back")),
                   ("open", gettext("Open"))],
    }  # fmt: skip


def _without(uow: UnitOfWork) -> dict[str, Any]:
    today = console().services.today()
    sums: Counter[str] = Counter()
    for since, _state, _code, kind, count, _fen in returns.ages(uow):
        if kind in _PENSION_KINDS:
            days = max(0, (today - since).days) if since else 0
            label = next((name for most, name in _AGES if days <= most), _BEYOND)
            sums[label] += count
    names = [*(name for _, name in _AGES), _BEYOND]
    points = [(name, sums[name]) for name in names] if sums else []
    return {"kind": "bars", "title": N_("People without their benefit, by days"), "points": points}
