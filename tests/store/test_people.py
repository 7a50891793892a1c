"""People in both databases: two administrators, codes used once, and what only grows."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.person import ChangeKind, ChangeState, Place
from hub.errors import Rejected

PLACE = Place(roles=("auditor",))


def change(store, statement):
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def person(store, now):
    return store.transact(lambda u: u.people.add("王 芳", "wangfang", PLACE, at=now))


@pytest.mark.parametrize("name", ["王芳", "王　芳"])
def test_a_name_is_one_persons_whatever_its_blanks(store, now, person, name):
    with pytest.raises(Rejected) as found:
        store.transact(lambda u: u.people.add(name, "other", PLACE, at=now))

    assert found.value.code == "person_known"


def test_a_time_step_is_used_once_and_never_an_older_one(store, person):
    used = [store.transact(lambda u, s=step: u.people.use_step(person, s)) for step in (5, 5, 4, 6)]

    assert used == [True, False, False, True]


def test_a_change_is_decided_once_by_another_than_its_drafter(store, now, person):
    def draft(u):
        return u.people.draft(ChangeKind.RESET, "王芳", {}, person="A dmin", at=now)

    drafted = store.transact(draft)
    agreed = "UPDATE people_changes SET state = 'agreed', decided_at = drafted_at, decided_by = "

    change(store, agreed + "'ADMIN'")
    change(store, agreed + "'王 芳'")
    with pytest.raises(Rejected) as again:
        store.transact(draft)
    store.transact(lambda u: u.people.decide(drafted, ChangeState.AGREED, person="B", at=now))
    change(store, "UPDATE people_changes SET state = 'draft', decided_by = NULL, decided_at = NULL")
    assert again.value.code == "person_change_open"


def test_looks_and_events_only_grow(store, now):
    def write(u):
        u.security.look("王芳", [("payee", "1"), ("payee", "1")], place="/p", at=now)
        u.security.note("sign_in.done", person="王芳", address="::1", at=now)

    store.transact(write)

    for table in ("looks", "security_events"):
        change(store, f"UPDATE {table} SET person = 'x'")
        change(store, f"DELETE FROM {table}")
    with store.read() as uow:
        assert len(uow.security.looks()) == len(uow.security.events()) == 1
