"""What a message about a transfer does here: the handlers of the exchange between regions.

Letter, form and money begin a case where there is none: what comes first does not matter. Each
handler runs in the unit of work that accepts its message; `Rejected` refuses the message with a
signed receipt.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hub.domain.transfer_body import Completed, Head, Refusal, body_of, type_of
from hub.domain.transfer_case import Hold, TransferCase
from hub.domain.transfer_facts import Announced, Consent, Ending, Form
from hub.domain.transfer_kinds import Direction, End
from hub.domain.transfer_messages import MessageType, require_takable
from hub.domain.transfer_steps import wins
from hub.errors import Rejected
from hub.flows.region_messages import post
from hub.flows.transfer_admin import ADMINISTRATIVE
from hub.flows.transfer_announced import look_again
from hub.flows.transfer_find import Heard, as_said, find, hear, known, opened
from hub.flows.transfer_notes import Work, applied_on, note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hub.domain.envelope import Envelope
    from hub.flows.region_messages import Handler
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

TIE: Final = "双方同时申请转移：按申请日期在前者办理 / both offices asked for the person at once"
UNDER_WAY: Final = "该关系正在办理向另一地区的转移 / the relation is being transferred elsewhere"
GONE: Final = "该关系已转出到 {region} / the relation went to {region}"
TOO_LATE: Final = "转入案已结束 / the case at the new place is over"


def letter(heard: Heard) -> None:
    """A new place asks (联系函): open the case, join it, or decide which of two requests wins."""
    said = as_said(heard, Consent)
    signed = replace(said, typed=False)
    if heard.head.target != heard.envelope.sender:
        raise Rejected("transfer_regions_differ", ref=heard.ref)
    case = find(heard)
    if case is None:
        _asked(heard, signed)
    elif case.direction is Direction.IN:
        _both_asked(heard, signed, case)
    else:
        require_takable(case, heard.message)
        note(heard.work, case, signed)


def form(heard: Heard) -> None:
    """An old place offers (转移表): noted, whatever is still missing; too late if we ended."""
    said = replace(as_said(heard, Form), typed=False)
    case = _incoming(heard)
    look_again(heard.work, note(heard.work, case, said))
    if case.ending is not None and case.ending.how is not End.DONE:
        _answer_refusal(heard, TOO_LATE)


def funds_notice(heard: Heard) -> None:
    """An old place says that money is on its way (汇款通知)."""
    look_again(heard.work, note(heard.work, _incoming(heard), as_said(heard, Announced)))


def completed(heard: Heard) -> None:
    """The new place has continued the relation (接续办结): we release it."""
    said = as_said(heard, Completed)
    case = known(heard)
    ours = heard.work.uow.transfers.message_of(case.id, f"{Form.TYPE}:{said.form}")
    if ours is not None and heard.envelope.in_reply_to != ours:
        raise Rejected("transfer_not_offered", ref=case.ref)
    fact = Ending(on=said.on, how=End.DONE, ours=False, form=said.form, epoch=said.epoch)
    note(heard.work, case, fact)


def refused(heard: Heard) -> None:
    """The other office refuses; what has ended here already stays as it is."""
    said = as_said(heard, Refusal)
    case = known(heard)
    if case.ending is None:
        fact = Ending(on=said.on, how=End.REFUSED, ours=False, reason=said.reason)
        note(heard.work, case, fact)


def _incoming(heard: Heard) -> TransferCase:
    if heard.head.source != heard.envelope.sender:
        raise Rejected("transfer_regions_differ", ref=heard.ref)
    case = find(heard)
    if case is None:
        return opened(heard, Direction.IN, heard.envelope.sender)
    require_takable(case, heard.message)
    return case


def _asked(heard: Heard, consent: Consent) -> None:
    """Open the case of a request, unless this office cannot give what is asked for."""
    work, head = heard.work, heard.head
    if work.uow.transfers.claim(head.person_id, head.kind).hold is Hold.RELEASED:
        gone = work.uow.transfers.released(head.person_id, head.kind)
        _answer_refusal(heard, GONE.format(region=gone.counterpart if gone else "-"))
        return
    try:
        case = opened(heard, Direction.OUT, heard.envelope.sender)
    except Rejected as error:
        if error.code != "transfer_exists":
            raise
        _answer_refusal(heard, UNDER_WAY)
        return
    note(work, case, consent)


def _both_asked(heard: Heard, consent: Consent, case: TransferCase) -> None:
    """Both offices asked each other for one person: both decide alike, with what both know."""
    if case.ending is not None or case.form is not None:
        raise Rejected(
            "transfer_message_unexpected", ref=case.ref, found=heard.message.value,
            state=case.state.zh,
        )  # fmt: skip
    ours = (applied_on(case) or date.max, case.ref)
    theirs = (consent.applied_on or date.max, heard.ref)
    if wins(ours, theirs):
        heard.work.journal("tie_won", case, theirs=heard.ref)
        _answer_refusal(heard, TIE)
        return
    fact = Ending(on=heard.work.today, how=End.REFUSED, ours=False, reason=TIE)
    note(heard.work, replace(case, peer_ref=None), fact)
    _asked(heard, consent)


def _answer_refusal(heard: Heard, reason: str) -> None:
    """Refuse what is asked in answer to the message that asks it; there may be no case of ours."""
    work, head = heard.work, heard.head
    said = Refusal(on=work.today, reason=reason)
    body = body_of(
        Head(
            kind=head.kind, person_id=head.person_id, person_name=head.person_name,
            source=head.source, target=head.target, round=head.round,
        ),
        said,
    )  # fmt: skip
    post(
        work.uow, work.services, type=type_of(said).value, recipient=heard.envelope.sender,
        body=body, case_ref=heard.ref, in_reply_to=heard.envelope.id, at=work.at,
    )  # fmt: skip
    work.uow.journal.note(
        "transfer.answered_refusal", f"message:{heard.envelope.id}", at=work.at, actor="hub",
        ref=heard.ref, reason=reason,
    )  # fmt: skip


def _handler(message: MessageType, act: Callable[[Heard], None]) -> Handler:
    def handle(
        uow: UnitOfWork,
        services: Services,
        envelope: Envelope,
        body: Mapping[str, Any],
        at: datetime,
    ) -> None:
        work = Work(uow=uow, services=services, at=at, message_id=envelope.id)
        act(hear(message, work, envelope, body))

    return handle


_BUSINESS: Final[Mapping[MessageType, Callable[[Heard], None]]] = {
    MessageType.CONTACT_LETTER: letter,
    MessageType.FORM: form,
    MessageType.FUNDS_NOTICE: funds_notice,
    MessageType.COMPLETED: completed,
    MessageType.REFUSED: refused,
}

HANDLERS: Final[Mapping[str, Handler]] = {
    message.value: _handler(message, act)
    for message, act in {**_BUSINESS, **ADMINISTRATIVE}.items()
}
"""What each type of message does, for `hub.flows.region_handlers`."""
