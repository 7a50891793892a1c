"""A deadline of a transfer has come: remind the other office, or our own desk (催办)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.transfer_body import Reminder
from hub.domain.transfer_clock import Clock, clocks
from hub.domain.transfer_facts import Reminded
from hub.domain.transfer_messages import MessageType, may_send
from hub.flows.transfer_deadlines import BEFORE, ordinal_of, parse_subject, plan_next
from hub.flows.transfer_notes import Work, note
from hub.flows.transfer_send import send

if TYPE_CHECKING:
    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task


def remind(task: Task, services: Services) -> None:
    """Remind of the step that the task names, unless it is done or due on another day by now.

    A reminder is noted in the case by its name, so a second run sends no second one.
    """
    case_id, step, due_on, phase = parse_subject(task.subject_id)
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        work = Work(uow=uow, services=services, at=at)
        case = work.get(case_id)
        running = (
            one for one in clocks(case, services.calendar)
            if one.step.value == step and one.is_open and one.due_on == due_on
        )  # fmt: skip
        clock = next(running, None)
        if clock is not None:
            _remind(work, case, clock, phase)

    services.store.transact(unit)


def _remind(work: Work, case: TransferCase, clock: Clock, phase: str) -> None:
    assert clock.due_on is not None  # noqa: S101 -- it is the task's
    number = f"{case.ref}-{case.round}-{clock.step.value}-{clock.due_on:%Y%m%d}-{phase}"
    fact = Reminded(
        on=work.today, number=f"{number}-{'own' if clock.ours else 'ours'}", ours=not clock.ours,
        step=clock.step, due_on=clock.due_on,
    )  # fmt: skip
    if case.known(fact.key) is None:
        _say(work, case, clock, fact)
    if phase != BEFORE:
        ordinal = ordinal_of(phase)
        plan_next(case, clock, ordinal, uow=work.uow, services=work.services, at=work.at)


def _say(work: Work, case: TransferCase, clock: Clock, fact: Reminded) -> None:
    """Send a reminder for their clock; ours, and one on paper, stand in the journal and the case.

    What is on its way through the banks is nobody's fault, so nobody is reminded of it.
    """
    message_id = None
    if not clock.ours and not case.on_paper:
        if MessageType.REMIND not in may_send(case):
            work.journal("not_reminded", case, step=clock.step.value, due_on=clock.due_on)
            return
        said = Reminder(on=work.today, number=fact.number, step=fact.step, due_on=fact.due_on)
        message_id = send(work, case, said)
    note(work.with_message(message_id), case, fact)
