"""Backup (备份) of everything a hub needs to begin again, its proof, and a hub made of it.

A backup is a folder of its own: the database as of one state, the list of archived bytes, marks
and books, configuration, and a manifest with the SHA-256 of each. Archived bytes never change, so
all backups of a place share them, each kept once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from hub import __version__
from hub.errors import Rejected
from hub.flows.restored import from_backup, keep_mark, outside_of
from hub.store import copying
from hub.store.outside import FOLDER as OUTSIDE
from hub.store.outside import MARK, RECEIVED, SENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hub.domain.restore import Restore
    from hub.flows.services import Services
    from hub.settings import Settings

FORMAT: Final = "agency-hub/backup/1"
MANIFEST: Final = "manifest.json"
LISTED: Final = "archive.txt"
BYTES: Final = "archive"
CONFIG: Final = "config"
DIGEST_CHARS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup: where it is, the state that it is of, and how much was copied for it."""

    folder: Path
    epoch: int
    head_n: int
    archived: int
    copied: int
    copied_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found about a backup; `first_bad` names the first thing that is not as it was."""

    folder: Path
    head_n: int
    archived: int
    first_bad: str | None = None


def make(services: Services, to: Path) -> Made:
    """Make a backup below a folder, which is another system's; the hub may run meanwhile."""
    keep_mark(services)
    to.mkdir(parents=True, exist_ok=True)
    settings = services.settings
    part = to / f".part-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        with copying.copied(services.store, settings.store.url, part) as (state, uow):
            needed = {sha256 for sha256, _at in uow.audit.digests()}
        have, copied, copied_bytes = _copy_archive(settings.folders.archive, to / BYTES)
        lacking = sorted(needed - have)
        if lacking:
            raise Rejected("archive_missing", sha256=lacking[0])
        (part / LISTED).write_text("".join(f"{one}\n" for one in sorted(have)), "ascii")
        _copy_marks(services, part / OUTSIDE)
        shutil.copytree(settings.config_dir, part / CONFIG)
        made_at = services.now()
        manifest = {
            "format": FORMAT, "version": __version__, "made_at": made_at.isoformat(),
            "region": settings.agency.region, **asdict(state), "archived": len(have),
            "parts": {name: _sha256(part / name) for name in _parts(part)},
        }  # fmt: skip
        _write(part / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        folder = to / f"{made_at:%Y%m%dT%H%M%SZ}-{state.head_n}"
        part.rename(folder)
        _sync(to)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Made(
        folder=folder, epoch=state.epoch, head_n=state.head_n, archived=len(have), copied=copied,
        copied_bytes=copied_bytes,
    )  # fmt: skip


def verify(
    folder: Path, *, deep: bool = False, seen: Callable[[int], None] = lambda _n: None
) -> Proof:
    """Check a backup without a hub; `deep` hashes every archived byte too.

    `Rejected("backup_unreadable")` when there is no manifest of this format.
    """
    manifest = read_manifest(folder)
    names = (folder / LISTED).read_text("ascii").split() if (folder / LISTED).exists() else []
    first = next(_wrong(folder, manifest, names, deep=deep, seen=seen), None)
    return Proof(
        folder=folder, head_n=int(manifest["head_n"]), archived=len(names), first_bad=first
    )


def restore(
    settings: Settings, folder: Path, *, open_hub: Callable[[], Services], person: str
) -> Restore:
    """Make an empty place a hub again from a verified backup; it pays nothing before `lift`.

    What the archive still has stays; a mark or book that is further than the backup counts.
    `Rejected("restore_not_empty")` where there is a database.
    """
    proof = verify(folder)
    if proof.first_bad is not None:
        raise Rejected("backup_broken", part=proof.first_bad)
    manifest = read_manifest(folder)
    dialect = "sqlite" if settings.store.sqlite_file is not None else "postgresql"
    if manifest["dialect"] != dialect:
        raise Rejected("backup_other_database", found=manifest["dialect"], wanted=dialect)
    copying.require_empty(settings.store.url)
    archive = settings.folders.archive
    for name in (folder / LISTED).read_text("ascii").split():
        _keep(folder.parent / BYTES, archive, name)
    for place in (settings.folders.work, archive):
        for book in sorted((folder / OUTSIDE).glob("*")):
            target = place / OUTSIDE / book.name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(target, book.read_bytes())
    copying.write_back(folder / str(manifest["file"]), settings.store.url)
    services = open_hub()
    try:
        return from_backup(services, person=person, backup=folder.name)
    finally:
        services.store.close()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a backup's manifest; `Rejected("backup_unreadable")`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise Rejected("backup_unreadable", folder=folder.name) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Rejected("backup_unreadable", folder=folder.name)
    return manifest


def _wrong(
    folder: Path,
    manifest: dict[str, Any],
    names: list[str],
    *,
    deep: bool,
    seen: Callable[[int], None],
) -> Iterator[str]:
    parts = dict(manifest["parts"])
    for name in sorted({*parts, *_parts(folder)}):
        path = folder / name
        if name not in parts or not path.is_file() or _sha256(path) != parts[name]:
            yield name
    if manifest["archived"] != len(names):
        yield LISTED
    for name in names:
        place = _place(folder.parent / BYTES, name)
        if not place.is_file() or (deep and _sha256(place) != name):
            yield f"{BYTES}/{name}"
        seen(1)
    database = folder / str(manifest["file"])
    if manifest["dialect"] != "sqlite":
        if copying.listed(database) == 0:
            yield database.name
        return
    if not copying.is_intact(database):
        yield database.name
        return
    with copying.reading(database) as uow:
        head = uow.journal.head()
        if (head.n, head.hash) != (manifest["head_n"], manifest["head_hash"]):
            yield f"{database.name}: journal {head.n}"
        have = set(names)
        yield from (f"{BYTES}/{one}" for one, _at in uow.audit.digests() if one not in have)


def _copy_archive(archive: Path, to: Path) -> tuple[set[str], int, int]:
    """Copy what the place does not have yet; return all digests, number and bytes copied."""
    have, copied, copied_bytes = set(), 0, 0
    for path in archive.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if len(path.name) != DIGEST_CHARS:
            continue
        have.add(path.name)
        if _keep(archive, to, path.name):
            copied += 1
            copied_bytes += path.stat().st_size
    return have, copied, copied_bytes


def _keep(source: Path, target: Path, name: str) -> bool:
    """Copy one archived file if it is not there; True when it was copied."""
    place = _place(target, name)
    if place.exists():
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{name}.part")
    shutil.copyfile(_place(source, name), part)
    if _sha256(part) != name:
        part.unlink()
        raise Rejected("backup_broken", part=f"{BYTES}/{name}")
    part.chmod(0o440)
    _sync(part)
    part.replace(place)
    return True


def _copy_marks(services: Services, to: Path) -> None:
    """Copy the furthest mark and the longest books."""
    outside = outside_of(services)
    to.mkdir()
    mark = outside.mark()
    if mark is not None:
        _write(to / MARK, json.dumps(asdict(mark), sort_keys=True).encode() + b"\n")
    for name in (SENT, RECEIVED):
        books = [place / name for place in outside.places if (place / name).exists()]
        if books:
            longest = max(books, key=lambda book: book.stat().st_size)
            _write(to / name, longest.read_bytes())


def _parts(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    )


def _place(root: Path, name: str) -> Path:
    return root / name[:2] / name[2:4] / name


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
