"""One thing happens to a transfer: noted, journalled, told, and its deadlines planned, in one unit.

Whoever changes a case goes through here. The case is held to the end of the unit, so there is one
writer at a time; the version in the store would tell a second one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self, TypeVar

from hub.domain.approval import named
from hub.domain.transfer_case import TransferCase
from hub.domain.transfer_case import note as noted
from hub.domain.transfer_facts import Applied
from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_steps import advance
from hub.flows.publish import announce
from hub.flows.transfer_deadlines import plan_reminders

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from hub.domain.transfer_facts import Fact
    from hub.domain.transfer_kinds import Kind
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

R = TypeVar("R")

HUB: Final = "hub"  # who acts when a message or a deadline does
ADVANCED: Final = "case.advanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One unit of work on transfers: when, by which person, or because of which message."""

    uow: UnitOfWork
    services: Services
    at: datetime
    person: str | None = None
    message_id: str | None = None

    @property
    def today(self) -> date:
        """Return the day of the work, where the agency is."""
        return self.at.astimezone(self.services.settings.time_zone).date()

    @property
    def region(self) -> str:
        """Return the code of our own region."""
        return self.services.settings.agency.region

    def with_message(self, message_id: str | None) -> Self:
        """Return the same work, with the message that carries what is decided."""
        return replace(self, message_id=message_id)

    def get(self, case_id: int) -> TransferCase:
        """Return a case and hold it to the end of the unit."""
        return self.uow.transfers.get(case_id, lock=True)

    def journal(self, event: str, case: TransferCase, **facts: object) -> None:
        """Note a decision about a case in the journal."""
        self.uow.journal.note(
            f"transfer.{event}", f"transfer:{case.id}", at=self.at,
            actor="person" if self.person else HUB, person=self.person, ref=case.ref,
            round=case.round, **facts,
        )  # fmt: skip


def work_of(person: str, services: Services, act: Callable[[Work], R]) -> R:
    """Run one unit of work of a person's and return what `act` made of it.

    `Rejected("person_name_unusable")` for what is no name. `act` must have no effect outside the
    store: it runs again when another unit was in its way.
    """
    who, at = named(person), services.now()
    return services.store.transact(
        lambda uow: act(Work(uow=uow, services=services, at=at, person=who))
    )


def note(work: Work, case: TransferCase, fact: Fact, *, has_happened: bool = False) -> TransferCase:
    """Note a fact; the same case comes back, and nothing is written, when it is known.

    `Rejected` as `hub.domain.transfer_steps.advance` says. `has_happened`: it is nothing that an
    office decides, such as money that a bank moved, and is noted wherever the case stands.
    """
    after = noted(case, fact) if has_happened else advance(case, fact)
    if after is case:
        return case
    saved = work.uow.transfers.save(
        case, after, at=work.at, person=work.person, message_id=work.message_id
    )
    work.journal(
        fact.TYPE, saved, key=fact.key, on=fact.on, before=case.state.value,
        after=saved.state.value, hold=saved.claim.hold.value, epoch=saved.claim.epoch,
        message=work.message_id,
    )  # fmt: skip
    if saved.state is not case.state:
        _tell(work, saved, before=case.state.value)
    plan_reminders(saved, work.uow, work.services, at=work.at)
    return saved


def keep(work: Work, case: TransferCase) -> TransferCase:
    """Keep a new case, or a new round of one, with what it begins with."""
    added = work.uow.transfers.add(case, at=work.at, person=work.person)
    work.journal(
        "opened", added, direction=added.direction.value, kind=added.kind.value,
        counterpart=added.counterpart, state=added.state.value,
    )  # fmt: skip
    _tell(work, added, before=None)
    plan_reminders(added, work.uow, work.services, at=work.at)
    return added


def new_case(
    work: Work,
    *,
    direction: Direction,
    kind: Kind,
    person_id: str,
    person_name: str,
    counterpart: str,
    ref: str | None,
    on: date,
    on_paper: bool = False,
) -> TransferCase:
    """Return a case that is not kept yet; without `ref` it gets one of this office's numbers.

    A case that goes out carries the number of the ownership that this office has.
    """
    claim = work.uow.transfers.claim(person_id, kind)
    if ref is None:
        ref = f"{work.region}-{on.year}-{work.uow.transfers.next_serial(on.year):06d}"
    return TransferCase(
        id=0, ref=ref, direction=direction, kind=kind, person_id=person_id,
        person_name=person_name, origin=counterpart, opened_on=on,
        opened_by=work.person or HUB, rules=work.services.rules.governing(kind, on),
        on_paper=on_paper, epoch=max(claim.epoch, 1) if direction is Direction.OUT else 1,
    )  # fmt: skip


def applied_on(case: TransferCase) -> date | None:
    """Return the day of the application, if there was one."""
    application = case.first(Applied)
    return application.on if application is not None else None


def _tell(work: Work, case: TransferCase, *, before: str | None) -> None:
    """Tell other systems where a case stands now; no person is named."""
    facts = {
        "case": case.ref, "round": case.round, "direction": case.direction.value,
        "kind": case.kind.value, "counterpart": case.counterpart, "before": before,
        "state": case.state.value,
    }  # fmt: skip
    announce(work.uow, ADVANCED, facts, work.at)
