"""What must hold once a world has healed, whatever was killed in it.

`state_of` is what the hub and the banks know in the end; `check` compares it with that of the same
month lived without kills, and with what the banks' own bytes say.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from tests.proof.bank_bytes import banks_of
from tests.proof.world import Breach, read_table

SENT = ("sent", "answered", "closed")


@dataclass
class State:
    """The end of a month: `same` must equal the undisturbed one's, the rest is looked at alone."""

    same: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    repeats: int = 0  # files that a bank got a second time with the same bytes


def state_of(month) -> State:
    """Return a world's state, with everything in it that contradicts itself."""
    world, state = month.world, State()
    at = ("--as-of", month.day)
    verified = world.json("verify", "--deep", may_find=True)
    state.problems += [f"verify: {one}" for one in verified["checks"] if not one["ok"]]
    lists = [world.json("payout", "show", one["id"]) for one in world.json("payout", "list")]
    batches = world.json("payout", "batches")
    status = world.json("status")
    alive = world.json("discrepancy", "list", *at, may_find=True)
    state.same = {
        "lists": sorted(_list(one) for one in lists),
        "batches": sorted(
            (b["bank"], b["file_name"], b["item_count"], b["total_fen"], b["state"])
            for b in batches
        ),
        "books": world.json("voucher", "balance"),
        "vouchers": _booked(world.json("voucher", "list")),
        "unpaid": sorted(
            (one["code"] or "", one["desk"], one["state"])
            for one in world.json("payout", "unpaid", *at, may_find=True)
        ),
        "alive": Counter(
            {
                (one["verdict"], one["owner"], one["amount_fen"]): one["count"]
                for one in sorted(alive, key=str)
            }
        ),
        "letters": [
            (one["key"], one["state"], one["number"], one["sent_on"])
            for one in world.json("letter", "list")
        ],
        "inbox": [{k: v for k, v in one.items() if k != "duplicate"} for one in status["inbox"]],
        "outbox": status["outbox"],
        "reconciled": _reconciled(world),
    }
    if status["parked"]:
        state.problems.append(f"{status['parked']} tasks are parked")
    state.problems += _unfinished(world)
    _judge_by_banks(world, batches, state)
    return state


def check(state: State, calm: State) -> None:
    """Raise `Breach` with everything that is wrong."""
    found = list(state.problems)
    for name, wanted in calm.same.items():
        if state.same[name] != wanted:
            found.append(f"{name} differs:\n  without kills: {wanted}\n  now: {state.same[name]}")
    if found:
        raise Breach("\n".join(found))


def _list(one) -> tuple:
    states = tuple((s["state"], s["items"], s["total_fen"]) for s in one["states"])
    signers = tuple(signature["person"] for signature in one["signatures"])
    return (one["title"], one["state"], one["item_count"], one["total_fen"], states, signers)


def _booked(vouchers) -> dict:
    """Return what was booked in the end; a day that was booked too early is reversed in red."""
    sums = Counter()
    for one in vouchers:
        yuan, _, cents = one["amount"].replace("-", "").partition(".")
        sign = -1 if one["amount"].startswith("-") else 1
        sums[one["fund"], one["event"]] += sign * (int(yuan) * 100 + int(cents))
    return {key: fen for key, fen in sums.items() if fen}


def _reconciled(world) -> list:
    found = []
    for path in sorted((world.home / "var" / "work").glob("*/summary.json")):
        summary = json.loads(path.read_text("utf-8"))
        counts = {k: v for k, v in summary.items() if isinstance(v, int)}
        found.append((path.parent.name, counts))
    return found


def _unfinished(world):
    """Yield what a healed world has left lying about."""
    folders = [*(world.home / "var" / "channels").iterdir(), world.server / "takes",
               world.server / "gives"]  # fmt: skip
    for folder in folders:
        for path in folder.iterdir():
            if path.is_file() and not folder.name.startswith("letters"):
                yield f"{folder.name} still has {path.name}"
            elif path.name.endswith(".part"):
                yield f"{folder.name} has a piece of a file: {path.name}"
    for path in (world.home / "var").rglob("*-journal"):
        if path.stat().st_size:
            yield f"{path.name} was never rolled back"


def _judge_by_banks(world, batches, state: State) -> None:
    """Hold what the hub says against the bytes that the banks have."""
    banks = banks_of(world)
    asked = Counter()
    (path,) = (world.home / "lists").glob("*.csv")
    for row in read_table(path)[1]:
        yuan, _, cents = row["金额"].partition(".")
        asked[row["户名"], int(yuan) * 100 + int(cents or 0)] += 1
    paid = Counter()
    for bank, seen in banks.items():
        state.problems += seen.problems()
        state.repeats += seen.repeats
        mine = [b for b in batches if b["bank"] == bank and b["state"] in SENT]
        sums = (sum(b["item_count"] for b in mine), sum(b["total_fen"] for b in mine))
        theirs = (seen.payments().total(), seen.total_fen())
        if sums != theirs:
            state.problems.append(f"{bank}: we sent {sums}, it has {theirs} (payments, fen)")
        for (name, fen, outcome), times in seen.outcomes().items():
            if outcome == "paid":
                paid[name, fen] += times
        # which number a correction has depends on the order in which returns were told of
        state.same[f"{bank} has"] = Counter(one[1:] for one in seen.payments().elements())
        state.same[f"{bank} said"] = seen.outcomes()
    twice = paid - asked
    if twice:
        state.problems.append(f"paid more often than asked for: {dict(twice)}")
    state.same["still unpaid"] = asked - paid
