"""停发 and 恢复发放核定表 of a payee whom a bank says to be dead: printed, found, out of date."""

from __future__ import annotations

import pytest

from hub.domain.form_code import FormKind
from hub.errors import Rejected
from hub.flows.notices import find_form
from hub.flows.payout_decision import lift
from hub.flows.stop_forms import print_stop
from tests.answers import answer, answering_office, line
from tests.documents.papers import TYPEFACE, pages, words
from tests.flows.test_payout_answers import paid

pytestmark = pytest.mark.skipif(TYPEFACE is None, reason="no Chinese font on this machine")


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


@pytest.fixture
def items(office):
    """Two pensions arrived, the third payee has died as the bank says."""
    _, items = paid(office)
    a, b, c = items
    answer(office, [line(a, 7), line(b, 7), line(c, 8, "收款人死亡")])
    return items


def printed(office, item, tmp_path):
    out = tmp_path / "form.pdf"
    made = print_stop(item.id, out, office.services)
    return made, out.read_bytes()


def test_a_stop_is_printed_with_what_is_known_and_lines_for_the_rest(office, items, tmp_path):
    dead = items[2]
    made, pdf = printed(office, dead, tmp_path)

    assert (made.kind, made.number) == (FormKind.STOP, f"TZ-{dead.id:06d}")
    assert pages(pdf) == 2
    assert printed(office, dead, tmp_path)[1] == pdf
    with office.store.read() as uow:
        (one,) = uow.payout_checks.stops_of(dead.person_id)
    text = words(pdf)
    for said in (dead.person_name, dead.person_id, "全部待遇", "MD07收款人已死亡", "初审", "复核",
                 "核定停发时间", "离退休人员停发待遇核定表", "规程5-5"):  # fmt: skip
        assert text.count(said) == 2, said
    assert "审批" not in text  # two levels
    assert one.stop.evidence.split("/")[0] in text
    assert find_form(made.code, office.services).is_same


def test_after_the_stop_is_lifted_the_form_is_of_resuming(office, items, tmp_path):
    dead = items[2]
    stopped, _ = printed(office, dead, tmp_path)
    lift(dead.id, person="李甲", reason="本人到场", services=office.services)

    found = find_form(stopped.code, office.services)
    assert (found.subject, found.is_same) == (f"payout_item:{dead.id}", False)
    made, pdf = printed(office, dead, tmp_path)
    assert (made.kind, made.number) == (FormKind.RESUME, f"HF-{dead.id:06d}")
    text = words(pdf)
    for said in ("离退休人员养老金恢复发放核定表", "本人到场", "李甲", "审批", "规程5-6"):
        assert text.count(said) == 2, said
    assert find_form(made.code, office.services).is_same


def test_who_was_never_stopped_has_no_form(office, items, tmp_path):
    with pytest.raises(Rejected) as refused:
        printed(office, items[0], tmp_path)
    assert refused.value.code == "form_stop_none"
