"""Money that came before its announcement joins its case when that comes (规程 10-6).

Such a credit is 暂收款 only because nobody had said yet what it is. It joins by the rule by which
it would have joined on entry, had the order been the other way, and by more: the case was approved
when the money was entered, the sender's account is the other office's, what announces it is signed,
no other credit in suspense could be meant, and no person has begun to decide. Everything else is
for people (docs/decisions/0024-announced-money-joins-itself.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.domain.discrepancy import Ending, State
from hub.domain.transfer_facts import Announced, Consent, Form
from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_matching import matches
from hub.domain.transfer_receipt import SUSPENSE, Receipt, ReceiptState
from hub.flows.region_messages import QUEUE
from hub.flows.transfer_follow import suspense_key
from hub.flows.transfer_notes import Work
from hub.flows.transfer_receive import join, named_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task
    from hub.store.transfers import Noted

RULE: Final = "10-6-announced@1"
STEP: Final = "join_announced"


def look_again(work: Work, case: TransferCase) -> None:
    """Ask for a look at the credits in suspense, since a signed form or notice has come.

    That is a unit of its own: a message stands, whatever becomes of money that came before it.
    """
    if work.uow.receipts.list(state=ReceiptState.HELD, fund=case.kind.fund):
        work.uow.tasks.add(queue=QUEUE, step=STEP, subject_id=str(case.id), at=work.at)


def join_announced(task: Task, services: Services) -> None:
    """Join the one credit in suspense that the messages of the task's case explain, if any.

    A second run finds it joined and does nothing. What people begin meanwhile comes first.
    """
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        work = Work(uow=uow, services=services, at=at)
        case = work.get(int(task.subject_id))
        receipt = _only_one(work, case)
        if receipt is not None and _is_undecided(work, receipt):
            _join(work, case, receipt)

    services.store.transact(unit)


def _join(work: Work, case: TransferCase, receipt: Receipt) -> None:
    """Join a credit that nobody has touched, if nothing about it is open."""
    cases = work.uow.transfers.list(direction=Direction.IN, live=True)
    found = named_by(work, receipt, matches(receipt, cases))
    noted = work.uow.transfers.timeline(case.id)
    is_said = any(
        one.is_certain and one.is_from_there for one in matches(receipt, [_as_signed(case, noted)])
    )
    if found is None or found.case.id != case.id or not is_said:
        return
    if _was_approved(case, noted, receipt):
        join(work, receipt, case, "transfer.recognised", rule=RULE)
        work.uow.discrepancies.end(suspense_key(receipt.id), Ending.CLEARED, at=work.at)


def _only_one(work: Work, case: TransferCase) -> Receipt | None:
    """Return the only credit in suspense that names the case, or is proposed for it; held."""
    found = [
        receipt
        for state in SUSPENSE
        for receipt in work.uow.receipts.list(state=state, fund=case.kind.fund)
        if receipt.case_id == case.id or any(one.is_certain for one in matches(receipt, [case]))
    ]
    return work.uow.receipts.get(found[0].id, lock=True) if len(found) == 1 else None


def _is_undecided(work: Work, receipt: Receipt) -> bool:
    """Tell whether no person has begun to decide about a credit or its discrepancy."""
    shown = work.uow.discrepancies.of_key(suspense_key(receipt.id))
    return receipt.is_untouched and shown is not None and shown.state is State.OPEN


def _as_signed(case: TransferCase, noted: Sequence[Noted]) -> TransferCase:
    """Return a case without the forms and notices that people typed, who could join by them."""
    typed = {
        one.fact.key for one in noted
        if isinstance(one.fact, Form | Announced) and one.message_id is None
    }  # fmt: skip
    return replace(case, facts=tuple(one for one in case.facts if one.key not in typed))


def _was_approved(case: TransferCase, noted: Sequence[Noted], receipt: Receipt) -> bool:
    """Tell whether the case was agreed to before this money was entered: else it was unasked."""
    valid = {one.key for one in case.valid(Consent)}
    return any(one.fact.key in valid and one.noted_at <= receipt.entered_at for one in noted)
