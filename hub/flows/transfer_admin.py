"""What the administrative messages do: ask, answer, remind, invalidate, forward, close, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.transfer_body import (
    Closing,
    Invalidation,
    Onward,
    Question,
    RecallReply,
    Reminder,
    Reopening,
    body_of,
    head_of,
    type_of,
)
from hub.domain.transfer_facts import (
    Announced,
    Answered,
    Asked,
    Closed,
    Consent,
    Ending,
    Form,
    Forwarded,
    RecallAnswered,
    Reminded,
    Voided,
)
from hub.domain.transfer_kinds import Direction, End
from hub.domain.transfer_messages import MessageType
from hub.domain.transfer_steps import reopened
from hub.errors import Rejected
from hub.flows.region_messages import post
from hub.flows.transfer_find import Heard, as_said, known, opened
from hub.flows.transfer_notes import keep, note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.domain.transfer_case import TransferCase


def clarify(heard: Heard) -> None:
    """The other office asks something; somebody here has to answer."""
    said = as_said(heard, Question)
    fact = Asked(on=said.on, number=said.number, ours=False, text=said.text)
    note(heard.work, known(heard), fact)


def reply(heard: Heard) -> None:
    """The other office answers our question, or our recall of a form."""
    case = known(heard)
    if isinstance(heard.said, RecallReply):
        said = heard.said
        fact = RecallAnswered(on=said.on, target=said.target, given_back=said.given_back)
        note(heard.work, case, fact)
        return
    answer = as_said(heard, Answered)
    question = case.known(f"{Asked.TYPE}:{answer.number}")
    if not isinstance(question, Asked) or not question.ours:
        raise Rejected("transfer_question_unknown", ref=case.ref, number=answer.number)
    note(heard.work, case, answer)


def remind(heard: Heard) -> None:
    """The other office reminds us (催办)."""
    said = as_said(heard, Reminder)
    fact = Reminded(on=said.on, number=said.number, ours=False, step=said.step, due_on=said.due_on)
    note(heard.work, known(heard), fact)


def invalidate(heard: Heard) -> None:
    """The other office takes something back.

    A request that is taken back ends the case. A form is given back unless the relation goes on
    here by it; either way the old place gets an answer, and until then it stays locked there.
    """
    said = as_said(heard, Invalidation)
    case = known(heard)
    kind = said.target.partition(":")[0]
    if case.direction is Direction.OUT and kind == Consent.TYPE:
        if case.ending is None:
            fact = Ending(on=said.on, how=End.WITHDRAWN, ours=False, reason=said.reason)
            note(heard.work, case, fact)
    elif case.direction is Direction.IN and kind == Form.TYPE:
        _give_back(heard, case, said)
    elif case.direction is Direction.IN and kind == Announced.TYPE:
        if case.ending is None:
            note(heard.work, case, Voided(on=said.on, target=said.target, reason=said.reason))
    else:
        raise Rejected("transfer_not_voidable", ref=case.ref, fact=said.target)


def forward(heard: Heard) -> None:
    """A request was passed on: to us, which opens a case; or away from the office we asked."""
    said = as_said(heard, Onward)
    head, work = heard.head, heard.work
    if head.source != heard.envelope.sender:
        raise Rejected("transfer_regions_differ", ref=heard.ref)
    if head.target == work.region:
        case = known(heard)
        other = work.uow.transfers.live(head.person_id, head.kind, said.to)
        if other is not None and other.id != case.id:
            raise Rejected("transfer_exists", ref=other.ref, state=other.state.zh)
        note(work, case, Forwarded(on=said.on, sender=heard.envelope.sender, to=said.to))
        return
    if said.to != work.region:
        raise Rejected("transfer_regions_differ", ref=heard.ref)
    asked = work.uow.transfers.of_ref(heard.ref, lock=True)
    if asked is None:
        asked = work.uow.transfers.live(head.person_id, head.kind, head.target, lock=True)
    if asked is None:
        asked = opened(heard, Direction.OUT, head.target)
    if said.letter is not None and asked.counterpart == head.target:
        note(work, asked, said.letter)


def close(heard: Heard) -> None:
    """The other office has closed its case; ours is closed with its own end."""
    said = as_said(heard, Closing)
    note(heard.work, known(heard), Closed(on=said.on, ours=False))


def reopen(heard: Heard) -> None:
    """The other office begins another round; so do we."""
    said = as_said(heard, Reopening)
    case = known(heard)
    if case.round == heard.head.round:
        return  # both began it at once
    if case.round != heard.head.round - 1:
        raise Rejected("transfer_round", ref=heard.ref, found=heard.head.round, known=case.round)
    begun = keep(heard.work, reopened(case, frozenset(said.needs), heard.work.today))
    heard.work.journal("reopened", begun, reason=said.reason, before=case.id)


def _give_back(heard: Heard, case: TransferCase, said: Invalidation) -> None:
    ended = case.ending
    taken = ended is not None and ended.how is End.DONE and f"{Form.TYPE}:{ended.form}" in (
        said.target, f"{said.target}:typed"
    )  # fmt: skip
    if ended is None:
        for target in (said.target, f"{said.target}:typed"):
            if target == said.target or case.known(target) is not None:
                fact = Voided(on=said.on, target=target, reason=said.reason)
                case = note(heard.work, case, fact)
    answer = RecallReply(on=heard.work.today, target=said.target, given_back=not taken)
    post(
        heard.work.uow, heard.work.services, type=type_of(answer).value,
        recipient=heard.envelope.sender, case_ref=case.ref, in_reply_to=heard.envelope.id,
        body=body_of(head_of(case, heard.work.region), answer), at=heard.work.at,
    )  # fmt: skip


ADMINISTRATIVE: Final[Mapping[MessageType, Callable[[Heard], None]]] = {
    MessageType.CLARIFY: clarify,
    MessageType.REPLY: reply,
    MessageType.REMIND: remind,
    MessageType.INVALIDATE: invalidate,
    MessageType.FORWARD: forward,
    MessageType.CLOSE: close,
    MessageType.REOPEN: reopen,
}
"""What each administrative message does."""
