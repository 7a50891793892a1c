"""What must be true of payouts, in plain dicts and our own SQL: no code of the hub decides here.

I1 to I14 are the invariants of docs/reliability.md. What a bank said counts by rank and not by
order, what two people decided counts as much; the graphs below are written down a second time.
"""

from __future__ import annotations

from collections import Counter

ITEM = {  # I14: what may follow what
    None: {"listed", "refused"}, "listed": {"in_flight", "cancelled"},
    "in_flight": {"paid", "returned", "unknown", "listed"}, "unknown": {"paid", "returned"},
    "paid": {"returned"}, "refused": {"listed"},
}  # fmt: skip
LIST = {
    None: {"checked", "refused"}, "checked": {"reviewed", "cancelled", "checked"},
    "reviewed": {"approved", "checked", "cancelled"},
    "approved": {"released", "checked", "cancelled"}, "released": {"closed"},
}  # fmt: skip
BATCH = {
    None: {"ready"}, "ready": {"sent", "withdrawn"}, "sent": {"answered", "closed"},
    "answered": {"closed"},
}  # fmt: skip
OUTBOX = {
    None: {"ready"}, "ready": {"sending", "blocked"},
    "sending": {"ready", "unknown", "blocked", "delivered"},
    "unknown": {"sending", "blocked", "delivered"},
    "blocked": {"sending", "delivered", "withdrawn"},
}  # fmt: skip
GRAPHS = {"payout_items": ITEM, "payout_lists": LIST, "payout_batches": BATCH, "outbox": OUTBOX}
SUBJECTS = {"payout_lists": "payout:", "payout_batches": "payout_batch:", "outbox": "outbox:"}
UNSAID = {("outbox", "sending"), ("outbox", "ready"), ("outbox", "withdrawn")}  # no outcomes
RANK = {
    "0": 0,
    "1": 0,
    "9": 1,
    "X": 1,
    "7": 2,
    "6": 3,
    "8": 3,
}  # result -> how far it takes a payment
STATES = ("in_flight", "unknown", "paid", "returned")
KNOWN = {"户名不符", "余额不足", "收款人死亡"}


def rank(result, text):
    """Return how far an answer takes a payment: a failure without a known reason is unknown."""
    return 1 if result in "68" and text not in KNOWN else RANK[result]


class Oracle:
    """What was said, signed and decided, and what may therefore be."""

    def __init__(self, rows) -> None:
        self.rows = rows  # asks the database
        self.before = {name: {} for name in GRAPHS}
        self.head = 0
        self.said, self.parked, self.decided = {}, {}, {}  # by end-to-end id: sets; a state
        self.strays, self.differing, self.foreign = set(), set(), set()
        self.contents, self.absorbed = {}, {}  # sha256 -> (flaw, lines); inbox id -> lines
        self.lists = {}  # list id -> rows by number, signatures, maker
        self.payees = {}  # end-to-end id that reached a bank -> entitlement

    # after every commit

    def committed(self):
        """Check what one unit of work did: each step is allowed, and the journal says so (I12)."""
        journal = self.rows("SELECT n, subject FROM journal WHERE n > ? ORDER BY n", self.head)
        assert [n for n, _ in journal] == list(range(self.head + 1, self.head + 1 + len(journal)))
        self.head += len(journal)
        subjects = {subject for _, subject in journal}
        for table, graph in GRAPHS.items():
            now = dict(self.rows(f"SELECT id, state FROM {table}"))
            before, self.before[table] = self.before[table], now
            if now == before:
                continue
            assert before.keys() <= now.keys(), f"{table} lost rows"
            for row, state in now.items():
                old = before.get(row)
                if state == old:
                    continue
                assert state in graph.get(old, ()), f"{table}:{row} went from {old} to {state}"
                if (table, state) in UNSAID:
                    continue
                named = f"{SUBJECTS[table]}{row}" if table in SUBJECTS else None
                assert subjects, f"{table}:{row} is {state}, and no journal row says so"
                assert named is None or named in subjects, (named, state, subjects)
        assert not self.rows(
            "SELECT b.id FROM payout_batches b JOIN outbox o ON o.id = b.outgoing_id"
            " WHERE o.state = 'delivered' AND b.sent_at IS NULL"
        ), "delivered, and the batch does not know it"
        self._absorb()

    def _absorb(self):
        for inbox_id, sha256 in self.rows(
            "SELECT id, sha256 FROM inbox WHERE state = 'read' AND channel LIKE '%a-in'"
        ):
            if inbox_id in self.absorbed or sha256 not in self.contents:
                continue
            flaw, lines = self.contents[sha256]
            self.absorbed[inbox_id] = lines
            for line in lines:
                self._take(flaw, line)
        for e2e in list(self.parked):
            if self.is_sent(e2e) and not self._waits(e2e):
                self.said.setdefault(e2e, set()).update(self.parked.pop(e2e))

    def _take(self, flaw, line):
        e2e, fen, result, text, reference = line
        found = self.rows("SELECT amount_fen FROM payout_items WHERE end_to_end_id = ?", e2e)
        if flaw == "foreign":
            self.foreign.add(line)
        elif not found:
            self.strays.add(line)
        elif found[0][0] != fen:
            self.differing.add(line)
        else:
            known = self.said if self.is_sent(e2e) else self.parked
            known.setdefault(e2e, set()).add((result, text, reference))

    def is_sent(self, e2e):
        return bool(self.rows(
            "SELECT 1 FROM payout_items i JOIN payout_batches b ON b.id = i.batch_id"
            " WHERE i.end_to_end_id = ? AND b.sent_at IS NOT NULL", e2e,
        ))  # fmt: skip

    def _waits(self, e2e):
        return bool(self.rows(
            "SELECT 1 FROM payout_items i JOIN tasks t ON t.subject_id = CAST(i.batch_id AS TEXT)"
            " WHERE i.end_to_end_id = ? AND t.step = 'answer' AND t.state <> 'done'", e2e,
        ))  # fmt: skip

    # what may be

    def state(self, e2e, *, early=False):
        """Return the state that a delivered payment must have; `early` counts what still waits."""
        said = self.said.get(e2e, set()) | (self.parked.get(e2e, set()) if early else set())
        reached = max((rank(result, text) for result, text, _ in said), default=0)
        return STATES[max(reached, STATES.index(self.decided.get(e2e, "in_flight")))]

    def contradicts(self, e2e):
        """Tell whether the bank said both that a payment is paid and that it never was."""
        said = self.said.get(e2e, set())
        return any(r == "7" for r, *_ in said) and any(r == "6" and t in KNOWN for r, t, _ in said)

    def arrives(self, rows, banks):
        """Check a file that reached a bank: signed as it is (I13), nothing twice (I3)."""
        for row in rows:
            ((list_id, no, attempt, repairs, *entitlement),) = self.rows(
                "SELECT list_id, item_no, attempt, repairs_id, person_id, benefit, period"
                " FROM payout_items WHERE end_to_end_id = ?", row["id"],
            )  # fmt: skip
            known, entitlement = self.lists[list_id], tuple(entitlement)
            signers = [who for who, _ in known["signed"]]
            assert len(set(signers)) == len(signers) >= known["levels"], (list_id, signers)
            assert known["maker"] not in signers
            for _, signed in known["signed"]:
                assert signed[no] == (row["account"], row["fen"]), "not what was signed"
            self.payees[row["id"]] = entitlement
            if attempt > 1:
                ((earlier,),) = self.rows(
                    "SELECT end_to_end_id FROM payout_items WHERE id = ?", repairs
                )
                assert self.state(earlier, early=True) == "returned", "paid again without proof"
            for e2e, other in self.payees.items():
                if other == entitlement and e2e != row["id"]:
                    self._not_twice(next(b.payments[e2e] for b in banks if e2e in b.payments))

    def _not_twice(self, payment):
        told_wrong = payment["lied"] or payment["id"] in self.decided
        assert payment["truth"] in ("rejected", "returned") or told_wrong, "paid twice in truth"

    # after every step

    def books(self):
        """I1, I2, I5: what the vouchers say is what the payments say, to the fen."""
        assert not self.rows(
            "SELECT voucher_no FROM voucher_lines GROUP BY voucher_no"
            " HAVING sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END) <> 0"
        )
        booked = Counter()
        for subject, event, fen in self.rows("SELECT subject, event, amount_fen FROM vouchers"):
            if subject.startswith("payout_batch:"):
                batch = int(subject.split(":")[1].split("/")[0])
                booked[batch, "back" if event == "payout.returned" else "out"] += fen
        for batch, state, total, built in self.rows(
            "SELECT id, state, total_fen, outgoing_id FROM payout_batches"
        ):
            out = total if built is not None and state != "withdrawn" else 0
            assert booked[batch, "out"] == out, (batch, state, booked)
            items = dict(self.rows(
                "SELECT state, sum(amount_fen) FROM payout_items WHERE batch_id = ? GROUP BY state",
                batch,
            ))  # fmt: skip
            assert sum(items.values()) == (0 if state == "withdrawn" else total), (batch, items)
            assert booked[batch, "back"] == items.get("returned", 0), (batch, items, booked)

    def only_one_lives(self):
        """I3: of an entitlement one attempt lives, and each attempt is there once."""
        live = self.rows(
            "SELECT person_id FROM payout_items WHERE state IN"
            " ('listed', 'in_flight', 'paid', 'unknown')"
            " GROUP BY person_id, benefit, period HAVING count(*) > 1"
        )
        assert not live, live
        for list_id, total, count in self.rows(
            "SELECT l.id, l.total_fen, l.item_count FROM payout_lists l WHERE state <> 'refused'"
        ):
            ((n, fen),) = self.rows(
                "SELECT count(*), sum(amount_fen) FROM payout_items"
                " WHERE list_id = ? AND state <> 'refused'", list_id,
            )  # fmt: skip
            assert (n, fen or 0) == (count, total), list_id

    def at_rest(self):
        """What must hold once nothing is due: every answer has done what it does, and only that."""
        for item, state, e2e, batch, sent, built in self.rows(
            "SELECT i.id, i.state, i.end_to_end_id, b.state, b.sent_at, b.outgoing_id"
            " FROM payout_items i LEFT JOIN payout_batches b ON b.id = i.batch_id"
            " WHERE i.state NOT IN ('refused', 'cancelled')"
        ):
            wanted = self.state(e2e) if sent else "in_flight" if built else "listed"
            assert state == wanted, (item, batch, state, wanted, self.said.get(e2e))
        answers = Counter(
            dict(self.rows("SELECT inbox_id, count(*) FROM payout_answers GROUP BY 1"))
        )
        for inbox_id, lines in self.absorbed.items():
            ((repeats,),) = self.rows(
                "SELECT facts ->> '$.repeats' FROM journal WHERE event = 'payout.answered'"
                " AND subject = ? ORDER BY n LIMIT 1", f"inbox:{inbox_id}",
            )  # fmt: skip
            assert answers[inbox_id] + repeats == len(lines), f"I8: inbox:{inbox_id}"
        effects = dict(self.rows("SELECT effect, count(*) FROM payout_answers GROUP BY 1"))
        assert effects.get("stray", 0) == len(self.strays), (effects, self.strays)
        assert effects.get("foreign", 0) == len(self.foreign), effects
        assert effects.get("differs", 0) == len(self.differing), effects
        ((suspense,),) = self.rows(
            "SELECT coalesce(sum(amount_fen), 0) FROM vouchers WHERE event = 'suspense.received'"
        )
        assert suspense == self._suspense(), suspense

    def _suspense(self):
        fens = dict(self.rows("SELECT end_to_end_id, amount_fen FROM payout_items"))
        came = [
            fen for _, fen, result, text, _ in self.differing if result == "8" and text in KNOWN
        ]
        for e2e, said in self.said.items():
            bookings = {
                reference for result, text, reference in said if result == "8" and text in KNOWN
            }
            came += [fens[e2e]] * max(len(bookings) - 1, 0)
        return sum(came)
