"""What this office says about a transfer goes out: checked against the grammar, signed, queued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.region_message import Direction
from hub.domain.transfer_body import Said, body_of, head_of, type_of
from hub.domain.transfer_messages import require_sendable
from hub.flows.region_messages import post

if TYPE_CHECKING:
    from hub.domain.transfer_case import TransferCase
    from hub.flows.transfer_notes import Work


def send(
    work: Work,
    case: TransferCase,
    said: Said,
    *,
    answers: str | None = None,
    to: str | None = None,
    about: TransferCase | None = None,
) -> str | None:
    """Send what is said about a case to the other office; return the message's id.

    `answers`: the key of the fact that is answered; if a message brought it, the answer is bound
    to that message. `to`: another office than the counterpart. `about`: the new round that a case
    is followed by. On paper nothing is sent, and `None` comes back.
    `Rejected("transfer_message_not_allowed")` when the state does not allow it.
    """
    message = type_of(said)
    require_sendable(case, message)
    if case.on_paper:
        return None
    recipient = to or case.counterpart
    return post(
        work.uow, work.services, type=message.value, recipient=recipient, case_ref=case.ref,
        body=body_of(head_of(about or case, work.region), said),
        in_reply_to=_request(work, case, answers, recipient), at=work.at,
    ).id  # fmt: skip


def _request(work: Work, case: TransferCase, key: str | None, recipient: str) -> str | None:
    """Return the message of the recipient that brought a fact, if one did."""
    found = None if key is None else work.uow.transfers.message_of(case.id, key)
    if found is None:
        return None
    request = work.uow.region_messages.find(Direction.IN, recipient, found)
    return request.id if request is not None else None
