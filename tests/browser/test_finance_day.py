"""A day of the finance desk: what differs is found, explained, agreed to, and asked about."""

from __future__ import annotations

import pytest

from hub.domain.facts import Source
from tests.browser.steps import fetch, follow, form_of, menu, submit, submit_outside, told
from tests.facts import TUESDAY, assessment, collection, credit, deposit

COLLECTED, BOOKED = 300_000_000, 99_200_000  # the difference is too large for one person


@pytest.fixture
def day(browser):
    """The lists of a Tuesday: one receipt is short, one the bureau never listed."""
    office = browser.house.office
    collected = [collection("R1", 500), collection("R2", COLLECTED), collection("R3", 90)]
    booked = [deposit("R1", 500), deposit("R2", BOOKED), deposit("R9", 4_200)]
    office.send_list(Source.ASSESSMENTS, [assessment(COLLECTED + 590)])
    office.send_list(Source.COLLECTIONS, collected)
    office.send_list(Source.DEPOSITS, booked)
    office.send_list(Source.CREDITS, [credit(BOOKED + 4_700)])
    office.work()
    return {one.difference.receipt_no: one.id for one in office.discrepancies()}


def state_of(browser, number):
    with browser.house.services.store.read() as uow:
        return uow.discrepancies.get(number).state.value


def name_of(browser, role):
    return browser.house.person(role).name


def test_a_difference_is_followed_to_its_bytes_settled_by_two_and_asked_about(browser, day):
    page = browser.page_of("reconciler")
    number = day["R2"]

    menu(page, "对账", "每日对账")
    assert f"{TUESDAY} 对账" in page.inner_text("h1")
    assert "992,047.00" in told(page)  # what was deposited, in yuan
    follow(page, "少入库")
    assert page.locator("tbody tr").count() == 1
    follow(page, str(number), within="tbody")

    assert "2,008,000.00" in told(page)
    follow(page, "R2")  # the receipt on every side
    assert "3,000,000.00" in told(page)
    assert "992,000.00" in told(page)
    follow(page, "deposits_20261124_01.txt")
    marked = page.inner_text("mark")
    assert marked.startswith("DR2|R2|pension|")
    assert "99200000" in marked

    page.goto(f"/discrepancies/{number}")
    page.locator("summary", has_text="转交").click()
    submit(page, "discrepancy.assign", owner="王芳")
    assert "王芳" in told(page)
    submit(page, "discrepancy.propose", action="accept", reason="国库更正凭证已收")
    assert state_of(browser, number) == "proposed"
    assert form_of(page, "discrepancy.agree").count() == 0
    given = {"discrepancy": number, "version": 99, "code": browser.code("reconciler")}
    assert submit_outside(page, "discrepancy.agree", **given) == 403
    assert state_of(browser, number) == "proposed"

    other = browser.page_of("discrepancy_supervisor")
    other.goto(f"/discrepancies/{number}")
    assert "国库更正凭证已收" in told(other)
    submit(other, "discrepancy.agree", code="000000")
    assert state_of(browser, number) == "proposed"
    other.goto(f"/discrepancies/{number}")
    submit(other, "discrepancy.agree", code=browser.code("discrepancy_supervisor"))
    assert state_of(browser, number) == "closed"
    assert name_of(browser, "discrepancy_supervisor") in told(other)


def test_a_letter_is_drafted_by_one_signed_by_another_and_opens_as_a_pdf(browser, day):
    page = browser.page_of("reconciler")
    menu(page, "函件", "拟稿")
    submit(page, "letter.draft", month="2026-11")
    assert "拟稿" in told(page)
    assert form_of(page, "letter.sign").count() == 0
    address = page.url.removeprefix(browser.url)
    given = {"letter": 1, "content": "0" * 64, "code": browser.code("reconciler")}
    assert submit_outside(page, "letter.sign", **given) == 403

    signer = browser.page_of("letter_signer")
    signer.goto(address)
    status, content = fetch(signer, f"{address}/papers/pdf")
    assert (status, content[:4]) == (200, b"%PDF")
    submit(signer, "letter.sign", code=browser.code("letter_signer"))
    assert "已发出" in told(signer)

    page.goto(address)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="PDF", exact=True).click()
    status, content = fetch(page, opened.value.url)
    assert (status, content[:4]) == (200, b"%PDF")
    assert name_of(browser, "letter_signer") in told(page)
