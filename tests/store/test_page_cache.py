"""A connection keeps little of the database, more while a list is written, and little again."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.store.bulk_writes import CHUNK_ROWS
from hub.store.engine import Store
from tests.servers import migrated_store

AT = datetime(2026, 11, 26, tzinfo=UTC)
USUAL_KIB, WIDE_KIB = 2_000, 32_000


def kib(uow):
    return -uow.connection.exec_driver_sql("PRAGMA cache_size").scalar_one()


def written(uow, rows):
    subjects = [str(n) for n in range(rows)]
    uow.tasks.add_fresh(queue="q", step=f"s{rows}", subject_ids=subjects, at=AT)
    return kib(uow)


def test_a_unit_that_writes_many_rows_has_a_wide_cache_until_it_ends(tmp_path):
    migrated_store(tmp_path / "hub.db").close()
    store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}", pool_size=1)  # one connection for all

    assert store.transact(kib) == USUAL_KIB
    assert store.transact(lambda uow: written(uow, 10)) == USUAL_KIB
    assert store.transact(lambda uow: written(uow, CHUNK_ROWS)) == WIDE_KIB
    with store.read() as uow:
        assert kib(uow) == USUAL_KIB
    store.close()
