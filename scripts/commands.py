"""Runs `hub` commands for the scripts here, as if typed.

What all commands need is loaded once, and each command is a fork of that: the second that Python
needs to load a program and to build its command line is spent once instead of a hundred times.
Where there are many of a kind, a few processes take them one after another.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
FOUND: Final = 1  # exit code of a command that lists what must be seen to
UNUSABLE: Final = 2  # exit code of a command that is refused
CRASHED: Final = 70
BETWEEN: Final = "\0"  # the answers of commands that one process ran
AT_ONCE: Final = max(2, os.cpu_count() or 1)
LOADED: Final = (
    "hub.app.service", "hub.cli.main", "hub.flows.reconcile", "hub.flows.verify",
    "hub.flows.work_list", "hub.flows.transfer_decide", "hub.flows.transfer_receive",
    "hub.adapters.rabbit", "hub.mappings.camt", "hub.mappings.pain001", "hub.simulate.days",
    "hub.twins.bank",
)  # fmt: skip

sys.path.insert(0, str(ROOT))


def hub(*words: object, may_find: bool = False) -> str:
    """Run one command and return what it printed; stop with its own words when it fails."""
    return _start(words).finish((0, FOUND) if may_find else (0,))[0]


def hub_json(*words: object, may_find: bool = False) -> Any:  # noqa: ANN401 -- JSON
    """Run one command with `--json`."""
    return json.loads(hub(*words, "--json", may_find=may_find))


def refusal(*words: object, code: int = UNUSABLE) -> str:
    """Run one command that is to be refused; return the code of the refusal."""
    (said,) = _start((*words, "--json")).finish((code,))
    return str(json.loads(said)["error"]["code"])


def hub_each(lines: Iterable[Sequence[object]]) -> list[Any]:
    """Run commands with `--json`, some at the same time, and return their answers in this order."""
    wanted = [(*words, "--json") for words in lines]
    shares = [wanted[at::AT_ONCE] for at in range(AT_ONCE)]
    running = [_start(*share) for share in shares if share]
    answers: list[Any] = [None] * len(wanted)
    for at, one in enumerate(running):
        answers[at::AT_ONCE] = map(json.loads, one.finish())
    return answers


def warm_up(*words: object) -> None:
    """Run one command in this process, so that every fork finds ready what it needs."""
    with redirect_stdout(io.StringIO()):
        code = _run(_program(), tuple(map(str, words)))
    if code:
        raise SystemExit(f"hub {' '.join(map(str, words))}: exit code {code}")


def put(file: Path, folder: Path) -> None:
    """Copy a file so that it appears whole, as a careful partner does; so does `hub drop`."""
    part = folder / f".{file.name}.part"
    shutil.copyfile(file, part)
    part.rename(folder / file.name)


def yuan(fen: int) -> str:
    """Return fen as yuan."""
    return f"{fen / 100:,.2f}"


def plain_yuan(fen: int) -> str:
    """Return fen as yuan, as a command takes them."""
    return f"{fen // 100}.{fen % 100:02d}"


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)  # noqa: T201 -- this is what the script is for


@dataclass(frozen=True, slots=True)
class _Command:
    """A process that runs commands, and where it prints."""

    words: tuple[str, ...]  # of the first
    pid: int
    out: BinaryIO
    err: BinaryIO

    def finish(self, expected: tuple[int, ...] = (0,)) -> list[str]:
        """Wait for its end and return what each command printed; stop when it ended otherwise."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with self.out, self.err:
            said, complained = _text(self.out), _text(self.err)
        if code not in expected:
            sys.stderr.write(said + complained)
            raise SystemExit(f"hub {' '.join(self.words)}: exit code {code}")
        return said.split(BETWEEN)[:-1]


@cache
def _program() -> Callable[..., object]:
    """Return the command line, built, with what most commands import."""
    for module in LOADED:
        import_module(module)
    from typer.main import get_command  # noqa: PLC0415 -- only once the path is set

    return get_command(import_module("hub.cli.main").app)


def _start(*lines: Sequence[object]) -> _Command:
    program = _program()
    texts = [tuple(map(str, words)) for words in lines]
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 -- see `finish`
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _become(program, texts, out, err)
    return _Command(texts[0], child, out, err)


def _become(
    program: Callable[..., object], lines: Sequence[Sequence[str]], out: BinaryIO, err: BinaryIO
) -> None:
    """Be these commands from here on, up to the first that fails; never returns."""
    code: object = CRASHED
    try:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        for words in lines:
            code = _run(program, words)
            sys.stdout.write(BETWEEN)
            if code:
                break
    finally:  # what the script has open is not this process's to close
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else CRASHED)


def _run(program: Callable[..., object], words: Sequence[str]) -> object:
    """Run one command; return its exit code."""
    sys.argv = ["hub", *words]
    try:
        program(args=list(words), prog_name="hub")
    except SystemExit as end:
        return end.code
    except BaseException:  # noqa: BLE001 -- it is the command's end, as for a shell
        traceback.print_exc()
        return CRASHED
    return 0


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()
