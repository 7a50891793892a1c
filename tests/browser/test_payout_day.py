"""A day of payouts: four people bring a list to the bank, and nobody does another's part."""

from __future__ import annotations

from tests.browser.steps import form_of, menu, submit, submit_outside, told
from tests.payouts import list_bytes, row

SIGNERS = ("payout_maker", "payout_checker", "payout_approver")
BIG = [row(1, amount_fen=500_000_000), row(2), row(3)]  # so much that three people sign
FILE = "FFMX_20261124_001.csv"
REFUSED = (403, 422)
LIFE = ["编入批次，占用批号", "生成报盘文件，内容已定", "送达银行"]


def state_of(browser):
    with browser.house.services.store.read() as uow:
        return uow.payouts.get(1).state.value


def digest_of(page):
    return form_of(page, "payout.sign").locator("[name=digest]").input_value()


def test_maker_checker_approver_and_cashier_release_a_list_and_none_does_anothers_part(browser):
    pages = {role: browser.page_of(role) for role in (*SIGNERS, "cashier")}
    maker = pages["payout_maker"]
    menu(maker, "基金拨付", "报送清单")
    submit(maker, "payout.import", file=(FILE, list_bytes(BIG)))
    assert FILE in told(maker)
    address = maker.url.removeprefix(browser.url)
    given = {"list_id": 1, "digest": digest_of(maker)}

    for signer in SIGNERS:
        for other in {*pages} - {signer}:
            page = pages[other]
            page.goto(address)
            assert form_of(page, "payout.sign").count() == 0, (signer, other)
            assert form_of(page, "payout.release").count() == 0, (signer, other)
            status = submit_outside(page, "payout.sign", code=browser.code(other), **given)
            assert status in REFUSED, (signer, other)
        sign(browser, pages[signer], signer, address, given["digest"])
    assert state_of(browser) == "approved"

    for role in SIGNERS:
        pages[role].goto(address)
        assert form_of(pages[role], "payout.release").count() == 0
        sent = {**given, "code": browser.code(role)}
        assert submit_outside(pages[role], "payout.release", **sent) == 403
        assert "没有此项权限" in told(pages[role])
    cashier = pages["cashier"]
    cashier.goto(address)
    assert "3 笔、5,006,000.05 元将送银行" in told(cashier)
    submit(cashier, "payout.release", code=browser.code("cashier"))
    assert state_of(browser) == "released"

    browser.house.office.work()  # the hub builds and delivers the bank's file
    cashier.reload()
    cashier.locator("section[aria-labelledby=batches] tbody a").first.click()
    steps = cashier.locator("ol.timeline li").all_inner_texts()
    assert [text.split(" · ")[1] for text in steps] == LIFE


def sign(browser, page, role, address, digest):
    """Sign as somebody does who looks at the page; with a wrong code nothing is signed."""
    before = state_of(browser)
    page.goto(address)
    assert digest in page.inner_text("section[aria-labelledby=approval]")
    assert digest_of(page) == digest
    submit(page, "payout.sign", code="000000")
    assert page.locator("[role=alert]").is_visible()
    assert state_of(browser) == before
    page.goto(address)
    submit(page, "payout.sign", code=browser.code(role))
    assert f"{browser.house.person(role).name} · " in told(page)
