"""Contributions (保险费入账, 10-2): one voucher for each day and fund that a run took deposits of.

Its amount is what the treasury's lists of that day sum up to, over all runs; its originals are
those lists and the bank's credits. A day whose sum changed later is reversed in red and booked
anew, so that the books always say what the lists say; running again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.facts import Source
from hub.domain.voucher import Cause, Document, Occurrence
from hub.flows.bookkeeping import replace
from hub.store.vouchers import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hub.flows.services import Services
    from hub.store.arrivals import Arrival
    from hub.store.engine import UnitOfWork
    from hub.store.runs import RunTotal

EVENT: Final = "contribution.credited"
ACTOR: Final = "collection"
_ORIGINALS: Final = {Source.DEPOSITS: "地税划解分险种清单", Source.CREDITS: "银行进账单"}
_LATE_DAYS: Final = 62  # how long before a run's day a list that it takes may be of


def book_contributions(
    as_of: date,
    totals: Iterable[RunTotal],
    taken: Sequence[Arrival],
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> None:
    """Book the deposits of every day that a run of `as_of` touched, within the run's own unit.

    Call it after the run was saved; `taken` are the lists that it took. Days that an earlier
    revision of this run had touched are looked at again, so that what is no longer there is
    taken back.
    """
    days = {total.day for total in totals if total.deposited_fen is not None}
    days |= _booked_days(as_of, uow)
    if not days:
        return
    sums = _sums(as_of, uow)
    for day in sorted(days):
        known = _booked_funds(day, uow)
        documents = _documents(day, taken, uow)
        for fund in sorted(known | sums[day].keys()):
            amount_fen = sums[day].get(fund, 0)
            if amount_fen == 0 and fund not in known:
                continue
            occurrence = Occurrence(
                event=EVENT, subject=_subject(day), fund=fund, amount_fen=amount_fen,
                on=max(as_of, day), documents=documents, facts={"day": day.isoformat()},
            )  # fmt: skip
            replace(occurrence, services.books, uow, cause=Cause(at=at, actor=ACTOR))


def _subject(day: date) -> str:
    return f"day:{day.isoformat()}"


def _sums(as_of: date, uow: UnitOfWork) -> defaultdict[date, defaultdict[str, int]]:
    """Return deposits by day and fund over this run and those that could take the same days."""
    sums: defaultdict[date, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for run in uow.runs.recent(before=as_of + timedelta(days=_LATE_DAYS), limit=3 * _LATE_DAYS):
        for total in uow.runs.totals(run.id):
            if total.deposited_fen is not None:
                sums[total.day][total.insurance_kind] += total.deposited_fen
    return sums


def _booked_days(as_of: date, uow: UnitOfWork) -> set[date]:
    """Return the days that vouchers dated on a run's day are about."""
    booked = uow.vouchers.list(Span(event=EVENT, since=as_of, until=as_of))
    return {date.fromisoformat(v.subject.removeprefix("day:")) for v in booked}


def _booked_funds(day: date, uow: UnitOfWork) -> set[str]:
    return {voucher.fund for voucher in uow.vouchers.of_event(EVENT, _subject(day))}


def _documents(day: date, taken: Sequence[Arrival], uow: UnitOfWork) -> tuple[Document, ...]:
    """Return the lists and credits of a day; a list of another day may hold deposits of it."""
    deposits = uow.arrivals.since(Source.DEPOSITS, day, until=day) or [
        arrival for arrival in taken if arrival.source is Source.DEPOSITS
    ]
    papers = []
    for arrival in (*deposits, *uow.arrivals.since(Source.CREDITS, day, until=day)):
        received = uow.inbox.get(arrival.inbox_id)
        name = f"{_ORIGINALS[arrival.source]} {received.name}"
        papers.append(Document(name=name, sha256=received.sha256))
    return tuple(papers)
