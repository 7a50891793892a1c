"""A day of a regional office without a hub: its people answer for it, for their own cases only."""

from __future__ import annotations

import pytest

from tests.browser.steps import fetch, follow, form_of, menu, submit, submit_outside, told
from tests.console.house import House
from tests.transfer_funds import CHENGDU, HANGZHOU, paying_offices
from tests.transfers import WUHAN, person


@pytest.fixture
def desk(tmp_path, monkeypatch, open_desk):
    """The desk of an office that knows two others; the region user belongs to the first."""
    offices = paying_offices(tmp_path, HANGZHOU, CHENGDU, WUHAN)
    yield open_desk(House(tmp_path, monkeypatch, office=offices[0])), *offices
    for one in offices:
        one.store.close()


def case_of(office, number):
    with office.store.read() as uow:
        return uow.transfers.get(number)


def test_a_region_answers_its_own_case_and_anothers_is_not_there(desk):
    desk, here, ours, others = desk
    mine = here.consent(here.apply("in", ours, on_paper=True))
    theirs = here.consent(here.apply("in", others, number=1, on_paper=True))
    page = desk.page_of("region_user")

    menu(page, "关系转移", "转移案")
    assert mine.ref in told(page)
    assert theirs.ref not in told(page)
    follow(page, mine.ref)
    assert person() not in page.content()
    assert "李初" not in page.content()  # who signs here is ours to know
    follow(page, "登记对方转移表")
    submit(page, "transfer.their_form", number="ZYB-2026-118", amount="12,345.67")

    assert "ZYB-2026-118" in told(page)
    assert "12,345.67" in told(page)
    form = case_of(here, mine.id).form
    assert (form.amount_fen, form.typed) == (1_234_567, True)
    with here.store.read() as uow:
        assert uow.transfers.timeline(mine.id)[-1].person == desk.house.person("region_user").name

    other = f"/transfers/{theirs.id}"
    assert page.goto(other).status == 404
    assert theirs.ref not in page.content()
    assert form_of(page, "transfer.their_form").count() == 0
    for paper in (f"{other}/papers/letter.pdf", f"{other}/evidence.zip"):
        assert fetch(page, paper)[0] == 404
    given = {"case_id": theirs.id, "number": "ZYB-1", "amount": "1.00"}
    assert submit_outside(page, "transfer.their_form", **given) in (404, 422)
    assert case_of(here, theirs.id).form is None
