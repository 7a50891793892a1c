"""The cast: every actor of the hub, and the steps that each can run.

A new step is one function in `hub.flows` and one line here; a new queue is one more entry.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hub.actors import planner
from hub.actors.file_inbox import FileInbox
from hub.actors.message_listener import MessageListener
from hub.actors.message_sender import MessageSender
from hub.actors.supervisor import Child
from hub.actors.worker import Worker
from hub.domain.lanes import delivery_lane
from hub.domain.message_topology import listened
from hub.domain.way import Way
from hub.errors import Rejected
from hub.flows.bank_day import bank_day
from hub.flows.chase import chase
from hub.flows.commands import COMMANDS_QUEUE, obey
from hub.flows.deliver import deliver
from hub.flows.ingest import hold, ingest
from hub.flows.letter import issue
from hub.flows.letter_reminder import remind
from hub.flows.nightly import verify_night
from hub.flows.orders import OPERATOR
from hub.flows.outgoing import DELIVER
from hub.flows.payout_answers import answer
from hub.flows.payout_file import build
from hub.flows.payout_release import QUEUE as PAYOUT
from hub.flows.payout_resend import send_again
from hub.flows.reconcile import reconcile
from hub.flows.region_accept import accept, accept_together
from hub.flows.region_messages import ACCEPT, RECEIPT_DUE
from hub.flows.region_messages import QUEUE as TRANSFER
from hub.flows.region_order import GAP_DUE, gap_due
from hub.flows.region_receipts import receipt_due
from hub.flows.services import on_way
from hub.flows.transfer_announced import STEP as JOIN_ANNOUNCED
from hub.flows.transfer_announced import join_announced
from hub.flows.transfer_deadlines import STEP as TRANSFER_REMIND
from hub.flows.transfer_remind import remind as remind_transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.actors.directory import Directory
    from hub.flows.services import Services, Step, Together
    from hub.settings import ChannelSettings
    from hub.store.tasks import Task

COLLECTION_STEPS: Final[Mapping[str, Step]] = {
    "ingest": ingest,
    "hold": hold,
    "chase": chase,
    "reconcile": reconcile,
    "issue": issue,
    "remind": remind,
    "bank_day": bank_day,
    "verify": verify_night,
}
TRANSFER_STEPS: Final[Mapping[str, Step]] = {
    ACCEPT: accept,
    RECEIPT_DUE: receipt_due,
    GAP_DUE: gap_due,
    TRANSFER_REMIND: remind_transfer,
    JOIN_ANNOUNCED: join_announced,
}
TRANSFER_TOGETHER: Final[Mapping[str, Together]] = {ACCEPT: accept_together}
_FILE_STEPS: Final[Mapping[str, Step]] = {"build": build, "answer": answer}
PAYOUT_STEPS: Final[Mapping[str, Step]] = {
    way.step(name): on_way(step, way) for way in Way for name, step in _FILE_STEPS.items()
}
DELIVERY_STEPS: Final[Mapping[str, Step]] = {DELIVER: deliver, "resend": send_again}


def cast(services: Services, directory: Directory) -> list[Child]:
    """Return every actor in start order; the stop order is its reverse.

    Deliveries first and inboxes last: when the hub stops, intake ends first.
    """
    channels = services.settings.channels.values()
    workers = {delivery_lane(c.name): DELIVERY_STEPS for c in channels if c.direction == "out"}
    workers["collection"] = COLLECTION_STEPS
    workers[PAYOUT] = PAYOUT_STEPS
    workers[TRANSFER] = TRANSFER_STEPS
    workers[COMMANDS_QUEUE] = {"obey": partial(obey, wake=directory.wake)}
    workers[OPERATOR] = _orders(directory)
    children = [_sender(road, services, directory) for road in services.roads]
    children += [_worker(name, steps, services, directory) for name, steps in workers.items()]
    children.append(
        Child(planner.NAME, partial(planner.Planner.start, services, directory)),
    )
    children += [_inbox(c, services, directory) for c in channels if c.direction == "in"]
    region = services.settings.agency.region
    children += [
        _listener(road, queue, services, directory)
        for road in services.roads
        for queue in listened(region)
    ]
    return children


def _worker(
    name: str, steps: Mapping[str, Step], services: Services, directory: Directory
) -> Child:
    together = TRANSFER_TOGETHER if name == TRANSFER else {}
    return Child(name, partial(Worker.start, name, steps, services, directory, together=together))


def _inbox(channel: ChannelSettings, services: Services, directory: Directory) -> Child:
    name = f"inbox:{channel.name}"
    return Child(name, partial(FileInbox.start, name, channel, services, directory))


def _sender(road: str, services: Services, directory: Directory) -> Child:
    name = f"send:{road}"
    return Child(name, partial(MessageSender.start, name, road, services, directory))


def _listener(road: str, queue: str, services: Services, directory: Directory) -> Child:
    name = f"listen:{road}:{queue}"
    return Child(name, partial(MessageListener.start, name, road, queue, services, directory))


def _orders(directory: Directory) -> Mapping[str, Step]:
    """Return the operator's steps; a task's subject is the name of the actor it is about.

    What is ordered here is written down for the other processes: the actor may be theirs.
    """

    def pause(task: Task, services: Services) -> None:
        name = task.subject_id
        _require(directory.pause(name), task)
        services.store.transact(lambda uow: uow.leases.pause(name, paused=True))

    def resume(task: Task, services: Services) -> None:
        name = task.subject_id
        _require(directory.resume(name), task)
        services.store.transact(lambda uow: uow.leases.pause(name, paused=False))

    def revive(task: Task, services: Services) -> None:
        name = task.subject_id
        with services.store.read() as uow:
            elsewhere = uow.leases.is_given_up(name)
        _require(directory.revive(name) or elsewhere, task)
        services.store.transact(lambda uow: uow.leases.revive(name))

    return {"pause": pause, "resume": resume, "revive": revive}


def _require(obeyed: bool, task: Task) -> None:
    if not obeyed:
        raise Rejected("order_not_possible", order=task.step, actor=task.subject_id)
