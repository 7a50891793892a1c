"""An office without a hub: the same case by file, sheet and print, and nothing by forgery."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.transfer_facts import Account, Consent, Form
from hub.domain.transfer_kinds import Direction, Kind
from hub.domain.transfer_paper import ITEMS, YEAR, Paper, PaperKind, flat, unflat
from hub.domain.transfer_state import TransferState as S
from hub.errors import Rejected
from hub.flows import transfer_desk as desk
from hub.flows import transfer_paper as papers
from hub.mappings.catalog import load_catalog
from hub.mappings.transfer_sheet import read_sheet
from tests.conftest import ROOT
from tests.transfer_forms import pension_form
from tests.transfers import CHENGDU, HANGZHOU, WUHAN, carry, offices, person

LAYOUT = load_catalog(ROOT / "config").partner("region_510100").layout("transfer_paper")
TODAY = date(2026, 11, 24)


@pytest.fixture
def office(tmp_path):
    (made,) = offices(tmp_path, HANGZHOU)
    yield made
    made.store.close()


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code


def theirs(paper=PaperKind.FORM, **values):
    """Return a paper of Chengdu, the old place."""
    form = pension_form()
    known = {
        "ref": "川-9", "round": 1, "kind": Kind.PENSION, "person_id": person(),
        "person_name": "张三", "source": CHENGDU, "target": HANGZHOU, "number": "川-77",
        "made_on": TODAY, "amount_fen": form.amount_fen, "epoch": 1, "items": dict(form.items),
        "years": tuple(dict(row) for row in form.years), **values,
    }  # fmt: skip
    return Paper(paper=paper, **known)


def take(office, paper):
    return papers.take(paper, person="周受", services=office.services, source="0" * 64)


def by_xml(office, paper):
    content = papers.rendered(paper, LAYOUT)
    return papers.read_paper(LAYOUT, content, file="x.xml", services=office.services)


def by_sheet(_office, paper):
    from hub.documents.transfer_workbook import write_paper

    return unflat(*read_sheet(write_paper(paper), file="x.xlsx"))


@pytest.mark.parametrize("way", [by_xml, by_sheet])
def test_a_case_goes_its_whole_way_with_an_office_without_a_hub(office, way):
    case = office.consent(office.apply("in", _Elsewhere, on_paper=True))
    letter = papers.paper_of(case.id, None, office.services)
    assert (letter.paper, way(office, letter)) == (PaperKind.LETTER, letter)
    form = way(office, theirs(ref=case.ref))
    notice = theirs(PaperKind.NOTICE, ref=case.ref, number="HK-1", epoch=None, items={}, years=())
    for _ in range(2):  # the same paper twice, and in either order, changes nothing
        take(office, way(office, notice))
        take(office, form)
    case = office.funds(office.case(), "DZ-1", form.amount_fen)
    assert case.state is S.READY
    assert case.form.typed
    done = office.continue_(case)
    answer = papers.paper_of(done.id, None, office.services)
    assert (answer.paper, answer.number) == (PaperKind.DONE, "川-77")
    assert office.outgoing() == []  # no message was sent to who has no hub


class _Elsewhere:
    region = CHENGDU


def test_the_old_place_learns_of_letter_and_end(office):
    letter = theirs(
        PaperKind.LETTER, source=HANGZHOU, target=CHENGDU, amount_fen=None, epoch=None, items={},
        years=(), account=Account(name="成都专户", bank="工行", no="1202020209900000123"),
        applied_on=TODAY,
    )  # fmt: skip
    case = take(office, by_xml(office, letter))
    assert (case.direction, case.on_paper, case.counterpart) == (Direction.OUT, True, CHENGDU)
    form = pension_form()
    office.offer(case, form.amount_fen, form.years, items=dict(form.items))
    ours = papers.paper_of(case.id, PaperKind.FORM, office.services)
    assert by_xml(office, ours) == by_sheet(office, ours) == ours
    found, _ = papers.found_by(ours.code.lower(), office.services)
    assert found.id == case.id
    done = replace(letter, paper=PaperKind.DONE, number=ours.number, epoch=2, account=None)
    assert take(office, done).state is S.DONE


def test_a_code_that_is_mistyped_finds_nothing(office):
    case = office.consent(office.apply("in", _Elsewhere, on_paper=True))
    code = papers.paper_of(case.id, None, office.services).code
    assert papers.found_by(code, office.services)[0].id == case.id
    for wrong in (code[:-1] + "G", code.replace("-L1", "-L2"), "", "x.y", code.partition(".")[0]):
        assert refused(lambda w=wrong: papers.found_by(w, office.services)) == (
            "transfer_code_invalid"
        )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"target": WUHAN}, "transfer_regions_differ"),
        ({"source": HANGZHOU, "target": CHENGDU}, "transfer_regions_differ"),
        ({"source": WUHAN}, "transfer_regions_differ"),
        ({"person_id": person(5)}, "transfer_person_differs"),
        ({"round": 2}, "transfer_round"),
        ({"made_on": date(2027, 1, 1)}, "transfer_in_future"),
        ({"paper": PaperKind.DONE}, "transfer_regions_differ"),
        ({"paper": PaperKind.REFUSAL, "reason": "无此人", "ref": "X", "person_id": person(6)},
         "transfer_unknown"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_case_is_refused(office, changed, code):
    case = office.apply("in", _Elsewhere, on_paper=True)
    known = {"ref": case.ref, "paper": PaperKind.FORM, **changed}
    assert refused(lambda: take(office, theirs(**known))) == code
    assert office.case().form is None


def test_no_file_touches_a_case_whose_other_office_signs(tmp_path):
    new, old = made = offices(tmp_path, HANGZHOU, CHENGDU)
    new.consent(new.apply("in", old))
    carry(*made)
    case = new.case()
    assert refused(lambda: take(new, theirs(ref=case.ref))) == "transfer_not_on_paper"
    for one in made:
        one.store.close()


@settings(max_examples=30)
@given(st.data())
def test_a_paper_reads_back_as_it_was_written(data):
    fen, text = st.integers(0, 10**13), st.text("张三成都AB-7，（）&<", min_size=1, max_size=20)
    trimmed = text.map(str.strip).filter(bool)
    row = st.fixed_dictionaries(
        {"year": st.integers(1990, 2026)},
        optional={n: fen if n.endswith("_fen") else st.integers(0, 9999) for n in YEAR[1:]},
    )
    paper = theirs(
        number=data.draw(trimmed), person_name=data.draw(trimmed),
        reason=data.draw(st.none() | trimmed), amount_fen=data.draw(fen),
        items=data.draw(st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 10**9 - 1))),
        years=tuple(data.draw(st.lists(row, max_size=3))),
    )  # fmt: skip
    assert unflat(*flat(paper)) == paper
    content = papers.rendered(paper, LAYOUT)
    assert papers.read_paper(LAYOUT, content, file="x", services=_Limits) == paper


class _Limits:
    class settings:  # noqa: N801 -- stands for services.settings
        from hub.settings import Limits

        limits = Limits()


def test_a_figure_that_has_no_room_is_refused_and_not_dropped():
    assert refused(lambda: flat(theirs(items={"bonus_fen": 1}))) == "transfer_paper_field"
    fields, rows = flat(theirs())
    for name in ("ref", "number", "amount_fen", "epoch"):
        assert refused(lambda n=name: unflat({**fields, n: None}, rows)) == "transfer_paper_field"
    assert refused(lambda: unflat({**fields, "kind": "luck"}, rows)) == "transfer_paper_field"


def test_a_workbook_that_was_tampered_with_is_refused():
    from hub.documents.transfer_workbook import write_paper

    assert refused(lambda: read_sheet(b"PK not", file="x")) == "transfer_sheet_unreadable"
    raw = bytearray(write_paper(theirs()))
    raw[len(raw) // 2] ^= 0xFF
    with pytest.raises(Rejected):
        unflat(*read_sheet(bytes(raw[: len(raw) // 2]), file="x"))


def test_typed_and_filed_papers_are_the_same_fact(office):
    case = office.apply("in", _Elsewhere, on_paper=True)
    paper = theirs(ref=case.ref)
    typed = Form(
        on=TODAY, number="川-77", amount_fen=paper.amount_fen, epoch=1, typed=True,
        items=dict(paper.items), years=paper.years,
    )  # fmt: skip
    desk.note_form(case.id, typed, person="周受", services=office.services)
    assert len(take(office, by_sheet(office, paper)).all(Form)) == 1
    assert not office.case().all(Consent)
