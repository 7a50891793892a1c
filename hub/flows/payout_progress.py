"""How far a batch and its list are, once outcomes of their items have been noted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.domain.payout import BatchState, ItemState, ListState

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.engine import UnitOfWork

OPEN: Final = frozenset({ItemState.LISTED, ItemState.IN_FLIGHT, ItemState.UNKNOWN})


def note_progress(batch_id: int, uow: UnitOfWork, *, at: datetime) -> None:
    """Say that the bank has answered about a batch; close it, and its list, when all is known.

    To be called in the unit that settled items. What is closed stays closed when a payment comes
    back later: that return is an event of its item.
    """
    batch = uow.payout_batches.get(batch_id)
    open_items = uow.payout_items.totals(batch_id=batch_id).keys() & OPEN
    state = BatchState.ANSWERED if open_items else BatchState.CLOSED
    if batch.outgoing_id is None or list(BatchState).index(state) <= list(BatchState).index(
        batch.state
    ):
        return
    uow.payout_batches.move(batch, state)
    uow.journal.note(
        uow.way.event(f"batch_{state.value}"),
        uow.way.batch(batch_id),
        at=at,
        actor=uow.way.value,
    )
    payout = uow.payouts.get(batch.list_id)
    others = uow.payout_batches.list(list_id=payout.id)
    ended = (BatchState.CLOSED, BatchState.WITHDRAWN)
    done = all(one.state in ended for one in others)
    done = done and ItemState.LISTED not in uow.payout_items.totals(payout.id)
    if done and payout.state is ListState.RELEASED:
        uow.payouts.save(replace(payout, state=ListState.CLOSED))
        way = uow.way
        uow.journal.note(way.event("closed"), way.list(payout.id), at=at, actor=way.value)
