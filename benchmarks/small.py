"""Work of the hub beside the bare work that it is compared with, small enough for every test run.

Each entry of `PAIRS` lends two functions that do the same amount of work in this process. What is
measured is processor time, of this process and of children that it waited for: on a machine that
others use, wall time says more about them.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb

from benchmarks import baseline, intake, payout_files, reconcile, sftp
from benchmarks.pair import Ground, Pair
from benchmarks.small_messages import accepting, carrying
from hub.adapters.china_calendar import load as load_calendar
from hub.bulk.canonical import reconcile_files
from hub.bulk.engine import Terms
from hub.bulk.intake import take_in
from hub.mappings.catalog import load_catalog
from hub.settings.model import Limits
from hub.store.verifying import verify
from tests.servers import migrated_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


CONFIG = Path(__file__).resolve().parents[1] / "config"
MIB = 1024 * 1024
DAY = date(2026, 11, 23)


@contextmanager
def reconciling(ground: Ground, rows: int) -> Iterator[Pair]:
    """Reconcile two files; bare: read two columns of each, join them, write what differs."""
    reconcile.make(ground.folder, rows)
    files = {name: ground.folder / f"{name}.csv" for name in ("collections", "deposits")}
    terms = Terms(as_of=DAY, transit_working_days=3, calendar=load_calendar())
    out = ground.folder / "out"
    out.mkdir()
    yield Pair(
        bare=lambda: baseline.join(ground.folder),
        ours=lambda: reconcile_files(files, terms, out),
    )


@contextmanager
def taking_in(ground: Ground, rows: int) -> Iterator[Pair]:
    """Take a delimited list in; bare: DuckDB's CSV reader to Parquet."""
    paths = intake.write_files(rows, ground.folder)
    layout, out = intake.layout("delimited"), ground.folder / "out.parquet"

    def bare() -> None:
        with duckdb.connect(config={"threads": "2"}) as connection:
            connection.execute(intake.BARE.format(path=paths["bare"], out=out))

    def ours() -> None:
        path = paths["delimited"]
        take_in(path, layout, file=path.name, file_values={}, limits=Limits(), out=out)

    yield Pair(bare=bare, ours=ours)


@contextmanager
def _payout(ground: Ground, items: int, what: str, bare: str) -> Iterator[Pair]:
    catalog = load_catalog(CONFIG)
    form, _, action = what.partition(" ")
    path = ground.folder / form
    if action == "prove" or bare == "bare iterparse":
        payout_files.ours(f"{form} write", path, items, catalog)
    beside = path if bare == "bare iterparse" else ground.folder / "bare"
    yield Pair(
        bare=lambda: payout_files.BARE[bare](beside, items),
        ours=lambda: payout_files.ours(what, path, items, catalog),
    )


def writing_lines(ground: Ground, items: int) -> Any:  # noqa: ANN401 -- a context manager
    """Write a bank's file of lines; bare: one formatted write a line."""
    return _payout(ground, items, "fixed write", "bare lines")


def proving_lines(ground: Ground, items: int) -> Any:  # noqa: ANN401
    """Read a file of lines back and prove it; bare: writing one."""
    return _payout(ground, items, "fixed prove", "bare lines")


def writing_xml(ground: Ground, items: int) -> Any:  # noqa: ANN401
    """Write a pain.001; bare: an lxml element a payment."""
    return _payout(ground, items, "pain001 write", "bare xmlfile")


@contextmanager
def verifying(ground: Ground, rows: int) -> Iterator[Pair]:
    """Verify the journal's chain; bare: fetch the rows and hash them one after another."""
    store = migrated_store(ground.folder / "hub.db")
    with store.begin() as uow:
        for n in range(rows):
            uow.journal.note(
                "payout.signed", f"list:{n}", at=datetime.now(UTC), actor="person", person="李娜",
                digest=f"{n:064x}", role="初审",
            )  # fmt: skip

    def bare() -> None:
        last = bytes(32)
        with closing(sqlite3.connect(ground.folder / "hub.db")) as connection:
            for row in connection.execute("SELECT * FROM journal ORDER BY n"):
                last = hashlib.sha256(b"\0" + last + json.dumps(row[:-1]).encode()).digest()

    def ours() -> None:
        if verify(store).head.n != rows:
            raise RuntimeError("the journal does not verify")

    yield Pair(bare=bare, ours=ours)
    store.close()


@contextmanager
def putting(ground: Ground, megabytes: int) -> Iterator[Pair]:
    """Put a file over SFTP and prove it by reading it back; bare: OpenSSH's own `sftp`."""
    server = ground.servers("sshd")
    remote, source = ground.folder / "remote", ground.folder / "source"
    remote.mkdir()
    source.write_bytes(bytes(range(256)) * (megabytes * MIB // 256))
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    command = f"put {source} {remote}/file\n"
    yield Pair(
        clear=lambda: (remote / "file").unlink(missing_ok=True),
        bare=lambda: sftp.openssh(server, command),
        ours=lambda: sftp.hub_put(
            sftp.SftpChannel(server.settings(remote)), "file", source, sha256
        ),
    )


PAIRS: Mapping[str, Callable[[Ground, int], Any]] = {
    "reconcile": reconciling,
    "intake": taking_in,
    "payout lines": writing_lines,
    "payout lines, proven": proving_lines,
    "payout XML": writing_xml,
    "journal verified": verifying,
    "signed messages": accepting,
    "messages carried": carrying,
    "SFTP put": putting,
}
