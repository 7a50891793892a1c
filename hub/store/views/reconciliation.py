"""What the pages of reconciliation read: a day's sums and files, days in a row, one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from hub.errors import Rejected
from hub.store.arrivals import Arrival
from hub.store.inbox import Received
from hub.store.schema.reconciliation import arrivals, run_totals, runs
from hub.store.schema.spine import CONTENT_KEY, business_keys, inbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.store.unit_of_work import UnitOfWork

_SIDES: Final = ("collected_fen", "deposited_fen", "credited_fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What each side says of a day, or of one kind of it, in fen; `None` where nothing is known."""

    day: date
    insurance_kind: str | None
    collected_fen: int | None
    deposited_fen: int | None
    credited_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file that a day's reconciliation rests on: what was read from it, and as what it came."""

    arrival: Arrival
    received: Received


def by_kind(uow: UnitOfWork, day: date) -> list[Sides]:
    """Return a day's sums by insurance kind, over all runs that took lists of it."""
    c = run_totals.c
    sides = [func.sum(c[name]).label(name) for name in _SIDES]
    query = select(c.insurance_kind, *sides).where(c.day == day).group_by(c.insurance_kind)
    return [
        Sides(day=day, insurance_kind=kind, collected_fen=_int(collected),
              deposited_fen=_int(deposited), credited_fen=_int(credited))
        for kind, collected, deposited, credited in uow.connection.execute(
            query.order_by(c.insurance_kind)
        )
    ]  # fmt: skip


def by_day(uow: UnitOfWork, first: date, last: date) -> list[Sides]:
    """Return the sums of each day of a range that any list spoke of, over all kinds."""
    c = run_totals.c
    sides = [func.sum(c[name]).label(name) for name in _SIDES]
    query = select(c.day, *sides).where(c.day >= first, c.day <= last).group_by(c.day)
    return [
        Sides(day=day, insurance_kind=None, collected_fen=_int(collected),
              deposited_fen=_int(deposited), credited_fen=_int(credited))
        for day, collected, deposited, credited in uow.connection.execute(query.order_by(c.day))
    ]  # fmt: skip


def neighbours(uow: UnitOfWork, day: date) -> tuple[date | None, date | None]:
    """Return the reconciled days before and after a day."""
    c = runs.c.as_of
    before = select(func.max(c)).where(c < day)
    after = select(func.min(c)).where(c > day)
    return (
        uow.connection.execute(before).scalar_one(),
        uow.connection.execute(after).scalar_one(),
    )


def arrived(uow: UnitOfWork, day: date) -> list[Arrived]:
    """Return the files of a day, by source and in the order in which they came."""
    return _arrived(uow, arrivals.c.day == day)


def arrived_by_facts(uow: UnitOfWork, ids: Sequence[int]) -> dict[str, Arrived]:
    """Return arrivals by the SHA-256 of their facts."""
    found = _arrived(uow, arrivals.c.id.in_(list(ids)))
    return {one.arrival.facts_sha256: one for one in found}


def arrived_one(uow: UnitOfWork, arrival_id: int) -> Arrived:
    """Return one arrival; `Rejected("arrival_missing")`."""
    found = _arrived(uow, arrivals.c.id == arrival_id)
    if not found:
        raise Rejected("arrival_missing", id=arrival_id)
    return found[0]


def plain_sha256(uow: UnitOfWork, received: Received) -> str:
    """Return the file that was read: what came, or what it held if it was sealed."""
    c = business_keys.c
    query = select(c.business_key).where(
        c.partner == received.partner,
        c.business_key >= CONTENT_KEY,
        c.business_key < CONTENT_KEY[:-1] + chr(ord(CONTENT_KEY[-1]) + 1),
        c.inbox_id == received.id,
    )
    key = uow.connection.execute(query.limit(1)).scalar_one_or_none()
    return received.sha256 if key is None else str(key).removeprefix(CONTENT_KEY)


def _arrived(uow: UnitOfWork, condition: object) -> list[Arrived]:
    query = select(arrivals).where(condition).order_by(arrivals.c.source, arrivals.c.id)  # type: ignore[arg-type]
    found = [Arrival.from_row(row) for row in uow.connection.execute(query)]
    ids = [one.inbox_id for one in found]
    rows = uow.connection.execute(select(*_RECEIVED).where(inbox.c.id.in_(ids)))
    files = {row.id: Received.from_row(row) for row in rows}
    return [Arrived(arrival=one, received=files[one.inbox_id]) for one in found]


_RECEIVED: Final = tuple(inbox.c[name] for name in Received.__slots__)


def _int(fen: object) -> int | None:
    return None if fen is None else int(str(fen))
