"""What the console shows of other regions: the directory, and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.domain.region_directory import RecordState, holding
from hub.store.schema.regions import region_messages, region_records, region_streams
from hub.store.views.paging import page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.domain.region_directory import Kind, Record
    from hub.domain.region_message import MessageState
    from hub.store.unit_of_work import UnitOfWork

_LIST = ("direction", "peer", "id", "type", "case_ref", "sequence", "state", "code", "at", "due_at",
         "settled_at")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the directory, and whether it holds on the day asked for."""

    record: Record
    holds: bool


def directory(
    uow: UnitOfWork,
    *,
    on: date,
    code: str | None,
    kind: Kind | None,
    after: str | None,
    limit: int,
) -> tuple[list[Entry], str | None]:
    """Return the entries of every day by region, and where the page ended."""
    c = region_records.c
    wanted = {c.code: code, c.kind: kind and kind.value}
    query = select(c.id, c.code, c.kind, c.ref, c.valid_from).where(
        *(column == value for column, value in wanted.items() if value is not None)
    )
    keys = [c.code, c.kind, c.ref, c.valid_from, c.id]
    rows, ended = page(uow.connection, query, keys, after=after, limit=limit, newest_first=False)
    known: dict[int, Record] = {}
    for region in {row.code for row in rows}:
        known |= {one.id: one for one in uow.regions.list(code=region)}
    held = {one.id for one in holding(known.values(), on)}
    found = [Entry(record=known[row.id], holds=row.id in held) for row in rows]
    return found, ended


def drafts(uow: UnitOfWork, *, after: str | None, limit: int) -> tuple[list[Record], str | None]:
    """Return the entries that wait for a second person, those of one import together."""
    c = region_records.c
    query = select(c.id, c.batch).where(c.state == RecordState.PROPOSED.value)
    rows, ended = page(
        uow.connection, query, [c.batch, c.id], after=after, limit=limit, newest_first=False
    )
    return [uow.regions.get(row.id) for row in rows], ended


def messages(
    uow: UnitOfWork,
    *,
    peer: str | None,
    state: MessageState | None,
    after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return messages without their bytes, the latest first, and where the page ended."""
    c = region_messages.c
    wanted = {c.peer: peer, c.state: state and state.value}
    query = select(*(c[name] for name in _LIST)).where(
        *(column == value for column, value in wanted.items() if value is not None)
    )
    keys = [c.at, c.id, c.direction]
    rows, ended = page(uow.connection, query, keys, after=after, limit=limit)
    return [dict(row._mapping) for row in rows], ended  # noqa: SLF001 -- documented access


def streams(uow: UnitOfWork) -> Sequence[Any]:
    """Return, by region, the numbers given out and the last one taken."""
    query = select(region_streams).order_by(region_streams.c.peer)
    return list(uow.connection.execute(query))
