"""Real servers that the tests start themselves, on loopback and a port of their own.

One PostgreSQL cluster per test process: its data is in a folder of its own, so processes of
pytest-xdist do not meet. A test gets a database of its own, copied from a migrated template.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from mirakuru import TCPExecutor
from sqlalchemy import event

from hub.store.engine import Store
from tests.conftest import require

HOST = "127.0.0.1"
# No test here is about losing power, so nothing waits for the disk.
SERVER_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off",
                  "unix_socket_directories=", "max_connections=100")  # fmt: skip
START_TIMEOUT_S = 60


def open_store(url: str) -> Store:
    """Open a store that does not wait for the disk, for tests that are about something else."""
    store = Store.open(url)
    if store._engine.dialect.name == "sqlite":
        event.listen(store._engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF"))
    return store


def migrated_store(file: Path) -> Store:
    """Open a SQLite store whose schema is there: a copy of one that this process migrated once."""
    shutil.copyfile(_migrated_file(), file)
    return open_store(f"sqlite:///{file}")


@cache
def _migrated_file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hub-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = open_store(f"sqlite:///{folder / 'hub.db'}")
    store.migrate()
    store.close()
    return folder / "hub.db"


class PostgresExecutor(TCPExecutor):
    """A PostgreSQL server that counts as started once it lets somebody in."""

    def after_start_check(self) -> bool:
        if not super().after_start_check():
            return False
        try:
            psycopg.connect(f"host={HOST} port={self.port} user=hub dbname=postgres").close()
        except psycopg.OperationalError:
            return False
        return True


class Cluster:
    """A running cluster; `database()` lends a fresh, migrated database."""

    TEMPLATE = "hub_template"

    def __init__(self, executor: PostgresExecutor) -> None:
        self.executor = executor
        self._numbers = count(1)
        self.sql(f"CREATE DATABASE {self.TEMPLATE}")
        store = open_store(self.url(self.TEMPLATE))
        store.migrate()
        store.close()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://hub@{HOST}:{self.executor.port}/{database}"

    def sql(self, statement: str) -> None:
        """Run a statement as the superuser, outside any test's database."""
        address = f"host={HOST} port={self.executor.port} user=hub dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self, *, empty: bool = False):
        """Lend a database for the length of a block; yields its URL."""
        name = f"hub_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {self.TEMPLATE}"))
        try:
            yield self.url(name)
        finally:
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL cluster of this test process; it ends with the process."""
    binaries = _binaries()
    require(binaries is not None, "PostgreSQL (initdb, postgres)")
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-"))
    try:
        data = folder / "data"
        as_user = _as_user(folder)
        initdb = [*as_user, str(binaries / "initdb"), "-D", str(data), "-U", "hub",
                  "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]  # fmt: skip
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
        with _server(binaries, data, as_user) as executor:
            yield Cluster(executor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(binaries: Path, data: Path, as_user: list[str]):
    port = _free_port()
    settings = [word for option in SERVER_OPTIONS for word in ("-c", option)]
    executor = PostgresExecutor(
        [*as_user, str(binaries / "postgres"), "-D", str(data), "-h", HOST, "-p", str(port),
         *settings],
        host=HOST, port=port, timeout=START_TIMEOUT_S, cwd=str(data),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with executor:
        yield executor


def _as_user(folder: Path) -> list[str]:
    """Return the words that drop root's rights, which PostgreSQL refuses; hand over `folder`."""
    if os.geteuid() != 0:
        return []
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    drop = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*drop, "--pdeathsig", "INT", "--"]  # it must not outlive a killed test run


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted(folders, key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0)
    return versions[-1].parent if versions else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]
