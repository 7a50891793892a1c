"""Polls one inbound channel and hands what stands still to `hub.flows.receive`.

A file is taken only when it is complete as far as one can see: its size and time stood still
over the polls that the channel asks for, or its marker is there. Whatever happens between the
commit and the moving aside, the file is seen again and found to be a repeat.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

import pykka

from hub.actors.messages import Message, Pause, Resume, Wake
from hub.domain.file_name import shown
from hub.errors import Rejected, Unavailable
from hub.flows import receive
from hub.flows.restored import keep_mark
from hub.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.actors.directory import Directory
    from hub.flows.services import Services
    from hub.ports import RemoteFile
    from hub.settings import ChannelSettings

EARLY: Final = 0.9  # a poll this much of the interval after the last one counts; sooner does not


@dataclass(frozen=True, slots=True)
class _Sight:
    """How a waiting file looked, and over how many polls it has looked so."""

    size_bytes: int
    modified_ns: int
    polls: int
    accepted: bool | None = None  # taken already, but could not be moved aside


class FileInbox(pykka.ThreadingActor):
    """Takes files from one channel; waits while more tasks are due than the hub wants."""

    def __init__(
        self,
        name: str,
        channel: ChannelSettings,
        services: Services,
        directory: Directory,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._name = name
        self._settings = channel
        self._channel = services.channels[channel.name]
        self._services = services
        self._directory = directory
        self._monotonic = monotonic
        self._polled_at_s = float("-inf")
        self._seen: dict[str, _Sight] = {}
        self._flooded = False
        self._trouble = ""
        self._log = log(name)

    def on_receive(self, message: Message) -> None:
        """Poll, unless the message says to stop polling."""
        match message:
            case Wake() | Resume():
                self._directory.beat(self._name)
                with self._directory.at_work(self._name) as ours:
                    if ours and self._directory.may_work(self._name) and self._is_time():
                        self._poll()
            case Pause():
                self._log.info("actor.paused")
            case _:
                assert_never(message)

    def _is_time(self) -> bool:
        # two wakes in one instant must not count as two polls: nothing can stand still that long
        now_s = self._monotonic()
        if now_s - self._polled_at_s < EARLY * self._settings.poll_interval_s:
            return False
        self._polled_at_s = now_s
        return True

    def _poll(self) -> None:
        limit = self._services.settings.limits.poll_files_max
        try:
            if self._is_flooded():
                return
            settled = self._look()
            for file in settled[:limit]:
                if not self._directory.may_work(self._name):
                    return
                self._directory.still_here(self._name)
                self._take(file)
        except (Rejected, Unavailable) as error:  # a place that refuses us is no bug of ours
            self._say_trouble(error.explain("en"))
            self._directory.rest(self._name)
            return
        self._say_trouble("")
        if settled:
            self._directory.wake(receive.QUEUE)
        tried = all(s.polls > self._settings.settle_polls for s in self._seen.values())
        if tried and len(settled) <= limit:
            self._directory.rest(self._name)

    def _is_flooded(self) -> bool:
        """Tell whether to leave files where they are; ends at half of where it began."""
        backlog_max = self._services.settings.limits.backlog_max
        with self._services.store.read() as uow:
            due = uow.tasks.due_counts(receive.QUEUE).get(receive.QUEUE, 0)
        flooded = due > (backlog_max // 2 if self._flooded else backlog_max)
        if flooded != self._flooded:
            self._log.warning("inbox.waits" if flooded else "inbox.goes_on", due=due)
        self._flooded = flooded
        return flooded

    def _look(self) -> list[RemoteFile]:
        """Update what was seen, which forgets what is gone, and return what stands still."""
        present = list(self._channel.list())
        marker = self._settings.settle_marker
        markers = {f.name for f in present if marker and f.name.endswith(marker)}
        files = [f for f in present if f.name not in markers]
        self._seen = {f.name: self._sight(f) for f in files}
        if marker:
            return [f for f in files if f.name + marker in markers]
        return [f for f in files if self._seen[f.name].polls >= self._settings.settle_polls]

    def _sight(self, file: RemoteFile) -> _Sight:
        last = self._seen.get(file.name)
        if last and (last.size_bytes, last.modified_ns) == (file.size_bytes, file.modified_ns):
            return _Sight(file.size_bytes, file.modified_ns, last.polls + 1, last.accepted)
        return _Sight(file.size_bytes, file.modified_ns, 1)

    def _take(self, file: RemoteFile) -> None:
        sight = self._seen[file.name]
        accepted = sight.accepted if sight.accepted is not None else self._receive(file, sight)
        if accepted is None:
            return
        self._seen[file.name] = replace(sight, accepted=accepted)
        if not self._directory.keeps(self._name):
            return  # it may be another process's by now: what lies there may be another file
        keep_mark(self._services)  # it moves for ever: a store that goes back must be found out
        try:
            self._channel.finish(file.name, accepted=accepted)
            if self._settings.settle_marker:
                self._channel.finish(file.name + self._settings.settle_marker, accepted=accepted)
        except Rejected as error:  # it stays there, known as taken; its neighbours go on
            if sight.accepted is None:
                self._log.error("file.not_moved", file=shown(file.name), code=error.code)
            return
        del self._seen[file.name]

    def _receive(self, file: RemoteFile, sight: _Sight) -> bool | None:
        """Return whether the file was kept; `None` when it could not be taken this time."""
        name = shown(file.name)
        try:
            content = self._channel.open(file.name)
        except (Rejected, Unavailable) as error:  # gone, swapped, locked: its neighbours go on
            if sight.polls <= self._settings.settle_polls:
                self._log.warning("file.not_opened", file=name, code=error.code)
            return None
        try:
            with content:
                receive.require_size(file.size_bytes, self._services)
                received = receive.receive(self._settings.name, name, content, self._services)
        except Rejected as error:
            receive.refuse(self._settings.name, name, error, self._services)
            self._log.error("file.refused", file=name, code=error.code)
            return False
        except Unavailable as error:
            if error.code != "file_changing":
                raise
            return None
        self._log.info(
            "file.received",
            file=name,
            inbox=received.id,
            novelty=str(received.novelty),
            trace=received.trace_id,
        )
        return True

    def _say_trouble(self, trouble: str) -> None:
        # once when it begins and once when it ends, not at every poll
        if trouble and trouble != self._trouble:
            self._log.error("channel.unavailable", reason=trouble)
        elif self._trouble and not trouble:
            self._log.info("channel.available")
        self._trouble = trouble
