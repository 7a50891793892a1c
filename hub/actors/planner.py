"""Plans each working day once it has begun. The tasks it adds are rows; it keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pykka

from hub.errors import Rejected, Unavailable
from hub.flows import schedule
from hub.logs import log

if TYPE_CHECKING:
    from datetime import date

    from hub.actors.directory import Directory
    from hub.actors.messages import Message
    from hub.flows.services import Services

NAME: Final = "planner"


class Planner(pykka.ThreadingActor):
    """Looks at the calendar at every wake; works once a day."""

    def __init__(self, services: Services, directory: Directory) -> None:
        super().__init__()
        self._services = services
        self._directory = directory
        self._planned_on: date | None = None
        self._log = log(NAME)

    def on_receive(self, message: Message) -> None:  # noqa: ARG002 -- every message means: look
        """Plan today unless that is done."""
        self._directory.beat(NAME)
        with self._directory.at_work(NAME) as ours:
            if ours:
                self._plan()

    def _plan(self) -> None:
        today = self._services.today()
        if today != self._planned_on and self._directory.may_work(NAME):
            try:
                for day in schedule.plan_until(today, self._services):
                    self._log.info("day.planned", day=day.isoformat())
            except Rejected as error:  # the calendar ends here; said once a day, and by `hub check`
                self._log.error("day.not_planned", day=today.isoformat(), code=error.code)
            except Unavailable as error:
                self._log.warning("store.unavailable", code=error.code)
                return
            self._planned_on = today
        self._directory.rest(NAME)
