"""What goes wrong with a database is said in the hub's three ways, and passes when it passes."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hub.errors import Rejected, Unavailable
from hub.store import engine
from hub.store.engine import Store
from tests.servers import HOST, _free_port


def add(store, now, subject="1"):
    return store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id=subject, at=now))


def test_a_bug_in_a_unit_comes_through_and_nothing_is_committed(store, now):
    def unit(uow):
        uow.tasks.add(queue="q", step="s", subject_id="1", at=now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.transact(unit)

    with store.read() as uow:
        assert uow.tasks.list() == []


def test_a_broken_constraint_is_a_bug_and_is_not_tried_again(store, now):
    calls = []

    def unit(uow):
        calls.append(1)
        uow.tasks._connection.execute(text("INSERT INTO letter_serials VALUES (2026, 0)"))

    with pytest.raises(IntegrityError):
        store.transact(unit)

    assert calls == [1]


def test_a_lock_that_another_process_holds_for_a_while_is_waited_for(tmp_path, now, monkeypatch):
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.01)
    store = Store.open(f"sqlite:///{tmp_path}/hub.db")
    store.migrate()
    other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, other.execute, ["COMMIT"])
    timer.start()

    assert add(store, now).subject_id == "1"

    timer.join()
    other.close()
    store.close()


def test_a_lock_that_is_never_given_back_is_unavailable(tmp_path, now, monkeypatch):
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.01)
    monkeypatch.setattr(engine, "BACKOFF_S", 0.001)
    store = Store.open(f"sqlite:///{tmp_path}/hub.db")
    store.migrate()
    other = sqlite3.connect(tmp_path / "hub.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable) as found:
        add(store, now)

    assert found.value.code == "store_unavailable"
    other.execute("ROLLBACK")
    other.close()
    assert add(store, now).id == 1
    store.close()


def test_a_file_that_is_no_database_is_damaged_and_left_alone(tmp_path):
    path = tmp_path / "hub.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    store = Store.open(f"sqlite:///{path}")

    with pytest.raises(Rejected) as found:
        store.migrate()

    assert found.value.code == "store_damaged"
    assert path.read_bytes().startswith(b"this is a letter")
    store.close()


def test_a_folder_that_is_not_there_is_unavailable(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/nowhere/hub.db")

    with pytest.raises(Unavailable, match="unable to open"):
        store.migrate()


@pytest.mark.real
def test_a_server_that_is_not_there_is_unavailable():
    store = Store.open(f"postgresql+psycopg://hub@{HOST}:{_free_port()}/hub")

    with pytest.raises(Unavailable) as found:
        store.require_current()

    assert found.value.code == "store_unavailable"
    store.close()


@pytest.mark.real
def test_connections_that_the_server_has_cut_are_replaced_unseen(postgres, now):
    with postgres.database() as url:
        store = Store.open(url)
        add(store, now, "before")
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'hub_%'"
        )

        add(store, now, "after")

        with store.read() as uow:
            assert [t.subject_id for t in uow.tasks.list()] == ["after", "before"]
        store.close()


@pytest.mark.real
def test_a_connection_that_is_cut_within_a_unit_is_unavailable_and_nothing_is_half_done(
    postgres, now
):
    with postgres.database() as url:
        store = Store.open(url)

        def unit(uow):
            uow.tasks.add(queue="q", step="s", subject_id="1", at=now)
            postgres.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname LIKE 'hub_%' AND pid <> pg_backend_pid()"
            )
            uow.tasks.add(queue="q", step="s", subject_id="2", at=now)

        with pytest.raises(Unavailable):
            store.transact(unit)

        with store.read() as uow:
            assert uow.tasks.list() == []
        store.close()


@pytest.mark.real
def test_a_silent_network_is_given_up_in_half_a_minute_not_in_two_hours(postgres):
    with postgres.database() as url:
        store = Store.open(url)
        with store._engine.connect() as connection:
            said = connection.connection.driver_connection.info.get_parameters()
        store.close()

    seconds = [int(said[f"keepalives_{one}"]) for one in ("idle", "interval", "count")]
    assert seconds[0] + seconds[1] * seconds[2] <= 30
    assert int(said["tcp_user_timeout"]) <= 30_000
