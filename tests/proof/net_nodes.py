"""Two processes of one hub on one PostgreSQL: one of them stands still beyond its lease, goes on.

Each time its lanes change hands, and again when it is back; lists and letters are under way. A
third of the stops hit a process in the middle of a unit of work, with its locks held.
"""

from __future__ import annotations

import random
import signal
import threading

from hub.domain.facts import Source
from tests.app.nodes import STOP_S, Nodes, writes_to
from tests.facts import TUESDAY, collection
from tests.proof.net_process import until

LEASE_S = 1
TOKENS = "SELECT coalesce(sum(token), 0) FROM leases"
START_S = SETTLE_S = 240.0
TABLES = ("arrivals", "journal", "inbox")


class Pair:
    """Two processes, and what they have been given to do."""

    def __init__(self, home, url, seed) -> None:
        self.nodes = Nodes(home, url, lease_s=LEASE_S)
        self.rng = random.Random(f"{seed}/nodes")
        self.lists = self.letters = self.rounds = 0
        self.both = [self.nodes.add(), self.nodes.add()]
        until(lambda: self.nodes.shared(*self.both), timeout_s=START_S)

    def work(self) -> None:
        """Give them a list and a letter."""
        self.lists += 1
        rows = [collection(f"R{self.lists}")]
        self.nodes.deliver(Source.COLLECTIONS, rows, TUESDAY, self.lists)
        self.letters += 1
        self.nodes.send(f"{self.letters}.txt")

    def round(self) -> None:
        """Let one stand still until the other has all lanes, then let it go on."""
        victim, other = self.rng.sample(self.both, 2)
        if self.rng.random() < 1 / 3:
            with self.nodes.held_up(writes_to(self.rng.choice(TABLES))):
                self.work()
                threading.Event().wait(self.rng.uniform(0.1, 0.6))
                victim.send_signal(signal.SIGSTOP)
        else:
            self.work()
            threading.Event().wait(self.rng.uniform(0, 0.3))
            victim.send_signal(signal.SIGSTOP)
        until(lambda: self.nodes.shared(other), timeout_s=SETTLE_S, what="all lanes to go")
        self.work()
        victim.send_signal(signal.SIGCONT)
        until(lambda: self.nodes.shared(*self.both), timeout_s=SETTLE_S, what="an even share")
        self.rounds += 1

    def settle(self) -> dict:
        """Wait until all is done, stop both, and return counts and what is wrong."""
        read = "SELECT count(*) FROM inbox WHERE state = 'read'"
        until(lambda: self.nodes.count(read) == self.lists, timeout_s=SETTLE_S, what="lists")
        until(lambda: len(self.nodes.sent()) == self.letters, timeout_s=SETTLE_S)
        for process in self.both:
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_S) == 0, self.nodes.words(process)[-2000:]
        once = "SELECT count(*) FROM journal WHERE event = '{}'"
        found = {
            "arrivals": self.nodes.count("SELECT count(*) FROM arrivals"),
            "received": self.nodes.count(once.format("file.received")),
            "delivered": self.nodes.count(once.format("delivery.delivered")),
            "there": len(self.nodes.sent()),
        }
        meant = dict(zip(found, (self.lists, self.lists, self.letters, self.letters), strict=True))
        wrong = [] if found == meant else [f"{found}, meant {meant}"]
        parked = self.nodes.count("SELECT count(*) FROM tasks WHERE state = 'parked'")
        wrong += [f"{parked} parked"] if parked else []
        if not self.nodes.json("verify", "--deep")["ok"]:
            wrong.append("hub verify")
        return {
            "rounds": self.rounds, "hand_overs": self.nodes.count(TOKENS), "lists": self.lists,
            "letters": self.letters, "wrong": wrong,
        }  # fmt: skip
