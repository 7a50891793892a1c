"""The running actors as one thing: started in order, watched, stopped in reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.actors import planner, supervisor
from hub.actors.cast import cast
from hub.actors.directory import Directory
from hub.actors.supervisor import Supervisor
from hub.actors.ticker import Ticker
from hub.flows.orders import OPERATOR
from hub.logs import log

if TYPE_CHECKING:
    import pykka

    from hub.actors.leasing import Leasing
    from hub.flows.services import Services

LOOK_S: Final = 1.0  # how often workers and supervisor are woken
PLAN_S: Final = 30.0
BRISK_S: Final = 0.05  # for a day that is lived in seconds


class Stage:
    """Supervisor, ticker and directory. `brisk` wakes everybody as often as makes sense.

    With `leasing`, which has joined, actors work only in the lanes that this process has.
    """

    def __init__(
        self, services: Services, *, brisk: bool = False, leasing: Leasing | None = None
    ) -> None:
        self._services = services
        self._brisk = brisk
        self._ref: pykka.ActorRef[Any] | None = None
        self._leasing = leasing
        self.directory = Directory(lanes=leasing)
        self._children = cast(services, self.directory)
        self._ticker = Ticker(self.directory, self._intervals_s())
        self.alarms: list[str] = []
        services.store.on_queued = lambda road: self.directory.wake(f"send:{road}")

    def start(self) -> None:
        """Start the supervisor, which starts the others, and then the ticker."""
        if self._leasing is not None:
            names = [child.name for child in self._children]
            self._leasing.start(names, self.directory, alarm=self._alarm, say=self.said)
        self._ref = Supervisor.start(self._children, self.directory, self._alarm)
        self._ticker.start()

    def stop(self) -> bool:
        """Stop the ticker, then every actor after the piece of work it has begun.

        Returns whether all of them have stopped; a stuck one stays behind and is reported.
        """
        self.directory.close()
        self._ticker.stop()
        if self._ref is not None and self._ref.is_alive():
            self._ref.stop(timeout=supervisor.STOP_TIMEOUT_S + 1)
        return not any(child.ref is not None and child.ref.is_alive() for child in self._children)

    def is_running(self) -> bool:
        """Tell whether supervisor and ticker live; without them nothing is looked after."""
        leased = self._leasing is None or self._leasing.is_running()
        watched = self._ref is not None and self._ref.is_alive()
        return watched and self._ticker.is_alive() and leased

    def said(self) -> dict[str, Any]:
        """Return what people want to know of this process: actors, given-up ones, alarms."""
        return {
            "actors": self.directory.states(),
            "given_up": self.given_up(),
            "alarms": self.alarms,
        }

    def given_up(self) -> list[str]:
        """Return the names of the actors that would not stay up."""
        return [child.name for child in self._children if self.directory.is_given_up(child.name)]

    def is_idle(self) -> bool:
        """Tell whether nothing waits: no file to take, today planned, no task due now.

        Inboxes are asked before the task table, so what they took in meanwhile is seen there.
        """
        if not all(self.directory.keeps(child.name) for child in self._children):
            return False  # for now we do not know: the lanes' database is away, or slow
        takers = [c.name for c in self._children if c.name.startswith(("inbox:", "listen:"))]
        takers += [c.name for c in self._children if c.name.startswith("send:")]
        if not all(self.directory.is_idle(name) for name in [*takers, planner.NAME]):
            return False
        now = self._services.now()
        with self._services.store.read() as uow:
            return not any(uow.tasks.due(c.name, now, limit=1) for c in self._children)

    def _alarm(self, event: str, actor: str, **facts: object) -> None:
        log("supervisor").critical(event, about=actor, **facts)
        self.alarms = [*self.alarms[-19:], f"{actor}: {event}"]

    def _intervals_s(self) -> dict[str, float]:
        polls = {
            f"inbox:{c.name}": c.poll_interval_s for c in self._services.settings.channels.values()
        }
        usual = {child.name: polls.get(child.name, LOOK_S) for child in self._children}
        usual |= {supervisor.NAME: LOOK_S, planner.NAME: PLAN_S, OPERATOR: LOOK_S}
        return dict.fromkeys(usual, BRISK_S) if self._brisk else usual
