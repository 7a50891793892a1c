"""Several real `hub run` processes on one real PostgreSQL and one deployment's folders."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager

from sqlalchemy import text

from hub.store.archive import Archive
from hub.store.journal import _LOCK
from hub.store.outbox import OutboxState
from tests.command import Command
from tests.servers import open_store
from tests.waiting import eventually

START_S = 90  # two cores, and others use them too
STOP_S = 60
JOURNAL = f"SELECT pg_advisory_xact_lock({_LOCK})"  # each writer of the journal takes this first


def writes_to(table):
    """Return the statement whose lock keeps everybody from writing to a table."""
    return f"LOCK TABLE {table} IN SHARE MODE"


class Nodes(Command):
    """A deployment whose processes are started, frozen and killed, and its database seen."""

    def __init__(self, home, url, *, lease_s) -> None:
        super().__init__(home, store_url=url)
        toml = self.config / "hub.toml"
        words = toml.read_text("utf-8").replace("lease_s = 15", f"lease_s = {lease_s}")
        toml.write_text(words, "utf-8")
        self.store = open_store(url)
        self.archive = Archive(home / "var" / "archive")
        self.processes = []

    def add(self):
        """Start a process and return it once it lives in the database."""
        log = (self.home / f"log-{len(self.processes)}.jsonl").open("w+", encoding="utf-8")
        process = subprocess.Popen(self.line("run"), stderr=log, stdout=log, env=self.environment)
        process.log = log
        self.processes.append(process)
        eventually(lambda: self.node(process) or process.poll() is not None, timeout_s=START_S)
        assert process.poll() is None, self.words(process)
        return process

    def words(self, process):
        process.log.flush()
        process.log.seek(0)
        return process.log.read()

    def node(self, process):
        return next((n.id for n in self.living() if n.pid == process.pid), None)

    def living(self):
        with self.store.read() as uow:
            now = uow.leases.now()
            return [n for n in uow.leases.nodes() if n.lives(now)]

    def lanes(self, process):
        with self.store.read() as uow:
            ids = {n.id for n in uow.leases.nodes() if n.pid == process.pid}
            return {lane for lane, owner in uow.leases.holders().items() if owner in ids}

    def holders(self):
        with self.store.read() as uow:
            return uow.leases.holders()

    def shared(self, *processes):
        """Tell whether every lane is held, and by these processes in even shares."""
        shares = [len(self.lanes(process)) for process in processes]
        return sum(shares) == len(self.holders()) > 0 and max(shares) - min(shares) <= 1

    def holder_of(self, lane):
        return next(p for p in self.processes if p.poll() is None and lane in self.lanes(p))

    def files(self):
        with self.store.read() as uow:
            return uow.inbox.list()

    def count(self, sql):
        with self.store._engine.connect() as connection:
            return connection.execute(text(sql)).scalar_one()

    def send(self, *names, state=OutboxState.READY):
        """Queue files for delivery, as any flow does; in `SENDING` an attempt has begun before."""
        for name in names:
            sha256 = self.archive.put_bytes(name.encode()).sha256

            def unit(uow, name=name, sha256=sha256):
                at = uow.leases.now()
                out = uow.outbox.add(
                    channel="letters-out", file_name=name, content_sha256=sha256, at=at
                )
                if state is not OutboxState.READY:
                    uow.outbox.mark(out.id, state, at=at)
                uow.tasks.add(
                    queue="deliver:letters-out", step="deliver", subject_id=str(out.id), at=at
                )

            self.store.transact(unit)

    def sent(self):
        folder = self.home / "channels" / "letters-out"
        return sorted(path.name for path in folder.iterdir() if path.is_file())

    @contextmanager
    def held_up(self, lock):
        """Take what units want in their middle; give where of a node's sessions that wait for it.

        A wait for anything else is over in a moment: who is stopped then stands anywhere.
        """
        with self.store._engine.connect() as connection:
            connection.execute(text(lock))
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            yield f"{mine} = ANY(pg_blocking_pids(pid))"
            connection.rollback()

    def sessions(self, node, *, where):
        sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND {}"
        return self.count(sql.format(node, where))

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(STOP_S)
            process.log.close()
        self.store.close()
