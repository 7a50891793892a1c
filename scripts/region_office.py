"""One agency of `./run --regions`: its configuration, its keys, its hub as a process, its desks."""  # noqa: INP001

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from commands import ROOT, hub, hub_each, hub_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from rabbit_node import RabbitNode

BANK: Final = "iso_bank"
ROAD: Final = "regions"
FUNDS: Final = ("pension", "medical")
SIGNERS: Final = ("李初", "王复", "赵批")
WAIT_S: Final = 120.0
LOOK_S: Final = 0.5
STOP_S: Final = 30
ROADS: Final = """\
[{road}]
kind = "rabbitmq"
host = "127.0.0.1"
port = {amqp}
vhost = "regions"
user = "hub-{region}"
password = "file:{secret}"
management_url = "http://127.0.0.1:{api}"
admin_user = "admin"
admin_password = "file:{secret}"
"""


class Service:
    """A program that runs until it is told to stop; what it says is in a file."""

    def __init__(self, words: Sequence[object], log: Path, **environment: str) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub", *map(str, words)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT,
                env=os.environ | environment,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
        elif self._process.poll() is None:  # the script cannot go on
            self._process.kill()
            self._process.wait()

    def require_alive(self) -> None:
        """Stop the script with the program's last words when it has ended by itself."""
        code = self._process.poll()
        if code is not None:
            words = self._log.read_text("utf-8", "replace")[-3000:]
            raise SystemExit(f"{words}\n{self._log.name}: exit code {code}")

    def stop(self) -> None:
        """Tell it to stop, and wait until it has finished what it had begun."""
        self.require_alive()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(STOP_S)
        if code != 0:
            raise SystemExit(f"{self._log}: exit code {code}")


class Office:
    """An agency with its hub. `day` is the business day on which commands are given."""

    def __init__(self, home: Path, region: str, name: str) -> None:
        self.home, self.region, self.name = home, region, name
        self.config = ("--config", str(home / "config"))
        self.day: date | None = None
        self.public_key = ""

    def make(self, node: RabbitNode, secret: Path) -> None:
        """Copy the configuration, write what is this agency's own, make its key and its store."""
        config = self.home / "config"
        shutil.copytree(ROOT / "config", config)
        for path in (config / "partners").glob("*.toml"):
            if path.stem != BANK:
                path.unlink()
        key = self.home / "signing.key"
        made = hub_json("region", "keygen", "--out", key)
        self.public_key = made["public_key"]
        for pattern, line in (
            (r'^name = "示范市社会保险事业管理局"', f'name = "{self.name}"'),
            (r'^region = "[0-9]{6}"', f'region = "{self.region}"'),
            (r"^# private_key = .*", f'private_key = "file:{key}"'),
            (r'^purpose = "社会保险待遇"', 'purpose = "社会保险关系转移基金"'),
        ):
            _replace(config / "hub.toml", pattern, line)
        channels = config / "channels.toml"  # so that nobody waits long for the bank's answers
        text = channels.read_text("utf-8").replace("poll_interval_s = 5", "poll_interval_s = 0.3")
        channels.write_text(text, "utf-8")
        roads = ROADS.format(
            road=ROAD, amqp=node.amqp, api=node.api, region=self.region, secret=secret
        )
        (config / "roads.toml").write_text(roads, "utf-8")
        hub("check", "--create", *self.config)
        hub("broker", "setup", *self.config)

    def learn(self, directory: Path) -> None:
        """Enter offices, accounts and keys of all regions, as two people do."""
        found = hub_json("region", "import", directory, "--person", "张提", *self.config)
        batch = found[0]["batch"]
        hub("region", "confirm", "--batch", batch, "--person", "李核", *self.config)

    def words(self, *words: object, person: str) -> tuple[object, ...]:
        """Return a command of this agency on its day, by a person."""
        return (*words, "--person", person, "--as-of", self.day, *self.config)

    def do(self, *words: object, person: str) -> Any:  # noqa: ANN401 -- JSON
        """Give one command."""
        return hub_json(*self.words(*words, person=person))

    def ask(self, *words: object) -> Any:  # noqa: ANN401 -- JSON
        """Ask something."""
        return hub_json(*words, *self.config, may_find=True)

    def each(self, lines: Sequence[Sequence[object]], *, person: str) -> list[Any]:
        """Give the same kind of command for many cases, several at once."""
        return hub_each(self.words(*line, person=person) for line in lines)

    def sign_all(self, cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Let as many people sign what is proposed in each case as its rule asks for."""
        left = {case["id"]: case for case in cases}
        waiting = list(left)
        for signer in SIGNERS:
            done = self.each([("case", "sign", one) for one in waiting], person=signer)
            left |= {case["id"]: case for case in done}
            waiting = [case["id"] for case in done if "needs" in case]
        return list(left.values())


@contextmanager
def living(day: date, *offices: Office, quiet: Sequence[Office] = ()) -> Iterator[None]:
    """Let hubs live a day, each as a process; at its end wait until nothing is on its way.

    `quiet` are others that live already and must have nothing on its way either.
    """
    with ExitStack() as stack:
        started = [stack.enter_context(_hub_of(one, day)) for one in offices]
        yield
        wait_until(lambda: all(map(is_quiet, (*offices, *quiet))), started, "messages to arrive")


def is_quiet(office: Office) -> bool:
    """Tell whether each message of an office has its signed receipt; receipts get none."""
    sent = office.ask("exchange", "list", "--state", "sent", "--limit", 10_000)
    return not any(one["sequence"] for one in sent)


def wait_until(met: Callable[[], bool], services: Sequence[Service], what: str) -> None:
    """Return when a condition is met; stop when a program ends, or it takes too long."""
    deadline_s = time.monotonic() + WAIT_S
    while not met():
        for service in services:
            service.require_alive()
        if time.monotonic() > deadline_s:
            raise SystemExit(f"等待超时 · waited {WAIT_S:.0f} s in vain for {what}")
        time.sleep(LOOK_S)


def write_secret(path: Path, text: str) -> None:
    """Write what only this user may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _hub_of(office: Office, day: date) -> Service:
    office.day = day
    words = ("run", "--as-of", day, *office.config)
    return Service(words, office.home / "hub.log")


def _replace(path: Path, pattern: str, line: str) -> None:
    text, count = re.subn(pattern, line, path.read_text("utf-8"), flags=re.MULTILINE)
    if count != 1:
        raise SystemExit(f"{path}: {pattern} found {count} times")
    path.write_text(text, "utf-8")
