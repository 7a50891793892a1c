"""A consistent copy of the whole database while it is in use, and a database made of one.

SQLite: its online backup; writers wait while pages are copied. PostgreSQL: `pg_dump` in the very
snapshot in which head and digests are read, so that the copy and its description are one state.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, inspect, make_url, text

from hub.errors import Rejected, Unavailable
from hub.store.migrating import revisions
from hub.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import URL

    from hub.store.engine import Store

SQLITE: Final = "hub.db"
POSTGRES: Final = "hub.dump"
BUSY_S: Final = 30.0
SAID_CHARACTERS_MAX: Final = 400  # of what a tool of PostgreSQL says about an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy is of: the state that all of it is."""

    file: str
    dialect: str
    revision: str
    epoch: int
    head_n: int
    head_hash: str


@contextmanager
def copied(store: Store, url: str, folder: Path) -> Iterator[tuple[Copied, UnitOfWork]]:
    """Copy the database into a folder; yields what it is, and the unit that sees that state."""
    if store.is_shared:
        with store.read() as uow:
            snapshot = uow.connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            dump(url, folder / POSTGRES, snapshot=str(snapshot))
            yield _described(uow, POSTGRES, "postgresql"), uow
        return
    file = folder / SQLITE
    _copy_sqlite(Path(make_url(url).database or ""), file)
    with reading(file) as uow:
        yield _described(uow, SQLITE, "sqlite"), uow


@contextmanager
def reading(file: Path) -> Iterator[UnitOfWork]:
    """Open the copy of a SQLite database to read; nothing is written beside it."""
    engine = create_engine(f"sqlite:///file:{file}?mode=ro&immutable=1&uri=true")
    try:
        with engine.connect() as connection:
            yield UnitOfWork(connection)
    finally:
        engine.dispose()


def is_intact(file: Path) -> bool:
    """Ask SQLite itself whether a copy is whole."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
        return bool(copy.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def dump(url: str, file: Path, *, snapshot: str | None = None) -> None:
    """Write a PostgreSQL database in the custom format; `Unavailable` when the tool cannot."""
    of_state = [] if snapshot is None else [f"--snapshot={snapshot}"]
    _tool(make_url(url), "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
          f"--file={file}", *of_state)  # fmt: skip
    _sync(file)


def listed(file: Path) -> int:
    """Return how many things a dump holds; `Rejected("backup_broken")` when it cannot be read."""
    try:
        said = _run("pg_restore", ["--list", str(file)], {})
    except Unavailable as error:
        if error.code == "backup_tool_failed":
            raise Rejected("backup_broken", part=file.name) from error
        raise
    return sum(1 for line in said.splitlines() if line and not line.startswith(";"))


def require_empty(url: str) -> None:
    """Refuse to write a database where there is one: `Rejected("restore_not_empty")`."""
    at = make_url(url)
    if at.get_backend_name() == "sqlite":
        if Path(at.database or "").exists():
            raise Rejected("restore_not_empty", where=Path(at.database or "").name)
        return
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise Rejected("restore_not_empty", where=at.database)
    finally:
        engine.dispose()


def write_back(file: Path, url: str) -> None:
    """Make the database of a URL from a copy: all of it or nothing."""
    at = make_url(url)
    if file.name == SQLITE:
        target = Path(at.database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(file, part)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
        return
    _tool(at, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction",
          "--exit-on-error", f"--dbname={at.database}", str(file))  # fmt: skip


def _described(uow: UnitOfWork, file: str, dialect: str) -> Copied:
    head = uow.journal.head()
    return Copied(
        file=file, dialect=dialect, revision=revisions()[-1], epoch=uow.restores.epoch(),
        head_n=head.n, head_hash=head.hash,
    )  # fmt: skip


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=BUSY_S)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
    _sync(target)


def _tool(at: URL, name: str, *words: str) -> None:
    environment = {
        "PGHOST": at.host, "PGPORT": str(at.port) if at.port else None, "PGUSER": at.username,
        "PGPASSWORD": at.password, "PGDATABASE": at.database,
    }  # fmt: skip
    _run(name, words, {key: str(value) for key, value in environment.items() if value})


def _run(name: str, words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a tool of PostgreSQL; the password is in its environment, never in its words."""
    if shutil.which(name) is None:
        raise Unavailable("backup_tool_missing", tool=name)
    done = subprocess.run(
        [name, *words],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip()[-SAID_CHARACTERS_MAX:]
        raise Unavailable("backup_tool_failed", tool=name, reason=said)
    return done.stdout


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
