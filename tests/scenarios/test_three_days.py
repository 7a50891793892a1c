"""Three business days through the actual hub and its folders: it finds what was planted, exactly.

Money in transit on the first day clears on the second, the treasury's list is missing on the
third, and each day has real differences. Then the letter goes out, and the journal holds.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from datetime import date

import duckdb
import pytest

from hub.adapters.china_calendar import load
from hub.domain.facts import Source
from hub.simulate import lists
from hub.simulate.cases import cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.day import TRANSIT_DAYS
from hub.simulate.mint import Mint
from hub.store.engine import Store
from tests.command import Command
from tests.servers import postgres  # noqa: F401 -- a fixture

DAYS = [date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)]
ROWS = 300
OWED = {Sender.TAX: Source.COLLECTIONS, Sender.TREASURY: Source.DEPOSITS}
SENDERS = {
    Source.COLLECTIONS: Sender.TAX,
    Source.DEPOSITS: Sender.TREASURY,
    Source.DENIALS: Sender.TREASURY,
    Source.CREDITS: Sender.BANK,
    Source.ASSESSMENTS: Sender.CORE,
}


class Simulation:
    """Cases of three days; the treasury sends nothing on the third."""

    def __init__(self, seed) -> None:
        missing = frozenset({(DAYS[2], Sender.TREASURY)})
        self.dates = Dates(calendar=load(), transit_days=TRANSIT_DAYS, missing=missing)
        mint = Mint(seed)
        self.cases = [case for day in DAYS for case in cases(mint, self.dates, [day], rows=ROWS)]

    def lists(self, day):
        """Return what arrives on a day, by source; `None` where the list is missing."""
        facts = lists.facts(self.cases, self.dates, lambda seen_on: seen_on == day)
        return {
            source: None if (day, sender) in self.dates.missing else facts[source]
            for source, sender in SENDERS.items()
        }

    def truth(self, day):
        """Return what the hub must say as of a day, as a count of each statement."""
        return Counter(
            (
                planted.receipt_no or planted.deposit_no or planted.payer_id,
                planted.insurance_kind,
                planted.verdict.value,
                planted.amount_fen,
            )
            for case in self.cases
            for planted in case.planted
            if planted.stands_on(day)
        )


class Found:
    """What the hub says, read from its database and its archive."""

    def __init__(self, hub: Command, url) -> None:
        self.hub = hub
        self.store = Store.open(url)

    def close(self):
        self.store.close()

    def differences(self):
        """Return differences of money that are alive, as a count of each statement."""
        found = self.hub.json("discrepancy", "list", expect=1)
        return Counter(
            (
                line["receipt_no"] or line["deposit_no"] or line["payer_id"],
                line["insurance_kind"],
                line["verdict"],
                line["amount_fen"],
            )
            for line in found
            if line["level"] != "event"
        )

    def events(self):
        found = self.hub.json("discrepancy", "list", expect=1)
        return [(d["verdict"], d["partner"]) for d in found if d["level"] == "event"]

    def in_transit(self, day):
        """Return the money in transit of a day's run, as a count of each statement."""
        with self.store.read() as uow:
            run = uow.runs.of_day(day)
        sha256 = run.files.discrepancies_sha256
        path = self.hub.home / "var" / "archive" / sha256[:2] / sha256[2:4] / sha256
        rows = duckdb.sql(
            "SELECT coalesce(receipt_no, deposit_no), insurance_kind, verdict,"
            f" (amount * 100)::BIGINT FROM read_parquet('{path}') WHERE verdict = 'in_transit'"
        )
        return Counter(rows.fetchall())


def live(hub, simulation, day):
    for source, rows in simulation.lists(day).items():
        if rows is not None:
            hub.deliver(source, rows, day)
    hub("run", "--once", "--as-of", day)


def run_three_days(hub, found, seed):
    simulation = Simulation(seed)
    for day in DAYS:
        live(hub, simulation, day)
        assert found.differences() + found.in_transit(day) == simulation.truth(day), day
        late = [("source_missing", "treasury")] if day == DAYS[2] else []
        assert found.events() == late


def require_in_transit_cleared(hub, found):
    before, after = found.in_transit(DAYS[0]), found.in_transit(DAYS[1])
    assert before - after
    ended = hub.json("discrepancy", "list", "--state", "closed", expect=1)
    assert {d["closed_how"] for d in ended} <= {"cleared"}


def write_letter(hub):
    at = ("--as-of", DAYS[2])
    drafted = hub.json("letter", "draft", "--month", "2026-11", "--person", "王芳", *at)
    signed = hub.json("letter", "sign", drafted["id"], "--person", "李强", *at)
    hub("run", "--once", *at)
    return hub.json("letter", "show", signed["id"])


def require_papers(hub, letter):
    assert letter["state"] == "sent"
    asked = hub.json("discrepancy", "list", expect=1)
    real = {d["id"] for d in asked if d["level"] != "event"}
    assert {item["discrepancy_id"] for item in letter["items"]} == real
    sent = hub.home / "channels" / "letters-out"
    (docx,) = sent.glob("*.docx")
    assert docx.name == f"{letter['number']}.docx"
    assert len(list(sent.glob("*.xlsx"))) == 1
    for day in DAYS:
        folder = hub.home / "var" / "work" / str(day)
        assert json.loads((folder / "summary.json").read_text("utf-8"))["as_of"] == str(day)
        assert (folder / "discrepancies.xlsx").is_file()


@pytest.fixture(
    params=[("sqlite", 7), pytest.param(("postgres", 11), marks=pytest.mark.real)],
    ids=["sqlite", "postgres"],
)
def deployment(request, tmp_path):
    """Yield the command, what it says, and the seed of the days; each database has its own."""
    database, seed = request.param
    if database == "sqlite":
        hub = Command(tmp_path)
        yield hub, f"sqlite:///{tmp_path}/var/hub.db", seed
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield Command(tmp_path, store_url=url), url, seed


@pytest.mark.slow
def test_three_days(deployment):
    hub, url, seed = deployment
    with closing(Found(hub, url)) as found:
        run_three_days(hub, found, seed)
        require_in_transit_cleared(hub, found)
        require_papers(hub, write_letter(hub))
        hub("journal", "verify")
