"""Which actions a case's page offers: what its state, its papers and its questions allow now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.domain.transfer_facts import Announced, Consent, Form, Funds
from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_messages import MessageType, may_send
from hub.domain.transfer_state import TransferState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.domain.transfer_case import TransferCase

Offer = tuple[str, dict[str, Any]]

_SAYING = {
    MessageType.CLARIFY: "transfer.clarify",
    MessageType.FORWARD: "transfer.forward",
    MessageType.REFUSED: "transfer.refuse",
    MessageType.CLOSE: "transfer.close",
    MessageType.REOPEN: "transfer.reopen",
}
"""The messages that are sent by an action of their own."""


def next_steps(case: TransferCase) -> list[Offer]:
    """Return the steps of ours that the case waits for; nothing while one waits for signatures."""
    return [(name, {"case_id": case.id}) for name in _steps(case)]


def to_say(case: TransferCase) -> list[Offer]:
    """Return what may be said to the other office now, as the grammar of messages has it."""
    allowed = may_send(case)
    found: list[Offer] = [
        (action, {"case_id": case.id}) for message, action in _SAYING.items() if message in allowed
    ]
    found += [
        ("transfer.reply", {"case_id": case.id, "number": one.number})
        for one in case.questions
        if not one.ours
    ]
    return found


def on_paper(case: TransferCase) -> list[Offer]:
    """Return what may be noted of the other office's papers."""
    names: list[str] = []
    if case.state.is_live:
        if case.direction is Direction.IN:
            names.append("transfer.their_form")
        else:
            names.append("transfer.their_consent")
        if case.on_paper:
            names.append("transfer.their_refusal")
    if case.on_paper and case.direction is Direction.OUT and case.form is not None:
        if case.state.is_live:
            names.append("transfer.their_completion")
        if case.recall is not None:
            names.append("transfer.recall_answer")
    found: list[Offer] = [(name, {"case_id": case.id}) for name in names]
    if case.on_paper:
        found += [
            ("transfer.reply", {"case_id": case.id, "number": one.number})
            for one in case.questions
            if one.ours
        ]
    return found


def voidable(case: TransferCase) -> set[str]:
    """Return the keys of what may be made void, or wanted back, now."""
    if not case.state.is_live:
        return set()
    if case.direction is Direction.OUT:
        recalled = case.recall is not None
        forms = [] if recalled or case.form is None else [case.form]
        return {one.key for one in (*forms, *case.valid(Funds))}
    kinds = (Consent, Form, Announced, Funds)
    return {one.key for kind in kinds for one in case.valid(kind)}


def _steps(case: TransferCase) -> Iterator[str]:
    waits = case.proposal is not None and not case.proposal.done
    if not case.state.is_live:
        return
    if case.direction is Direction.OUT and case.form is None:
        yield "transfer.arrears"
    if not waits:
        if case.direction is Direction.IN and case.state is TransferState.APPLIED:
            yield "transfer.consent"
        if case.state is TransferState.READY:
            yield "transfer.continue"
        if MessageType.FORM in may_send(case):
            yield "transfer.form"
    if case.form is not None:
        yield "transfer.funds"
    yield "transfer.resume" if case.pause is not None else "transfer.pause"
    if not (case.direction is Direction.OUT and case.form is not None):
        yield "transfer.withdraw"
