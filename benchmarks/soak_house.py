"""What a soak runs: a broker, an SFTP server, a database, the hub and its console, another office.

All are processes of their own in one new folder, on loopback. The other office is a key, an
account at the broker and a queue; who speaks for it is `benchmarks/soak_load.py`.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import demo_console
import psycopg
from commands import ROOT, hub, hub_json
from rabbit_node import RabbitNode
from region_office import ROAD, Office, Service, write_secret
from regions import NEW, OLD, entries

from benchmarks.soak_exchange import Exchange
from benchmarks.soak_load import Dropping, Person
from benchmarks.soak_samples import Sample, folder_mb, process_sample, tree_sample
from hub.adapters.china_calendar import load as load_calendar
from hub.adapters.signing import PrivateKey
from hub.domain.region_directory import PublicKey
from hub.mappings.catalog import load_catalog
from hub.settings import load_settings
from tests import servers
from tests.adapters.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from types import TracebackType

USERS = ("reconciler", "operator", "auditor", "transfer-clerk", "discrepancy-supervisor")
POLL_S = 1
STARTS_MAX = 5  # minutes that the console may take on a machine that does other things
SFTP = """\
[tax-in]
kind = "sftp"
direction = "in"
host = "127.0.0.1"
port = {port}
user = "{user}"
folder = "{folder}"
private_key = "file:{key}"
host_keys = ["{host_key}"]
poll_interval_s = {poll_s}
"""


class House:
    """Everything that runs while it is entered. `hub` and `console` are processes of ours."""

    def __init__(self, home: Path, *, postgres: bool = False, preload: str = "") -> None:
        self.home, self.postgres = home, postgres
        self._environment = {"LD_PRELOAD": preload} if preload else {}
        self._stack = ExitStack()
        self._url: str | None = None

    def __enter__(self) -> Self:
        home, enter = self.home, self._stack.enter_context
        try:
            password = secrets.token_urlsafe(24)
            write_secret(home / "broker.secret", password)
            self.broker = enter(RabbitNode(home / "rabbitmq", password))
            (home / "sshd").mkdir()
            self.sshd = enter(Sshd(home / "sshd"))
            if self.postgres:
                self._url = enter(_database())
            self.office, self.other = (Office(home / code, code, name) for code, name in (NEW, OLD))
            for one in (self.office, self.other):
                one.make(self.broker, home / "broker.secret")
            self._prepare()
            self.hub = enter(self._program("run"))
            self._console()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)  # after a failure programs are killed, not stopped

    @property
    def var(self) -> Path:
        """The hub's own folder: archive, work, and the database where it is a file."""
        return self.office.home / "var"

    def exchange(self) -> Exchange:
        """Return the other office, which shares keys with the hub."""
        settings = load_settings(self.other.home / "config")
        key = PrivateKey.parse((self.other.home / "signing.key").read_text("ascii"))
        hub_key = PublicKey.parse(self.office.public_key)
        road = settings.roads[ROAD]
        return Exchange(road, key, self.other.region, self.office.region, hub_key)

    def dropping(self, day: date, rate: float) -> Dropping:
        """Return who puts files, for the next working day: nothing reconciles before its end."""
        layout = load_catalog(self.office.home / "config").partner("tax").layout("collections")
        calendar = load_calendar()
        on = day + timedelta(days=1)
        while not calendar.is_working(on):
            on += timedelta(days=1)
        return Dropping(self.home / "sftp", layout, on, rate)

    def people(self, count: int) -> list[Person]:
        """Return so many people, signed in."""
        people = []
        for name in USERS[:count]:
            code = hub_json("user", "code", name, *self.office.config)["code"]
            people.append(Person(self.url, name, demo_console.PASSWORD, code))
        return people

    def sample(self) -> Sample:
        """Return what the processes and the store hold now."""
        row = process_sample("hub", self.hub.pid) | process_sample("console", self.console.pid)
        row |= tree_sample("broker", self.broker_pid) | {
            "archive_mb": folder_mb(self.var / "archive")
        }
        if self._url is not None:
            return row | _postgres_sample(self._url)
        file = self.var / "hub.db"
        beside = [file.with_name(f"{file.name}-{one}") for one in ("wal", "journal")]
        row["database_mb"] = file.stat().st_size / 1e6
        row["wal_mb"] = sum(one.stat().st_size for one in beside if one.exists()) / 1e6
        return row

    def require_alive(self) -> None:
        """Stop when the hub or the console has ended by itself."""
        self.hub.require_alive()
        self.console.require_alive()

    def parked(self) -> list[dict[str, object]]:
        """Return tasks that the hub could not do."""
        parked = hub_json("tasks", "list", "--state", "parked", *self.office.config, may_find=True)
        return list(parked)

    @property
    def broker_pid(self) -> int:
        """The broker's process."""
        process = self.broker._process  # noqa: SLF001 -- only the node itself needs to know
        return process.pid if process is not None else 0

    def _prepare(self) -> None:
        """Let the office read files over SFTP, know the other one, and keep its rows where told."""
        config, folder = self.office.home / "config", self.home / "sftp"
        folder.mkdir()
        for name in ("tax", "treasury"):
            shutil.copy(ROOT / "config" / "partners" / f"{name}.toml", config / "partners")
        _edit(config / "partners" / "tax.toml", "sequence:03d", "sequence:06d")
        settings = self.sshd.settings(folder)
        _edit(config / "channels.toml", r"poll_interval_s = 0\.3$", "poll_interval_s = 5")
        channel = SFTP.format(
            port=settings.port, user=settings.user, folder=folder, poll_s=POLL_S,
            key=self.sshd.user_key, host_key=settings.host_keys[0],
        )  # fmt: skip
        _edit(config / "channels.toml", r"(?s)^\[tax-in\].*?(?=^\[)", channel + "\n")
        if self._url is not None:
            _edit(config / "hub.toml", r'"sqlite:///var/hub\.db"', json.dumps(self._url))
        hub("check", "--create", *self.office.config)
        directory = self.home / "directory.toml"
        directory.write_text("\n".join(entries(one) for one in (self.office, self.other)), "utf-8")
        self.office.learn(directory)

    def _program(self, command: str) -> _Program:
        words = (command, *self.office.config)
        return _Program(words, self.home / f"{command}.log", **self._environment)

    def _console(self) -> None:
        config = self.office.home / "config"
        self.url = demo_console._configure(config / "hub.toml", self.office.home)  # noqa: SLF001
        hub_json("user", "demo", "--password", demo_console.PASSWORD, *self.office.config)
        self.console = self._stack.enter_context(self._program("console"))
        process = self.console._process  # noqa: SLF001
        tries = (demo_console._answers(self.url, process) for _ in range(STARTS_MAX))  # noqa: SLF001
        if not any(tries):
            raise SystemExit(f"the console did not start: {self.home / 'console.log'}")


class _Program(Service):
    """A `hub` process whose number is known."""

    @property
    def pid(self) -> int:
        return self._process.pid


def _edit(path: Path, pattern: str, text: str) -> None:
    found, count = re.subn(pattern, lambda _: text, path.read_text("utf-8"), flags=re.MULTILINE)
    if not count:
        raise SystemExit(f"{path}: no {pattern}")
    path.write_text(found, "utf-8")


@contextmanager
def _database() -> Iterator[str]:
    """Lend a database of a PostgreSQL that waits for its disk, as in production."""
    servers.SERVER_OPTIONS = ("unix_socket_directories=", "max_connections=100")
    binaries = servers._binaries()  # noqa: SLF001
    folder = Path(tempfile.mkdtemp(prefix="hub-soak-postgres-"))
    try:
        as_user, data = servers._as_user(folder), folder / "data"  # noqa: SLF001
        initdb = [*as_user, str(binaries / "initdb"), "-D", str(data), "-U", "hub", "--auth=trust"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
        with (
            servers._server(binaries, data, as_user) as executor,  # noqa: SLF001
            servers.Cluster(executor).database() as url,
        ):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_sample(url: str) -> Sample:
    connect = partial(psycopg.connect, url.replace("+psycopg", ""), autocommit=True)
    with connect() as connection:
        size, wal, sessions = connection.execute(
            "SELECT pg_database_size(current_database()), (SELECT sum(size) FROM pg_ls_waldir()),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
        ).fetchone() or (0, 0, 0)
    return {"database_mb": size / 1e6, "wal_mb": float(wal) / 1e6, "sessions": sessions - 1}
