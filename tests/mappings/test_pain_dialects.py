"""Orders and answers of the first versions and of other banks: nothing that they say is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.mappings.layout import Form, Layout
from tests.answers import pacs004, pain002
from tests.mappings.reading import refused, rows_of

LAYOUT = Layout(partner="any", name="any", form=Form.PAIN001, file_name="{any}", sha256="")
ANSWER = replace(LAYOUT, form=Form.PAIN002)
RETURN = replace(LAYOUT, form=Form.PACS004)
AMOUNT = '<Amt><InstdAmt Ccy="CNY">10.5</InstdAmt></Amt>'


def order(*payments: str, sums: str = "") -> bytes:
    found = "".join(f"<CdtTrfTxInf>{one}</CdtTrfTxInf>" for one in payments)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.02"><pain.001.001.02>'
        f"<GrpHdr><MsgId>M1</MsgId>{sums}</GrpHdr><PmtInf><PmtInfId>P1</PmtInfId>{found}</PmtInf>"
        "</pain.001.001.02></Document>"
    ).encode()


def test_what_a_payment_in_another_currency_is_worth_counts() -> None:
    worth = '<Amt><EqvtAmt><Amt Ccy="CNY">4</Amt><CcyOfTrf>USD</CcyOfTrf></EqvtAmt></Amt>'
    raw = order(AMOUNT, worth, sums="<NbOfTxs>2</NbOfTxs><CtrlSum>14.5</CtrlSum>")

    rows, reading = rows_of(LAYOUT, raw)

    assert [(row.values["amount_fen"], row.values["currency"]) for row in rows] == [
        (1050, "CNY"),
        (400, "CNY"),
    ]
    assert "USD" in reading.deviations[0].text
    assert refused(LAYOUT, raw.replace(b"14.5", b"10.5")).code == "control_differs"


def test_an_order_without_an_amount() -> None:
    error = refused(LAYOUT, order("<Amt/>"))

    assert (error.code, error.place.field) == ("field_missing", "InstdAmt")


@pytest.mark.parametrize(
    "identity",
    [
        "<Othr><Id>6222</Id></Othr>",
        "<PrtryAcct><Id>6222</Id></PrtryAcct>",
        "<BBAN>6222</BBAN>",
        "<IBAN>6222</IBAN>",
    ],
)
def test_accounts_and_banks_of_the_first_versions(identity) -> None:
    bank = "<CdtrAgt><FinInstnId><CmbndId><BIC>BANKCNBJ</BIC></CmbndId></FinInstnId></CdtrAgt>"
    account = f"<CdtrAcct><Id>{identity}</Id></CdtrAcct>"

    ((row,), _) = rows_of(LAYOUT, order(AMOUNT + bank + account))

    assert (row.values["account_no"], row.values["bank_no"]) == ("6222", "BANKCNBJ")


@pytest.mark.parametrize(
    ("said", "purpose"),
    [
        ("<Ustrd>养老金</Ustrd><Ustrd> 2026-11 </Ustrd>", "养老金 2026-11"),
        ("<Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd>", "RF18"),
        ("<Ustrd/>", None),
    ],
)
def test_all_words_of_a_payment_are_kept(said, purpose) -> None:
    ((row,), _) = rows_of(LAYOUT, order(f"{AMOUNT}<RmtInf>{said}</RmtInf>"))

    assert row.values["purpose"] == purpose


def test_a_payment_listed_without_status_has_that_of_its_file() -> None:
    listed = [("E1", "X", "AC04", "closed")]
    raw = pain002("M1", group="RJCT", items=listed).replace("<TxSts>X</TxSts>", "")

    rows, _ = rows_of(ANSWER, raw.encode())

    item, _ = (row.values for row in rows)
    assert (item["raw_status"], item["raw_code"], item["payment_id"]) == ("RJCT", "AC04", "M1")
    partly = raw.replace("<GrpSts>RJCT", "<GrpSts>PART")
    error = refused(ANSWER, partly.encode())
    assert (error.code, error.place.field) == ("field_missing", "TxSts")


def test_an_answer_within_another_is_refused_and_not_left_out() -> None:
    raw = pain002("M1", items=[("E1", "RJCT", "AC04", "closed")])
    inner = raw[raw.index("<TxInfAndSts>") : raw.index("</TxInfAndSts>")] + "</TxInfAndSts>"

    error = refused(ANSWER, raw.replace("</TxInfAndSts>", f"{inner}</TxInfAndSts>").encode())

    assert (error.code, error.facts["within"]) == ("xml_element_misplaced", "TxInfAndSts")


def test_a_payment_outside_a_group_is_refused_and_not_left_out() -> None:
    inner = f"<CdtTrfTxInf>{AMOUNT}</CdtTrfTxInf>"

    error = refused(LAYOUT, order(AMOUNT + inner))

    assert (error.code, error.facts["within"]) == ("xml_element_misplaced", "CdtTrfTxInf")


def test_the_status_of_its_group_goes_before_that_of_the_file() -> None:
    raw = pain002("M1", group="PART", items=[("E1", "X", "AC04", "closed")])
    raw = raw.replace("<TxSts>X</TxSts>", "").replace(
        "</OrgnlPmtInfId>", "</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>"
    )

    rows, _ = rows_of(ANSWER, raw.encode())

    assert rows[0].values["raw_status"] == "RJCT"


def test_a_status_report_of_the_first_versions() -> None:
    item = (
        "<TxInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId><OrgnlEndToEndId>E1</OrgnlEndToEndId>"
        "<TxSts>RJCT</TxSts><StsRsnInf><StsRsn><Cd>AC01</Cd></StsRsn>"
        "<AddtlStsRsnInf>unknown</AddtlStsRsnInf></StsRsnInf></TxInfAndSts>"
    )
    raw = pain002("M1").replace("</CstmrPmtStsRpt>", item + "</CstmrPmtStsRpt>")

    ((row,), _) = rows_of(ANSWER, raw.encode())

    assert (row.values["payment_id"], row.values["raw_code"]) == ("P1", "AC01")
    assert row.values["raw_text"] == "unknown"


def test_a_return_of_the_first_versions() -> None:
    raw = pacs004([("E1", 12345, "AC04", "R1")]).replace("Rsn><Cd>AC04</Cd></Rsn", "RtrRsn>_</")
    raw = raw.replace("<RtrRsn>_</>", "<RtrRsn><Cd>AC04</Cd></RtrRsn>")
    raw = raw.replace("<NbOfTxs>1<", "<NbOfTxs>000001<")

    ((row,), _) = rows_of(RETURN, raw.encode())

    assert (row.values["raw_code"], row.values["amount_fen"]) == ("AC04", 12345)
