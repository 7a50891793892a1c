"""Nothing gets its name before its bytes are on the disk, nor is relied on before its folder is.

A kill does not lose what the kernel has, so this is not seen by killing: here each `fsync` is
written down, by file and by folder, while a list comes in, is paid and leaves as a bank's file.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.adapters.folder import FolderChannel
from hub.store.archive import Archive
from tests.answers import answer, answering_office, line
from tests.payouts import items_of, pay, row

NAMING = ("link", "replace", "rename")


@dataclass(frozen=True)
class Call:
    """One call: what, the file's number (inode), the path that it is about, and who called."""

    what: str
    number: int
    path: Path
    thread: int


@pytest.fixture
def calls(monkeypatch):
    """Write down every naming and every sync of this process, in order."""
    found = []

    def seen(what, number, path):
        found.append(Call(what, number, Path(path), threading.get_ident()))

    sync = os.fsync

    def fsync(descriptor):
        sync(descriptor)
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        seen("fsync", os.fstat(descriptor).st_ino, target)

    monkeypatch.setattr(os, "fsync", fsync)
    for name in NAMING:
        real = getattr(os, name)

        def naming(source, target, *args, real=real, name=name, **named):
            number = os.lstat(source).st_ino
            real(source, target, *args, **named)
            seen(name, number, target)

        monkeypatch.setattr(os, name, naming)
    return found


def unsynced(calls, *, below, but=()):
    """Yield names whose bytes were not synced before, or whose folder was not synced after."""
    for at, call in enumerate(calls):
        if call.what not in NAMING or not call.path.is_relative_to(below):
            continue
        if any(call.path.is_relative_to(one) for one in but):
            continue
        if not any(c.what == "fsync" and c.number == call.number for c in calls[:at]):
            yield f"bytes of {call.path.relative_to(below)}"
        after = (c for c in calls[at:] if c.thread == call.thread)
        if not any(c.what == "fsync" and c.path == call.path.parent for c in after):
            yield f"folder of {call.path.relative_to(below)}"


def test_what_is_archived_and_what_is_sent_is_synced_file_and_folder(tmp_path, calls):
    office = answering_office(tmp_path)
    (batch,) = pay(office, [row(1), row(2)])
    items = items_of(office, batch)
    answer(office, [line(one, 7) for one in items])
    office.store.close()

    named = [call.path for call in calls if call.what in NAMING]
    sent = office.services.settings.channels["alpha-out"].path / batch.file_name
    archived = office.services.settings.folders.archive
    assert sent in named
    assert sum(path.is_relative_to(archived) for path in named) >= 4  # list, facts, file, answer
    assert list(unsynced(calls, below=tmp_path, but=[office.services.work_dir])) == []


def test_a_taken_file_is_moved_aside_for_good(tmp_path, calls):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "list.csv").write_bytes(b"theirs")

    FolderChannel(tmp_path / "in").finish("list.csv", accepted=True)

    synced = [call.path for call in calls if call.what == "fsync"]
    assert [path.name for path in synced] == ["done", "in"]  # the copy first, then its going


def test_a_folder_that_a_killed_process_made_is_synced_by_the_next(tmp_path, calls):
    """Found here: a folder was taken for synced because it was there."""
    archive = tmp_path / "archive"
    first = Archive(archive).put_bytes(b"as a killed process left it")
    place = Archive(archive).path(first.sha256)
    place.unlink()  # its folders stay; nobody knows whether their names were synced
    calls.clear()

    Archive(archive).put_bytes(b"as a killed process left it")

    synced = {call.path for call in calls if call.what == "fsync"}
    assert {place.parent, place.parent.parent, archive} <= synced
