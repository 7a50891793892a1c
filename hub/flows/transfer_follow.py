"""Cases and credits follow the payments of their money, in the unit that moves the payment.

When the bank has the file, the case notes the money as sent and the other office is told
(汇款通知). What the bank sends back (退单) counts no more, and the other office is told that too;
corrected and paid again it is another payment of the same case. A credit that goes back follows
likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Difference, Ending, Event, Level, key_of
from hub.domain.payout import BatchState, ItemState, PayoutKind
from hub.domain.transfer_body import Invalidation
from hub.domain.transfer_facts import Announced, Funds, Voided
from hub.domain.transfer_messages import MessageType, may_send
from hub.domain.transfer_receipt import ReceiptState
from hub.domain.transfer_remittance import is_gone, is_send_back
from hub.domain.transfer_state import TransferState
from hub.errors import Rejected
from hub.flows.transfer_notes import Work, note
from hub.flows.transfer_send import send

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hub.domain.payout import PayoutBatch, PayoutItem, PayoutList
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_remittance import Remittance
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

CAME_BACK: Final = "银行退单"
_NOT_COUNTED: Final = frozenset({ItemState.CANCELLED, ItemState.REFUSED})
_MAY_SEND_MONEY: Final = (TransferState.OFFERED, TransferState.SENT)


def follow_batch(batch: PayoutBatch, services: Services, uow: UnitOfWork, *, at: datetime) -> None:
    """Bring cases and credits in line with the payments of a batch; other kinds have none."""
    if batch.kind is PayoutKind.TRANSFER:
        _follow(uow.payout_items.of_batch(batch.id), Work(uow=uow, services=services, at=at))


def follow_list(payout: PayoutList, services: Services, uow: UnitOfWork, *, at: datetime) -> None:
    """Bring cases and credits in line with the payments of a list, such as one cancelled."""
    if payout.kind is PayoutKind.TRANSFER:
        _follow(uow.payout_items.of_list(payout.id), Work(uow=uow, services=services, at=at))


def sends_back(payout: PayoutList, uow: UnitOfWork) -> bool:
    """Tell whether a list sends credits back; `Rejected` when it does so beside other payments."""
    if payout.kind is not PayoutKind.TRANSFER:
        return False
    found = {
        is_send_back(one.benefit) for one in list(uow.payout_items.of_list(payout.id))
        if one.state is not ItemState.REFUSED
    }  # fmt: skip
    if len(found) > 1:
        raise Rejected("remittance_mixed")
    return found == {True}


def require_transfers_due(payout: PayoutList, uow: UnitOfWork) -> None:
    """Refuse to sign or release a list unless each payment is what its case or credit needs."""
    if payout.kind is not PayoutKind.TRANSFER:
        return
    for item in list(uow.payout_items.of_list(payout.id, ItemState.LISTED)):
        remittance = uow.remittances.of_item(item)
        if remittance is not None:
            _require_case(remittance, item, uow)
        elif is_send_back(item.benefit):
            receipt = uow.receipts.of_item(item)
            if receipt is None or receipt.amount_fen != item.amount_fen:
                raise Rejected("remittance_without_case", item_no=item.item_no)
            receipt.require_state(ReceiptState.SENDING_BACK)


def suspense_key(receipt_id: int) -> str:
    """Return the key of the discrepancy of a credit that no case has."""
    return key_of(Level.EVENT, Event.UNASKED_FUNDS, receipt_id)


def suspense_difference(receipt_id: int, amount_fen: int, fund: str, text: str) -> Difference:
    """Return what is to be found out about a credit that no case has (10-6)."""
    return Difference(
        key=suspense_key(receipt_id), level=Level.EVENT, cause=Event.UNASKED_FUNDS,
        amount_fen=amount_fen, insurance_kind=fund, note=text,
    )  # fmt: skip


def _require_case(remittance: Remittance, item: PayoutItem, uow: UnitOfWork) -> None:
    """Refuse a remittance whose case no longer promises it: other form, recalled, sent already."""
    case = _latest_round(remittance, uow)
    form = case.form
    missing_fen = 0 if form is None else form.amount_fen - case.funds_fen
    is_due = case.state in _MAY_SEND_MONEY and case.recall is None
    is_same = item.amount_fen == remittance.amount_fen <= missing_fen
    if form is None or form.key != remittance.form or not (is_due and is_same):
        raise Rejected(
            "remittance_not_due", number=remittance.number, ref=case.ref, state=case.state.zh
        )


def _follow(items: Iterable[PayoutItem], work: Work) -> None:
    for item in list(items):
        if is_send_back(item.benefit):
            _follow_credit(item, work)
        else:
            _follow_remittance(item, work)


def _attempts(item: PayoutItem, uow: UnitOfWork) -> list[PayoutItem]:
    found = uow.payout_items.attempts(item.person_id, item.benefit, item.period)
    return sorted(
        (one for one in found if one.state not in _NOT_COUNTED), key=lambda one: one.attempt
    )


def _follow_remittance(item: PayoutItem, work: Work) -> None:
    before = work.uow.remittances.of_item(item)
    if before is None:
        return
    attempts = _attempts(item, work.uow)
    latest = attempts[-1] if attempts else None
    after = before.follow(latest, is_delivered=_is_delivered(latest, work.uow))
    if after != before:
        work.uow.remittances.save(after)
        work.uow.journal.note(
            f"remittance.{after.state.value}", f"remittance:{after.id}", at=work.at,
            actor="payout", number=after.number, case=after.case_id, item=after.item_id,
            amount_fen=after.amount_fen, evidence=latest.evidence if latest else None,
        )  # fmt: skip
    case = _latest_round(after, work.uow)
    for one in attempts:
        number = after.payment_number(one.attempt)
        if is_gone(one, is_delivered=_is_delivered(one, work.uow)):
            case = _sent(work, case, number, one.amount_fen)
        elif one.state is ItemState.RETURNED:
            case = _came_back(work, case, number, one.outcome_raw or one.outcome_code)


def _is_delivered(item: PayoutItem | None, uow: UnitOfWork) -> bool:
    if item is None or item.batch_id is None:
        return False
    return uow.payout_batches.get(item.batch_id).state is not BatchState.READY


def _latest_round(remittance: Remittance, uow: UnitOfWork) -> TransferCase:
    """Return the round of the case that its money counts in now, held to the end of the unit."""
    case = uow.transfers.get(remittance.case_id, lock=True)
    latest = uow.transfers.of_ref(case.ref, lock=True)
    return case if latest is None else latest


def _sent(work: Work, case: TransferCase, number: str, amount_fen: int) -> TransferCase:
    """Note money that the bank has, and tell the other office where that may still be said."""
    fact = Funds(on=work.today, number=number, amount_fen=amount_fen)
    if case.known(fact.key) is not None:
        return case
    message_id = None
    if MessageType.FUNDS_NOTICE in may_send(case):
        said = Announced(on=fact.on, number=number, amount_fen=amount_fen)
        answers = case.consent.key if case.consent is not None else None
        message_id = send(work, case, said, answers=answers)
    return note(work.with_message(message_id), case, fact, has_happened=True)


def _came_back(work: Work, case: TransferCase, number: str, why: str | None) -> TransferCase:
    """Note that a payment came back; whoever was told of it is told this too."""
    target = f"{Funds.TYPE}:{number}"
    fact = Voided(on=work.today, target=target, reason=f"{CAME_BACK} {why or ''}".strip())
    if case.known(target) is None or case.known(fact.key) is not None:
        return case
    message_id = None
    if MessageType.INVALIDATE in may_send(case):
        announced = f"{Announced.TYPE}:{number}"
        message_id = send(
            work, case, Invalidation(on=fact.on, target=announced, reason=fact.reason)
        )
    return note(work.with_message(message_id), case, fact, has_happened=True)


def _follow_credit(item: PayoutItem, work: Work) -> None:
    before = work.uow.receipts.of_item(item)
    if before is None:
        return
    attempts = _attempts(item, work.uow)
    after = before.follow(attempts[-1] if attempts else None)
    if after == before:
        return
    saved = work.uow.receipts.save(after)
    if saved.state is before.state:
        return
    work.uow.journal.note(
        f"receipt.{saved.state.value}", f"transfer_receipt:{saved.id}", at=work.at,
        actor="payout", number=saved.number, item=saved.item_id, amount_fen=saved.amount_fen,
    )  # fmt: skip
    if saved.state is ReceiptState.SENT_BACK:
        work.uow.discrepancies.end(suspense_key(saved.id), Ending.CLEARED, at=work.at)
    elif before.state is ReceiptState.SENT_BACK:  # the bank brings back what went back
        difference = suspense_difference(saved.id, saved.amount_fen, saved.fund, saved.number)
        work.uow.discrepancies.open(difference, owner=FINANCE, on=work.today, at=work.at)
