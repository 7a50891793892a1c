"""Asking and answering whether a payee is alive (异地协查认证, 5-7), by signed messages.

The answer is bound to the request's bytes. What it means for the benefits is done in the unit that
takes it: no list pays a person who has died, is missing or could not be certified.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named
from hub.domain.assistance import Answer, Assistance, Consequence, Request
from hub.domain.codes import person_id as ids
from hub.domain.codes import region
from hub.domain.discrepancy import worded
from hub.domain.payout import Stop
from hub.domain.transfer_json import from_json, to_json
from hub.errors import Rejected
from hub.flows.region_messages import post

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from hub.domain.envelope import Envelope
    from hub.flows.region_messages import Handler
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

REQUEST, ANSWER = "assist.request", "assist.answer"


def ask(
    *,
    peer: str,
    person_id: str,
    person_name: str,
    due_on: date,
    person: str,
    services: Services,
) -> Assistance:
    """Ask another office whether a payee is alive, to be answered by a day that the desk sets."""
    who, at = named(person), services.now()
    office = region.validate(peer)
    payee = ids.widen(ids.validate(person_id))
    if due_on < services.today():
        raise Rejected("assistance_due_past", on=due_on.isoformat())

    def unit(uow: UnitOfWork) -> Assistance:
        today = services.today()
        ours = services.settings.agency.region
        number = uow.assistances.next_number(today.year)
        request = Request(
            ref=f"{ours}-XC{today.year}-{number:06d}", person_id=payee,
            person_name=named(person_name), asked_on=today, due_on=due_on,
        )  # fmt: skip
        envelope = post(
            uow, services, type=REQUEST, recipient=office, case_ref=request.ref,
            body={"request": to_json(request)}, at=at,
        )  # fmt: skip
        added = uow.assistances.add(
            Assistance(id=0, ours=True, peer=office, request=request, message_id=envelope.id)
        )
        _note(uow, "asked", added, at, who)
        return added

    return services.store.transact(unit)


def reply(assistance_id: int, answer: Answer, *, person: str, services: Services) -> Assistance:
    """Answer what another office asked; it is sent in the same unit. `answer.ref` is filled in."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Assistance:
        asked = uow.assistances.get(assistance_id)
        if asked.ours:
            raise Rejected("assistance_ours", ref=asked.request.ref)
        found = replace(answer, ref=asked.request.ref)
        if found.found_on > services.today():
            raise Rejected("assistance_answer", ref=found.ref)
        saved = uow.assistances.save(asked.answered(found, who, at=at))
        post(
            uow, services, type=ANSWER, recipient=asked.peer, case_ref=found.ref,
            in_reply_to=asked.message_id, body={"answer": to_json(found)}, at=at,
        )  # fmt: skip
        _note(uow, "replied", saved, at, who)
        return saved

    return services.store.transact(unit)


def lift(assistance_id: int, reason: str, *, person: str, services: Services) -> Assistance:
    """Let benefits go on that an answer stopped or suspended (恢复), for a reason."""
    who, why, at = named(person), worded(reason), services.now()

    def unit(uow: UnitOfWork) -> Assistance:
        known = uow.assistances.get(assistance_id)
        if not uow.assistances.lift(known.evidence, person=who, at=at):
            raise Rejected("assistance_nothing_stopped", ref=known.request.ref)
        saved = uow.assistances.save(replace(known, lifted_by=who))
        _note(uow, "lifted", saved, at, who, reason=why)
        return saved

    return services.store.transact(unit)


def _on_request(
    uow: UnitOfWork, services: Services, envelope: Envelope, body: Mapping[str, Any], at: datetime
) -> None:
    """Another office asks: kept until somebody here has found out."""
    del services
    request = from_json(Request, body.get("request"), at="request")
    if envelope.case_ref != request.ref or ids.validate(request.person_id) != request.person_id:
        raise Rejected("transfer_body_invalid", field="request.ref")
    added = uow.assistances.add(
        Assistance(
            id=0, ours=False, peer=envelope.sender, request=request, message_id=envelope.id
        )
    )  # fmt: skip
    if added.message_id != envelope.id:
        raise Rejected("assistance_answered", ref=request.ref)
    _note(uow, "received", added, at, None)


def _on_answer(
    uow: UnitOfWork, services: Services, envelope: Envelope, body: Mapping[str, Any], at: datetime
) -> None:
    """Our question is answered: certified, suspended or stopped, in this unit."""
    answer = from_json(Answer, body.get("answer"), at="answer")
    asked = uow.assistances.of_ref(envelope.sender, answer.ref, ours=True)
    today = at.astimezone(services.settings.time_zone).date()
    if envelope.in_reply_to != asked.message_id or answer.found_on > today:
        raise Rejected("assistance_answer", ref=answer.ref)
    saved = uow.assistances.save(asked.answered(answer, None, at=at))
    consequence = answer.finding.consequence
    if consequence is not Consequence.CERTIFIED:
        uow.payout_checks.stop(
            Stop(
                person_id=saved.request.person_id, benefit=None, reason=answer.finding.value,
                evidence=saved.evidence, at=at,
            )
        )  # fmt: skip
    _note(uow, consequence.value, saved, at, None)


def _note(
    uow: UnitOfWork, event: str, one: Assistance, at: datetime, person: str | None, **facts: object
) -> None:
    answer = one.answer
    uow.journal.note(
        f"assistance.{event}", one.evidence, at=at, actor="person" if person else "hub",
        person=person, ref=one.request.ref, peer=one.peer,
        finding=answer.finding.value if answer else None,
        certified_until=answer.certified_until if answer else None, **facts,
    )  # fmt: skip


HANDLERS: Final[Mapping[str, Handler]] = {REQUEST: _on_request, ANSWER: _on_answer}
"""What each type of message does, for `hub.flows.region_handlers`."""
