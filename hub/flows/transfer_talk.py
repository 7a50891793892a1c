"""What this office says besides: refuse, withdraw, invalidate, ask, answer, forward, close, reopen.

Each is noted and sent in one unit of work; the grammar (`hub.domain.transfer_messages`) says when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.codes import region
from hub.domain.discrepancy import worded
from hub.domain.transfer_body import Closing, Invalidation, Onward, Question, Refusal, Reopening
from hub.domain.transfer_facts import (
    Announced,
    Answered,
    Asked,
    Closed,
    Consent,
    Ending,
    Form,
    Funds,
    Recalled,
    Voided,
)
from hub.domain.transfer_kinds import Direction, End, Step
from hub.domain.transfer_messages import MessageType, require_sendable
from hub.domain.transfer_steps import advance, reopened
from hub.errors import Rejected
from hub.flows.transfer_notes import HUB, Work, keep, note, work_of
from hub.flows.transfer_send import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services


def refuse(case_id: int, reason: str, *, person: str, services: Services) -> TransferCase:
    """Refuse a transfer with its reason (不符合条件，告知理由); an offer must be recalled first."""
    why = worded(reason)
    return _do(case_id, lambda work, case: refused(work, case, why), person, services)


def refused(work: Work, case: TransferCase, reason: str) -> TransferCase:
    """Refuse inside a unit of work of the caller's."""
    return _end(work, case, End.REFUSED, reason)


def withdraw(case_id: int, reason: str, *, person: str, services: Services) -> TransferCase:
    """End a case because the person no longer wants it."""
    why = worded(reason)
    return _do(case_id, lambda work, case: _end(work, case, End.WITHDRAWN, why), person, services)


def invalidate(
    case_id: int, target: str, reason: str, *, person: str, services: Services
) -> TransferCase:
    """Make something that was said void: `target` is its key, such as `form:…` or `funds:…`.

    A consent takes the whole request back. A form is wanted back, and stays offered until the
    other office has answered. A payment counts no more, and the other office is told.
    """
    why = worded(reason)

    def act(work: Work, case: TransferCase) -> TransferCase:
        kind = target.partition(":")[0]
        if kind == Consent.TYPE and case.direction is Direction.IN:
            return _end(work, case, End.WITHDRAWN, why)
        if kind == Form.TYPE and case.direction is Direction.OUT:
            return _recall(work, case, target, why)
        fact = Voided(on=work.today, target=target, reason=why)
        if case.known(target) is None:
            raise Rejected("transfer_not_voidable", ref=case.ref, fact=target)
        advance(case, fact)
        message_id = None
        if case.direction is Direction.OUT:
            announced = f"{Announced.TYPE}:{target.removeprefix(f'{Funds.TYPE}:')}"
            message_id = send(work, case, Invalidation(on=work.today, target=announced, reason=why))
        return note(work.with_message(message_id), case, fact)

    return _do(case_id, act, person, services)


def clarify(case_id: int, text: str, *, person: str, services: Services) -> TransferCase:
    """Ask the other office something."""
    words = worded(text)

    def act(work: Work, case: TransferCase) -> TransferCase:
        count = sum(one.ours for one in case.all(Asked)) + 1
        number = f"{case.ref}-{case.round}-Q{work.region}-{count}"
        message_id = send(work, case, Question(on=work.today, number=number, text=words))
        fact = Asked(on=work.today, number=number, ours=True, text=words)
        return note(work.with_message(message_id), case, fact)

    return _do(case_id, act, person, services)


def reply(case_id: int, number: str, text: str, *, person: str, services: Services) -> TransferCase:
    """Answer a question of the other office, bound to the message that asked it."""
    words = worded(text)

    def act(work: Work, case: TransferCase) -> TransferCase:
        fact = Answered(on=work.today, number=number, text=words)
        question = case.known(f"{Asked.TYPE}:{number}")
        if not isinstance(question, Asked) or (question.ours and not case.on_paper):
            raise Rejected("transfer_question_unknown", ref=case.ref, number=number)
        advance(case, fact)
        message_id = None if question.ours else send(work, case, fact, answers=question.key)
        return note(work.with_message(message_id), case, fact)

    return _do(case_id, act, person, services)


def forward(case_id: int, to: str, reason: str, *, person: str, services: Services) -> TransferCase:
    """Pass a request on to the office that it belongs to; who asked is told where it went."""
    why, office = worded(reason), region.validate(to)

    def act(work: Work, case: TransferCase) -> TransferCase:
        if office in (work.region, case.counterpart):
            raise Rejected("transfer_to_ourselves", region=office)
        fact = Ending(on=work.today, how=End.FORWARDED, ours=True, reason=why, to=office)
        advance(case, fact)
        said = Onward(on=work.today, to=office, reason=why, letter=case.consent)
        send(work, case, said, to=office)
        answers = case.consent.key if case.consent is not None else None
        message_id = send(work, case, said, answers=answers)
        return note(work.with_message(message_id), case, fact)

    return _do(case_id, act, person, services)


def close(case_id: int, *, person: str, services: Services) -> TransferCase:
    """Close a case that is over and owes nothing (归档)."""

    def act(work: Work, case: TransferCase) -> TransferCase:
        fact = Closed(on=work.today, ours=True)
        advance(case, fact)
        message_id = None
        if other_knows(case):
            message_id = send(work, case, Closing(on=work.today))
        return note(work.with_message(message_id), case, fact)

    return _do(case_id, act, person, services)


def reopen(
    case_id: int, needs: Iterable[Step], reason: str, *, person: str, services: Services
) -> TransferCase:
    """Begin another round of a case that is over; the other office does the same."""
    why, wanted = worded(reason), frozenset(needs)

    def act(work: Work, case: TransferCase) -> TransferCase:
        latest = work.uow.transfers.of_ref(case.ref)
        if latest is not None and latest.round > case.round:
            raise Rejected("transfer_exists", ref=latest.ref, state=latest.state.zh)
        fresh = reopened(case, wanted, work.today)
        require_sendable(case, MessageType.REOPEN)
        if other_knows(case):
            said = Reopening(
                on=work.today, reason=why, needs=tuple(one for one in Step if one in wanted)
            )
            send(work, case, said, about=fresh)
        begun = keep(work, fresh)
        work.journal("reopened", begun, reason=why, needs=sorted(wanted), before=case.id)
        return begun

    return _do(case_id, act, person, services)


def other_knows(case: TransferCase) -> bool:
    """Tell whether the other office has heard of a case, so that it is to be told more."""
    if case.on_paper:
        return False
    if case.opened_by == HUB or case.peer_ref is not None:
        return True
    letters = case.all(Consent)
    if case.direction is Direction.IN:
        return bool(letters or case.all(Form) or case.all(Announced))
    return any(not one.typed for one in letters) or bool(case.all(Form))


def _end(work: Work, case: TransferCase, how: End, reason: str) -> TransferCase:
    """End a case, telling the other office in the words that its side has for it."""
    fact = Ending(on=work.today, how=how, ours=True, reason=reason)
    advance(case, fact)
    message_id = None
    if other_knows(case):
        consent = case.consent
        takes_back = how is End.WITHDRAWN and case.direction is Direction.IN
        if takes_back and consent is not None:
            said: Invalidation | Refusal = Invalidation(
                on=work.today, target=consent.key, reason=reason
            )
        else:
            said = Refusal(on=work.today, reason=reason)
        answers = consent.key if consent is not None else None
        message_id = send(work, case, said, answers=answers)
    return note(work.with_message(message_id), case, fact)


def _recall(work: Work, case: TransferCase, target: str, reason: str) -> TransferCase:
    fact = Recalled(on=work.today, target=target, reason=reason)
    advance(case, fact)
    message_id = send(work, case, Invalidation(on=work.today, target=target, reason=reason))
    return note(work.with_message(message_id), case, fact)


def _do(
    case_id: int,
    act: Callable[[Work, TransferCase], TransferCase],
    person: str,
    services: Services,
) -> TransferCase:
    return work_of(person, services, lambda work: act(work, work.get(case_id)))
