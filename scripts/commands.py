"""Runs `hub` commands for the scripts here: each in a process of its own, as if typed.

What all commands import is imported once, and each command is a fork of that: the half second
that Python needs to load a program is spent once instead of a hundred times.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOUND: Final = 1  # exit code of a command that lists what must be seen to
CRASHED: Final = 70
LOADED: Final = (
    "hub.app.service", "hub.cli.main", "hub.flows.reconcile", "hub.flows.verify",
    "hub.flows.work_list", "hub.mappings.camt", "hub.mappings.pain001", "hub.simulate.days",
    "hub.twins.bank",
)  # fmt: skip

sys.path.insert(0, str(ROOT))


def hub(*words: object, may_find: bool = False) -> str:
    """Run one command and return what it printed; stop with its own words when it fails."""
    for module in LOADED:
        import_module(module)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _become(["hub", *map(str, words)], out, err)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said, complained = _text(out), _text(err)
    if code not in ((0, FOUND) if may_find else (0,)):
        sys.stderr.write(said + complained)
        raise SystemExit(f"hub {' '.join(map(str, words))}: exit code {code}")
    return said


def hub_json(*words: object, may_find: bool = False) -> Any:  # noqa: ANN401 -- JSON
    """Run one command with `--json`."""
    return json.loads(hub(*words, "--json", may_find=may_find))


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


def _become(words: list[str], out: BinaryIO, err: BinaryIO) -> None:
    """Be the command from here on; never returns."""
    code: object = CRASHED
    try:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.argv = words
        import_module("hub.cli.main").main()
    except SystemExit as end:
        code = end.code or 0
    finally:  # what the script has open is not this process's to close
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else CRASHED)


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()
