"""Every pain, pacs and camt file that others wrote, read as an answer: in full, or refused."""

from __future__ import annotations

import io
import json

import pytest
from lxml import etree

from hub.domain.payout_answer import Scope, Standing
from hub.errors import Rejected
from hub.mappings.answers import answers
from hub.mappings.iso20022 import find
from hub.mappings.layout import Form, Layout
from hub.mappings.reading import read
from hub.mappings.reasons import load_reasons
from tests.answers import camt054, pacs004, pain002
from tests.conftest import ROOT

pytestmark = pytest.mark.samples

SAMPLES = ROOT.parent / "shared" / "samples"
FILES = sorted(path for path in (SAMPLES / "iso20022").rglob("*") if path.is_file())
REASONS = load_reasons(ROOT / "config")
FORMS = {"pain.002": Form.PAIN002, "pacs.004": Form.PACS004}
STATEMENTS = ("camt.052", "camt.053", "camt.054")
UNPROVEN = {  # refused as statements, see test_iso20022_samples
    "statement_balance", "entry_without_amount", "statement_total", "statement_currency",
    "amount_malformed",
}  # fmt: skip
SAYS_NOTHING = {"valid_pain_v11.xml"}  # a report without any status


def layout_of(form: Form) -> Layout:
    return Layout(partner="any", name="status", form=form, file_name="{any}", sha256="0" * 64)


def rows_of(form, raw, name="x.xml"):
    reading = read(
        layout_of(form), io.BytesIO(raw), file=name, items_max=10**6, line_bytes_max=10**6
    )
    return list(reading.rows), reading


def message_of(path):
    try:
        return find(io.BytesIO(path.read_bytes()), file=path.name)
    except Rejected:
        return None


def outcome(form, path):
    """Return the rows of a file, or its refusal."""
    try:
        return rows_of(form, path.read_bytes(), path.name)[0]
    except Rejected as error:
        return error


def root_of(path):
    return etree.fromstring(message_of(path).content.read())


def count(root, *names):
    return sum(1 for e in root.iter() if isinstance(e.tag, str) and _local(e) in names)


def _local(element):
    return etree.QName(element).localname


def _name(path):
    return f"{path.parent.name}-{path.name}"


def test_there_are_answers_among_the_samples(samples):
    found = [m.name for path in FILES if (m := message_of(path)) is not None]
    assert found.count("pain.002") >= 20
    assert sum(name in STATEMENTS for name in found) >= 40


@pytest.mark.parametrize("path", FILES, ids=_name)
@pytest.mark.parametrize("form", [Form.PAIN002, Form.PACS004, Form.CAMT_RETURNS], ids=str)
def test_a_file_is_read_in_full_or_refused_with_a_reason(path, form):
    message = message_of(path)
    name = message.name if message is not None else None
    ours = name in STATEMENTS if form is Form.CAMT_RETURNS else FORMS.get(name) is form
    found = outcome(form, path)
    if isinstance(found, Rejected):
        assert found.place.file == path.name
        assert found.explain("zh")
        if ours and form is Form.CAMT_RETURNS:
            assert found.code in UNPROVEN
        elif ours:
            assert (found.code, path.name in SAYS_NOTHING) == ("answer_says_nothing", True)
        else:
            expected = {"message_not_expected", "message_not_a_statement", "xml_not_a_message"}
            assert found.code in expected or message is None
        return
    rows = found
    assert ours
    root = root_of(path)
    if form is Form.PAIN002:
        assert len(rows) == count(root, "TxInfAndSts", "PmtInfSts", "GrpSts")
        texts = {(e.text or "").strip() for e in root.iter("{*}*", "*") if _local(e) == "TxSts"}
        assert texts == {
            r.values["raw_status"] for r in rows if r.values["scope"] == Scope.ITEM.value
        }
    else:
        booked = [
            one
            for entry in root.iter("{*}Ntry")
            if "BOOK" in "".join(entry.find("{*}Sts").itertext())
            for one in entry.iter("{*}TxDtls")
            if one.find("{*}RtrInf") is not None
        ]
        assert len(rows) == len(booked)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_what_is_read_is_mapped_and_what_is_not_known_is_held(path):
    message = message_of(path)
    name = message.name if message is not None else None
    form = FORMS.get(name) or (Form.CAMT_RETURNS if name in STATEMENTS else None)
    if form is None:
        return
    try:
        _, reading = rows_of(form, path.read_bytes(), path.name)
        with path.open("rb") as content:
            reading = read(
                layout_of(form), content, file=path.name, items_max=10**6, line_bytes_max=10**6
            )
            found = list(answers(layout_of(form), reading, REASONS))
    except Rejected:
        return
    for one in found:
        failed = one.standing in (Standing.REJECTED, Standing.RETURNED)
        assert (one.reason in REASONS.reasons) is failed
        if one.standing is Standing.HELD:
            assert one.raw_code not in REASONS.reasons
        if one.raw_status in ("RJCT", "RTRN") and one.raw_code in REASONS.reasons:
            assert (failed, one.reason) == (True, one.raw_code)


def test_every_reason_is_in_the_published_lists_and_every_status_too(samples):
    folder = samples / "codes" / "iso20022-external"
    published = set()
    for name in ("external_status_reason_code", "external_return_reason_code"):
        published |= set(json.loads((folder / f"{name}.json").read_text("utf-8"))["codes"])
    lists = json.loads((folder / "2Q2026_v3.json").read_text("utf-8"))["definitions"]
    statuses = set()
    for name in ("ExternalPaymentTransactionStatus1Code", "ExternalPaymentGroupStatus1Code"):
        statuses |= set(lists[name]["enum"])

    assert set(REASONS.reasons) <= published
    assert set(REASONS.statuses) <= statuses
    assert REASONS.absent in REASONS.reasons


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("pain.002.001.10", pain002("M1", group="RJCT", reason="FF01")),
        ("pain.002.001.10", pain002("M1", items=[("E1", "RJCT", "AC01", "x")])),
        ("pacs.004.001.09", pacs004([("E1", 12345, "AC04", "R1")])),
        ("camt.054.001.08", camt054([("E1", 12345, "AC04", "B1")])),
    ],
)
def test_the_messages_of_our_own_tests_are_valid(samples, schema, text):
    xsd = etree.XMLSchema(etree.parse(samples / "xsd" / f"{schema}.xsd"))
    document = etree.fromstring(text.encode())

    assert xsd.validate(document), xsd.error_log


def test_a_pacs_004_is_read(samples):
    rows, reading = rows_of(
        Form.PACS004, pacs004([("E1", 12345, "AC04", "R1"), ("E2", 1, "BE01", "R2")]).encode()
    )

    names = ("end_to_end_id", "amount_fen", "raw_code")
    assert [tuple(r.values[name] for name in names) for r in rows] == [
        ("E1", 12345, "AC04"),
        ("E2", 1, "BE01"),
    ]
    assert reading.head["header.total_fen"] == 12346
    assert {r.values["settled_on"].isoformat() for r in rows} == {"2026-11-26"}


@pytest.mark.parametrize("change", [{"total_fen": 1}])
def test_a_pacs_004_whose_sum_is_wrong_is_refused(change):
    with pytest.raises(Rejected) as refusal:
        rows_of(Form.PACS004, pacs004([("E1", 12345, "AC04", "R1")], **change).encode())
    assert refusal.value.code == "control_differs"
    broken = pacs004([("E1", 12345, "AC04", "R1")]).replace("<NbOfTxs>1<", "<NbOfTxs>2<")
    with pytest.raises(Rejected) as refusal:
        rows_of(Form.PACS004, broken.encode())
    assert refusal.value.code == "control_differs"
