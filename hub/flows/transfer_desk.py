"""What people note in a transfer: arrears, papers that came by hand, money, pauses.

Money is noted one by one (逐笔, 10-6). What this office has sent is told to the other office; who
makes the payment itself, and finds which credit belongs to which case, calls in here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.domain.discrepancy import worded
from hub.domain.transfer_facts import (
    Announced,
    Arrears,
    Consent,
    Ending,
    Form,
    Funds,
    Paused,
    RecallAnswered,
    Resumed,
    Returned,
)
from hub.domain.transfer_kinds import Direction, End
from hub.domain.transfer_steps import advance
from hub.errors import Rejected
from hub.flows.transfer_notes import Work, note, work_of
from hub.flows.transfer_send import send

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_facts import Fact
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSend:
    """Money that an old place still has to send (转移人员清单, 3-15): who, how much, where to."""

    case: TransferCase
    form: Form
    letter: Consent | None
    amount_fen: int


def check_arrears(case_id: int, owed_fen: int, *, person: str, services: Services) -> TransferCase:
    """Note what the person or unit owes (欠费核查, 3-14); 0 lets the transfer go on."""

    def fact(_case: TransferCase, work: Work) -> Fact:
        return Arrears(on=work.today, at=work.at, owed_fen=owed_fen)

    return _noted(case_id, fact, person=person, services=services)


def note_consent(case_id: int, letter: Consent, *, person: str, services: Services) -> TransferCase:
    """Note the other office's consent as a person brought it (3-13); at the old place only."""

    def fact(case: TransferCase, _work: Work) -> Fact:
        _require_side(case, Direction.OUT, letter)
        return letter

    return _noted(case_id, fact, person=person, services=services)


def note_form(case_id: int, form: Form, *, person: str, services: Services) -> TransferCase:
    """Note the other office's form as it came on paper (3-17); at the new place only."""

    def fact(case: TransferCase, _work: Work) -> Fact:
        _require_side(case, Direction.IN, form)
        return form

    return _noted(case_id, fact, person=person, services=services)


def note_funds(
    case_id: int, number: str, amount_fen: int, on: date, *, person: str, services: Services
) -> TransferCase:
    """Note one payment: credited here, or sent by us, which the other office is then told.

    `number` names the credit or the payment; the same again changes nothing.
    """
    funds = Funds(on=on, number=number, amount_fen=amount_fen)
    return work_of(person, services, lambda work: fund(work, work.get(case_id), funds))


def fund(work: Work, case: TransferCase, funds: Funds) -> TransferCase:
    """Note a payment inside a unit of work of the caller's."""
    _require_past(funds.on, work)
    if advance(case, funds) is case:
        return case
    message_id = None
    if case.direction is Direction.OUT:
        said = Announced(on=funds.on, number=funds.number, amount_fen=funds.amount_fen)
        answers = case.consent.key if case.consent is not None else None
        message_id = send(work, case, said, answers=answers)
    return note(work.with_message(message_id), case, funds)


def note_returned(
    case_id: int, number: str, amount_fen: int, on: date, *, person: str, services: Services
) -> TransferCase:
    """Note money that went back to the old place (10-6)."""

    def fact(_case: TransferCase, _work: Work) -> Fact:
        return Returned(on=on, number=number, amount_fen=amount_fen)

    return _noted(case_id, fact, person=person, services=services)


def pause(case_id: int, reason: str, *, person: str, services: Services) -> TransferCase:
    """Stop our clock for a reason; today does not count any more."""
    why = worded(reason)

    def fact(case: TransferCase, work: Work) -> Fact:
        return Paused(on=work.today, number=str(len(case.all(Paused)) + 1), reason=why)

    return _noted(case_id, fact, person=person, services=services)


def resume(case_id: int, *, person: str, services: Services) -> TransferCase:
    """Let our clock go on; today counts again."""

    def fact(case: TransferCase, work: Work) -> Fact:
        number = case.pause.number if case.pause is not None else "0"
        return Resumed(on=work.today, number=number)

    return _noted(case_id, fact, person=person, services=services)


def note_completed(case_id: int, on: date, *, person: str, services: Services) -> TransferCase:
    """Note that the other office has continued the relation, as its letter on paper says."""

    def fact(case: TransferCase, _work: Work) -> Fact:
        _require_paper(case)
        if case.form is None:
            raise Rejected("transfer_not_offered", ref=case.ref)
        return Ending(
            on=on, how=End.DONE, ours=False, form=case.form.number, epoch=case.form.epoch + 1
        )

    return _noted(case_id, fact, person=person, services=services)


def note_refusal(case_id: int, reason: str, *, person: str, services: Services) -> TransferCase:
    """Note that the other office refuses, as its letter on paper says."""
    why = worded(reason)

    def fact(case: TransferCase, work: Work) -> Fact:
        _require_paper(case)
        return Ending(on=work.today, how=End.REFUSED, ours=False, reason=why)

    return _noted(case_id, fact, person=person, services=services)


def note_recall_answer(
    case_id: int, *, given_back: bool, person: str, services: Services
) -> TransferCase:
    """Note whether the other office gave our form back, as its letter on paper says."""

    def fact(case: TransferCase, work: Work) -> Fact:
        _require_paper(case)
        if case.recall is None:
            raise Rejected("transfer_no_recall", ref=case.ref)
        return RecallAnswered(on=work.today, target=case.recall.target, given_back=given_back)

    return _noted(case_id, fact, person=person, services=services)


def to_send(uow: UnitOfWork) -> list[ToSend]:
    """Return the money that our forms promise and that was not sent: the list of a month end."""
    cases = uow.transfers.list(direction=Direction.OUT, live=True)
    return [
        ToSend(
            case=case, form=case.form, letter=case.consent,
            amount_fen=case.form.amount_fen - case.funds_fen,
        )
        for case in reversed(cases)
        if case.form is not None and case.recall is None and not case.is_funded
    ]  # fmt: skip


def _noted(
    case_id: int,
    fact_of: Callable[[TransferCase, Work], Fact],
    *,
    person: str,
    services: Services,
) -> TransferCase:
    def act(work: Work) -> TransferCase:
        case = work.get(case_id)
        fact = fact_of(case, work)
        _require_past(fact.on, work)
        return note(work, case, fact)

    return work_of(person, services, act)


def _require_side(case: TransferCase, side: Direction, fact: Fact) -> None:
    if case.direction is not side:
        raise Rejected("transfer_fact_side", ref=case.ref, side=case.direction.zh, fact=fact.key)


def _require_paper(case: TransferCase) -> None:
    """Refuse to type what the other office says by signed message."""
    if not case.on_paper:
        raise Rejected("transfer_not_on_paper", ref=case.ref)


def _require_past(on: date, work: Work) -> None:
    if on > work.today:
        raise Rejected("transfer_in_future", on=on.isoformat())
