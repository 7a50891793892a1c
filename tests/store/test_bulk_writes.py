"""Bulk writes on both databases: the same values as one by one, and the same refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from hub.store.bulk_writes import (
    CHUNK_ROWS,
    LOOK_ROWS,
    change_in_steps,
    insert_rows,
    update_rows,
)
from hub.store.schema.payouts import benefit_stops, payout_sequences

DAY = date(2026, 11, 25)
AT = datetime(2026, 11, 25, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=8)))
STOP = ("person_id", "benefit", "reason", "evidence", "at")
SEQUENCE = ("bank", "scope", "business_on", "last")


def test_rows_come_back_as_they_were_given(store):
    rows = [("P1", None, "MD07", "甲𠮷'\"{}\\,NULL", AT), ("P2", "养老金", "x", "", AT)]
    with store._engine.begin() as connection:
        insert_rows(connection, benefit_stops, STOP, rows)
        query = select(*(benefit_stops.c[name] for name in STOP)).order_by(benefit_stops.c.id)
        found = [tuple(row) for row in connection.execute(query)]

    assert found == [(*row[:-1], AT.astimezone(UTC)) for row in rows]


def test_each_row_is_changed_by_its_own_key(store):
    with store._engine.begin() as connection:
        insert_rows(connection, payout_sequences, SEQUENCE, [(b, "any", DAY, 1) for b in "abc"])
        later = date(2026, 11, 26)
        update_rows(
            connection, payout_sequences, "bank", ["business_on", "last"],
            [(later, 7, "c"), (later, 2**40, "a"), (later, 3, "none")],
        )  # fmt: skip
        found = connection.execute(select(payout_sequences).order_by(payout_sequences.c.bank))
        rows = [tuple(row) for row in found]

    assert rows == [("a", "any", later, 2**40), ("b", "any", DAY, 1), ("c", "any", later, 7)]


def test_no_rows_and_more_than_a_chunk_of_them(store):
    many = [(f"P{n}", None, "r", "e", AT) for n in range(CHUNK_ROWS * 2 + 1)]
    with store._engine.begin() as connection:
        insert_rows(connection, benefit_stops, STOP, [])
        insert_rows(connection, benefit_stops, STOP, iter(many))
        update_rows(connection, benefit_stops, "person_id", ["reason"], [])
        count = connection.execute(select(func.count()).select_from(benefit_stops)).scalar()

    assert count == len(many)


def test_postgres_looks_at_a_table_that_one_unit_fills(store):
    if store._engine.dialect.name == "sqlite":
        pytest.skip("SQLite does not plan by what is there")
    many = ((f"P{n}", None, "r", "e", AT) for n in range(LOOK_ROWS))
    with store._engine.begin() as connection:
        insert_rows(connection, benefit_stops, STOP, many)
        seen = "SELECT count(*) FROM pg_stats WHERE tablename = 'benefit_stops'"
        assert connection.exec_driver_sql(seen).scalar_one() > 0


def test_what_the_database_refuses_arrives_as_always(store):
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        insert_rows(connection, payout_sequences, SEQUENCE, [("a", "any", DAY, 0)])


def test_a_naive_time_is_refused(store):
    with pytest.raises(TypeError, match="aware"), store._engine.begin() as connection:
        insert_rows(
            connection, benefit_stops, STOP, [("P", None, "r", "e", AT.replace(tzinfo=None))]
        )


@pytest.mark.parametrize("step", [1, 2, 3, 7, 50])
def test_a_change_in_steps_meets_every_row_once(store, step):
    numbers = [1, 2, 3, 7, 8, 21]
    table = payout_sequences
    with store._engine.begin() as connection:
        insert_rows(connection, table, SEQUENCE, [(f"b{n}", "any", DAY, n) for n in numbers])
        insert_rows(connection, table, SEQUENCE, [("other", "some", DAY, 5)])
        change = table.update().values(business_on=date(2026, 12, 1))
        mine = (table.c.scope == "any", table.c.last <= 8)
        changed = change_in_steps(connection, change, table.c.last, *mine, step=step)
        found = connection.execute(select(table.c.last).where(table.c.business_on != DAY))
        rows = sorted(found.scalars())

    assert (changed, rows) == (5, [1, 2, 3, 7, 8])


def test_a_change_in_steps_of_nothing_changes_nothing(store):
    with store._engine.begin() as connection:
        change = payout_sequences.update().values(business_on=date(2026, 12, 1))
        assert change_in_steps(connection, change, payout_sequences.c.last) == 0
