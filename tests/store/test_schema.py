"""Trap 4, and the schema itself: money survives, wrong types and values are refused, revisions."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError, StatementError

from hub.errors import Rejected, Unavailable
from hub.store import migrating
from hub.store.engine import Store
from hub.store.schema import metadata
from hub.store.schema.spine import tasks
from tests.store.records import differ

SET_PROPOSAL = "UPDATE discrepancies SET action = 'accept', levels = 2, proposed_by = 'A'"
BIG_FEN = 2**53 + 1  # the first integer that a float cannot hold


def test_money_beyond_what_a_float_can_hold_survives(store, now):
    store.transact(
        lambda u: u.discrepancies.open(
            differ("a", amount_fen=2**63 - 1, collected_fen=BIG_FEN, deposited_fen=-BIG_FEN),
            owner="o", on=now.date(), at=now,
        )
    )  # fmt: skip

    with store.read() as uow:
        found = uow.discrepancies.of_key("a").difference
    assert (found.amount_fen, found.collected_fen, found.deposited_fen) == (
        2**63 - 1, BIG_FEN, -BIG_FEN,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE discrepancies SET amount_fen = 'abc'",
        "UPDATE discrepancies SET amount_fen = -1",
        "UPDATE discrepancies SET amount_fen = 0.5 + amount_fen, count = 'x'",
        "UPDATE discrepancies SET state = 'lost'",
        "UPDATE discrepancies SET state = 'closed'",
        SET_PROPOSAL + ", confirmed_by = 'a'",
        SET_PROPOSAL + ", closed_how = 'accept', closed_at = '2026-11-24', state = 'closed'",
        "UPDATE discrepancies SET state = 'closed', closed_how = 'cleared'",
    ],
)
def test_the_database_refuses_what_money_must_not_be_whoever_writes(store, now, change):
    store.transact(lambda u: u.discrepancies.open(differ("a"), owner="o", on=now.date(), at=now))

    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(change))


def test_every_table_is_strict_on_sqlite(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/hub.db")
    store.migrate()
    with store._engine.connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA table_list").mappings().all()
    store.close()

    loose = {
        r["name"]
        for r in rows
        if not r["strict"] and not r["name"].startswith(("sqlite_", "alembic_"))
    }
    assert loose == set()


def test_the_revisions_lead_to_the_tables_as_they_are_described(store):
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_revisions_bring_every_constraint_too(store):
    """Alembic compares no CHECKs and no partial indexes, so what the database says is compared."""
    migrated = _constraints(store)
    with store._engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)

    assert migrated == _constraints(store)


def _constraints(store):
    with store._engine.connect() as connection:
        looked = inspect(connection)
        return {name: (_checks(looked, name), _indexes(looked, name)) for name in metadata.tables}


def _checks(looked, table):
    return sorted((c["name"], c["sqltext"]) for c in looked.get_check_constraints(table))


def _indexes(looked, table):
    return sorted(
        (i["name"], i["unique"], i["column_names"], *map(str, i["dialect_options"].values()))
        for i in looked.get_indexes(table)
    )


def test_an_older_schema_is_refused_and_brought_up_to_date(empty_url):
    store = Store.open(empty_url)
    with pytest.raises(Rejected) as empty:
        store.require_current()
    with store._writing.begin() as connection:
        migrating.upgrade(connection, migrating.revisions()[0])
    with pytest.raises(Rejected) as older:
        store.require_current()

    store.migrate()

    store.require_current()
    store.migrate()
    store.close()
    assert empty.value.code == older.value.code == "store_schema_old"


def test_a_newer_schema_is_neither_used_nor_changed(store):
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for way in (store.require_current, store.migrate):
        with pytest.raises(Rejected) as found:
            way()
        assert found.value.code == "store_schema_newer"


def test_a_revision_that_breaks_off_leaves_nothing_behind(empty_url):
    store = Store.open(empty_url)
    with suppress(RuntimeError), store._writing.begin() as connection:
        migrating.upgrade(connection)
        raise RuntimeError

    with store._engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    store.close()


def test_instants_are_read_back_in_utc_and_order_by_time(store):
    beijing = timezone(timedelta(hours=8))
    moments = [
        datetime(2026, 11, 24, 7, 59, 59, 999999, tzinfo=beijing),
        datetime(2026, 11, 24, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 24, 8, 0, 0, 1, tzinfo=beijing),
    ]
    for number, at in reversed(list(enumerate(moments))):
        store.transact(
            lambda u, n=number, t=at: u.tasks.add(queue="q", step="s", subject_id=str(n), at=t)
        )

    with store.read() as uow:
        found = uow.tasks.due("q", moments[-1], limit=9)
    assert [task.due_at for task in found] == moments
    assert {task.due_at.tzinfo for task in found} == {UTC}


def test_a_naive_time_or_an_instant_for_a_day_is_a_bug(store, now):
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 -- this is the mistake
    with pytest.raises(StatementError), store.read() as uow:
        uow.tasks._connection.execute(select(tasks).where(tasks.c.due_at == naive))
    with pytest.raises(StatementError), store.read() as uow:
        uow.letters.due(now)
    with store.read() as uow:
        assert uow.letters.due(date(2026, 11, 24)) == []


def test_a_unit_that_reads_cannot_write(store, now):
    with pytest.raises((DatabaseError, Unavailable)), store.read() as uow:
        uow.tasks.add(queue="q", step="s", subject_id="1", at=now)

    with store.read() as uow:
        assert uow.tasks.list() == []
    store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id="1", at=now))


def test_a_unit_that_reads_sees_one_state_throughout(store, now):
    with store.read() as uow:
        assert uow.tasks.backlog() == {}
        if store._engine.dialect.name == "postgresql":  # SQLite lets the writer wait instead
            store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id="1", at=now))
        assert uow.tasks.backlog() == {}
