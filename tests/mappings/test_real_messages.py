"""Treasury messages that others wrote, read in place: fully, or refused for a stated reason."""

from __future__ import annotations

import re

import pytest

from tests.mappings.reading import CATALOG, refused, rows_of

TREASURY = CATALOG.partner("treasury")

pytestmark = pytest.mark.samples


@pytest.fixture
def messages(samples):
    return samples / "treasury" / "messages"


def test_5101_is_read_fully_and_its_totals_hold(messages) -> None:
    rows, reading = rows_of(TREASURY.layout("payout_5101"), (messages / "5101.xml").read_bytes())

    assert len(rows) == reading.head["header.item_count"] == 14
    assert sum(row.values["amount_fen"] for row in rows) == reading.head["header.total_fen"]
    assert reading.head["header.total_fen"] == 183267353
    assert rows[0].values["payee_name"] == "浙江省金华市公路路政管理支队高速公路大队"
    assert reading.deviations == []


def test_1000_of_tcqs_is_read_fully_and_its_totals_hold(messages) -> None:
    raw = (messages / "tcqs_1000_masked.xml").read_bytes()

    rows, reading = rows_of(TREASURY.layout("payout_1000"), raw)

    assert [row.values["amount_fen"] for row in rows] == [82379809]
    assert (reading.head["header.item_count"], reading.head["header.total_fen"]) == (1, 82379809)
    assert rows[0].values["payer_name"] == "某市某区财政局"


def test_3201_is_refused_because_it_states_800_packages_and_holds_two(messages) -> None:
    raw = (messages / "3201.xml").read_bytes()

    error = refused(TREASURY.layout("package_check_3201"), raw)

    assert (error.code, error.place.field) == ("control_differs", "header.part_item_count")
    assert (error.facts["stated"], error.facts["found"]) == ("800", "2")
    assert "800" in error.explain("zh")


def test_3201_with_true_totals_is_read(messages) -> None:
    raw = (messages / "3201.xml").read_bytes()
    raw = raw.replace(b"<CurPackNum>800", b"<CurPackNum>2")
    raw = raw.replace(b"<CurPackAmt>1000", b"<CurPackAmt>400")

    rows, reading = rows_of(TREASURY.layout("package_check_3201"), raw)

    assert [row.values["pack_no"] for row in rows] == ["00000845", "00000846"]
    assert reading.head["header.part_fen"] == 40000


def test_a_message_of_another_kind_is_refused(messages) -> None:
    for path in sorted(messages.glob("*.xml")):
        error = refused(TREASURY.layout("deposits"), path.read_bytes())
        assert (error.code, error.place.field) == ("code_unknown", "message_no")


def test_names_of_elements_are_those_of_the_front_end(samples) -> None:
    """What the layouts name occurs in the skeletons, and nothing of a row is left out."""
    for number, layout, row in (("3139", "deposits", "Bill"), ("3122", "denials", "CompDeduct")):
        folder = samples / "treasury" / "element-names"
        skeleton = (folder / f"itfe_{number}.skeleton.xml").read_text("utf-8")
        shapes = TREASURY.layout(layout).records
        named = {field.path for shape in shapes for field in shape.stored}
        item = re.search(rf"<{row}{number}>(.*?)</{row}{number}>", skeleton, re.DOTALL)[1]

        assert named <= set(re.findall(r"<(\w+)>", skeleton))
        assert set(re.findall(r"<(\w+)>", item)) <= named
