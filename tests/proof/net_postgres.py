"""A PostgreSQL server of its own that is stopped in the middle of its work and starts again.

Unlike the server that other tests share, a commit that it has confirmed is in its log: what a
stop may lose here is what was never confirmed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg

from tests.conftest import require
from tests.servers import HOST, Cluster, _as_user, _binaries, _free_port
from tests.waiting import eventually

START_S = 60
OPTIONS = ("unix_socket_directories=", "max_connections=100", "restart_after_crash=on")


class PostgresServer:
    """One data folder and one port; `cluster` lends databases."""

    def __init__(self) -> None:
        self._binaries = _binaries()
        require(self._binaries is not None, "PostgreSQL (initdb, postgres)")
        self._folder = Path(tempfile.mkdtemp(prefix="hub-proof-postgres-"))
        self._data = self._folder / "data"
        self._as_user = _as_user(self._folder)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.cluster: Cluster | None = None

    def __enter__(self) -> Self:
        words = ["-D", str(self._data), "-U", "hub", "--auth=trust", "--encoding=UTF8",
                 "--locale=C", "--no-sync"]  # fmt: skip
        self._run("initdb", *words)
        self.start()
        self.cluster = Cluster(self)
        return self

    def __exit__(self, *_) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, and return once it lets somebody in."""
        settings = [word for option in OPTIONS for word in ("-c", option)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user, str(self._binaries / "postgres"), "-D", str(self._data), "-h",
                 HOST, "-p", str(self.port), *settings],
                cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(self._lets_in, timeout_s=START_S, what="PostgreSQL to start")

    def stop(self) -> None:
        """End it as `pg_ctl stop -m immediate` does: every session dies where it stands."""
        if self._process is not None:
            self._run("pg_ctl", "-D", str(self._data), "stop", "-m", "immediate")
            self._process.wait(START_S)
            self._process = None

    @contextmanager
    def database(self):
        """Lend a fresh database of the current schema; yields its URL."""
        with self.cluster.database() as url:
            yield url

    # what `Cluster` wants to know of whoever runs the server
    @property
    def executor(self) -> Self:
        return self

    def _lets_in(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]
        try:
            psycopg.connect(
                f"host={HOST} port={self.port} user=hub dbname=postgres connect_timeout=5"
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> None:
        line = [*self._as_user, str(self._binaries / program), *words]
        subprocess.run(line, check=True, capture_output=True, cwd=self._folder, timeout=START_S)
