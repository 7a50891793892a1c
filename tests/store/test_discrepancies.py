"""Discrepancies in the store: opened once, merged run by run, ended by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.domain.discrepancy import Action, Ending, Event, Level, State
from hub.domain.verdict import Verdict
from hub.errors import Rejected
from hub.store.discrepancies import Wanted
from hub.store.merging import CHUNK_ROWS, Merge
from tests.store.records import SHA, differ


@pytest.fixture
def do(store):
    return store.transact


@pytest.fixture
def merge(do, now):
    def merge(*found, day=0, end_others=True, flood_sha256=None):
        at = now + timedelta(days=day)
        terms = Merge(
            on=at.date(), at=at, owner_of=lambda d: d.insurance_kind or "desk",
            end_others=end_others, flood_sha256=flood_sha256,
        )  # fmt: skip
        return do(lambda u: u.discrepancies.merge(iter(found), terms))

    return merge


@pytest.fixture
def of(do):
    return lambda key: do(lambda u: u.discrepancies.of_key(key))


def sign(do, one, now, *, people=("王芳",), limit=10**9):
    def unit(uow):
        known = uow.discrepancies.get(one.id)
        known = known.propose(
            Action.ACCEPT, reason="对", person=people[0], at=now, two_people_from_fen=limit
        )
        for person in people[1:]:
            known = known.confirm(person=person, at=now)
        return uow.discrepancies.save(known)

    return do(unit)


def test_a_first_run_opens_what_it_found_and_the_same_again_changes_nothing(merge, of, now):
    found = [differ("a", insurance_kind="110"), differ("b")]

    first, second = merge(*found), merge(*found)

    assert (first.opened, second.opened, second.kept) == (2, 0, 2)
    a = of("a")
    assert (a.owner, a.opened_on, a.version, a.difference) == ("110", now.date(), 1, found[0])


def test_what_is_found_no_more_ends_by_itself_and_comes_back_with_its_history(merge, of, do, now):
    merge(differ("a"), differ("b"))
    merged = merge(differ("a"), day=1)
    assert merged.ended == 1
    assert (of("b").state, of("b").closed_how) == (State.CLOSED, Ending.CLEARED)

    merge(differ("a"), differ("b"), day=2)

    b = of("b")
    assert (b.state, b.opened_on) == (State.OPEN, now.date())
    notes = do(lambda u: u.discrepancies.notes(b.id))
    assert [n.event for n in notes] == ["opened", "cleared", "reopened"]


def test_nothing_ends_while_a_source_is_missing_and_events_never_by_a_run(merge, of, do, now):
    event = differ("e", verdict=Event.SOURCE_MISSING, amount_fen=0, level=Level.EVENT)
    do(lambda u: u.discrepancies.open(event, owner="o", on=now.date(), at=now))
    merge(differ("a"))

    merge(day=1, end_others=False)
    assert of("a").state is State.OPEN
    merge(day=2)

    assert of("a").state is State.CLOSED
    assert of("e").state is State.OPEN
    assert do(lambda u: u.discrepancies.end("e", Ending.ARRIVED, at=now)).state is State.CLOSED
    assert do(lambda u: u.discrepancies.end("e", Ending.ARRIVED, at=now)) is None


def test_other_facts_withdraw_what_a_person_had_decided(merge, of, do, now):
    merge(differ("a"), differ("b"))
    sign(do, of("a"), now)
    assert of("a").closed_how is Ending.ACCEPT

    merged = merge(differ("a", amount_fen=7), differ("b", note="other words"), day=1)

    assert (merged.reopened, merged.changed) == (1, 1)
    assert (of("a").state, of("a").difference.amount_fen) == (State.OPEN, 7)


def test_two_signatures_are_kept_and_compared_by_the_database_too(merge, of, do, now):
    merge(differ("a", amount_fen=10**7))

    closed = sign(do, of("a"), now, people=("王芳", "李娜"), limit=10**6)

    assert closed == of("a")
    assert [s.person for s in closed.proposal.approval.signatures] == ["王芳", "李娜"]


def test_a_flood_is_summed_by_verdict_and_kind_and_known_ones_stay_themselves(merge, of, do):
    merge(differ("known"))
    flood = [differ(f"n{i}", amount_fen=2, insurance_kind="110") for i in range(5)]

    merged = merge(differ("known"), *flood, day=1, flood_sha256=SHA)

    assert (merged.flooded, merged.opened, merged.ended) == (5, 1, 0)
    (one,) = do(lambda u: u.discrepancies.list(Wanted(cause=Event.FLOOD)))
    assert (one.difference.count, one.difference.amount_fen) == (5, 10)
    assert one.difference.detail_sha256 == SHA


def test_more_than_a_chunk_streams_through(merge, do):
    number = 2 * CHUNK_ROWS + 1

    merged = merge(*(differ(f"k{i}") for i in range(number)))

    assert merged.opened == number
    assert do(lambda u: u.discrepancies.count_alive()) == number


def test_lists_are_what_is_wanted(merge, do, now, of):
    merge(differ("a", insurance_kind="110", partner="tax"), differ("b", verdict=Verdict.OVER))
    sign(do, of("b"), now)

    def keys(**wanted):
        found = do(lambda u: u.discrepancies.list(Wanted(**wanted)))
        return [one.difference.key for one in found]

    assert keys() == ["a", "b"]
    assert keys(owner="110") == keys(partner="tax") == keys(cause=Verdict.SHORT) == ["a"]
    assert keys(states=frozenset({State.CLOSED})) == ["b"]
    assert keys(opened_until=now.date() - timedelta(days=1)) == []
    assert do(lambda u: u.discrepancies.count_alive()) == 1


def test_a_person_who_looked_at_an_older_version_is_told(merge, of, do):
    merge(differ("a"))
    one = of("a")
    do(lambda u: u.discrepancies.save(one.assign("other")))

    for act in (
        lambda u: u.discrepancies.save(one.assign("third")),
        lambda u: u.discrepancies.get(one.id, version=1),
    ):
        with pytest.raises(Rejected) as found:
            do(act)
        assert found.value.code == "discrepancy_changed"
    with pytest.raises(Rejected, match="no discrepancy 99"):
        do(lambda u: u.discrepancies.get(99))
