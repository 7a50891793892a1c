"""camt messages that do not add up or cannot be read: which code, and where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mappings.camt_messages import LAYOUT, ONE, bal, entry, message, stmt, values
from tests.mappings.reading import refused, rows_of


@pytest.mark.parametrize("text", ["1.005", "1,5", "１０", "1e3", "", "NaN", "1 000", "+5", "{{x}}"])
def test_amounts_that_nobody_may_guess(text) -> None:
    error = refused(LAYOUT, message(stmt(entry(text))))

    assert (error.code, error.place.field) == ("amount_malformed", "Amt")


def test_a_comment_cannot_cut_an_amount() -> None:
    assert refused(LAYOUT, message(stmt(entry("1<!-- x -->00")))).code == "xml_value_not_plain"


@pytest.mark.parametrize(
    "inner", [stmt(ONE), f"<AddtlStmtInf>{ONE}</AddtlStmtInf>", ONE + f"<Bal>{ONE}</Bal>"]
)
def test_an_entry_anywhere_else_is_refused_and_not_left_out(inner) -> None:
    error = refused(LAYOUT, message(stmt(ONE + inner)))

    assert (error.code, error.facts["element"]) == ("xml_element_misplaced", "Ntry")
    assert refused(LAYOUT, message(stmt(ONE) + ONE)).code == "xml_element_misplaced"


def test_what_is_the_banks_own_may_be_called_like_an_entry() -> None:
    own = f"<SplmtryData><Envlp>{ONE}</Envlp></SplmtryData>"

    assert len(values(message(stmt(ONE + own)))) == 1


@pytest.mark.parametrize(
    ("inner", "code", "field"),
    [
        (bal("OPBD", 5) + bal("CLBD", "15.01") + ONE, "statement_balance", "Bal/CLBD"),
        (bal("PRCD", 5) + bal("CLBD", 25, "DBIT") + ONE, "statement_balance", "Bal/CLBD"),
        (bal("OPAV", 5) + bal("CLAV", 16) + ONE, "statement_balance", "Bal/CLAV"),
        (
            "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>" + ONE,
            "statement_total",
            "TxsSummry/TtlNtries",
        ),
        (
            "<TxsSummry><TtlCdtNtries><Sum>9</Sum></TtlCdtNtries></TxsSummry>" + ONE,
            "statement_total",
            "TxsSummry/TtlCdtNtries",
        ),
        (
            "<TxsSummry><TtlNtries><TtlNetNtry><Amt>10</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry></TtlNtries></TxsSummry>"
            + ONE,
            "statement_total",
            "TxsSummry/TtlNtries",
        ),
        (
            "<TxsSummry><TtlNtries><NbOfNtries>１</NbOfNtries></TtlNtries></TxsSummry>",
            "count_malformed",
            "TxsSummry/TtlNtries",
        ),
        (ONE + entry(ccy="EUR"), "statement_currency", None),
        (entry(status="<Sts>XXXX</Sts>"), "entry_status_unknown", "Sts"),
        (entry(sign=""), "entry_without_direction", "CdtDbtInd"),
        (entry("-10.00"), "entry_negative", "Amt"),
        ("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "entry_without_amount", None),
        (ONE.replace("2026-11-23", "23.11.2026"), "date_malformed", "BookgDt"),
        (ONE.replace("<BookgDt><Dt>2026-11-23</Dt></BookgDt>", ""), "entry_without_day", None),
        (
            entry(more='<NtryDtls><TxDtls><Amt Ccy="CNY">9.99</Amt></TxDtls></NtryDtls>'),
            "entry_details_differ",
            None,
        ),
    ],
)
def test_what_does_not_add_up_or_cannot_be_read_is_refused(inner, code, field) -> None:
    error = refused(LAYOUT, message(stmt(inner)))

    assert (error.code, error.place.field) == (code, field)
    assert error.place.line == 1


def test_details_may_disagree_where_balances_prove_the_entry() -> None:
    odd = entry(more='<NtryDtls><TxDtls><Amt Ccy="CNY">9.99</Amt></TxDtls></NtryDtls>')

    _, reading = rows_of(LAYOUT, message(stmt(bal("OPBD", 5) + bal("CLBD", 15) + odd)))

    assert "details add up to 9.99" in reading.deviations[0].text


def test_several_statements_but_none_twice() -> None:
    first, second = stmt(ONE), stmt(ONE, identity="S2")

    assert len(values(message(first, second))) == 2
    assert refused(LAYOUT, message(first, first)).code == "statement_twice"


def test_one_account_only_if_the_layout_names_it() -> None:
    layout = replace(LAYOUT, options={"account": "6222 0000 0000 0001"})
    other = stmt(ONE, identity="S2", account="6222000000000002")

    assert len(values(message(stmt(ONE)), layout)) == 1
    error = refused(layout, message(stmt(ONE), other))
    assert error.code == "statement_other_account"
    assert "6222" not in error.explain("en")  # no account numbers in messages
    nameless = f"<Stmt><Id>S1</Id>{ONE}</Stmt>"
    assert refused(layout, message(nameless)).code == "statement_other_account"


def test_another_currency_than_the_layout_says() -> None:
    layout = replace(LAYOUT, options={"currency": "CNY"})

    assert refused(layout, message(stmt(entry(ccy="CHF")))).code == "statement_currency"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (message(stmt(ONE))[:-30], "xml_malformed"),
        (
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + message(stmt(ONE)),
            "xml_doctype",
        ),
        (b'<!DOCTYPE a [<!ENTITY x "1"><!ENTITY y "&x;&x;">]><a>&y;</a>', "xml_doctype"),
        (b'<?xml version="1.0" encoding="ebcdic"?>' + message(stmt(ONE)), "encoding_unsupported"),
        (message(stmt(ONE)).replace(b"S1", b"\xff"), "encoding_broken"),
        (message(), "message_without_statement"),
        (b"<CFX><HEAD/></CFX>", "xml_not_a_message"),
        (b"", "file_empty"),
        (b"not xml", "xml_malformed"),
        (
            b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'/>",
            "message_not_a_statement",
        ),
    ],
)
def test_bad_files(raw, code) -> None:
    assert refused(LAYOUT, raw).code == code


def test_a_payment_order_is_called_by_its_name() -> None:
    error = refused(LAYOUT, b"<Document><CstmrCdtTrfInitn/></Document>")

    assert "pain.001, a payment order, not a statement" in error.explain("en")
    assert "pain.001（付款指令），不是对账单" in error.explain("zh")


def test_too_many_entries() -> None:
    assert refused(LAYOUT, message(stmt(ONE * 3)), items_max=2).code == "items_too_many"
