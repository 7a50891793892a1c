"""Sharing lanes out: everybody's reckoning gives even shares with few moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.lanes import assign, sends

NODES = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True)
LANES = st.lists(st.integers(0, 30).map(str), max_size=30, unique=True)


def sizes(target, nodes):
    return [sum(1 for owner in target.values() if owner == node) for node in nodes]


@given(nodes=NODES, lanes=LANES, data=st.data())
def test_shares_are_even_and_settle_at_once(nodes, lanes, data):
    owners = st.sampled_from([None, "dead", *nodes])
    holders = {lane: data.draw(owners) for lane in lanes}
    able = dict.fromkeys(nodes, lanes)

    target = assign(holders, able)

    assert target.keys() == set(lanes)
    shares = sizes(target, nodes)
    assert max(shares) - min(shares) <= 1
    assert assign(target, able) == target


@given(nodes=NODES, lanes=LANES)
def test_a_newcomer_gets_its_share_and_nobody_else_moves(nodes, lanes):
    before = assign({}, dict.fromkeys(nodes, lanes))

    after = assign(before, dict.fromkeys([*nodes, "new"], lanes))

    moved = [lane for lane in lanes if before[lane] != after[lane]]
    assert {after[lane] for lane in moved} <= {"new"}
    assert len(moved) == len(lanes) // (len(nodes) + 1)


@given(data=st.data(), nodes=NODES, lanes=LANES)
def test_a_lane_goes_only_to_those_who_can_work_in_it(data, nodes, lanes):
    able = {node: data.draw(st.sets(st.sampled_from(lanes or ["-"]))) for node in nodes}

    target = assign(dict.fromkeys(lanes), able)

    assert all(lane in able[owner] for lane, owner in target.items())
    assert target.keys() == set().union(*able.values())


def test_what_leaves_the_house_is_known_by_its_name():
    assert [sends(n) for n in ("deliver:bank", "send:road", "inbox:tax", "payout")] == [
        True, True, False, False,
    ]  # fmt: skip
