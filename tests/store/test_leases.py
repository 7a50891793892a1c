"""Leases: one holder a lane, tokens that only rise, and no commit for a lane that was lost."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.errors import Unavailable
from hub.store.fencing import Fence, fenced
from tests.servers import open_store
from tests.store.threads import at_once
from tests.waiting import eventually

LONG = timedelta(seconds=60)
SHORT = timedelta(seconds=0.05)
LANES = ("collection", "inbox:tax", "planner", "payout")
HAND_OVERS = 50
CREATE = (
    "CREATE TABLE done (n INTEGER PRIMARY KEY, lane TEXT, token BIGINT, node TEXT)",
    "CREATE TABLE done (n BIGSERIAL PRIMARY KEY, lane TEXT, token BIGINT, node TEXT)",
)
INSERT = text("INSERT INTO done (lane, token, node) VALUES (:lane, :token, :node)")


def join(store, node, *, lease=LONG, **options):
    return store.transact(
        lambda u: u.leases.join(node, host="h", pid=1, version="1", lease=lease, **options)
    )


def beat(store, node, lease=LONG):
    return store.transact(lambda u: u.leases.beat(node, able=LANES, said={}, lease=lease))


def look(store, node, *, lease=LONG):
    assert beat(store, node, lease)
    return store.transact(lambda u: u.leases.settle(node, lease=lease))


def add(store, now, subject):
    store.transact(lambda u: u.tasks.add(queue="q", step="s", subject_id=subject, at=now))


def subjects(store):
    with store.read() as uow:
        return {task.subject_id for task in uow.tasks.list()}


def test_one_process_has_every_lane_and_two_have_half_each(store):
    join(store, "a")
    assert look(store, "a").held.keys() == set(LANES)
    assert [other.id for other in join(store, "b")] == ["a"]
    assert look(store, "b").held == {}

    surplus = look(store, "a").surplus
    for lane in surplus:
        store.transact(lambda u, ln=lane: u.leases.give("a", ln))

    assert look(store, "b").held.keys() == surplus
    assert look(store, "a").held.keys() == set(LANES) - surplus
    assert len(surplus) == 2


def test_a_token_rises_at_every_change_of_hands(store):
    join(store, "a")
    tokens = [look(store, "a").held["planner"]]
    for _ in range(3):
        store.transact(lambda u: u.leases.leave("a"))
        join(store, "a")
        tokens.append(look(store, "a").held["planner"])

    assert tokens == sorted(set(tokens))


def test_nothing_is_committed_for_a_lane_that_is_anothers(store, now):
    join(store, "a")
    fence = Fence("planner", look(store, "a").held["planner"])
    with fenced(fence):
        add(store, now, "mine")
    store.transact(lambda u: u.leases.leave("a"))

    with fenced(fence), pytest.raises(Unavailable) as found:
        add(store, now, "late")
    with fenced(fence), pytest.raises(Unavailable), store.begin() as uow:
        uow.tasks.add(queue="q", step="s", subject_id="late", at=now)

    assert found.value.code == "lease_lost"
    assert subjects(store) == {"mine"}
    add(store, now, "no fence")
    assert subjects(store) == {"mine", "no fence"}


def test_one_that_must_be_alone_is_alone(store):
    join(store, "a")
    with pytest.raises(Unavailable) as second:
        join(store, "b", alone=True)
    store.transact(lambda u: u.leases.leave("a"))
    assert join(store, "b", alone=True) == []
    with pytest.raises(Unavailable) as third:
        join(store, "c")

    assert second.value.code == third.value.code == "hub_not_alone"
    assert join(store, "d", sole=True) == []  # who knows better


def test_a_dead_process_is_buried_and_finds_out(store):
    join(store, "a")
    held = look(store, "a", lease=SHORT).held
    join(store, "b")

    taken = eventually(lambda: look(store, "b").held)

    assert taken.keys() == set(LANES)
    assert all(taken[lane] > held[lane] for lane in LANES)
    assert not store.transact(lambda u: u.leases.beat("a", able=(), said={}, lease=LONG))


def test_orders_reach_every_process_and_end_with_the_last(store):
    join(store, "a")
    look(store, "a")
    store.transact(lambda u: u.leases.pause("planner", paused=True))
    store.transact(lambda u: u.leases.revive("payout"))

    found = look(store, "a")

    assert found.paused == {"planner"}
    assert found.revived["payout"] == 1
    store.transact(lambda u: u.leases.leave("a"))
    join(store, "b")
    assert look(store, "b").paused == frozenset()


@pytest.mark.parametrize("url", [pytest.param("postgres", marks=pytest.mark.real)], indirect=True)
def test_a_lane_cannot_change_hands_in_the_middle_of_a_unit(store, url, now):
    join(store, "a")
    fence = Fence("planner", look(store, "a", lease=SHORT).held["planner"])
    join(store, "b")

    with fenced(fence), store.begin() as uow:
        others = eventually(lambda: (s := look(store, "b")).left and s.held)
        uow.tasks.add(queue="q", step="s", subject_id="in time", at=now)

    assert others.keys() == set(LANES) - {"planner"}
    assert subjects(store) == {"in time"}
    assert look(store, "b").held.keys() == set(LANES)


@pytest.mark.parametrize("url", [pytest.param("postgres", marks=pytest.mark.real)], indirect=True)
def test_the_session_of_a_process_that_stands_still_is_ended(store, url, now):
    frozen = open_store(url)
    join(frozen, frozen.name)
    fence = Fence("planner", look(frozen, frozen.name, lease=SHORT).held["planner"])
    join(store, "b")

    def late():
        with fenced(fence), frozen.begin() as uow:
            uow.tasks.add(queue="q", step="s", subject_id="late", at=now)
            eventually(lambda: look(store, "b").held.keys() == set(LANES))

    with pytest.raises(Unavailable) as found:
        late()

    assert found.value.code == "store_unavailable"
    assert subjects(store) == set()
    with fenced(fence), pytest.raises(Unavailable) as again:
        add(frozen, now, "later still")
    assert again.value.code == "lease_lost"
    frozen.close()


class Worker:
    """Joins, works, stands still past its lease and goes on under the tokens it had."""

    def __init__(self, store, number) -> None:
        self.store, self.node, self.rng = store, f"n{number}", random.Random(number)
        self.codes = Counter()

    def live(self):
        held = {}
        while hand_overs(self.store) < HAND_OVERS:
            join(self.store, self.node, lease=SHORT)
            if beat(self.store, self.node, SHORT):
                settled = self.store.transact(lambda u: u.leases.settle(self.node, lease=SHORT))
                held |= settled.held  # what it had before, it believes to have still
            for lane, token in held.items():
                for _ in range(self.rng.randrange(3)):
                    self.codes[self.work(lane, token)] += 1
            if self.rng.random() < 0.5:
                self.store.transact(lambda u: u.leases.leave(self.node))
        self.store.transact(lambda u: u.leases.leave(self.node))
        self.codes.update(self.work(lane, token) for lane, token in held.items())
        return self.codes

    def work(self, lane, token):
        entry = {"lane": lane, "token": token, "node": self.node}
        try:
            with fenced(Fence(lane, token)):
                self.store.transact(lambda u: u.tasks._connection.execute(INSERT, entry))
        except Unavailable as error:
            return error.code
        return "done"


def hand_overs(store):
    with store._engine.connect() as connection:
        return connection.execute(text("SELECT coalesce(sum(token), 0) FROM leases")).scalar_one()


def test_over_many_hand_overs_nobody_works_in_anothers_lane(store):
    """In the order of their commits, the tokens of a lane never fall, and each has one worker."""
    with store._engine.begin() as connection:
        connection.execute(text(CREATE[store.is_shared]))

    outcomes = at_once(lambda number: Worker(store, number).live(), range(4))

    with store._engine.connect() as connection:
        rows = connection.execute(text("SELECT lane, token, node FROM done ORDER BY n")).all()
    total = sum(outcomes, Counter())
    assert total.keys() == {"done", "lease_lost"}
    assert total["done"] == len(rows)
    for lane in LANES:
        tokens = [row.token for row in rows if row.lane == lane]
        assert tokens == sorted(tokens)
    assert len({row[:2] for row in rows}) == len({tuple(row) for row in rows})
