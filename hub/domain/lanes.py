"""Lanes (工位): which process of several does which work.

A lane is the name of an actor, such as `collection` or `inbox:tax-in`; one process at a time works
in it. Every process reckons the same shares from the same facts, so nobody has to be in charge.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CLOCK_SKEW_MAX: Final = timedelta(seconds=60)  # beyond it nothing is sent: deadlines would be wrong
_DELIVERY: Final = "deliver:"
SENDING: Final = (_DELIVERY, "send:")  # how the lanes begin whose work leaves the house


def delivery_lane(channel: str) -> str:
    """Return the lane in which a channel's files are delivered, one after the other."""
    return f"{_DELIVERY}{channel}"


def sends(lane: str) -> bool:
    """Tell whether what is done in a lane leaves the house."""
    return lane.startswith(SENDING)


def assign(
    holders: Mapping[str, str | None], able: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Return who should work in each lane: evenly, and with as few moves as that needs.

    `holders`: who works in each lane now. `able`: by process, the lanes that it can work in; one
    that does not live is not in it. A lane that nobody can work in is left out.
    """
    lanes = sorted({*holders, *(lane for one in able.values() for lane in one)})
    share: dict[str, list[str]] = {node: [] for node in sorted(able)}
    free = []
    for lane in lanes:
        holder = holders.get(lane)
        if holder is not None and lane in able.get(holder, ()):
            share[holder].append(lane)
        else:
            free.append(lane)
    for lane in free:
        fit = [node for node in share if lane in able[node]]
        if fit:
            share[min(fit, key=lambda node: len(share[node]))].append(lane)
    while (move := _move(share, able)) is not None:
        lane, giver, taker = move
        share[giver].remove(lane)
        share[taker].append(lane)
    return {lane: node for node, own in share.items() for lane in own}


def _move(
    share: Mapping[str, list[str]], able: Mapping[str, Collection[str]]
) -> tuple[str, str, str] | None:
    """Return a lane whose move makes two shares more even, from the largest to the smallest."""
    by_size = sorted(share, key=lambda node: len(share[node]))
    for giver in reversed(by_size):
        for taker in by_size:
            if len(share[giver]) - len(share[taker]) <= 1:
                break
            for lane in share[giver]:
                if lane in able[taker]:
                    return lane, giver, taker
    return None
