"""What the console shows of transfers: cases, remittances and requests, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from hub.domain.transfer_clock import clocks
from hub.store.schema.assistance import OPEN, assistances
from hub.store.schema.transfer_funds import transfer_receipts, transfer_remittances
from hub.store.schema.transfers import LIVE, transfers
from hub.store.views.paging import page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Column, Select

    from hub.domain.calendar import WorkingDays
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_clock import Clock
    from hub.domain.transfer_kinds import Direction, Kind
    from hub.domain.transfer_remittance import RemittanceState
    from hub.domain.transfer_state import TransferState
    from hub.store.unit_of_work import UnitOfWork

LOOKED_MAX: Final = 600  # cases that one page of clocks looks at
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases; `None` is any. `live`: those that are not over."""

    ref: str | None = None
    state: TransferState | None = None
    live: bool = False
    direction: Direction | None = None
    kind: Kind | None = None
    counterpart: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A clock that runs or stands, with its case."""

    case: TransferCase
    clock: Clock


def cases(
    uow: UnitOfWork, wanted: Wanted, *, after: str | None, limit: int
) -> tuple[Sequence[TransferCase], str | None]:
    """Return cases, the latest first, and where the page ended."""
    query = _ids(wanted, live=wanted.live)
    rows, ended = page(uow.connection, query, [transfers.c.id], after=after, limit=limit)
    return uow.transfers.of_ids([row.id for row in rows]), ended


def running(
    uow: UnitOfWork,
    wanted: Wanted,
    *,
    calendar: WorkingDays,
    late_on: date | None,
    after: str | None,
    limit: int,
) -> tuple[list[Running], str | None]:
    """Return the clocks of live cases, the oldest case first, and where the page ended.

    Clocks follow from facts, so a page reads cases until it is full or `LOOKED_MAX` are read: with
    `late_on`, only clocks that are late on that day, it may be short or empty and still go on.
    """
    found: list[Running] = []
    looked = 0
    query = _ids(wanted, live=True)
    while len(found) < limit and looked < LOOKED_MAX:
        rows, after = page(
            uow.connection, query, [transfers.c.id], after=after, newest_first=False,
            limit=min(_AT_ONCE, limit - len(found)),
        )  # fmt: skip
        for case in uow.transfers.of_ids([row.id for row in rows]):
            found += [
                Running(case=case, clock=clock)
                for clock in clocks(case, calendar)
                if clock.is_open and (late_on is None or clock.is_late(late_on))
            ]
        looked += len(rows)
        if after is None:
            break
    return found, after


def remittances(
    uow: UnitOfWork,
    *,
    state: RemittanceState | None = None,
    counterpart: str | None = None,
    month: int | None = None,
    after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return remittances, the latest first, each with the reference of its case."""
    c = transfer_remittances.c
    wanted = {c.state: state and state.value, c.counterpart: counterpart, c.month: month}
    query = (
        select(transfer_remittances, transfers.c.ref)
        .join(transfers, transfers.c.id == c.case_id)
        .where(*(column == value for column, value in wanted.items() if value is not None))
    )
    rows, ended = page(uow.connection, query, [c.id], after=after, limit=limit)
    return [dict(row._mapping) for row in rows], ended  # noqa: SLF001 -- documented access


def money_of(uow: UnitOfWork, case_id: int) -> tuple[list[Any], list[Any]]:
    """Return what went out and what came in for a case: rows of remittances and of credits."""
    out, into = transfer_remittances, transfer_receipts
    ask = uow.connection.execute
    return (
        list(ask(select(out).where(out.c.case_id == case_id).order_by(out.c.id))),
        list(ask(select(into).where(into.c.case_id == case_id).order_by(into.c.id))),
    )


def requests(
    uow: UnitOfWork, *, peer: str | None, is_open: bool, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return requests whether payees are alive, the latest first."""
    query = select(assistances)
    if peer is not None:
        query = query.where(assistances.c.peer == peer)
    if is_open:
        query = query.where(OPEN)
    rows, ended = page(uow.connection, query, [assistances.c.id], after=after, limit=limit)
    return [dict(row._mapping) for row in rows], ended  # noqa: SLF001 -- documented access


def _ids(wanted: Wanted, *, live: bool) -> Select[Any]:
    """Select numbers of cases.

    Of several conditions SQLite would take the index of one, and read every case of it for the
    others. So they are written as no index has them, but for those that hold all columns: that of
    an office if one is asked for, else that of all cases. It is looked through from where the page
    begins, and no case is read.
    """
    c = transfers.c
    columns = {
        c.state: wanted.state and wanted.state.value,
        c.direction: wanted.direction and wanted.direction.value,
        c.kind: wanted.kind and wanted.kind.value,
        c.counterpart: wanted.counterpart,
    }
    asked = [(column, value) for column, value in columns.items() if value is not None]
    query = select(c.id)
    if wanted.ref is not None:
        query = query.where(or_(c.ref == wanted.ref, c.peer_ref == wanted.ref))
    if live:
        query = query.where(LIVE)
    plain: Column[Any] | None = None
    if not live and wanted.ref is None:
        plain = asked[0][0] if len(asked) == 1 else c.counterpart
    return query.where(
        *((column if column is plain else column.concat("")) == value for column, value in asked)
    )
