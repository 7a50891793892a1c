"""A hub that pays by a real sshd: its sessions are cut, frozen and killed, its bank runs full.

One list becomes many small files, so that every fault meets another one. What the bank has is
judged from its own folder and from the twin bank's own log.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Self

import psutil

from hub.twins.ledger import Ledger
from tests.app.test_case_commands import InProcess
from tests.proof.net_process import START_S, HubProcess, until
from tests.proof.net_proxy import Act, Rule, Way, WireProxy
from tests.twins.paying import DAY, PayingHub

SCRIPT = 'partner = "iso_bank"\n[answers]\nparts = 1\n'
SETTLE_S = 300.0
LOOK_S = 0.02
PIPE_BYTES = 4096
LOGIN_BYTES, SESSION_BYTES = 5_000, 12_000  # a small file is some 1,300 more, either way
OUT = "iso-bank-out"
SIGNERS = ("李初", "周复", "王审")
DUE = "SELECT count(*) FROM tasks WHERE state = 'due' AND queue IN ('payout', 'collection')"


class Payer(InProcess, PayingHub):
    """The commands of the paying agency, in this process."""

    partners = ("benefits", "iso_bank")

    def release(self, pensions, *, banks):
        """Release a list that as many people have signed as its sum needs."""
        made = self.json(
            "simulate", "benefits", "--pensions", pensions, "--banks", banks, "--date", DAY,
            "--out", self.home / "lists",
        )  # fmt: skip
        self("payout", "import", made["file"], "--as-of", DAY)
        for person in SIGNERS[: self.json("payout", "show", 1)["needs"]]:
            self("payout", "sign", 1, "--person", person, "--as-of", DAY)
        self("payout", "release", 1, "--person", "赵出", "--as-of", DAY)
        return made


@dataclass
class BankReport:
    """What the bank saw, and what is wrong."""

    files: int = 0
    payments: int = 0
    attempts: int = 0
    connections: int = 0
    noticed_s: list = field(default_factory=list)  # a frozen peer, until it is given up
    wrong: list = field(default_factory=list)


class BankWorld:
    """One list of `files * per_file` payments on its way to a bank."""

    def __init__(self, home, sshd, *, files, per_file=2, stall_s=2.0) -> None:
        self.home, self.sshd = home, sshd
        self.takes, self.gives = home / "server" / "takes", home / "server" / "gives"
        for folder in (self.takes, self.gives):
            folder.mkdir(parents=True)
        self.out = WireProxy(sshd.port)
        self.hub = Payer(
            home / "hub",
            sftp={
                OUT: sshd.settings(self.takes, port=self.out.port),
                "bank-in": sshd.settings(self.gives),
            },
        )
        self._settings(stall_s)
        bank = self.hub.config / "partners" / "iso_bank.toml"
        text = bank.read_text("utf-8")
        assert "items_max = 1000000" in text
        bank.write_text(text.replace("items_max = 1000000", f"items_max = {per_file}"), "utf-8")
        (home / "bank.toml").write_text(SCRIPT, "utf-8")
        self.made = self.hub.release(files * per_file, banks="iso_bank")
        self.process: HubProcess | None = None
        self.log = home / "hub.log"
        self.watch = Watch(self)
        self._sinks: list[int] = []

    def __enter__(self) -> Self:
        self.watch.start()
        return self

    def __exit__(self, *_) -> None:
        self.watch.ended.set()
        self.watch.join()
        if self.process is not None:
            self.process.kill()
        self.out.__exit__()
        for sink in self._sinks:
            os.close(sink)

    def start(self, *, deaf=False) -> None:
        """Let the hub live the day; with `deaf` nobody reads what it says, and its pipe is full."""
        sink = None
        if deaf:
            os.mkfifo(fifo := self.home / "log.fifo")
            sink = os.open(fifo, os.O_RDWR)
            fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            os.write(sink, bytes(PIPE_BYTES))
        self.process = HubProcess(
            self.hub.line("run", "--as-of", DAY), self.log, self.hub.environment, sink=sink
        )
        if sink is not None:
            self._sinks.append(sink)
        until(self.out_rows, timeout_s=START_S, what="the first file")

    def stop(self) -> None:
        """Let it finish what it has begun."""
        self.process.stop()
        self.process = None

    def rows(self, query):
        """Return rows of the hub's database, read apart from it."""
        uri = f"file:{self.hub.home / 'var' / 'hub.db'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=60)) as database:
            return database.execute(query).fetchall()

    def out_rows(self):
        """Return (name, digest, state, attempts) of the files that the hub sends."""
        return self.rows("SELECT file_name, content_sha256, state, attempts FROM outbox")

    def left(self) -> int:
        """Return how many files are not known to be delivered; some may not be built yet."""
        self.process.require_alive()
        return self.rows(
            "SELECT (SELECT count(*) FROM payout_batches) - "
            "(SELECT count(*) FROM outbox WHERE state = 'delivered')"
        )[0][0]

    def plan(self, rng, act: Act, count: int, *, logging_in=0.1) -> None:
        """Let each of the next connections end at an offset that is chosen now.

        `logging_in` is the share of those that end before the hub is let in: it then waits.
        """
        for _ in range(count):
            way = rng.choice((Way.UP, Way.UP, Way.DOWN))
            span = (0, LOGIN_BYTES) if rng.random() < logging_in else (LOGIN_BYTES, SESSION_BYTES)
            self.out.plan.append(Rule(way, act, offset=rng.randrange(*span)))

    def kill_session(self) -> bool:
        """Kill a server process of a session, if there is one."""
        children = psutil.Process(self.sshd._executor.process.pid).children(recursive=True)
        for child in reversed(children):
            with suppress(psutil.NoSuchProcess):
                child.kill()
                return True
        return False

    def settle(self, *, timeout_s=SETTLE_S) -> BankReport:
        """Nothing is in the way any more: everything arrives, the bank pays and says so."""
        until(lambda: self.left() == 0, timeout_s=timeout_s, what="every file to be there")
        twin = ("twin", "bank", self.home / "bank.toml", "--home", self.home / "own", "--takes",
                self.takes, "--gives", self.gives, "--on", DAY)  # fmt: skip
        self.watch.pause()
        self.hub(*twin)
        items = self.made["items"]
        until(
            lambda: self.hub.states() == {"paid": items},
            timeout_s=timeout_s,
            what=self.hub.states,
            look_s=1.0,
        )
        self.stop()
        return self._check()

    def _check(self) -> BankReport:
        rows = self.out_rows()
        audit = Ledger(self.home / "own").audit()
        report = BankReport(
            files=audit.files, payments=audit.payments, attempts=sum(r[3] for r in rows),
            connections=len(self.out.accepted_s), wrong=list(self.watch.wrong),
            noticed_s=[round(one, 1) for one in self.out.noticed_s],
        )  # fmt: skip
        expected = (len(rows), 0, 0, self.made["items"], self.made["total_fen"], [])
        seen = (audit.files, audit.repeats, audit.refused, audit.payments, audit.total_fen,
                audit.twice)  # fmt: skip
        if seen != expected:
            report.wrong.append(f"the bank's log: {seen}, expected {expected}")
        if sorted(self.watch.seen) != sorted(row[0] for row in rows):
            report.wrong.append("other names at the bank than in the outbox")
        parked = self.rows("SELECT queue, step, note FROM tasks WHERE state = 'parked'")
        report.wrong += [f"parked {row}" for row in parked]
        if not self.hub.json("verify", "--deep")["ok"]:
            report.wrong.append("hub verify")
        return report

    def _settings(self, stall_s: float) -> None:
        """The bank takes files when it wants; a frozen one is given up soon."""
        path = self.hub.config / "channels.toml"
        text = path.read_text("utf-8").replace("partner_removes = true\n", "")
        text = text.replace(
            f'folder = "{self.takes}"\n', f'folder = "{self.takes}"\nstall_timeout_s = {stall_s}\n'
        )
        path.write_text(text.replace("poll_interval_s = 5", "poll_interval_s = 0.3"), "utf-8")


class Watch(threading.Thread):
    """Looks into the bank's folder all the time: what has its name must be whole."""

    def __init__(self, world) -> None:
        super().__init__(daemon=True)
        self.world = world
        self.ended, self._paused = threading.Event(), threading.Event()
        self.seen: dict[str, str] = {}
        self.wrong: list[str] = []

    def pause(self) -> None:
        """The bank takes its files now."""
        self.look()
        self._paused.set()

    def run(self) -> None:
        while not self.ended.wait(LOOK_S):
            if not self._paused.is_set():
                self.look()

    def look(self) -> None:
        """Compare each file that is new with the bytes that the hub means to send."""
        new = [
            path for path in self.world.takes.iterdir()
            if not path.name.startswith(".") and path.name not in self.seen
        ]  # fmt: skip
        if not new:
            return
        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in new}
        meant = {name: sha256 for name, sha256, *_ in self.world.out_rows()}
        for name, sha256 in found.items():
            if meant.get(name) != sha256:
                self.wrong.append(f"{name}: not what was meant ({time.monotonic():.1f})")
            if sha256 in self.seen.values():
                self.wrong.append(f"{name}: the same bytes under another name")
            self.seen[name] = sha256
