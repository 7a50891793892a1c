"""失业保险待遇核定表 of a benefit transferred in: two copies, what is known, what is left open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from hub.documents.approval_form import Office
from hub.documents.assessment_form import COPIES, assessment_forms
from hub.documents.form_pdf import render_forms
from hub.domain.approval import Approval
from hub.domain.form_code import FormKind, read_code
from hub.domain.transfer_assessment import assessment_of
from hub.domain.transfer_case import Proposal, TransferCase
from hub.domain.transfer_facts import Applied, Consent, Ending, Form, Funds
from hub.domain.transfer_kinds import Direction, End, Kind, Step
from hub.domain.transfer_rules import Cited, Governing
from hub.errors import Rejected
from tests.documents.papers import TYPEFACE, pages, scanned, words
from tests.transfers import person

ON = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OFFICE = Office(agency="某市社会保险事业管理局", region="330100", zone=ZoneInfo("Asia/Shanghai"))
ITEMS = {
    "standard_fen": 180_001, "remaining_months": 5, "benefit_fen": 900_005, "medical_fen": 300_003,
    "training_fen": 100_000, "total_fen": 1_300_008,
}  # fmt: skip
FORM = Form(on=date(2026, 11, 10), number="川-77", amount_fen=1_300_008, epoch=1, items=ITEMS)
RULE = Governing(
    step=Step.CONTINUE, days=10, days_by=None, month_end=False, month_end_by=None, levels=3,
    levels_by=Cited(pack="procedure", article="6-19", verified=True), application=True,
    application_by=None,
)  # fmt: skip
CASE = TransferCase(
    id=7, ref="330100-2026-000007", direction=Direction.IN, kind=Kind.UNEMPLOYMENT_BENEFIT,
    person_id=person(), person_name="张三", origin="510100", opened_on=date(2026, 11, 2),
    opened_by="周受", rules=(RULE,),
    facts=(Applied(on=date(2026, 11, 2)), Consent(on=date(2026, 11, 3), number="L1"), FORM),
)  # fmt: skip
FUNDS = Funds(on=date(2026, 11, 18), number="DZ000001", amount_fen=1_300_008)
DONE = Ending(on=ON, how=End.DONE, ours=True, form="川-77", epoch=2)
pytestmark = pytest.mark.skipif(TYPEFACE is None, reason="no Chinese font on this machine")


def noted(*facts):
    return replace(CASE, facts=(*CASE.facts, *facts))


def decision(*people, fact=DONE):
    approval = Approval(levels=3)
    for who in people:
        approval = approval.sign(who, at=AT)
    return Proposal(step=Step.CONTINUE, number=1, fact=fact, digest="ab" * 32, approval=approval,
                    done=approval.is_complete)  # fmt: skip


def forms(case, *decisions):
    return assessment_forms(assessment_of(case, decisions), OFFICE)


def text_of(made):
    return words(render_forms(made, TYPEFACE, made_on=ON))


def test_two_copies_say_what_was_decided_and_who_signed():
    made = forms(noted(FUNDS, DONE), decision("李初", "王复", "赵批"))

    pdf = render_forms(made, TYPEFACE, made_on=ON)

    assert pages(pdf) == 2
    assert pdf == render_forms(made, TYPEFACE, made_on=ON)
    text = words(pdf)
    assert all(form.is_valid for form in made)
    for said in ("失业保险待遇核定表", "张三", person(), "510100", "川-77", "1,800.01", "9,000.05",
                 "壹万叁仟元零捌分", "李初2026年11月20日10:00:00", "6-19（procedure）", "ab" * 32,
                 "已到账（应到账13,000.08元，已到账13,000.08元，2026年11月18日）"):  # fmt: skip
        assert text.count(said) == 2, said
    for copy in COPIES:
        assert text.count("".join(copy.split())) == 1
    for mark in ("未审批", "待确认", "待到账"):
        assert mark not in text


def test_only_the_filed_copy_is_signed_by_the_unemployed():
    first, second = forms(noted(FUNDS))
    assert "失业人员" not in [place.step for place in first.signatures]
    assert second.signatures[-1].step == "失业人员"
    assert [place.step for place in first.signatures] == ["初审", "复核", "审批"]


def test_money_that_is_not_confirmed_is_said_and_voids_the_form():
    for facts in ((), (replace(FUNDS, amount_fen=1),)):
        made = forms(noted(*facts))
        assert {form.mark for form in made} == {"待到账"}
        assert text_of(made).count("财务未到账／待确认") == 4  # warning and field, two copies
    (unsigned, _) = forms(noted(FUNDS), decision("李初"))
    assert unsigned.mark == "未审批"
    assert "已签 1 人，须签 3 人" in unsigned.warning


def test_a_case_that_came_to_nothing_has_no_valid_form():
    (refused, _) = forms(noted(FUNDS, Ending(on=ON, how=End.REFUSED, ours=True, reason="x")))
    assert refused.mark == "作废"
    assert not refused.is_valid


def test_what_the_form_does_not_carry_is_left_open():
    (made, _) = forms(noted(FUNDS))
    (table,) = made.tables
    values = {row[0]: row[1] for row in table.rows}
    assert values["职业介绍补贴（元）"] == ""
    assert values["剩余月数（月）"] == "5"
    assert all(row[2] == "" for row in table.rows)
    by_hand = {fact.label for fact in made.facts if not fact.value}
    assert by_hand == {"领取起始年月", "领取截止年月", "发放银行账号"}


def test_a_scanner_reads_the_code_which_changes_with_what_is_known():
    made = forms(noted(FUNDS))
    (code,) = scanned(made, made_on=ON)
    read = read_code(code)
    assert (read.kind, read.number, read.region) == (FormKind.ASSESSMENT, "7", "330100")
    assert read.is_of(assessment_of(noted(FUNDS), ()).digest)
    assert not read.is_of(assessment_of(noted(), ()).digest)
    for changed in (replace(CASE, person_name="张四"), replace(CASE, round=2)):
        assert not read.is_of(assessment_of(replace(changed, facts=noted(FUNDS).facts), ()).digest)
    assert not read.is_of(assessment_of(noted(FUNDS), (decision("李初"),)).digest)


def test_a_decision_on_an_earlier_form_does_not_count():
    earlier = decision("李初", fact=replace(DONE, form="川-76"))
    assert assessment_of(noted(FUNDS), (earlier,)).decision is None


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (replace(CASE, kind=Kind.PENSION), "transfer_assess_kind"),
        (replace(CASE, direction=Direction.OUT), "transfer_assess_kind"),
        (replace(CASE, facts=()), "transfer_not_offered"),
    ],
)
def test_other_cases_have_no_such_form(case, code):
    with pytest.raises(Rejected) as refused:
        assessment_of(case, ())
    assert refused.value.code == code


def test_the_page_has_the_number_of_its_own_copy():
    from io import BytesIO

    made = render_forms(forms(noted(FUNDS)), TYPEFACE, made_on=ON)
    for page in PdfReader(BytesIO(made)).pages:
        assert "第1页共1页" in "".join(page.extract_text().split())
