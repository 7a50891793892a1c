"""Turns: writers in the order they came, commits and readers one after the other, on SQLite."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from hub.errors import Unavailable
from hub.store import engine, turns
from hub.store.engine import Store
from hub.store.turns import Turns

WAIT_S = 30


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/hub.db")
    store.migrate()
    yield store
    store.close()


def add(store, now, subject="1"):
    return store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id=subject, at=now))


def test_writers_go_in_the_order_they_came() -> None:
    line, order, threads = Turns(), [], []

    def write(n):
        with line.writing():
            order.append(n)

    with line.writing():
        for n in range(5):
            threads.append(threading.Thread(target=write, args=(n,)))
            threads[-1].start()
            with line._changed:
                assert line._changed.wait_for(lambda n=n: len(line._writers) == n + 2, WAIT_S)
        assert order == []
    for one in threads:
        one.join(WAIT_S)

    assert order == [0, 1, 2, 3, 4]


def test_a_commit_waits_for_whoever_reads_and_fails_at_nobody(store, now, monkeypatch) -> None:
    # SQLite itself would wait no time at all
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.0)
    quick = Store.open(str(store._engine.url))
    with quick.read() as uow:
        assert uow.tasks.next_due_at() is None
        writer = threading.Thread(target=add, args=(quick, now))
        writer.start()
        with quick._turns._changed:
            assert quick._turns._changed.wait_for(lambda: quick._turns._commits, WAIT_S)
    writer.join(WAIT_S)

    with quick.read() as uow:
        assert uow.tasks.next_due_at() == now
    quick.close()


def test_a_commit_that_another_process_bars_leaves_nothing_open(tmp_path, store, now, monkeypatch):
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.01)
    monkeypatch.setattr(engine, "BACKOFF_S", 0.001)
    barred = Store.open(str(store._engine.url))
    other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM tasks").fetchall()

    with pytest.raises(Unavailable, match="locked"):
        add(barred, now)
    other.execute("ROLLBACK")

    assert add(barred, now).subject_id == "1"
    other.close()
    barred.close()


def test_whoever_waits_too_long_goes_on_and_is_told_by_sqlite(store, now, monkeypatch) -> None:
    monkeypatch.setattr(turns, "LOCK_WAIT_S", 0.01)
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.01)
    monkeypatch.setattr(engine, "BACKOFF_S", 0.001)
    quick = Store.open(str(store._engine.url))
    with quick.begin() as uow:
        uow.tasks.add(queue="q", step="s", subject_id="1", at=now)
        with pytest.raises(Unavailable, match="locked"):
            add(quick, now, "2")
    quick.close()
