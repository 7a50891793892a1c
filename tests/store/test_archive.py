"""The archive: whole or not at all, once, for ever."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path

import pytest

from hub.errors import Rejected, Unavailable
from hub.store.archive import CHUNK_BYTES, Archive, Stored
from tests.no_room import no_room
from tests.store.threads import at_once

CONTENT = b"receipt,amount\n" * 1000


def files_in(archive):
    return sorted(p for p in archive._root.rglob("*") if p.is_file())


def test_bytes_come_back_under_their_digest(archive, tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()

    stored = [
        archive.put(io.BytesIO(CONTENT)),
        archive.put_bytes(CONTENT),
        archive.put_file(tmp_path / "file"),
    ]

    assert stored == [Stored(sha256=sha256, size_bytes=len(CONTENT))] * 3
    with archive.open(sha256) as content:
        assert content.read() == CONTENT
    assert files_in(archive) == [archive.path(sha256)]


def test_nothing_is_kept_under_the_digest_of_nothing(archive):
    stored = archive.put_bytes(b"")

    assert stored.size_bytes == 0
    assert archive.path(stored.sha256).read_bytes() == b""


def test_a_stored_file_cannot_be_written_by_anybody(archive):
    path = archive.path(archive.put_bytes(CONTENT).sha256)

    assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0


def test_a_stored_file_is_never_written_again(archive):
    path = archive.path(archive.put_bytes(CONTENT).sha256)
    before = path.stat()

    archive.put_bytes(CONTENT)

    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("size_bytes", [CHUNK_BYTES * 2, CHUNK_BYTES * 2 + 1, 11])
def test_a_file_above_the_limit_leaves_nothing(archive, size_bytes):
    with pytest.raises(Rejected) as found:
        archive.put(io.BytesIO(b"x" * size_bytes), size_bytes_max=10)

    assert found.value.code == "file_too_large"
    assert files_in(archive) == []


def test_a_file_at_the_limit_is_kept(archive):
    assert archive.put(io.BytesIO(b"x" * 10), size_bytes_max=10).size_bytes == 10


def test_a_source_that_fails_leaves_nothing_and_its_own_error(archive):
    class Failing(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 0:
                raise Unavailable("file_changing")
            return super().read(min(size, 3))

    with pytest.raises(Unavailable, match="changed while it was read"):
        archive.put(Failing(CONTENT))

    assert files_in(archive) == []


def test_what_is_not_there_is_refused_and_a_digest_is_no_path(archive):
    with pytest.raises(Rejected) as found:
        archive.open("0" * 64)
    assert found.value.code == "archive_missing"
    for hostile in ("../../etc/passwd", "", "0" * 63, "A" * 64, "0" * 64 + "\n"):
        with pytest.raises(ValueError, match="no SHA-256"):
            archive.path(hostile)


def test_an_archive_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    archive = Archive(tmp_path / "file" / "archive")

    with pytest.raises(Unavailable) as found:
        archive.put_bytes(CONTENT)

    assert found.value.code == "archive_unavailable"


def test_a_full_disk_is_unavailable_and_leaves_nothing(archive, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        archive.put_bytes(CONTENT)
    monkeypatch.undo()

    assert files_in(archive) == []


@pytest.mark.parametrize("size_bytes", [1, CHUNK_BYTES + 1])
def test_a_disk_that_takes_no_byte_is_unavailable_whatever_the_size(archive, size_bytes):
    """Little content fails first when it is flushed, and once more when its file is closed."""
    archive.put_bytes(b"the folders are there")
    before = files_in(archive)
    with no_room(), pytest.raises(Unavailable) as found:
        archive.put_bytes(bytes(size_bytes))

    assert found.value.code == "archive_unavailable"
    assert files_in(archive) == before


def test_content_is_synced_before_it_has_its_name_and_its_folder_after(archive, monkeypatch):
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    place = archive._place(sha256)
    place.parent.mkdir(parents=True)
    archive._parts.mkdir()
    synced = []

    def sync(descriptor):
        synced.append((os.path.realpath(f"/proc/self/fd/{descriptor}"), place.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    archive.put_bytes(CONTENT)

    files = [(path, there) for path, there in synced if Path(path).parent == archive._parts]
    assert [there for _, there in files] == [False]
    assert synced[-1] == (str(place.parent), True)


def test_eight_that_bring_the_same_bytes_at_once_keep_one_file(archive):
    stored = at_once(lambda _: archive.put_bytes(CONTENT))

    assert len(set(stored)) == 1
    assert len(files_in(archive)) == 1


def test_what_a_killed_writer_left_goes_after_a_day(archive):
    archive.put_bytes(CONTENT)
    old, young = archive._parts / "old", archive._parts / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))

    archive.sweep()

    assert [p.name for p in archive._parts.iterdir()] == ["young"]
