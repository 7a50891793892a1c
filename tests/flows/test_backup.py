"""A backup is one state, is proved, and makes an empty place a hub that pays nothing yet."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from hub.domain.restore import RestoreCause
from hub.errors import HubError, Unavailable
from hub.flows import backup
from hub.flows.restored import before_leaving, keep_mark
from hub.store.archive import Archive
from hub.store.engine import Store
from tests import payouts
from tests.office import Office
from tests.servers import postgres  # noqa: F401 -- a fixture

ROWS = [payouts.row(number) for number in range(1, 4)]


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path / "one")
    payouts.take_list(office, ROWS)
    yield office
    office.store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request, tmp_path):
    """An office on either database with something in it."""
    home = tmp_path / "one"
    office = Office(home)
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").database()
        with database as url:
            office.store.close()
            settings = office.services.settings
            settings = replace(settings, store=replace(settings.store, url=url))
            office.store = Store.open(url)
            office.services = replace(office.services, store=office.store, settings=settings)
            payouts.take_list(office, ROWS)
            yield office
            office.store.close()
        return
    payouts.take_list(office, ROWS)
    yield office
    office.store.close()


@pytest.fixture
def empty(request, kept, tmp_path):
    """Settings of an empty place beside it, and what opens a hub there."""
    settings, home = kept.services.settings, tmp_path / "two"
    folders = replace(settings.folders, archive=home / "archive", work=home / "work", mark=None)
    with _url(request, kept, home) as url:
        there = replace(settings, store=replace(settings.store, url=url), folders=folders)

        def open_hub():
            return replace(
                kept.services, settings=there, store=Store.open(url),
                archive=Archive(folders.archive), work_dir=folders.work,
            )  # fmt: skip

        yield there, open_hub


def _url(request, kept, home):
    from contextlib import nullcontext

    if kept.store.is_shared:
        return request.getfixturevalue("postgres").database(empty=True)
    home.mkdir()
    return nullcontext(f"sqlite:///{home / 'hub.db'}")


def refused(act):
    with pytest.raises(HubError) as refusal:
        act()
    return refusal.value.code


def test_a_restored_hub_has_every_row_and_may_pay_nothing(kept, empty, tmp_path):
    made = backup.make(kept.services, tmp_path / "backups")
    settings, open_hub = empty

    found = backup.restore(settings, made.folder, open_hub=open_hub, person="运维")

    services = open_hub()
    with services.store.read() as there, kept.store.read() as here:
        assert [p.id for p in there.payouts.list()] == [p.id for p in here.payouts.list()]
        assert there.journal.between(1, made.head_n) == here.journal.between(1, made.head_n)
    assert (found.cause, found.epoch) == (RestoreCause.FROM_BACKUP, 2)
    with pytest.raises(Unavailable):
        before_leaving(services)
    services.store.close()
    assert refused(lambda: backup.restore(
        settings, made.folder, open_hub=open_hub, person="运维",
    )) == "restore_not_empty"  # fmt: skip


def test_a_second_backup_copies_only_what_is_new(office, tmp_path):
    first = backup.make(office.services, tmp_path / "backups")
    second_list = [payouts.row(9)]
    payouts.take_list(office, second_list, sequence=2)
    office.clock.advance(hours=1)
    second = backup.make(office.services, tmp_path / "backups")

    assert first.copied == first.archived
    assert 0 < second.copied < second.archived
    for made in (first, second):
        assert backup.verify(made.folder, deep=True).first_bad is None


@pytest.mark.parametrize(
    "part", ["hub.db", "archive.txt", "outside/mark.json", "config/hub.toml", "archived", "extra"]
)
def test_a_backup_that_was_changed_is_found_out(office, tmp_path, part):
    made = backup.make(office.services, tmp_path / "backups")
    if part == "archived":
        path = next(p for p in (made.folder.parent / "archive").rglob("*") if p.is_file())
        path.chmod(0o600)
    else:
        path = made.folder / part
    path.write_bytes((path.read_bytes() if path.exists() else b"") + b"x")

    assert backup.verify(made.folder, deep=True).first_bad is not None


def test_a_backup_is_one_state_while_others_write(office, tmp_path):
    keep_mark(office.services)
    made = backup.make(office.services, tmp_path / "backups")
    payouts.take_list(office, [payouts.row(9)], sequence=2)

    proof = backup.verify(made.folder)
    with closing(sqlite3.connect(made.folder / "hub.db")) as copy:
        last = copy.execute("SELECT max(n) FROM journal").fetchone()[0]

    assert proof.first_bad is None
    assert last == made.head_n == proof.head_n


def test_an_archive_that_lacks_bytes_makes_no_backup(office, tmp_path):
    shutil.rmtree(office.services.settings.folders.archive)

    assert refused(lambda: backup.make(office.services, tmp_path / "b")) == "archive_missing"
    assert [p.name for p in (tmp_path / "b").iterdir() if p.name != "archive"] == []
