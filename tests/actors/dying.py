"""One life of a worker whose tasks share units, in a process that some task may end at once.

    python -m tests.actors.dying HOME

A task called `poison` ends the process; the others leave a row in the journal. The process ends
well when nothing is due any more.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from hub.actors.directory import Directory
from hub.actors.messages import Wake
from hub.actors.worker import Worker
from hub.store.engine import Store
from tests.actors.house import QUEUE
from tests.deployments import make_services

KILLED = 9


def do(task, uow, services):
    if task.subject_id == "poison":
        os._exit(KILLED)
    uow.journal.note("test.done", f"test:{task.subject_id}", at=services.now(), actor="test")


def alone(task, services):
    services.store.transact(lambda uow: do(task, uow, services))


def live(home: Path, file: Path) -> None:
    services = make_services(home)
    services.store.close()
    services = replace(services, store=Store.open(f"sqlite:///{file}"))
    worker = Worker(QUEUE, {"do": alone}, services, Directory(), together={"do": do})
    while due(services):
        worker.on_receive(Wake())


def due(services):
    with services.store.read() as uow:
        return uow.tasks.due(QUEUE, services.now(), limit=1)


if __name__ == "__main__":
    live(Path(sys.argv[1]), Path(sys.argv[2]))
