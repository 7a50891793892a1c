"""A credit goes back to who sent it, once its cause is known (查明原因后按程序审批退回, 10-6).

It leaves 财政专户 as a payment of its own form, signed and released like any other. Money that was
joined to a case which came to nothing is put into 暂收款 first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from hub.domain.approval import named
from hub.domain.chinese import month_text
from hub.domain.discrepancy import worded
from hub.domain.payout import ListState, PayoutKind, PayoutList
from hub.domain.payout_form import end_to_end_id
from hub.domain.preflight import Place, item_of
from hub.domain.transfer_facts import Funds, Voided
from hub.domain.transfer_kinds import End
from hub.domain.transfer_receipt import Receipt, ReceiptState
from hub.domain.transfer_state import TransferState
from hub.domain.voucher import month_of
from hub.errors import Rejected
from hub.flows.payout_check import record
from hub.flows.transfer_notes import Work, note
from hub.flows.transfer_receive import book, open_suspense
from hub.flows.transfer_remit import require_whole

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.payout import PayoutItem
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

FORMS: Final = "transfer-back"  # how the keys of these forms begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """To whom a credit goes back. `payee_id` is the agency's credit code (统一社会信用代码)."""

    payee_id: str
    name: str
    account_no: str
    account_name: str
    bank: str
    bank_no: str | None = None


def unjoin(receipt_id: int, reason: str, *, person: str, services: Services) -> Receipt:
    """Take a credit out of a case that it does not belong to, or that came to nothing.

    `Rejected("receipt_case_done")` once the relation goes on by it.
    """
    who, why, at = named(person), worded(reason), services.now()

    def unit(uow: UnitOfWork) -> Receipt:
        work = Work(uow=uow, services=services, at=at, person=who)
        receipt = uow.receipts.get(receipt_id)
        receipt.require_state(ReceiptState.JOINED)
        case = work.get(int(receipt.case_id or 0))
        latest = uow.transfers.of_ref(case.ref, lock=True) or case
        ended = latest.ending
        if latest.state is TransferState.CLOSED or (ended and ended.how is End.DONE):
            raise Rejected(
                "receipt_case_done", number=receipt.number, ref=case.ref, state=latest.state.zh
            )
        target = f"{Funds.TYPE}:{receipt.payment_number}"
        note(work, latest, Voided(on=work.today, target=target, reason=why))
        book(work, "transfer.unrecognised", receipt)
        saved = uow.receipts.save(receipt.free())
        open_suspense(work, saved, [])
        uow.journal.note(
            "receipt.unjoined", f"transfer_receipt:{saved.id}", at=at, actor="person", person=who,
            number=saved.number, case=case.id, reason=why, amount_fen=saved.amount_fen,
        )  # fmt: skip
        return saved

    return services.store.transact(unit)


def draft(
    receipt_id: int, sender: Sender, cause: str, *, person: str, services: Services
) -> PayoutList:
    """Make the approval form that sends a credit back; `cause` is what was found out.

    `Rejected`: `receipt_state` unless it is in suspense, `remittance_refused`.
    """
    who, why, at = named(person), worded(cause), services.now()
    with services.store.read() as uow:
        receipt = uow.receipts.get(receipt_id)
    receipt.require_state(ReceiptState.HELD)
    asked = {
        "article": "10-6", "by": who, "request": f"{at.isoformat()} {uuid4().hex}",
        "credit": receipt.number, "amount_fen": receipt.amount_fen, "cause": why,
        "account_no": sender.account_no,
    }  # fmt: skip
    source = (json.dumps(asked, ensure_ascii=False, indent=1) + "\n").encode()
    sha256 = services.archive.put_bytes(source).sha256

    def unit(uow: UnitOfWork) -> PayoutList:
        found = uow.receipts.get(receipt_id)
        found.require_state(ReceiptState.HELD)
        payment = _payment(found, sender, month_of(services.today()), sha256)
        made = record(_form(found, sha256, who, at, services), [payment], services, uow, at=at)
        require_whole(made, uow)
        (item,) = list(uow.payout_items.of_list(made.id))
        saved = uow.receipts.save(found.sent_back(item.id, why))
        uow.journal.note(
            "receipt.sending_back", f"transfer_receipt:{saved.id}", at=at, actor="person",
            person=who, number=saved.number, cause=why, amount_fen=saved.amount_fen,
            form=made.id,
        )  # fmt: skip
        return made

    return services.store.transact(unit)


def _payment(receipt: Receipt, sender: Sender, month: int, sha256: str) -> PayoutItem:
    values = {
        "person_id": sender.payee_id, "person_name": sender.name, "benefit": receipt.benefit,
        "period": month, "amount_fen": receipt.amount_fen, "bank": sender.bank,
        "bank_no": sender.bank_no, "account_no": sender.account_no,
        "account_name": sender.account_name,
    }  # fmt: skip
    name = end_to_end_id(sha256, 1, 1)
    return item_of(values, Place(list_id=0, item_no=1, end_to_end_id=name))


def _form(
    receipt: Receipt, sha256: str, person: str, at: datetime, services: Services
) -> PayoutList:
    month = month_of(services.today())
    return PayoutList(
        id=0, key=f"{FORMS}/{sha256[:16]}", kind=PayoutKind.TRANSFER, fund=receipt.fund,
        title=f"{month_text(month)}{receipt.benefit}", month=month, state=ListState.DRAFT,
        item_count=0, total_fen=0, stated_count=1, stated_fen=receipt.amount_fen,
        source_sha256=sha256, made_by=person, added_at=at,
    )  # fmt: skip
