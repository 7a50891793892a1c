"""A counter at a twin bank: files as the hub writes them, answers as the hub reads them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

from hub.mappings.answers import answers
from hub.mappings.catalog import load_catalog
from hub.mappings.payout_file import render_payout
from hub.mappings.reading import read
from hub.mappings.reasons import load_reasons
from hub.twins.bank import TwinBank
from hub.twins.script import load_script
from tests.conftest import ROOT

WEDNESDAY = date(2026, 11, 25)
THURSDAY = date(2026, 11, 26)
CATALOG = load_catalog(ROOT / "config")
REASONS = load_reasons(ROOT / "config")


def items(count, *, first=1):
    """Return payments with ids, accounts and sums of their own."""
    return [
        {
            "item_no": number, "end_to_end_id": f"E{number:019d}", "account_name": f"王{number}",
            "account_no": f"62220200000000{number:05d}", "bank_no": "102100000458",
            "amount_fen": 100_000 + number, "person_id": "33010619580301001X",
        }
        for number in range(first, first + count)
    ]  # fmt: skip


def payout_bytes(bank, payments, *, sequence=1):
    """Return a file of payments in a bank's own layout."""
    partner = CATALOG.partner(bank)
    layout = partner.layout(partner.payout.layout)
    head = {
        "message_id": f"33010020261125S{sequence:04d}", "business_on": WEDNESDAY,
        "batch_no": f"2611251{sequence:04d}", "sequence": sequence,
        "created_at": datetime(2026, 11, 25, 8, tzinfo=UTC), "item_count": len(payments),
        "total_fen": sum(one["amount_fen"] for one in payments),
    }  # fmt: skip
    return render_payout(partner, layout, head, payments)


class Counter:
    """One twin with folders of its own."""

    def __init__(self, home, bank, script="", *, seed=1) -> None:
        self.home, self.bank = home, bank
        self.takes, self.gives = home / "takes", home / "gives"
        for folder in (self.takes, self.gives):
            folder.mkdir(parents=True, exist_ok=True)
        path = home / "script.toml"
        path.write_text(f'partner = "{bank}"\nseed = {seed}\n{script}', "utf-8")
        self.script, self.partner = load_script(path, CATALOG)
        self.open()

    def open(self):
        """Start the twin, as after a stop."""
        self.twin = TwinBank(
            self.script, self.partner, takes=self.takes, gives=self.gives, home=self.home / "own"
        )

    def put(self, content, *, sequence=1):
        name = {
            "iso_bank": f"PAIN001_20261125_{sequence:04d}.xml",
            "city_bank": f"DF_20261125_{sequence:03d}.txt",
        }[self.bank]
        (self.takes / name).write_bytes(content)
        return name

    def pay(self, count, *, sequence=1, first=1):
        return self.put(
            payout_bytes(self.bank, items(count, first=first), sequence=sequence),
            sequence=sequence,
        )

    def heard(self, name):
        """Return what the hub makes of an answer: (who, standing, reason) of each payment."""
        layout = self.partner.layout(self.layout_of(name))
        with io.BytesIO((self.gives / name).read_bytes()) as content:
            reading = read(layout, content, file=name, items_max=10**6, line_bytes_max=10**6)
            return [
                (one.end_to_end_id or one.account_no, one.standing.value, one.reason)
                for one in answers(layout, reading, REASONS)
            ]

    def layout_of(self, name):
        return next(said.layout for said in self.twin.ledger.said if said.name == name)

    def told(self, day):
        """Let a day pass; return what the hub hears of it, by file."""
        return {said.name: self.heard(said.name) for said in self.twin.live(day).said}
