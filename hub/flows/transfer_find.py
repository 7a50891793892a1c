"""Which case a message is about: by its reference, else the one that goes on about that person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from hub.domain.codes import person_id as ids
from hub.domain.transfer_body import Head, Said, read_body
from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_messages import MessageType, require_takable
from hub.errors import Rejected, Unavailable
from hub.flows.transfer_notes import Work, keep, new_case

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from hub.domain.envelope import Envelope
    from hub.domain.transfer_case import TransferCase

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message about a transfer, read: its envelope, which case, and what it says."""

    work: Work
    envelope: Envelope
    message: MessageType
    head: Head
    said: Said

    @property
    def ref(self) -> str:
        """Return the case's reference as the sender writes it."""
        return str(self.envelope.case_ref)


def hear(message: MessageType, work: Work, envelope: Envelope, body: Mapping[str, Any]) -> Heard:
    """Return a message read and checked by itself.

    `Rejected`: `transfer_body_invalid`, `transfer_regions_differ` when it is not between the
    sender and us, `transfer_in_future` when it is dated after it was sent.
    """
    head, said = read_body(message, body)
    if envelope.case_ref is None or ids.validate(head.person_id) != head.person_id:
        raise Rejected("transfer_body_invalid", field="case_ref, case.person_id")
    sent_on = envelope.created_at.astimezone(work.services.settings.time_zone).date()
    if said.on > sent_on:
        raise Rejected("transfer_in_future", on=said.on.isoformat())
    return Heard(work=work, envelope=envelope, message=message, head=head, said=said)


def as_said(heard: Heard, cls: type[S]) -> S:
    """Return what a message says, of the class that its type has."""
    if not isinstance(heard.said, cls):
        raise Rejected("transfer_body_invalid", field=cls.__name__.lower())
    return heard.said


def require_between(heard: Heard) -> None:
    """Refuse a message whose old and new place are not its sender and this office."""
    head, sender = heard.head, heard.envelope.sender
    if {head.source, head.target} != {sender, heard.work.region}:
        raise Rejected("transfer_regions_differ", ref=heard.ref)


def find(heard: Heard) -> TransferCase | None:
    """Return the case that a message is about, held to the end of the unit.

    One that this office began under its own number is joined, and keeps the other one beside it.
    """
    require_between(heard)
    transfers, head = heard.work.uow.transfers, heard.head
    case = transfers.of_ref(heard.ref, lock=True)
    if case is None and head.round == 1:
        case = transfers.live(head.person_id, head.kind, heard.envelope.sender, lock=True)
        if case is not None:
            case = replace(case, peer_ref=heard.ref)
    if case is None:
        return None
    if (case.person_id, case.kind) != (head.person_id, head.kind):
        raise Rejected("transfer_person_differs", ref=heard.ref)
    if case.round != head.round and heard.message is not MessageType.REOPEN:
        raise Rejected("transfer_round", ref=heard.ref, found=head.round, known=case.round)
    _require_counterpart(heard, case)
    return case


def known(heard: Heard) -> TransferCase:
    """Return the case; `Rejected("transfer_unknown")` when there is none."""
    case = find(heard)
    if case is None:
        raise Rejected("transfer_unknown", ref=heard.ref)
    require_takable(case, heard.message)
    return case


def opened(heard: Heard, direction: Direction, counterpart: str) -> TransferCase:
    """Open a case because a message begins one; nobody has applied here yet."""
    case = new_case(
        heard.work, direction=direction, kind=heard.head.kind, person_id=heard.head.person_id,
        person_name=heard.head.person_name, counterpart=counterpart, ref=heard.ref,
        on=heard.work.today,
    )  # fmt: skip
    return keep(heard.work, case)


def _require_counterpart(heard: Heard, case: TransferCase) -> None:
    """Refuse another office than the one that the case is with.

    The office that a request was passed on to may be quicker than the news of that: it is asked
    to wait, though not for ever.
    """
    if heard.envelope.sender == case.counterpart:
        return
    patience = timedelta(hours=heard.work.services.settings.exchange.gap_hours)
    early = heard.work.at - heard.envelope.created_at < patience
    if case.direction is Direction.IN and early:
        raise Unavailable("transfer_not_yet", ref=heard.ref, sender=heard.envelope.sender)
    raise Rejected("transfer_stranger", ref=heard.ref, sender=heard.envelope.sender)
