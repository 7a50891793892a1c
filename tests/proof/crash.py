"""The crash harness (崩溃验证): a month of business, killed at fault points, and what must hold.

    make crash SEED=7 KILLS=100 STORE=sqlite
    python -m tests.proof.crash --seed 7 --kills 100 --store postgresql
    python -m tests.proof.crash --enumerate        # every point's first, second and last hit
    python -m tests.proof.crash --list             # the points

Worlds are lived one after another until enough was killed. Exit code 1 when something does not
hold: the world's folder is kept, and its seed and kills are printed.
"""

from __future__ import annotations

import argparse
import pickle
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from tests.adapters.sshd import Sshd
from tests.proof.invariants import check, state_of
from tests.proof.killing import (
    Enumerating,
    Random,
    Reaper,
    by_point,
    every_target,
    first_only,
    save,
)
from tests.proof.month import DAYS, Month
from tests.proof.net_postgres import PostgresServer
from tests.proof.world import Breach, Place, World

MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
TROUBLE = (Breach, AssertionError, LookupError, ValueError)  # what a month stumbles over
STORES = ("sqlite", "postgresql")
VARIANTS = 3  # months of business that differ in their data
WORLD_TARGETS = 60  # enumerated kills in one world


class Runner:
    """Lives worlds, and says what became of them."""

    def __init__(self, options, folder: Path, sshd: Sshd, *, store, server, calm) -> None:
        self.options, self.folder, self.sshd = options, folder, sshd
        self.store, self.server = store, server
        self.calm = calm  # of each variant: how it ends without kills, and what is passed
        self.kills, self.worlds, self.retried, self.repeats, self.breaches = [], 0, 0, 0, 0
        self.asked = 0
        self.began_s = time.monotonic()

    def run(self) -> int:
        try:
            if self.options.list:
                self._list()
            elif self.options.point:
                self._one_point()
            elif self.options.enumerate:
                self._enumerate()
            else:
                self._random()
        except Breach as breach:
            say(f"BREACH {breach}")
            return 1
        self._sum_up()
        return 1 if self.breaches else 0

    def _random(self) -> None:
        number = self.options.world
        while len(self.kills) < self.options.kills:
            seed = f"{self.options.seed}/{number}"
            variant = number % self.options.variants + 1
            _, calm = self._calm(variant)
            quota = self.options.kills - len(self.kills)
            self._world(
                seed, variant, lambda hits, s=seed, c=calm, q=quota: Random(hits, c, s, q),
                again=f"--seed {self.options.seed} --world {number}",
            )  # fmt: skip
            number += 1

    def _enumerate(self) -> None:
        variant = 1
        _, recorded = self._calm(variant)
        targets = every_target(recorded)
        if self.options.first:
            targets = first_only(targets)
        say(f"{len(targets)} targets")
        left, before, number = list(targets), len(targets) + 1, 0
        while 0 < len(left) < before:  # what one round passed by, the next may reach
            before = len(left)
            groups = -(-len(left) // WORLD_TARGETS)
            missed = set()
            for first in range(groups):  # kills of one world are spread over all of it
                mine = set(left[first::groups])
                reaper = self._world(
                    f"enumerated/{number}", variant, lambda hits, m=mine: Enumerating(hits, m),
                    again=f"--enumerate, world {number}",
                )  # fmt: skip
                missed |= reaper.left
                number += 1
            left = [target for target in left if target in missed]
        say(f"{len(targets) - len(left)} of {len(targets)} targets killed")
        for name, nth in left:
            say(f"  not reached: {name}:{nth}")

    def _one_point(self) -> None:
        """Kill at named hits in one world, which is judged by itself and by its banks."""
        named = (one.rpartition(":") for one in self.options.point)
        targets = {(name, int(nth)) for name, _, nth in named}
        reaper = self._world(
            "points", 1,
            lambda hits: Enumerating(hits, targets, banks_between=self.options.removes),
            again=" ".join(f"--point '{one}'" for one in self.options.point),
        )  # fmt: skip
        for name, nth in sorted(reaper.left):
            say(f"  not reached: {name}:{nth}")

    def _list(self) -> None:
        _, recorded = self._calm(1)
        for name, nth in every_target(recorded):
            say(f"{name}:{nth}")

    def _calm(self, variant: int):
        """Live a variant without kills, once: on SQLite, unless the points themselves matter."""
        if variant not in self.calm:
            home = self.folder / f"calm-{variant}"
            server = self.server if self.options.enumerate or self.options.list else None
            with self._place(home, server) as place:
                month = self._month(World(place, seed=variant, reaper=Reaper(home / "hits")))
                month.live()
                state = state_of(month)
                check(state, state)
                self.calm[variant] = state, month.world.reaper.recorded
                if self.options.calm:
                    self.options.calm.write_bytes(pickle.dumps(self.calm))
                say(f"variant {variant} without kills: {month.world.reaper.passed} hits, "
                    f"{time.monotonic() - self.began_s:.1f} s")  # fmt: skip
        return self.calm[variant]

    def _world(self, seed: str, variant: int, reaper_of, *, again: str) -> Reaper:
        """Live one world and judge it; a breach keeps its folder and says how to repeat it."""
        home = self.folder / f"{self.store}-{self.worlds}"
        began_s = time.monotonic()
        self.worlds += 1
        with self._place(home, self.server) as place:
            reaper = reaper_of(home / "hits")
            try:
                self._lived(place, variant, reaper)
            except TROUBLE as breach:
                save(reaper.kills, home / "kills.json")
                said = "\n".join(f"  {kill}" for kill in reaper.kills)
                found = f"in {home}; repeat with {again} --store {self.store}\n{said}\n{breach!r}"
                if not self.options.go_on:
                    raise Breach(found) from breach
                self.breaches += 1
                say(f"BREACH {found}")
            else:
                shutil.rmtree(home, ignore_errors=True)
        self.kills += reaper.kills
        if self.options.verbose:
            for kill in reaper.kills:
                say(f"    {kill}")
        took_s = time.monotonic() - began_s
        say(f"world {seed}: {len(reaper.kills)} kills, {took_s:.1f} s; "
            f"{len(self.kills)} kills so far, {self._rate():.2f} kills/s")  # fmt: skip
        return reaper

    def _lived(self, place: Place, variant: int, reaper: Reaper) -> None:
        month = self._month(World(place, seed=variant, reaper=reaper))
        month.live()
        state = state_of(month)
        check(state, self.calm[variant][0] if self.calm else state)
        self.retried += month.world.retried
        self.asked += month.world.asked
        self.repeats += state.repeats

    def _month(self, world: World) -> Month:
        return Month(world, days=self.options.days, letters=self.options.letters)

    @contextmanager
    def _place(self, home: Path, server):
        home.mkdir()
        lent = server.database() if server else nullcontext()
        with lent as url:
            yield Place(
                home, self.sshd, url, pays_only=self.options.pays_only, removes=self.options.removes
            )

    def _rate(self) -> float:
        return len(self.kills) / (time.monotonic() - self.began_s)

    def _sum_up(self) -> None:
        say(
            f"{self.worlds} worlds, {len(self.kills)} kills on {self.store}, "
            f"{len({kill.point for kill in self.kills if '@' in kill.point})} points, "
            f"{time.monotonic() - self.began_s:.0f} s, {self._rate():.2f} kills/s: "
            + (f"{self.breaches} BREACHES" if self.breaches else "all holds")
        )
        say(f"  by kind: {by_point(self.kills)}")
        say(f"  parked tasks that people retried: {self.retried}; "
            f"times that people asked a bank: {self.asked}; "
            f"files that a bank got again with the same bytes: {self.repeats}")  # fmt: skip


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words=None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.crash")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--store", choices=(*STORES, "both"), default="sqlite")
    parser.add_argument("--world", type=int, default=0, help="the first world's number")
    parser.add_argument("--variants", type=int, default=VARIANTS)
    parser.add_argument("--enumerate", action="store_true")
    parser.add_argument("--first", action="store_true", help="enumerate first hits only")
    parser.add_argument("--go-on", action="store_true", help="live on after a breach")
    parser.add_argument("--point", action="append", help="kill there: NAME:NTH; repeatable")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--letters", action="store_true", help="the monthly letter too")
    parser.add_argument("--pays-only", action="store_true", help="a smaller month: only payments")
    parser.add_argument("--removes", action="store_true", help="a bank that takes files away")
    parser.add_argument("--calm", type=Path, help="file for how months end without kills")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--folder", type=Path, default=MEMORY if MEMORY.is_dir() else None)
    options = parser.parse_args(words)
    options.letters = options.letters or options.enumerate or options.list
    folder = Path(tempfile.mkdtemp(prefix="hub-crash-", dir=options.folder))
    say(f"seed {options.seed}, {options.store}, in {folder}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped
    kept = options.calm
    calm = {}
    if kept and kept.exists():
        calm = pickle.loads(kept.read_bytes())  # noqa: S301 -- our own
    code = 0
    with ExitStack() as stack:
        (folder / "sshd").mkdir()
        sshd = stack.enter_context(Sshd(folder / "sshd"))
        for store in STORES if options.store == "both" else (options.store,):
            server = stack.enter_context(PostgresServer()) if store == "postgresql" else None
            runner = Runner(options, folder, sshd, store=store, server=server, calm=calm)
            code = runner.run() or code
    if code == 0:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
