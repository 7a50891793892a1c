"""Faults by seed: broker, databases, SFTP, disks, clock, hubs that are frozen or killed.

    python -m tests.proof.net --seed 1 --rounds 20 --fault all --store sqlite

`--fault` names one fault, a group (`broker`, `hub`, `database`, `clock`, `sftp`, `disk`,
`nodes`), or `all`. What was done and found is one line of JSON for each world; exit code 1 if
anything is wrong. Worlds of several rounds are checked every `--settle` rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.adapters.sshd import Sshd
from tests.proof import net_clock
from tests.proof.net_bank import BankWorld
from tests.proof.net_disk import PLACES, DiskWorld
from tests.proof.net_nodes import Pair
from tests.proof.net_postgres import PostgresServer
from tests.proof.net_process import until
from tests.proof.net_proxy import Act
from tests.proof.regions_faults import BROKER, CLOCK, HUB, POSTGRES, SQLITE
from tests.proof.regions_run import Run, world_of

EVES = (datetime(2026, 9, 30, 2, tzinfo=UTC), datetime(2026, 11, 30, 2, tzinfo=UTC),
        datetime(2026, 2, 13, 2, tzinfo=UTC), datetime(2026, 12, 31, 2, tzinfo=UTC))  # fmt: skip
TEN = datetime(2026, 11, 24, 2, tzinfo=UTC)  # of a Tuesday's morning in Hangzhou
GROUPS = ("broker", "hub", "database", "clock", "sftp", "disk", "nodes")
HOLD_S = (1.0, 40.0)  # how long a disk stays full: beyond every restart of an actor, sometimes
FILES_A_ROUND = 3


def main(words=None) -> int:
    """Play what was asked for; return the exit code."""
    options = _options(words)
    wrong = 0
    for group in GROUPS:
        names = _chosen(group, options)
        if names:
            wrong += WORLDS[group](names, options)
    return 1 if wrong else 0


def _chosen(group, options) -> list[str]:
    """Return the faults of a group that were asked for."""
    names = {
        "broker": list(BROKER), "hub": list(HUB), "clock": list(CLOCK), "sftp": ["sftp"],
        "disk": list(PLACES), "nodes": ["nodes"],
        "database": list(POSTGRES if options.store == "postgres" else SQLITE),
    }[group]  # fmt: skip
    if options.fault in ("all", group):
        return names
    return [options.fault] if options.fault in names else []


def regions(names, options) -> int:
    """Play rounds between two hubs, each world until it is checked."""
    return sum(
        _told(lambda s=seed, n=count: _regions(names, options, s, n))
        for seed, count in _shares(options)
    )


def _regions(names, options, seed, count):
    rng = random.Random(f"{seed}/names")
    clock_from = None
    if set(names) <= set(CLOCK) | set(HUB):  # a hub that starts again goes on in its day
        clock_from = rng.choice(EVES) if set(names) <= set(CLOCK) else TEN
    if clock_from is not None and net_clock.missing():
        return {"skipped": net_clock.missing()}
    with world_of(options.store, clock_from=clock_from) as world:
        run = Run(world, options.store, seed, movers=options.movers, asked=options.asked)
        with _memory(world, seed, run):
            for _ in range(count):
                if time.monotonic() > options.until_s:
                    break
                run.round(rng.choice(names))
            told = run.settle().as_dict()
            world.stop()
    return told


@contextmanager
def _memory(world, seed, run):
    """Keep what hubs said when a run breaks off."""
    try:
        yield
    except BaseException:
        kept = Path(tempfile.gettempdir()) / f"proof-{seed}-{os.getpid()}"
        kept.mkdir(exist_ok=True)
        for one in world.agencies:
            shutil.copy(one.log, kept / f"{one.region}.log")
        say({"seed": seed, "broken_off": True, "logs": str(kept), **run.report.as_dict()})
        raise


def sftp(_names, options) -> int:
    """Cut `--rounds` sessions, freeze a fifth as many, kill half as many servers of a session."""
    return _told(lambda: _sftp(options))


def _sftp(options):
    cuts = options.rounds
    freezes, kills = max(1, cuts // 5), max(1, cuts // 2)
    rng = random.Random(f"{options.seed}/sftp")
    with _home() as home:
        (home / "sshd").mkdir()
        files = FILES_A_ROUND * (cuts + freezes + kills)
        with Sshd(home / "sshd") as server, BankWorld(home, server, files=files) as world:
            world.plan(rng, Act.CUT, cuts, logging_in=0.05)
            world.plan(rng, Act.FREEZE, freezes)
            world.start(deaf=True)
            until(lambda: not world.out.plan or not world.left(), timeout_s=3600)
            killed = 0
            while killed < kills and world.left():
                killed += world.kill_session()
                threading.Event().wait(rng.uniform(0, 0.2))
            told = asdict(world.settle(timeout_s=900))
    noticed = told.pop("noticed_s")
    told |= {"frozen": len(noticed), "noticed_max_s": max(noticed, default=None)}
    return {"fault": "sftp", "seed": options.seed, "cuts": cuts, "kills": killed, **told}


def disk(names, options) -> int:
    """Let disks run full, one a round."""
    return _told(lambda: _disk(names, options))


def _disk(names, options):
    rng = random.Random(f"{options.seed}/disk")
    played = []
    with _home() as home, DiskWorld(home) as world:
        if world.refusal:
            return {"skipped": world.refusal}
        world.start()
        for _ in range(options.rounds):
            name = rng.choice(names)
            world.work()
            world.disks[name].fill(leave=rng.choice((0, 0, 4096, 16384, 65536)))
            world.work()
            threading.Event().wait(rng.uniform(*HOLD_S) ** 2 / HOLD_S[1])  # seldom long
            world.process.require_alive()
            world.disks[name].free()
            until(world.is_done, timeout_s=240, what=world.left)
            played.append(name)
        wrong = world.settle()
    return {
        "fault": "disk", "seed": options.seed, "rounds": len(played), "lists": world.lists,
        "letters": world.letters, "wrong": wrong,
    }  # fmt: skip


def nodes(_names, options) -> int:
    """Let one of two processes stand still beyond its lease."""
    return _told(lambda: _nodes(options))


def _nodes(options):
    with _home() as home, PostgresServer() as server, server.database() as url:
        pair = Pair(home, url, options.seed)
        try:
            for _ in range(options.rounds):
                if time.monotonic() > options.until_s:
                    break
                pair.round()
            return {"fault": "nodes", "seed": options.seed, **pair.settle()}
        finally:
            pair.nodes.close()


def _shares(options):
    """Return (seed, rounds) of each world: a world has its own seed, so that one can be played."""
    for number, first in enumerate(range(0, options.rounds, options.settle)):
        if time.monotonic() > options.until_s:
            return
        yield options.seed + number, min(options.settle, options.rounds - first)


def _told(play) -> int:
    """Say what a world did; return how much is wrong."""
    try:
        told = play()
    except Exception:  # noqa: BLE001 -- whatever it was, the next world is played too
        traceback.print_exc()
        return 1
    say(told)
    return len(told.get("wrong", ()))


@contextmanager
def _home():
    folder = Path(tempfile.mkdtemp(prefix="hub-proof-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(told) -> None:
    """Print one line of JSON at once."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def _options(words):
    parser = argparse.ArgumentParser(prog="python -m tests.proof.net", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--fault", default="all")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--settle", type=int, default=10)
    parser.add_argument("--movers", type=int, default=1)
    parser.add_argument("--asked", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args(words)
    options.until_s = time.monotonic() + options.seconds
    known = {*GROUPS, *BROKER, *HUB, *POSTGRES, *SQLITE, *CLOCK, *PLACES, "all"}
    if options.fault not in known:
        parser.error(f"--fault is one of {', '.join(sorted(known))}")
    return options


WORLDS = {
    "broker": regions, "hub": regions, "database": regions, "clock": regions, "sftp": sftp,
    "disk": disk, "nodes": nodes,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
