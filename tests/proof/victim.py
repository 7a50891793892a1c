"""A hub command as a process that may die: the unchanged program, with fault points or without.

Commands are forks of a process that has loaded the program already: a second of loading for each
would be most of the time. By hand, one process with its points, in a shell:

    HUB_FAULT='commit.after@hub.flows.deliver._mark:2' HUB_FAULT_LOG=/tmp/hits \\
        python -m tests.proof.victim run --once --as-of 2026-11-25 --config DIR

`HUB_FAULT` is a point's name and which of its hits kills, or only `:120` for the process's own
hit of that number, whatever its name; without it nothing dies and the file of hits is the list of
points.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from tests.proof.faults import Plan, counted, install

KILLED = -signal.SIGKILL
CRASHED = 70
TIMEOUT_S = 1200.0  # a machine that has much else to do is no hang
LOADED = (
    "hub.app.service", "hub.cli.main", "hub.flows.reconcile", "hub.flows.verify",
    "hub.flows.work_list", "hub.flows.letter", "hub.adapters.rabbit", "hub.mappings.camt",
    "hub.mappings.pain001", "hub.simulate.days", "hub.simulate.benefits", "hub.twins.bank",
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a process ended and what it said."""

    words: tuple[str, ...]
    code: int
    said: str
    complained: str
    seconds: float
    cpu_s: float  # of it and of what it started

    @property
    def was_killed(self) -> bool:
        return self.code == KILLED

    def json(self):
        return json.loads(self.said)

    def __str__(self) -> str:
        line = " ".join(self.words)
        return f"hub {line}: exit code {self.code}\n{self.said[-3000:]}\n{self.complained[-6000:]}"


def run(words, *, plan: Plan | None = None, kill_after_s=None, environment=None) -> Ended:
    """Run a command to its end, which may be its death by plan or after some seconds."""
    texts = tuple(map(str, words))
    program = _program()
    began_s = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _become(program, texts, plan, (out, err), environment or {})
        code, cpu_s = _wait(child, kill_after_s)
        return Ended(texts, code, _text(out), _text(err), time.monotonic() - began_s, cpu_s)


def _wait(child: int, kill_after_s) -> tuple[int, float]:
    """Wait for the end of a process; one that hangs is shown where, and then killed."""
    hangs = False
    watched = os.pidfd_open(child)
    try:
        waits = TIMEOUT_S if kill_after_s is None else kill_after_s
        if not select.select([watched], [], [], waits)[0]:
            hangs = kill_after_s is None
            if hangs:
                os.kill(child, signal.SIGUSR1)  # it says where its threads are
                select.select([watched], [], [], 2)
            os.kill(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
    finally:
        os.close(watched)
    code = CRASHED if hangs else os.waitstatus_to_exitcode(status)
    return code, used.ru_utime + used.ru_stime


@cache
def _program():
    """Return the command line, built, with what most commands import."""
    for module in LOADED:
        import_module(module)
    from typer.main import get_command

    return get_command(import_module("hub.cli.main").app)


def _become(program, words, plan, files, environment) -> None:
    """Be this command from here on; never returns."""
    code = CRASHED
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: not to outlive the runner
        for number, file in enumerate(files, start=1):
            os.dup2(file.fileno(), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        os.environ.update(environment)
        if plan is not None:
            install(plan)
        code = _command(program, words)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else CRASHED)


def _command(program, words):
    sys.argv = ["hub", *words]
    try:
        program(args=list(words), prog_name="hub")
    except SystemExit as end:
        return end.code or 0
    except BaseException:  # noqa: BLE001 -- the end of the process, as for a shell
        traceback.print_exc()
        return CRASHED
    return 0


def _text(file) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def main() -> None:
    """Be one command, with the points that the environment names."""
    hits = Path(os.environ["HUB_FAULT_LOG"])
    name, _, number = os.environ.get("HUB_FAULT", "").rpartition(":")
    targets = frozenset({(name, int(number))}) if name else frozenset()
    after = int(number) if number and not name else None
    program = _program()
    install(Plan(hits, counted(hits), targets, after))
    sys.exit(_command(program, sys.argv[1:]))


if __name__ == "__main__":
    main()
