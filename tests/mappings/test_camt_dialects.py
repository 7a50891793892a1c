"""camt messages of the first version and of many banks: what is meant is read, no word is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.mappings.layout import Form
from tests.mappings.camt_messages import LAYOUT, ONE, bal, entry, message, stmt, values
from tests.mappings.reading import refused, rows_of

DATED = "<BookgDt><Dt>2026-11-23</Dt></BookgDt>"
FIRST = (
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.01"><BkToCstmrStmtV01>'
    b"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T01:02:03+08:00</CreDtTm></GrpHdr>"
    b"<Stmt><Id>S1</Id><Acct><Id><PrtryAcct><Id>62220001</Id></PrtryAcct></Id></Acct>"
    b'<Bal><Tp><Cd>OPBD</Cd></Tp><Amt Ccy="CNY">5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
    b'<Bal><Tp><Cd>CLBD</Cd></Tp><Amt Ccy="CNY">15</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
    b'<Ntry><Amt Ccy="CNY">10</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    b"<BookgDt><DtTm>2026-11-23T10:15:00+08:00</DtTm></BookgDt>"
    b"<Btch><MsgId>B1</MsgId><NbOfTxs>1</NbOfTxs></Btch>"
    b"<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RltdPties><DbtrAcct><Id><PrtryAcct><Id>777"
    b"</Id></PrtryAcct></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>pension</Ustrd></RmtInf>"
    b"<RtrInf><RtrRsn><Cd>AC04</Cd></RtrRsn><AddtlRtrRsnInf>closed</AddtlRtrRsnInf></RtrInf>"
    b"</TxDtls></Ntry></Stmt></BkToCstmrStmtV01></Document>"
)


def narrative(more: str) -> str:
    return values(message(stmt(entry(more=more))))[0]["narrative"]


def details(*inner: str) -> str:
    return "<NtryDtls>" + "".join(f"<TxDtls>{one}</TxDtls>" for one in inner) + "</NtryDtls>"


def test_the_first_version_has_its_parts_elsewhere() -> None:
    mine = replace(LAYOUT, options={"account": "62220001"})

    rows, reading = rows_of(mine, FIRST)

    (row,) = (one.values for one in rows)
    assert (row["amount_fen"], row["narrative"], row["deposit_no"]) == (1000, "pension", "E1")
    assert (row["end_to_end_ids"], row["party_account"]) == ("E1", "777")
    assert row["message_id"] == "B1"
    assert reading.head["header.proof"] == "balances"
    assert refused(LAYOUT, FIRST.replace(b">15<", b">16<")).code == "statement_balance"


def test_a_return_in_the_first_version() -> None:
    (row,) = values(FIRST, replace(LAYOUT, form=Form.CAMT_RETURNS))

    assert (row["raw_code"], row["raw_text"], row["amount_fen"]) == ("AC04", "closed", 1000)


@pytest.mark.parametrize(
    ("identity", "number"),
    [("<BBAN>539007547034</BBAN>", "539007547034"), ("<UPIC>12345678901</UPIC>", "12345678901")],
)
def test_an_account_of_another_kind_of_number(identity, number) -> None:
    raw = message(f"<Stmt><Id>S1</Id><Acct><Id>{identity}</Id></Acct>{ONE}</Stmt>")

    assert rows_of(LAYOUT, raw)[1].statements[0].account_no == number


def test_all_that_is_said_of_an_entry_is_kept_once() -> None:
    words = narrative(
        details(
            "<RmtInf><Ustrd>失业保险</Ustrd><Ustrd>2026-11</Ustrd><Strd><CdtrRefInf><Ref>RF18"
            "</Ref></CdtrRefInf><AddtlRmtInf>late</AddtlRmtInf></Strd></RmtInf>"
            "<AddtlTxInf>paid</AddtlTxInf>",
            "<AddtlTxInf>paid</AddtlTxInf>",
        )
        + "<AddtlNtryInf>社保费入库</AddtlNtryInf>"
    )

    assert words == "社保费入库 失业保险 2026-11 RF18 late paid"


def test_an_entry_without_a_day_is_of_the_day_when_its_message_was_made() -> None:
    undated = ONE.replace(DATED, "")
    raw = message(stmt(f"<CreDtTm>2026-11-25T08:00:00.000Z</CreDtTm>{undated}"))

    rows, reading = rows_of(LAYOUT, raw)

    assert rows[0].values["credited_on"] == date(2026, 11, 25)
    assert "no date" in reading.deviations[0].text
    wide = message(stmt(undated)).replace(b"</MsgId>", b"</MsgId><CreDtTm>2026-11-26</CreDtTm>")
    assert values(wide)[0]["credited_on"] == date(2026, 11, 26)
    closed = message(stmt(bal("OPBD", 0) + bal("CLBD", 10) + undated))
    assert values(closed)[0]["credited_on"] == date(2026, 11, 23)
    error = refused(LAYOUT, raw.replace(b"2026-11-25", b"25.11.2026"))
    assert (error.code, error.place.field) == ("date_malformed", "CreDtTm")


def test_a_status_of_the_banks_own_is_not_taken_for_booked() -> None:
    raw = message(stmt(entry(status="<Sts><Prtry>WAIT</Prtry></Sts>")))

    assert refused(LAYOUT, raw).code == "entry_status_unknown"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("utf8", "utf-8"),
        ("GBK", "gbk"),
        ("GB18030", "gb18030"),
        ("cp936", "gbk"),
        ("UTF-16", "utf-16"),
        ("UTF-8", "utf-8-sig"),
    ],
)
def test_the_encodings_of_banks(name, codec) -> None:
    text = message(stmt(entry(more="<AddtlNtryInf>社保费入库</AddtlNtryInf>"))).decode()
    raw = f'<?xml version="1.0" encoding="{name}"?>\r\n<!-- x --><?y z?>{text}'.encode(codec)

    assert values(raw)[0]["narrative"] == "社保费入库"


@pytest.mark.parametrize(("name", "word"), [("ISO-8859-2", "Łódź"), ("windows-1250", "Přerov")])
def test_the_encodings_of_eastern_europe(name, word) -> None:
    text = message(stmt(entry(more=f"<AddtlNtryInf>{word}</AddtlNtryInf>"))).decode()

    raw = f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(name)

    assert values(raw)[0]["narrative"] == word


def test_another_message_is_called_by_its_whole_name() -> None:
    error = refused(LAYOUT, message(stmt(ONE)).replace(b"xsd:camt.", b"xsd:other."))

    assert (error.code, error.facts["message"]) == ("message_not_a_statement", "other.053")
