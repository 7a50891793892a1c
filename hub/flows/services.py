"""What a step may use, and what a step is. Built once by `hub.app`, shared by all threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hub.domain.bank_account import Banking
from hub.domain.transfer_rules import RulePacks
from hub.ports import SystemClock

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from hub.domain.books import Books
    from hub.domain.calendar import WorkingDays
    from hub.domain.reasons import Reasons
    from hub.domain.way import Way
    from hub.mappings.catalog import Catalog
    from hub.ports import (
        Clock,
        Credentials,
        FileChannel,
        IdentityProvider,
        MessageRoad,
        Protection,
        Signing,
    )
    from hub.settings import Settings
    from hub.store.archive import Archive
    from hub.store.engine import Store, UnitOfWork
    from hub.store.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a step may reach; none of it holds work or a session."""

    store: Store
    archive: Archive
    catalog: Catalog
    calendar: WorkingDays
    clock: Clock
    settings: Settings
    books: Books
    reasons: Reasons
    channels: Mapping[str, FileChannel]
    work_dir: Path
    signing: Signing | None = None
    roads: Mapping[str, MessageRoad] = field(default_factory=dict)
    rules: RulePacks = field(default_factory=lambda: RulePacks(packs={}))
    banking: Banking = field(default_factory=Banking)
    protections: Mapping[str, Protection] = field(default_factory=dict)  # by partner
    credentials: Credentials | None = None  # of people who sign in to the console
    identity_provider: IdentityProvider | None = None  # only in the console's process
    real_clock: Clock = field(default_factory=SystemClock)  # sessions, one-time codes

    def on(self, way: Way) -> Services:
        """Return the same services for payouts or for direct debits."""
        return replace(self, store=self.store.on(way), reasons=self.reasons.on(way))

    @property
    def way(self) -> Way:
        """Return whether these are services for payouts or for direct debits."""
        return self.store.way

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return self.clock.now()

    def real_now(self) -> datetime:
        """Return the instant that people's own clocks show, on a training day too."""
        return self.real_clock.now()

    def today(self) -> date:
        """Return the present date where the agency is."""
        return self.clock.now().astimezone(self.settings.time_zone).date()


Step = Callable[["Task", Services], None]
"""One function that moves one thing one step, safe to run twice."""

Together = Callable[["Task", "UnitOfWork", Services], None]
"""The same step within a unit that it shares with its neighbours, and with the ends of them all.

It has no effect outside the unit. Whatever it raises undoes the whole of it; then each of the
tasks is run by itself, by its `Step`, which knows what to do about what is wrong.
"""


def on_way(step: Step, way: Way) -> Step:
    """Return a step that runs with the services of payouts or of direct debits."""

    def run(task: Task, services: Services) -> None:
        step(task, services.on(way))

    return run
