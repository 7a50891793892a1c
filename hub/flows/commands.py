"""Commands (指令): what the agency's own systems order by message, under the rules for all.

A list that comes as a message takes the way of every file: archive, inbox, the same checks, the
same refusals. A decision of people that comes as a message is one of `hub.flows.resolve` or
`payout_decision`. What became of a command is told back as an event.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from hub.domain.discrepancy import Action
from hub.domain.message_topology import COMMAND
from hub.domain.payout import ItemState
from hub.errors import Rejected
from hub.flows import payout_decision, resolve
from hub.flows.publish import announce
from hub.flows.receive import QUEUE as COLLECTION
from hub.flows.receive import receive
from hub.mappings.json_schema import parse
from hub.store.messages import InState

if TYPE_CHECKING:
    from datetime import datetime

    from hub.flows.services import Services
    from hub.settings import RoadSettings
    from hub.store.engine import UnitOfWork
    from hub.store.message_rows import MessageIn
    from hub.store.tasks import Task

COMMANDS_QUEUE: Final = "commands"
Wake = Callable[[str], None]
_Handler = Callable[["UnitOfWork", "MessageIn", "Services"], dict[str, Any]]


def obey(task: Task, services: Services, *, wake: Wake) -> None:
    """Carry out the command that the task names, once; a second run finds it applied.

    `wake` tells an actor that it has work. A refused command is in quarantine, with its reasons.
    """
    with services.store.read() as uow:
        order = uow.messages.get_in(int(task.subject_id))
    if order.state is not InState.NEW:
        return
    at = services.now()
    try:
        woken = services.store.transact(lambda uow: _apply(uow, order, services, at=at))
    except Rejected as error:
        refused = error
        services.store.transact(lambda uow: _refuse(uow, order, refused, at=at))
        return
    for name in woken:
        wake(name)


def _apply(
    uow: UnitOfWork, order: MessageIn, services: Services, *, at: datetime
) -> tuple[str, ...]:
    if uow.messages.get_in(order.id, lock=True).state is not InState.NEW:
        return ()  # another process was quicker
    kind = order.message.key.split(".", 2)[2:]
    handler = COMMANDS.get(kind[0] if kind else "")
    if handler is None:
        raise Rejected(
            "command_unknown", command=order.message.key[:80], known=", ".join(sorted(COMMANDS))
        )
    result = handler(uow, order, services)
    woken = result.pop("wake", ())
    uow.messages.mark_applied(order.id, at=at)
    said = {"message_id": order.message.id, "command": kind[0], "result": result}
    announce(uow, "command.applied", said, at)
    return tuple(woken)


def _refuse(uow: UnitOfWork, order: MessageIn, error: Rejected, *, at: datetime) -> None:
    said = error.as_dict()
    uow.messages.mark_refused(order.id, error=said, at=at)
    command = order.message.key.partition(f".{COMMAND}.")[2]
    facts = {
        "message_id": order.message.id, "command": command, "code": error.code,
        "zh": said["zh"], "en": said["en"],
    }  # fmt: skip
    announce(uow, "command.refused", facts, at)
    uow.journal.note(
        "command.refused", f"message_in:{order.id}", at=at, actor=COMMANDS_QUEUE,
        command=command, code=error.code, sender=order.message.sender,
    )  # fmt: skip


def _file(uow: UnitOfWork, order: MessageIn, services: Services) -> dict[str, Any]:
    """Take a list: its bytes are the body, `file` and `partner` or `channel` are headers."""
    headers = order.message.headers
    name, channel = headers.get("file"), headers.get("channel")
    if channel is None and "partner" in headers:
        channel = services.catalog.partner(headers["partner"]).channel
    if not name or not channel:
        raise Rejected("command_header_missing", headers="file, partner | channel")
    _require_channel(channel, order, services)
    received = receive(channel, name, io.BytesIO(order.message.body), services, uow=uow)
    return {"inbox": received.id, "novelty": received.novelty.value, "wake": (COLLECTION,)}


def _file_ready(_uow: UnitOfWork, order: MessageIn, services: Services) -> dict[str, Any]:
    """Look into an inbound channel now: somebody says that a file stands there."""
    said = parse("command.file_ready", order.message.body)
    _require_channel(said["channel"], order, services)
    return {"channel": said["channel"], "wake": (f"inbox:{said['channel']}",)}


def _decide_discrepancy(uow: UnitOfWork, order: MessageIn, services: Services) -> dict[str, Any]:
    """Propose, confirm or decline how a discrepancy ends."""
    said = parse("command.decide_discrepancy", order.message.body)
    _require_decisions(order, services)
    about: dict[str, Any] = {"person": said["person"], "services": services, "uow": uow}
    number = said["discrepancy"]
    if said["do"] == "propose":
        changed = resolve.propose(
            number, action=Action(said["action"]), reason=said["reason"], **about
        )
    elif said["do"] == "confirm":
        changed = resolve.confirm(number, **about)
    else:
        changed = resolve.decline(number, reason=said["reason"], **about)
    return {"discrepancy": changed.id, "state": changed.state.value}


def _decide_payment(uow: UnitOfWork, order: MessageIn, services: Services) -> dict[str, Any]:
    """Propose what became of a payment, or confirm it as another person."""
    said = parse("command.decide_payment", order.message.body)
    _require_decisions(order, services)
    decided = payout_decision.decide(
        said["item"], ItemState(said["outcome"]), person=said["person"], reason=said["reason"],
        services=services, uow=uow,
    )  # fmt: skip
    return {"discrepancy": decided.id, "state": decided.state.value}


COMMANDS: Final[Mapping[str, _Handler]] = {
    "file": _file,
    "file_ready": _file_ready,
    "decide_discrepancy": _decide_discrepancy,
    "decide_payment": _decide_payment,
}
"""What can be ordered, by the third word of the routing key and on."""


def _road(order: MessageIn, services: Services) -> RoadSettings:
    road = services.settings.roads.get(order.road)
    if road is None:
        raise Rejected(
            "road_unknown", road=order.road, known=", ".join(sorted(services.settings.roads))
        )
    return road


def _require_channel(channel: str, order: MessageIn, services: Services) -> None:
    allowed = _road(order, services).command_channels
    if channel not in allowed:
        raise Rejected(
            "command_channel_forbidden", channel=channel, allowed=", ".join(allowed) or "-"
        )


def _require_decisions(order: MessageIn, services: Services) -> None:
    if not _road(order, services).command_decisions:
        raise Rejected("command_decision_forbidden", road=order.road)
