"""Traps 1 to 3 and 5: eight threads at once lose no update and do nothing twice, on both stores."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, select, update

from hub.errors import Rejected
from hub.store.engine import SQLITE_PRAGMAS, Store
from hub.store.inbox import Novelty
from tests.store.records import differ, draft, receive
from tests.store.threads import THREADS, at_once

ROUNDS = 15
SCRATCH = Table("scratch", MetaData(), Column("id", BigInteger), Column("value", BigInteger))


@pytest.fixture
def counter(store):
    with store._engine.begin() as connection:
        SCRATCH.create(connection)
        connection.execute(SCRATCH.insert().values(id=1, value=0))
    return store


def test_read_then_update_loses_nothing_and_nobody_has_to_try_again(counter):
    def count_up(_):
        for _ in range(ROUNDS):
            with counter.begin() as uow:
                row = uow.tasks._connection.execute(select(SCRATCH.c.value).with_for_update()).one()
                uow.tasks._connection.execute(update(SCRATCH).values(value=row.value + 1))

    at_once(count_up)

    with counter.read() as uow:
        value = uow.tasks._connection.execute(select(SCRATCH.c.value)).scalar_one()
    assert value == THREADS * ROUNDS


def test_every_start_of_a_task_leaves_its_strike(store, now):
    task = store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id="1", at=now))

    seen = at_once(
        lambda _: [store.transact(lambda u: u.tasks.begin(task.id)) for _ in range(ROUNDS)]
    )

    assert sorted(chain(*seen)) == list(range(1, THREADS * ROUNDS + 1))


def test_compare_and_set_lets_one_of_two_people_win_and_loses_no_change(store, now):
    with store.begin() as uow:
        opened = uow.discrepancies.open(differ("a"), owner="0", on=now.date(), at=now)

    def change(number):
        won = 0
        for _ in range(ROUNDS):
            with store.read() as uow:
                known = uow.discrepancies.get(opened.id)
            with suppress(Rejected):
                store.transact(lambda u, k=known: u.discrepancies.save(k.assign(str(number))))
                won += 1
        return won

    won = sum(at_once(change))

    with store.read() as uow:
        assert uow.discrepancies.get(opened.id).version == 1 + won
    assert won >= ROUNDS


def test_twenty_contents_that_eight_doors_bring_at_once_count_once_each(store, now):
    def bring(door):
        for number in range(20):
            store.transact(
                lambda u, n=number: u.inbox.add(
                    channel=f"door-{door}", name=f"{n}.csv", sha256=f"{n:064d}",
                    size_bytes=1, at=now, trace_id="t",
                )
            )  # fmt: skip

    at_once(bring)

    with store.read() as uow:
        found = uow.inbox.list(limit=1000)
    assert len(found) == 20 * THREADS
    assert sum(one.novelty is Novelty.NEW for one in found) == 20
    firsts = {one.sha256: one.id for one in found if one.novelty is Novelty.NEW}
    assert all(
        one.earlier_id == firsts[one.sha256] for one in found if one.novelty is Novelty.REPEAT
    )


def test_one_name_with_eight_contents_at_once_is_new_once(store, now):
    seen = at_once(
        lambda n: store.transact(
            lambda u: u.inbox.add(
                channel="c", name="same.csv", sha256=f"{n:064d}", size_bytes=1, at=now, trace_id="t"
            )
        )
    )

    assert sorted(one.novelty for one in seen) == sorted(
        [Novelty.NEW, *[Novelty.NAME_REUSED] * (THREADS - 1)]
    )


def test_one_business_key_read_from_eight_files_at_once_is_read_once(store, now):
    with store.begin() as uow:
        files = [
            uow.inbox.add(
                channel="c", name=f"{n}", sha256=f"{n:064d}", size_bytes=1, at=now, trace_id="t"
            )
            for n in range(THREADS)
        ]

    def read(one):
        return store.transact(
            lambda u: u.inbox.mark_read(
                one.id,
                partner="tax",
                layout="l",
                layout_sha256="s",
                rows=1,
                business_key="K",
                at=now,
            )
        )

    seen = at_once(read, files)

    assert sum(one.novelty is Novelty.KEY_CONFLICT for one in seen) == THREADS - 1


def test_of_eight_people_who_release_a_held_file_at_once_one_does(store, now):
    with store.begin() as uow:
        receive(uow, 1, at=now, name="a")
        held = receive(uow, 2, at=now, name="a")

    def release(number):
        with suppress(Rejected):
            return store.transact(
                lambda u: u.inbox.release(held.id, person=f"person {number}", at=now)
            )

    released = [one for one in at_once(release) if one is not None]

    assert len(released) == 1
    with store.read() as uow:
        assert uow.inbox.get(held.id) == released[0]


def test_work_asked_for_by_eight_at_once_is_there_once(store, now):
    seen = at_once(
        lambda _: store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id="1", at=now))
    )

    assert len({task.id for task in seen}) == 1
    with store.read() as uow:
        assert uow.tasks.backlog() == {"q": {"due": 1}}


def test_serial_numbers_of_letters_have_no_gap_and_no_twin(store):
    def take(number):
        taken = []
        for turn in range(ROUNDS):
            with suppress(ZeroDivisionError), store.begin() as uow:
                serial = uow.letters.next_serial(2026)
                if turn % 5 == number % 5:
                    raise ZeroDivisionError  # a unit that fails gives its number back
                taken.append(serial)
        return taken

    taken = sorted(chain(*at_once(take)))

    assert taken == list(range(1, len(taken) + 1))


def test_a_letter_of_one_key_is_drafted_once(store, now):
    def add(_):
        try:
            return store.transact(lambda u: u.letters.add(draft(now)))
        except Rejected as error:
            return error.code

    seen = at_once(add)

    assert sorted(map(str, seen))[-(THREADS - 1) :] == ["letter_exists"] * (THREADS - 1)


def test_the_journal_has_no_gap_when_everybody_writes_and_some_fail(store, now):
    def write(number):
        for turn in range(ROUNDS):
            with suppress(ZeroDivisionError), store.begin() as uow:
                uow.journal.note("a.b", f"x:{number}", at=now, actor="test", turn=turn)
                uow.journal.note("a.c", f"x:{number}", at=now, actor="test", turn=turn)
                if turn % 7 == 0:
                    raise ZeroDivisionError

    at_once(write)

    from hub.store.verifying import verify

    verdict = verify(store)
    assert verdict.first_bad is None
    assert verdict.head.n == THREADS * 2 * (ROUNDS - 3)


def test_units_that_lock_in_opposite_order_are_run_again_until_both_are_done(store, now):
    with store.begin() as uow:
        a, b = (uow.tasks.add(queue="q", step="s", subject_id=x, at=now) for x in "ab")

    def both(turn):
        first, second = (a, b) if turn % 2 else (b, a)

        def unit(uow):
            uow.tasks.begin(first.id)
            uow.tasks.begin(second.id)

        for _ in range(3):
            store.transact(unit)

    at_once(both, range(4))

    with store.read() as uow:
        assert {uow.tasks.get(t.id).strikes for t in (a, b)} == {12}


def test_sqlite_keeps_a_rollback_journal_and_syncs_fully(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/hub.db")
    with store._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "cache_size",
                "trusted_schema",
            )
        }
    store.close()

    assert found == {
        "journal_mode": "truncate",
        "synchronous": 3,  # EXTRA
        "foreign_keys": 1,
        "cache_size": -2_000,  # KiB
        "trusted_schema": 0,
    }
    assert len(SQLITE_PRAGMAS) == len(found)
