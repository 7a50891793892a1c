"""Partners' files of a simulated day: read by the hub's own readers they give the facts again."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import date

import pytest

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.mappings import reading
from hub.mappings.catalog import Catalog
from hub.mappings.file_names import match
from hub.simulate import lists
from hub.simulate.cases import cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.day import Day, simulate_day
from hub.simulate.mint import Mint
from hub.simulate.partner_files import Delivery, partner_files
from tests.simulate.reading_back import (
    CALENDAR,
    CATALOG,
    CHANNELS,
    MONDAY,
    not_carried,
    read_back,
    row_key,
)

FRIDAY = date(2026, 11, 20)
DATES = Dates(calendar=CALENDAR, transit_days=3)


def facts_of(seed: int, rows: int = 400):
    made = cases(Mint(seed), DATES, [FRIDAY, MONDAY], rows=rows)
    return lists.facts(made, DATES, lambda seen_on: seen_on <= MONDAY)


def delivery(facts, *, every_form: bool, earlier: bool = True) -> Delivery:
    friday = frozenset((FRIDAY, sender) for sender in Sender) if earlier else frozenset()
    return Delivery(day=MONDAY, facts=facts, earlier=friday, every_form=every_form)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_form_of_every_list_reads_back_as_the_facts(seed, tmp_path):
    facts = facts_of(seed)
    found: dict[tuple[Source, str], Counter] = {}
    left_out: dict[str, tuple[str, ...]] = {}

    for sender, name, content in partner_files(delivery(facts, every_form=True), CATALOG):
        layout, _, rows = read_back(sender, name, content, tmp_path)
        left_out[layout.name] = not_carried(layout)
        found.setdefault((layout.source, layout.name), Counter()).update(
            row_key(layout.source, row, without=left_out[layout.name]) for row in rows
        )

    assert {name for _, name in found} == {
        "collections", "collections_fixed", "collections_csv",
        "deposits", "split_list", "denials", "packages",
        "camt053", "camt054", "mt940", "statement_csv", "statement_xlsx",
        "assessments", "assessments_gb",
    }  # fmt: skip
    for (source, name), rows in found.items():
        if source is not Source.PACKAGES:
            without = left_out[name]
            assert rows == Counter(row_key(source, f, without=without) for f in facts[source]), name
            assert rows.total() > 0, name


@pytest.mark.parametrize("seed", range(4, 9))
def test_the_hub_gets_every_row_exactly_once(seed, tmp_path):
    facts = facts_of(seed, 250)
    found: dict[Source, Counter] = {source: Counter() for source in Source}
    files: Counter = Counter()

    for sender, name, content in partner_files(delivery(facts, every_form=False), CATALOG):
        layout, taken, rows = read_back(sender, name, content, tmp_path)
        files[layout.source, layout.name, taken.day] += 1
        found[layout.source].update(
            row_key(layout.source, row, without=("deposit_no",)) for row in rows
        )

    assert set(files.values()) == {1}
    for source in set(Source) - {Source.PACKAGES}:
        expected = Counter(row_key(source, f, without=("deposit_no",)) for f in facts[source])
        assert found[source] == expected, source


def test_money_without_a_receipt_keeps_its_deposit_number(tmp_path):
    facts = facts_of(11)
    loose = {f["deposit_no"] for f in facts[Source.DEPOSITS] if f["receipt_no"] is None}
    found = set()

    for sender, name, content in partner_files(delivery(facts, every_form=False), CATALOG):
        layout, _, rows = read_back(sender, name, content, tmp_path)
        if layout.source is Source.DEPOSITS:
            found |= {row["deposit_no"] for row in rows if row["receipt_no"] is None}

    assert found == loose
    assert loose


def test_rows_lie_in_the_list_of_their_day():
    for sender, name, content in partner_files(delivery(facts_of(1), every_form=False), CATALOG):
        _, layout = CATALOG.identify(CHANNELS[sender], name)
        if layout.source in (Source.DEPOSITS, Source.CREDITS):
            day = match(layout.file_name, name).get("day") or header_day(layout, name, content)
            rows = list(read(layout, name, content).rows)
            assert {row.values["credited_on"] for row in rows} <= {day}


def read(layout, name: str, content: bytes):
    return reading.read(
        layout, io.BytesIO(content), file=name, items_max=10**6, line_bytes_max=65_536
    )


def header_day(layout, name: str, content: bytes):
    found = read(layout, name, content)
    list(found.rows)
    return found.head["header.booked_on"]


def test_a_day_on_which_nothing_happened_is_a_list_without_rows(tmp_path):
    nothing = {source: [] for source in Source}

    files = list(partner_files(delivery(nothing, every_form=True, earlier=False), CATALOG))

    assert len(files) == 14
    for sender, name, content in files:
        layout, taken, rows = read_back(sender, name, content, tmp_path)
        if layout.source is not Source.PACKAGES:
            assert (taken.rows, rows, taken.day) == (0, [], MONDAY), name


def test_the_check_of_packages_names_every_message_of_the_day(tmp_path):
    facts = facts_of(5)
    named, sent = set(), set()

    for sender, name, content in partner_files(delivery(facts, every_form=False), CATALOG):
        layout, taken, rows = read_back(sender, name, content, tmp_path)
        if layout.source is Source.PACKAGES:
            named |= {(r["message_no"], r["pack_no"], r["entrusted_on"]) for r in rows}
        elif taken.part is not None:
            sent.add((taken.head["envelope.message_no"], taken.part[0], taken.day))

    assert named == sent
    assert {number for number, _, _ in sent} == {"3139", "3122"}


def test_statements_of_the_bank_go_on_where_the_last_one_ended(tmp_path):
    balances = []

    for sender, name, content in partner_files(delivery(facts_of(6), every_form=False), CATALOG):
        if sender is Sender.BANK:
            layout, _, _ = read_back(sender, name, content, tmp_path)
            found = read(layout, name, content)
            list(found.rows)
            balances.append((found.head["header.opening_fen"], found.head["header.closing_fen"]))

    (_, closed), (opened, last) = balances
    assert closed == opened < last


def test_a_catalog_without_a_sender_is_refused():
    with pytest.raises(Rejected) as refusal:
        list(partner_files(delivery(facts_of(1, 50), every_form=True), Catalog({})))

    assert refusal.value.code == "simulate_partner_missing"


def test_fewer_rows_in_partners_files_have_their_own_truth(tmp_path):
    day = Day(rows=3000, seed=3, as_of=MONDAY, partner_rows_max=300)
    summary = simulate_day(
        day, tmp_path, calendar=CALENDAR, catalog=CATALOG, advance=lambda _rows: None
    )
    full, kept = (
        {json.dumps(entry) for entry in json.loads((tmp_path / path).read_text("utf-8"))}
        for path in ("truth.json", "partners/truth.json")
    )

    assert kept < full
    assert len(summary["partners"]) == 28
    assert all((tmp_path / "partners" / name).is_file() for name in summary["partners"])
