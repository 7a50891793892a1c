"""Real statements of banks, taken in as the treasury account's, against a matching tax list.

The layouts are those of `config/partners`, changed as a deployment would whose bank statement is
its only source of deposits: one insurance kind for the account, no receipt numbers, and only what
came in. Debits are no deposits: what leaves the account is nobody's receipt, so they are left
out, while balances and totals still count them. The Chinese samples were altered by hand before
they were published, hence `proof = "record"`; the camt files must add up.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pyarrow.parquet as pa_parquet
import pytest

from hub.adapters.china_calendar import load
from hub.bulk import engine
from hub.bulk.differences import differences
from hub.bulk.intake import take_in
from hub.domain.verdict import Verdict
from hub.mappings.catalog import load_catalog
from hub.mappings.rendering import render
from hub.settings.model import Limits
from tests.conftest import ROOT

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

pytestmark = pytest.mark.samples

PARTNERS = ROOT / "config" / "partners"
BANKS = ("bocom", "citic", "cmb", "icbc", "spdb")
KIND = '{ name = "insurance_kind", type = "text", constant = "pension" }'
CREDITS_ONLY = 'only = { direction = ["credit"] }'
CAMT = f"""
kind = "bank"
name = "专户开户行"
channel = "treasury-bank-in"

[layouts.camt053]
form = "camt"
source = "deposits"
file_name = "{{any}}.xml"
day = "item.credited_on"
{CREDITS_ONLY}

[[layouts.camt053.records]]
name = "item"
repeat = true
fields = [{KIND}]
"""
STATEMENTS = [
    ("statements/bocom_debit/example-bocom_debit-records.csv", "bocom.debit", 3),
    ("statements/citic/example-citic-records.xls", "citic.credit", 2),
    ("statements/cmb/example-cmb-records.csv", "cmb.credit", 4),
    ("statements/cmb/example-cmb-records__2.csv", "cmb.debit", 1),
    ("statements/icbc/example-icbc-credit-records.csv", "icbc.credit", 1),
    ("statements/icbc/example-icbc-debit-v1-records.csv", "icbc.debit_v1", 5),
    ("statements/icbc/example-icbc-debit-v2-records.csv", "icbc.debit_v2", 5),
    ("statements/spdb_debit/example-spdb_debit-records.xls", "spdb.debit", 1),
    ("iso20022/iso20022js/example_camt.xml", "account.camt053", 7),
    ("iso20022/iso20022js/example_camt__2.xml", "account.camt053", 5),
    ("iso20022/newinnovations/example-camt053-a.xml", "account.camt053", 4),
    ("iso20022/moov/FI_camt_053_sample.xml.xml", "account.camt053", 6),
    ("iso20022/libeufin/postfinance_camt053.xml", "account.camt053", 2),
]
LONG_AGO = timedelta(days=40)


class Plan(NamedTuple):
    """A tax list for the credits of a statement, and what reconciling the two must give."""

    collections: list[dict]
    matched: set[str]  # deposits
    found: Counter  # (verdict, number of the receipt or the deposit, fen)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """The partners of the project, their statements being deposits, and a bank that sends camt."""
    config = tmp_path_factory.mktemp("config")
    (config / "partners").mkdir()
    for bank in BANKS:
        text = (PARTNERS / f"{bank}.toml").read_text("utf-8")
        text = text.replace('source = "credits"', f'source = "deposits"\n{CREDITS_ONLY}')
        text = text.replace("fields = [", f"fields = [\n  {KIND},")
        text = re.sub(r"(\[layouts\.\w+\.options\])", r'\1\nproof = "record"', text)
        text = text.replace("options = { ", 'options = { proof = "record", ')
        (config / "partners" / f"{bank}.toml").write_text(text, "utf-8")
    (config / "partners" / "account.toml").write_text(CAMT, "utf-8")
    (config / "partners" / "tax.toml").write_text(
        (PARTNERS / "tax.toml").read_text("utf-8"), "utf-8"
    )
    return load_catalog(config)


def planned(deposits: list[dict], as_of) -> Plan:
    """List a receipt for each credit; leave one out, list one too high, and one without credit."""
    times = Counter(row["amount_fen"] for row in deposits)
    alone = [row["deposit_no"] for row in deposits if times[row["amount_fen"]] == 1]
    missing = alone[0] if len(alone) > 1 else None
    short = alone[1] if len(alone) > 2 else None
    listed, matched, found = [], set(), Counter()
    for number, row in enumerate(deposits):
        receipt_no, fen, deposit_no = f"R{number:04d}", row["amount_fen"], row["deposit_no"]
        collected_on = row["credited_on"]
        if times[fen] > 1:
            found[Verdict.AMBIGUOUS, receipt_no, fen] += 1
            found[Verdict.AMBIGUOUS, deposit_no, fen] += 1
        elif deposit_no in (missing, short):
            found[Verdict.MISSING_AT_TAX, deposit_no, fen] += 1
        else:
            matched.add(deposit_no)
        if deposit_no == short:
            fen, collected_on = fen + 100_000_007, collected_on - LONG_AGO
            found[Verdict.OVERDUE, receipt_no, fen] += 1
        if deposit_no != missing:
            listed.append((receipt_no, fen, collected_on))
    listed.append(("R9999", 77_777_777, as_of - LONG_AGO))
    found[Verdict.OVERDUE, "R9999", 77_777_777] += 1
    collections = [
        {
            "receipt_no": receipt_no, "payer_id": f"91330106{receipt_no}", "payer_name": "示范公司",
            "person_id": None, "person_name": None, "insurance_kind": "pension",
            "period": int(f"{collected_on:%Y%m}"), "amount_fen": fen, "collected_on": collected_on,
        }
        for receipt_no, fen, collected_on in listed
    ]  # fmt: skip
    return Plan(collections, matched, found)


class Taken(NamedTuple):
    """A statement's facts: their file, their rows, the day of the statement."""

    facts: Path
    rows: list[dict]
    day: date


def taken(catalog, samples, statement, out) -> Taken:
    name, layout_name, credits_ = statement
    partner, _, layout_name = layout_name.partition(".")
    layout = catalog.partner(partner).layouts[layout_name]
    intake = take_in(samples / name, layout, file=name, file_values={}, limits=Limits(), out=out)
    rows = pa_parquet.read_table(out).to_pylist()
    assert intake.rows == len(rows) == credits_
    assert all(row["amount_fen"] > 0 and row["receipt_no"] is None for row in rows)
    assert len({row["deposit_no"] for row in rows}) == credits_
    return Taken(out, rows, intake.day)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement[0])
def test_a_real_statement_is_reconciled(samples, catalog, tmp_path, statement):
    one = taken(catalog, samples, statement, tmp_path / "deposits.parquet")
    assert_reconciled(catalog, [one], tmp_path)


def test_all_of_them_in_one_run(samples, catalog, tmp_path):
    """Equal amounts occur across statements too. Of two lists of the same entries one goes."""
    statements = [s for s in STATEMENTS if s[1] != "icbc.debit_v2"]
    every = [
        taken(catalog, samples, statement, tmp_path / f"{number}.parquet")
        for number, statement in enumerate(statements)
    ]
    plan = assert_reconciled(catalog, every, tmp_path)
    assert len(plan.matched) > 15
    assert {verdict for verdict, _, _ in plan.found} == {
        Verdict.AMBIGUOUS, Verdict.MISSING_AT_TAX, Verdict.OVERDUE,
    }  # fmt: skip


def assert_reconciled(catalog, statements: list[Taken], tmp_path) -> Plan:
    as_of = max(one.day for one in statements)
    plan = planned([row for one in statements for row in one.rows], as_of)
    outcome = engine.run(
        engine.Inputs(
            collections=[tax_list(catalog, plan, as_of, tmp_path)],
            deposits=[one.facts for one in statements],
        ),
        engine.Terms(as_of=as_of, transit_working_days=3, calendar=load()),
        tmp_path / "out",
    )
    found = Counter(
        (difference.cause, difference.receipt_no or difference.deposit_no, difference.amount_fen)
        for difference in differences(outcome.discrepancies)
    )
    assert found == plan.found
    matches = pa_parquet.read_table(outcome.matches).to_pylist()
    assert {row["deposit_no"] for row in matches} == plan.matched
    assert outcome.counts.in_transit_count == 0
    return plan


def tax_list(catalog, plan: Plan, day, tmp_path):
    """Write the collections as the tax bureau does, take that file in, and return its facts."""
    layout = catalog.partner("tax").layouts["collections"]
    head = {"header.list_no": f"{day:%Y%m%d}001", "header.business_on": day}
    path, facts = tmp_path / "list.txt", tmp_path / "collections.parquet"
    path.write_bytes(render(layout, head, plan.collections))
    intake = take_in(path, layout, file="list.txt", file_values={}, limits=Limits(), out=facts)
    assert (intake.rows, intake.day) == (len(plan.collections), day)
    return facts
