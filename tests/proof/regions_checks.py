"""What must hold between two agencies once nothing is in the way any more (I10, I11, I15).

The oracle of each message is the other side's store, read by statements of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import text

from hub.flows.verify import verify
from tests.transfers import owner

PEERS = "SELECT count(*) FROM messages_out WHERE state <> 'confirmed'"
RECEIPTS = (
    "SELECT count(*) FROM region_messages WHERE direction = 'out' AND state = 'sent'"
    " AND due_at IS NOT NULL"
)
DUE = "SELECT count(*) FROM tasks WHERE state = 'due' AND step = 'accept'"
NEW = "SELECT count(*) FROM messages_in WHERE state IN ('new', 'parked')"
"""What came early waits here; the look after it a day later (`gap_due`) is no work left."""


@dataclass
class Found:
    """What was counted, and what is wrong."""

    sent: int = 0
    envelopes: int = 0
    effects: int = 0
    owners: int = 0
    wrong: list[str] = field(default_factory=list)


def rows(agency, sql):
    """Return rows of an agency's store, read apart from the hub's own ways."""
    with agency.store._reading.connect() as connection:  # never waits to write
        return [tuple(row) for row in connection.execute(text(sql))]


def count(agency, sql) -> int:
    """Return one number."""
    return rows(agency, sql)[0][0]


def unsettled(agencies) -> dict[str, list[int]]:
    """Return how much is still on its way at each: queued, without receipt, unread, due."""
    found = {
        one.region: [count(one, sql) for sql in (PEERS, RECEIPTS, NEW, DUE)] for one in agencies
    }
    return {region: numbers for region, numbers in found.items() if any(numbers)}


def check(world, traffic) -> Found:
    """Compare what one sent with what the other got, count effects and owners, run verify."""
    found = Found()
    here, there = world.agencies
    for sender, recipient in ((here, there), (there, here)):
        _wire(sender, recipient, found, whole=not world.lost_on_the_way)
        _envelopes(sender, recipient, found)
        _questions(sender, recipient, traffic, found)
    for number in traffic.movers:
        owners = owner(here, there, number=number)
        found.owners += len(owners)
        if owners != [here.region]:
            found.wrong.append(f"mover {number}: owners {owners}")
    for one in world.agencies:
        parked = rows(one, "SELECT queue, step, note FROM tasks WHERE state = 'parked'")
        found.wrong += [f"{one.region}: parked {task}" for task in parked]
        found.wrong += [
            f"{one.region}: {name} {first}"
            for name, first in ((c.name, c.first) for c in verify(one.services, deep=True))
            if first is not None
        ]
        quarantined = count(one, "SELECT count(*) FROM quarantine")
        if quarantined:
            found.wrong.append(f"{one.region}: {quarantined} in quarantine")
    return found


def _wire(sender, recipient, found, *, whole) -> None:
    sent = {one for (one,) in rows(sender, "SELECT message_id FROM messages_out")}
    got = [one for (one,) in rows(recipient, "SELECT message_id FROM messages_in")]
    found.sent += len(sent)
    way = f"{sender.region} to {recipient.region}"
    if whole and sent - set(got):
        found.wrong.append(f"{way}: lost {sorted(sent - set(got))[:5]}")
    if set(got) - sent:
        found.wrong.append(f"{way}: unexpected {sorted(set(got) - sent)[:5]}")
    if len(got) != len(set(got)):
        found.wrong.append(f"{way}: kept twice")


def _envelopes(sender, recipient, found) -> None:
    ids = "SELECT id, state FROM region_messages WHERE direction = '{}'"
    sent = dict(rows(sender, ids.format("out")))
    found.envelopes += len(sent)
    got = dict(rows(recipient, ids.format("in")))
    way = f"{sender.region} to {recipient.region}"
    if sent.keys() != got.keys():
        lost, odd = sorted(sent.keys() - got.keys()), sorted(got.keys() - sent.keys())
        found.wrong.append(f"{way}: messages lost {lost[:5]}, unexpected {odd[:5]}")
    refused = [one for one, state in got.items() if state != "applied"]
    if refused:
        found.wrong.append(f"{way}: not applied {refused[:5]}")
    subjects = rows(
        recipient, "SELECT subject, count(*) FROM journal WHERE event = 'message.applied'"
        " GROUP BY subject",
    )  # fmt: skip
    twice = [subject for subject, number in subjects if number > 1]
    found.effects += sum(number for _, number in subjects)
    if twice:
        found.wrong.append(f"{way}: applied twice {twice[:5]}")


def _questions(sender, recipient, traffic, found) -> None:
    ref = "SELECT ref FROM assistances WHERE ours = {}"
    asked = [one for (one,) in rows(sender, ref.format(1))]
    got = [one for (one,) in rows(recipient, ref.format(0))]
    if sorted(asked) != sorted(got):
        found.wrong.append(f"{sender.region}: asked {len(asked)}, the other knows {len(got)}")
    if len(asked) < traffic.asked[sender.region]:
        found.wrong.append(f"{sender.region}: a question that was committed is gone")
