"""Every ISO 20022 and CNAPS2 file that others wrote: read in full and proven, or refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from hub.errors import Rejected
from hub.mappings.iso20022 import find
from hub.mappings.layout import Form, Layout
from hub.mappings.reading import read
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.record import Reading, Row

pytestmark = pytest.mark.samples

SAMPLES = ROOT.parent / "shared" / "samples"
LAYOUT = Layout(partner="any", name="any", form=Form.CAMT, file_name="{any}", sha256="")
FILES = [p for folder in ("iso20022", "cnaps") for p in sorted((SAMPLES / folder).rglob("*"))]
FILES = [path for path in FILES if path.is_file()]

# Statements whose own figures contradict each other; a file added to the samples that is refused
# for such a reason fails here until someone has looked at it.
REFUSED = {
    "camt_053_uk_v2_1.xml": "statement_balance",  # opens with 334425218.07, closes 91.65 less; -200
    "postfinance_camt054.xml": "entry_without_amount",
    "200519_camt.052_P_CH2909000000250094239_1110092686_0_2019042416072347.xml": (
        "statement_balance"  # the interim balance leaves out one of two entries
    ),
    "FI_camt_054_sample.xml.xml": "statement_total",  # its net total is 100.00 off
    "error-camt053.xml": "statement_balance",  # made wrong on purpose
    "example-camt053-b.xml": "statement_currency",  # euro entries in a dollar account
    "camt053_001_02.xml": "statement_currency",
    "test-camt053": "statement_balance",
    "statement.xml": "amount_malformed",  # a template with {{placeholders}}
}


def _outcome(path: Path) -> tuple[list[Row], Reading] | Rejected:
    with path.open("rb") as content:
        try:
            reading = read(LAYOUT, content, file=path.name, items_max=10**6, line_bytes_max=10**6)
            return list(reading.rows), reading
        except Rejected as error:
            return error


def _name(path: Path) -> str:
    return f"{path.parent.name}-{path.name}"


def test_there_are_samples(samples) -> None:
    assert len(FILES) > 100, samples


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_is_read_in_full_or_refused_with_a_reason(path) -> None:
    found = _outcome(path)

    if isinstance(found, Rejected):
        expected = REFUSED.get(path.name, "message_not_a_statement")
        assert found.code == expected, found.explain("en")
        assert found.place.file == path.name
        assert found.explain("zh")
        return
    assert path.name not in REFUSED
    rows, reading = found
    booked = _booked(path)
    assert sorted(row.values["amount_fen"] for row in rows) == sorted(fen for fen, _ in booked)
    assert len({row.values["deposit_no"] for row in rows}) == len(rows)
    assert reading.head["header.entries"] == len(booked)
    _prove_again(path, reading)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_message_is_recognised(path) -> None:
    """By namespace or first element, inside any wrapper: the name is that of an ISO message."""
    with path.open("rb") as content:
        message = find(content, file=path.name)

    area, _, number = message.name.partition(".")
    assert area in {"camt", "pain", "pacs", "beps", "hvps", "ibps", "ccms"}
    assert len(number) == 3
    assert all(message.words)


def test_all_kinds_of_statement_are_among_them() -> None:
    read_in_full = Counter(
        found[1].head["header.message"]
        for found in map(_outcome, FILES)
        if not isinstance(found, Rejected)
    )

    assert read_in_full["camt.052"] >= 4
    assert read_in_full["camt.053"] >= 15
    assert read_in_full["camt.054"] >= 20


def _booked(path: Path) -> list[tuple[int, etree._Element]]:
    """Count the booked entries again, in another way than the reader: the tree, XPath, cents."""
    tree = etree.parse(path)
    found = []
    for entry in tree.xpath("//*[local-name()='Ntry']"):
        status = "".join(entry.xpath("*[local-name()='Sts']//text()")).strip()
        if status in ("", "BOOK"):
            amount = entry.xpath("string(*[local-name()='Amt'])")
            sign = entry.xpath("string(*[local-name()='CdtDbtInd'])")
            found.append((round(float(amount) * 100) * (1 if sign == "CRDT" else -1), entry))
    return found


def _prove_again(path: Path, reading: Reading) -> None:
    """Where one statement has both booked balances, entries must lead from one to the other."""
    head = reading.head
    if head["header.statements"] != 1 or head.get("header.closing_fen") is None:
        return
    net = sum(fen for fen, _ in _booked(path))
    assert head["header.opening_fen"] + net == head["header.closing_fen"]
    stated = etree.parse(path).xpath("//*[local-name()='Bal']/*[local-name()='Amt']/text()")
    closing = f"{abs(head['header.closing_fen']) / 100:.2f}"
    noted = any("leaves out" in deviation.text for deviation in reading.deviations)
    assert noted or closing in {f"{float(text):.2f}" for text in stated}
