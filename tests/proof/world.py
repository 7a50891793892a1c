"""One agency of the proof (证明): a hub's deployment in a folder, two banks, and who kills it.

City bank is reached over folders, ISO bank over a real sshd. The banks are twins, which share
nothing with the hub and are never killed here: their logs and the bytes they kept are the oracle.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import time
from dataclasses import dataclass

from hub.actors.worker import STRIKES_MAX
from tests.conftest import ROOT
from tests.proof import victim

PAYING = ("benefits", "city_bank", "iso_bank")
COLLECTING = ("tax", "treasury")
FOLDERS = {"benefits-in": "in", "bank-in": "in", "city-bank-out": "out", "letters-out": "out"}
COLLECTING_FOLDERS = {"tax-in": "in", "treasury-in": "in"}
BANKS = ("city_bank", "iso_bank")
LEASE_S = 1  # on PostgreSQL a hub that was killed counts as alive for so long
ONCE_S = 1000  # a machine that has much else to do is no hang
WAIT_S = 30.0  # for a hub to be alone again
UNAVAILABLE = 3
FOUND = 1

CITY = """
partner = "city_bank"
seed = {seed}

[[outcomes]]
outcome = "rejected"
count = 3
reason = "账户已销户"
files = [1]

[[outcomes]]
outcome = "rejected"
count = 1
reason = "单位编号或账号信息错误"
files = [1]

[answers]
first = "wrong_totals"
twice = true
"""

ISO = """
partner = "iso_bank"
seed = {seed}

[[outcomes]]
outcome = "rejected"
count = 2
reason = "AC01"
files = [1]

[[outcomes]]
outcome = "returned"
count = 2
reason = "AC04"
after_days = 1
files = [1]

[[outcomes]]
outcome = "open"
count = 1
after_days = 2
files = [1]

[answers]
parts = 2
reversed = true
returns = ["return"]
"""

FOLDER = """
[{name}]
kind = "folder"
direction = "{direction}"
path = "var/channels/{name}"
"""
SFTP = """
[{name}]
kind = "sftp"
direction = "{direction}"
host = "{server.host}"
port = {server.port}
user = "{server.user}"
folder = "{folder}"
private_key = "{server.private_key}"
host_keys = ["{server.host_keys[0]}"]
poll_interval_s = 0.1
"""


@dataclass(frozen=True)
class Place:
    """Where a world is and on what: `url` of a PostgreSQL database, or SQLite without one."""

    home: object
    sshd: object
    url: str | None = None
    pays_only: bool = False  # no lists of contributions, no letters
    removes: bool = False  # the ISO bank takes files away, and our configuration says so


class Breach(Exception):
    """Something that must hold does not."""


class World:
    """A deployment, its banks, and commands that may be killed."""

    def __init__(self, place: Place, *, seed: int, reaper) -> None:
        self.place, self.home, self.seed, self.reaper = place, place.home, seed, reaper
        self.config = self.home / "config"
        self.server = self.home / "server"  # what the ISO bank's sshd shows
        self.environment = {"HUB_STORE_URL": place.url} if place.url else {}
        self._ordered: dict[int, int] = {}  # by retried task, how many kills there were by then
        self.retried = 0  # parked tasks that people had tried again
        self.asked = 0  # times that a person asked a bank whether it has a file
        self._configure()
        self.calm("check", "--create")

    def _configure(self) -> None:
        collects = not self.place.pays_only
        partners = PAYING + COLLECTING * collects
        folders = FOLDERS | (COLLECTING_FOLDERS if collects else {})
        shutil.copytree(ROOT / "config", self.config)
        for path in (self.config / "partners").glob("*.toml"):
            if path.stem not in partners:
                path.unlink()
        iso = self.config / "partners" / "iso_bank.toml"
        text = iso.read_text("utf-8")
        assert 'channel = "bank-in"' in text
        iso.write_text(text.replace('channel = "bank-in"', 'channel = "iso-bank-in"', 1), "utf-8")
        for side in ("takes", "gives"):
            (self.server / side).mkdir(parents=True)
        text = "".join(FOLDER.format(name=n, direction=d) for n, d in folders.items())
        for name, direction, folder in (
            ("iso-bank-out", "out", "takes"), ("iso-bank-in", "in", "gives"),
        ):  # fmt: skip
            server = self.place.sshd.settings(self.server / folder)
            text += SFTP.format(
                name=name, direction=direction, server=server, folder=self.server / folder
            )
            if direction == "out" and self.place.removes:
                text += "partner_removes = true\n"
        (self.config / "channels.toml").write_text(text, "utf-8")
        hub = self.config / "hub.toml"
        text = hub.read_text("utf-8").replace("lease_s = 15 ", f"lease_s = {LEASE_S} ")
        assert f"lease_s = {LEASE_S} " in text
        if self.place.url:
            text = re.sub("(?m)^url = .*$", 'url = "env:HUB_STORE_URL"', text)
        hub.write_text(text, "utf-8")
        for bank, script in zip(BANKS, (CITY, ISO), strict=True):
            (self.home / f"{bank}.toml").write_text(script.format(seed=self.seed), "utf-8")

    # commands

    def calm(self, *words, may_find: bool = False, json_too: bool = False):
        """Run a command that nobody kills; return what it printed, or its JSON."""
        line = [*words, "--config", self.config, *(["--json"] if json_too else [])]
        ended = self._when_alone(lambda: victim.run(line, environment=self.environment))
        if ended.code not in ((0, FOUND) if may_find else (0,)):
            raise Breach(str(ended))
        return ended.json() if json_too else ended.said

    def elsewhere(self, *words) -> None:
        """Run a command that has nothing to do with this deployment."""
        ended = victim.run(words)
        if ended.code != 0:
            raise Breach(str(ended))

    def json(self, *words, may_find: bool = False):
        return self.calm(*words, may_find=may_find, json_too=True)

    def person(self, label, *words, done, may_find: bool = False) -> None:
        """Let a person give a command, which may be killed under her hands.

        She then looks at what became of it (`done`), and types it again if nothing did.
        """
        line = [*words, "--config", self.config]
        for attempt in self.reaper.attempts(label):
            ended = self._when_alone(
                lambda a=attempt: victim.run(
                    line, plan=a.plan, kill_after_s=a.kill_after_s, environment=self.environment
                )
            )
            self.reaper.note(label, attempt, ended)
            if not ended.was_killed:
                if ended.code not in ((0, FOUND) if may_find else (0,)):
                    raise Breach(str(ended))
                return
            if done():
                return

    def live(self, label, day) -> None:
        """Let the hub run until nothing is due on a day, however often it is killed meanwhile."""
        for attempt in self.reaper.attempts(label, runs=True):
            once = [] if attempt.long else ["--once", "--timeout", ONCE_S]
            line = ["run", *once, "--as-of", day, "--config", self.config]
            ended = self._when_alone(
                lambda a=attempt, line=line: victim.run(
                    line, plan=a.plan, kill_after_s=a.kill_after_s, environment=self.environment
                )
            )
            self.reaper.note(label, attempt, ended)
            if ended.was_killed:
                if attempt.banks_between:
                    self.banks(day)
                continue
            if ended.code not in (0, FOUND):
                raise Breach(str(ended))
            if ended.code == 0 or not self.settle(day):
                return

    def settle(self, day) -> bool:
        """Let a person see to every parked task; tell whether she had one tried again.

        A file whose outcome is unknown: she asks the bank. What it has, she leaves to its answer.
        """
        before = self.retried
        for task in self.json("tasks", "list", "--state", "parked", may_find=True):
            note = task["note"] or ""
            if "delivery_outcome_unknown" in note and self._bank_has(int(task["subject_id"])):
                continue
            if "crashed its actor" not in note and "delivery_outcome_unknown" not in note:
                raise Breach(f"parked on {day}: {task}")
            killed = len(self.reaper.kills) - self._ordered.get(task["id"], 0)
            if "crashed its actor" in note and killed < STRIKES_MAX:
                raise Breach(f"crashes by itself on {day}: {task}")
            self._ordered[task["id"]] = len(self.reaper.kills)
            self.calm("tasks", "retry", task["id"], "--person", "钱运维", "--as-of", day)
            self.retried += 1
        return self.retried > before

    def _bank_has(self, outgoing_id: int) -> bool:
        (name,) = {
            batch["file_name"] for batch in self.json("payout", "batches")
            if batch["outgoing_id"] == outgoing_id
        }  # fmt: skip
        known = any(name == one["name"] for one in self.log("iso_bank") if one["what"] == "got")
        self.asked += 1
        return known

    def banks(self, day) -> None:
        """Let both banks do what they do today."""
        self.calm(
            "twin", "bank", self.home / "city_bank.toml", "--home", self.home / "city_bank",
            "--on", day,
        )  # fmt: skip
        self.calm(
            "twin", "bank", self.home / "iso_bank.toml", "--home", self.home / "iso_bank",
            "--takes", self.server / "takes", "--gives", self.server / "gives", "--on", day,
        )  # fmt: skip

    def _when_alone(self, run):
        """Run a command; while another hub is not yet taken for dead, wait as systemd would."""
        until_s = time.monotonic() + WAIT_S
        ended = run()
        while ended.code == UNAVAILABLE and time.monotonic() < until_s:
            time.sleep(0.2)
            ended = run()
        return ended

    # files

    def put(self, file, channel: str) -> None:
        """Put a file into an inbound folder so that it appears whole."""
        folder = self.home / "var" / "channels" / channel
        part = folder / f".{file.name}.part"
        shutil.copyfile(file, part)
        part.rename(folder / file.name)

    def log(self, bank: str) -> list[dict]:
        """Return a bank's own log."""
        path = self.home / bank / "ledger.jsonl"
        if not path.exists():  # nothing ever came there
            return []
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def read_table(path) -> tuple[list[str], list[dict]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or ()), rows


def write_table(path, names, rows) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
