"""A closed month as a sealed package (记账档案) that can be read and checked without the hub.

A folder: one CSV for each table, the originals by their SHA-256, the balances, and a manifest
with every digest. It names the manifest of the month archived before, and its segment of the
journal goes on where that one ended. Nothing is removed from the live store.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub import __version__
from hub.domain.approval import named
from hub.errors import Rejected
from hub.mappings.retention import load_retention
from hub.store.months import NULL, Archived, bounds, columns_of, digests_in, write_store
from hub.store.vouchers import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

FORMAT: Final = "agency-hub/month/1"
MANIFEST: Final = "manifest.json"
TABLES: Final = "tables"
ORIGINALS: Final = "originals"
BALANCES: Final = "balances.csv"
README: Final = "README.txt"
GENESIS: Final = "0" * 64
FOUND_MAX: Final = 1000  # hits that one search returns


def archive_month(month: int, to: Path, *, person: str, services: Services) -> Archived:
    """Write the package of a month, and bind it to the one before it in store and journal.

    `Rejected`: `month_not_over`, `month_archived`, `month_order` when a later one is archived.
    """
    who, zone, at = named(person), services.settings.time_zone, services.now()
    _, ends = bounds(month, zone)
    if at < ends:
        raise Rejected("month_not_over", month=month)
    to.mkdir(parents=True, exist_ok=True)
    part = to / f".part-{month}-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    (part / TABLES).mkdir(parents=True)
    try:
        with services.store.read() as uow:
            before = _before(month, uow)
            first = before.journal_last + 1 if before else 1
            last = max(uow.months.last_row(ends), first - 1)
            manifest = _write(part, month, services, uow, journal_rows=(first, last), before=before)
        content = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1).encode()
        _write_synced(part / MANIFEST, content)
        digest = hashlib.sha256(content).hexdigest()
        archived = Archived(
            month=month, manifest_digest=digest,
            previous_digest=before.manifest_digest if before else None,
            journal_first=first, journal_last=last, made_at=at, made_by=who,
        )  # fmt: skip
        folder = to / name_of(month)
        if folder.exists():
            raise Rejected("month_archived", month=month)

        def unit(uow: UnitOfWork) -> None:
            uow.months.add(archived)
            uow.journal.note(
                "month.archived", f"month:{month}", at=at, actor="person", person=who,
                manifest=digest, previous=archived.previous_digest, first=first, last=last,
            )  # fmt: skip

        services.store.transact(unit)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return archived


def name_of(month: int) -> str:
    """Return the name of a month's folder: `2026-11`."""
    return f"{month // 100}-{month % 100:02d}"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a package's manifest; `Rejected("month_unreadable")` when there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise Rejected("month_unreadable", folder=folder.name) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Rejected("month_unreadable", folder=folder.name)
    return manifest


def rows_of(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """Stream the rows of an archived table as text."""
    with (folder / TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def find(folder: Path, wanted: str) -> list[dict[str, str]]:
    """Return rows that have a value anywhere, with their table; at most `FOUND_MAX`."""
    found: list[dict[str, str]] = []
    for table in sorted(read_manifest(folder)["tables"]):
        for row in rows_of(folder, table):
            if any(wanted in value for value in row.values()):
                found.append({"table": table, **{k: v for k, v in row.items() if v != NULL}})
                if len(found) == FOUND_MAX:
                    return found
    return found


def open_store(folder: Path, to: Path) -> int:
    """Make a store of a package, to be read by any tool for SQLite; returns its rows."""
    manifest = read_manifest(folder)
    if to.exists():
        raise Rejected("restore_not_empty", where=to.name)
    return write_store(to, {name: rows_of(folder, name) for name in manifest["tables"]})


def _before(month: int, uow: UnitOfWork) -> Archived | None:
    archived = uow.months.every()
    if any(one.month == month for one in archived):
        raise Rejected("month_archived", month=month)
    if archived and archived[-1].month > month:
        raise Rejected("month_order", month=month, last=archived[-1].month)
    return archived[-1] if archived else None


def _write(
    part: Path,
    month: int,
    services: Services,
    uow: UnitOfWork,
    *,
    journal_rows: tuple[int, int],
    before: Archived | None,
) -> dict[str, Any]:
    """Write tables, originals and balances; return the manifest that they make."""
    tables: dict[str, int] = {}
    digests: set[str] = set()
    for name in uow.months.tables():
        rows = uow.months.rows(name, month, services.settings.time_zone, journal_rows=journal_rows)
        tables[name] = _write_table(part / TABLES / f"{name}.csv", name, rows, digests)
    for sha256 in sorted(digests):
        place = part / ORIGINALS / sha256[:2] / sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(services.archive.path(sha256), place)
    _, ends = bounds(month, services.settings.time_zone)
    _write_balances(part / BALANCES, ends.date() - timedelta(days=1), uow)
    (part / README).write_text(_README.format(month=name_of(month)), "utf-8")
    first, last = journal_rows
    links = [(uow.restores.hash_of(n) or GENESIS) if n else GENESIS for n in (first - 1, last)]
    return {
        "format": FORMAT, "version": __version__, "month": month,
        "region": services.settings.agency.region, "agency": services.settings.agency.name,
        "time_zone": str(services.settings.time_zone), "made_at": services.now().isoformat(),
        "previous": None if before is None else asdict(before)["manifest_digest"],
        "previous_month": before.month if before else None,
        "journal": {"first": first, "last": last, "before": links[0], "head": links[1]},
        "tables": tables, "null": NULL, "originals": len(digests),
        "retention_years": dict(load_retention(services.settings.config_dir)),
        "parts": {name: _sha256(part / name) for name in _parts(part)},
    }  # fmt: skip


def _write_table(path: Path, name: str, rows: Iterator[dict[str, str]], digests: set[str]) -> int:
    """Write one table; note every digest of archived bytes in it."""
    columns = columns_of(name)
    bytes_of = digests_in(name)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            digests |= {row[c] for c in bytes_of if row[c] != NULL}
            count += 1
    return count


def _write_balances(path: Path, until: date, uow: UnitOfWork) -> None:
    """Write the balance of every account to the end of the month (fen)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["fund", "account", "debit_fen", "credit_fen", "balance_fen"])
        for one in uow.vouchers.balances(Span(until=until)):
            writer.writerow([one.fund, one.account, one.debit_fen, one.credit_fen, one.balance_fen])


def _parts(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


_README: Final = """\
社会保险数据交换枢纽 {month} 记账档案 · Archive of {month} of an integration hub

tables/*.csv   UTF-8，首行为列名，金额单位分，时间为 UTC，\\N 表示无值
               UTF-8, names in the first line, amounts in fen, instants in UTC, \\N is nothing
originals/     原件，以 SHA-256 命名 · originals, named by their SHA-256
balances.csv   截至月末各科目余额（分）· balances to the end of the month, in fen
manifest.json  各部分的 SHA-256、流水区间、上一月清单的 SHA-256
               digests of all parts, the journal's segment, the digest of the month before

核验 · to check: python -m hub_verify FOLDER [--previous FOLDER]
"""
