"""The list of letters (函), latest first, and the reminders of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from hub.store.letters import letter_of
from hub.store.schema.reconciliation import discrepancies, letter_items, letters
from hub.store.views.paging import page as paged

if TYPE_CHECKING:
    from hub.domain.letter import Letter, LetterState
    from hub.store.unit_of_work import UnitOfWork


def page(
    uow: UnitOfWork,
    *,
    limit: int,
    after: str | None = None,
    state: LetterState | None = None,
    month: int | None = None,
) -> tuple[list[Letter], str | None]:
    """Return a page of letters and where it ended."""
    query = select(letters)
    if state is not None:
        query = query.where(letters.c.state == state.value)
    if month is not None:
        query = query.where(letters.c.month == month)
    rows, ended = paged(uow.connection, query, [letters.c.id], after=after, limit=limit)
    return [letter_of(row) for row in rows], ended


def reminders(uow: UnitOfWork, letter_id: int) -> list[Letter]:
    """Return the reminders of a letter, oldest first."""
    query = select(letters).where(letters.c.about_id == letter_id).order_by(letters.c.id)
    return [letter_of(row) for row in uow.connection.execute(query)]


def item_states(uow: UnitOfWork, letter_id: int) -> dict[int, str]:
    """Return the states, now, of the discrepancies that a letter asks about."""
    query = (
        select(discrepancies.c.id, discrepancies.c.state)
        .join(letter_items, letter_items.c.discrepancy_id == discrepancies.c.id)
        .where(letter_items.c.letter_id == letter_id)
    )
    rows = uow.connection.execute(query)
    return {row.id: row.state for row in rows}
