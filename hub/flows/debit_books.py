"""What direct debits mean to the books: income when collected, red when it is given back.

Nothing is booked when a file goes out: it only asks. One voucher for each batch and contribution
kind says what one answer has brought, on the account that was chosen for the batch's day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.payout import ItemState
from hub.domain.payout_form import FORMS, form_json
from hub.domain.voucher import Document
from hub.flows.bookkeeping import book
from hub.flows.payout_books import collecting_account

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from hub.domain.payout import PayoutBatch
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

Moved = tuple[int, ItemState, ItemState]
"""An item's number, its state before, its state after."""

COLLECTED: Final = "debit.collected"
REVERSED: Final = "debit.reversed"
_NOT_BOOKED: Final = (ItemState.IN_FLIGHT, ItemState.UNKNOWN)


def book_moved(
    moved: Sequence[Moved],
    cause: str,
    document: Document,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
    on: date,
) -> None:
    """Book what banks collected, and what went back; `cause` names why.

    What is reversed before anybody heard that it was collected is booked both ways, as the bank's
    statement has it.
    """
    brought: list[int] = []
    gone: list[int] = []
    for item_id, before, after in moved:
        unheard = after is ItemState.REVERSED and before in _NOT_BOOKED
        if after is ItemState.PAID or unheard:
            brought.append(item_id)
        if unheard or (before is ItemState.PAID and after is not ItemState.PAID):
            gone.append(item_id)
    for event, item_ids in ((COLLECTED, brought), (REVERSED, gone)):
        for (batch_id, benefit), fen in sorted(uow.payout_outcomes.by_benefit(item_ids).items()):
            batch = uow.payout_batches.get(batch_id)
            payout = uow.payouts.get(batch.list_id)
            form = Document(
                name=FORMS[payout.kind], sha256=services.archive.put_bytes(form_json(payout)).sha256
            )
            book(
                uow,
                event,
                subject=f"{uow.way.batch(batch_id)}/{benefit}/{cause}",
                fund=batch.fund,
                amount_fen=fen,
                on=on,
                documents=(form, document) if event == COLLECTED else (document,),
                books=services.books,
                at=at,
                facts={"title": payout.title, "benefit": benefit, "bank": batch.bank},
                choice=_choice(batch, services),
                actor=uow.way.value,
            )


def _choice(batch: PayoutBatch, services: Services) -> str:
    """Return the account that a batch collects on: what was chosen for its day counts for ever."""
    return collecting_account(batch.business_on, services).value
