"""A day of the auditor: everything is read, proved and taken along; nothing can be changed."""

from __future__ import annotations

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from hub_verify.main import main as hub_verify
from tests.browser.steps import menu, save, submit
from tests.console.house import House
from tests.payouts import row, take_list
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

OWN = {"/sign-out", "/actions/journal.verify"}  # his leave, and his proof, which is noted

OFFERED = """async href => {
    const answer = await fetch(href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const forms = [...page.querySelectorAll("form[method=post]")].map(
        form => form.getAttribute("action"));
    const others = [...page.querySelectorAll("main a[href^='/actions/'], main [formaction]")];
    return [answer.status, [...forms, ...others.map(
        one => one.getAttribute("formaction") || one.getAttribute("href"))]];
}"""


@pytest.fixture
def desk(tmp_path, monkeypatch, open_desk):
    """The desk of an office with a transfer under way and a list of payments."""
    here, there = offices = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    here.consent(here.apply("in", there))
    carry(here, there)
    take_list(here, [row(1), row(2), row(3)])
    yield open_desk(House(tmp_path, monkeypatch, office=here)), here
    for one in offices:
        one.store.close()


def test_the_journal_is_verified_and_evidence_and_tables_are_taken_along(desk, tmp_path, capsys):
    desk, here = desk
    page = desk.page_of("auditor")

    menu(page, "审计流水", "校验")
    submit(page, "journal.verify")
    rows = here.entries()
    assert page.locator("tbody tr").first.locator(".state-good").count() == 1
    assert rows[-1].event == "journal.verified"

    menu(page, "基金拨付", "清单")
    name, content = save(page, page.get_by_role("link", name="XLSX"))
    assert name.endswith(".xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len(sheet) >= 2
    assert 9_000.06 in [cell for line in sheet for cell in line]

    menu(page, "关系转移", "转移案")
    page.locator("tbody a").first.click()
    name, content = save(page, page.get_by_role("link", name="可对外提供的证据包（ZIP）"))
    pack = tmp_path / name
    pack.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        hub_verify([str(pack), "--json", "--key", here.key.public.text])
    answer = json.loads(capsys.readouterr().out)
    assert (ended.value.code, answer["ok"]) == (0, True), answer
    assert len(answer["checked"]) > 3
    (entry,) = desk.house.journal("evidence.exported")
    assert entry.person == desk.house.person("auditor").name


def test_no_page_offers_the_auditor_anything_that_changes_records(desk):
    desk, _here = desk
    page = desk.page_of("auditor")
    links = page.eval_on_selector_all("nav.menu a", "all => all.map(a => a.getAttribute('href'))")
    offered = {}

    for href in (*links, "/payouts/1", "/payouts/items/1", "/transfers/1", "/journal/1"):
        status, found = page.evaluate(OFFERED, href)
        assert status == 200, href
        if more := {*found} - OWN:
            offered[href] = more

    assert len(links) > 15
    assert offered == {}
