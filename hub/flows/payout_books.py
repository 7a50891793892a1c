"""What a payout means to the books and the bank accounts of its fund (规程 10-9 至 10-12).

Before a list is released, the guard of the fund's accounts is asked. With each file goes one
voucher for every benefit in it, so that a return finds the account that it was booked to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.fund_account import (
    AccountKind,
    Direction,
    FundAccount,
    Movement,
    Purpose,
    guard,
)
from hub.domain.payout import PayoutKind
from hub.domain.payout_form import FORM, form_json
from hub.domain.transfer_remittance import is_send_back
from hub.domain.voucher import Document
from hub.errors import Rejected
from hub.flows.bookkeeping import book
from hub.flows.refund_follow import originals

if TYPE_CHECKING:
    from datetime import date, datetime

    from hub.domain.payout import PayoutBatch, PayoutList
    from hub.domain.voucher import Voucher
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

FILE: Final = "代发文件"
DEBITS: Final = "debits"  # the policy of the books that chooses the account of direct debits

_PURPOSES: Final = {
    PayoutKind.REFUND: Purpose.PREMIUM_REFUND,
    PayoutKind.TRANSFER: Purpose.TRANSFER_OUT,
}
_EVENTS: Final = {  # kind -> first attempt, later attempts
    PayoutKind.REFUND: ("refund.paid", "refund.reissued"),
    PayoutKind.TRANSFER: ("transfer.released", "transfer.reissued"),
}
_BENEFIT_EVENTS: Final = ("payout.released", "payout.reissued")
_SEND_BACK_EVENTS: Final = ("transfer.sent_back", "transfer.sent_back")


def guard_release(
    payout: PayoutList, on: date, services: Services, *, sends_back: bool = False
) -> None:
    """Refuse what the fund's account must not pay, or receive, on a day.

    Payments leave 支出户, or 财政专户 where it `sends_back` transferred money; debits go to the
    account that is chosen for the day.
    """
    if payout.kind is PayoutKind.COLLECTION:
        guard(
            FundAccount(kind=collecting_account(on, services), fund=payout.fund),
            Movement(
                direction=Direction.IN, purpose=Purpose.CONTRIBUTION, amount_fen=payout.total_fen
            ),
            on,
            services.books.account_rules,
        )
        return
    account = AccountKind.TREASURY if sends_back else AccountKind.EXPENDITURE
    purpose = _PURPOSES.get(payout.kind, Purpose.BENEFIT)
    guard(
        FundAccount(kind=account, fund=payout.fund),
        Movement(
            direction=Direction.OUT,
            purpose=Purpose.TRANSFER_REFUND if sends_back else purpose,
            amount_fen=payout.total_fen,
        ),
        on,
        services.books.account_rules,
    )


def collecting_account(on: date, services: Services) -> AccountKind:
    """Return the account (收入户、财政专户) that debits of a day are collected on.

    `Rejected("debit_account_not_chosen")` when `config/vouchers.toml` chooses none.
    """
    chosen = services.books.chosen(DEBITS, on)
    if chosen is None:
        raise Rejected("debit_account_not_chosen", on=on.isoformat())
    return AccountKind(chosen)


def book_release(
    batch: PayoutBatch, content_sha256: str, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Book a batch whose file is made: one voucher for each benefit, first payment or repair."""
    payout = uow.payouts.get(batch.list_id)
    documents = (
        Document(name=FORM, sha256=services.archive.put_bytes(form_json(payout)).sha256),
        Document(name=FILE, sha256=content_sha256),
    )
    for benefit, is_repair, total_fen in uow.payout_items.by_benefit(batch.id):
        events = _EVENTS.get(batch.kind, _BENEFIT_EVENTS)
        if is_send_back(benefit):
            events = _SEND_BACK_EVENTS
        event = events[is_repair]
        book(
            uow,
            event,
            subject=subject_of(batch.id, benefit),
            fund=batch.fund,
            amount_fen=total_fen,
            on=batch.business_on,
            documents=(*documents, *originals(benefit, uow)),
            books=services.books,
            at=at,
            facts={"title": payout.title, "benefit": benefit, "bank": batch.bank},
            actor="payout",
        )


def booked_of(batch: PayoutBatch, uow: UnitOfWork) -> list[Voucher]:
    """Return the vouchers that `book_release` made of a batch, while it has its payments."""
    events = _EVENTS.get(batch.kind, _BENEFIT_EVENTS)
    found = [
        uow.vouchers.latest(batch.fund, events[is_repair], subject_of(batch.id, benefit))
        for benefit, is_repair, _ in uow.payout_items.by_benefit(batch.id)
    ]
    return [one for one in found if one is not None]


def subject_of(batch_id: int, benefit: str) -> str:
    """Return what a batch's voucher for a benefit is about: `payout_batch:12/基本养老金`."""
    return f"payout_batch:{batch_id}/{benefit}"
