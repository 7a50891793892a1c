"""The page of one thing a topic, and forms with every kind of field, hold WCAG 2.2 AA too.

The pages are found, not listed: each table's first row leads to one, and a kind of page counts
once. Forms are chosen so that together they have every kind of field.
"""

from __future__ import annotations

import json

import pytest

from hub.console.fields import shown
from hub.console.registry import Registry
from hub.console.topics import TOPICS
from hub.domain.facts import Source
from tests.banking import ACCOUNTS, Move, banking_office, camt, send, settle
from tests.browser.steps import fetch
from tests.browser.test_accessible import AXE, violations
from tests.console.house import House
from tests.facts import assessment, collection, credit, deposit
from tests.payouts import pay, row, take_list
from tests.refunds import over_collection
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

REGISTRY = Registry(TOPICS)
CONTRAST = """async () => (await axe.run({runOnly: {type: 'rule', values: ['color-contrast']}}))
    .violations.map(one => [one.id, one.nodes[0].target, one.nodes[0].html.slice(0, 120)])"""


def bank(folder):
    """Payments that left, and the statement of their account with a line nobody explains."""
    office = banking_office(folder, ACCOUNTS, items_max=100)
    (batch,) = pay(office, [row(1), row(2)])
    office.clock.advance(days=1)
    moves = [
        Move(-batch.total_fen, ref="B1", message=batch.message_id),
        Move(12_300, text="不明来款", ref="X1"),
    ]
    send(office, camt(moves, opening=1_000_000_000), "ST_1.xml")
    settle(office)
    take_list(office, [row(3)], sequence=2)
    return office, [office]


def regions(folder):
    """A transfer between two regions, under way."""
    here, there = offices = paying_offices(folder, HANGZHOU, CHENGDU)
    here.consent(here.apply("in", there))
    carry(here, there)
    return here, offices


def lists(folder):
    """The lists of a day that differ, and money that was collected twice."""
    from tests.office import Office

    office = Office(folder)
    office.send_list(Source.ASSESSMENTS, [assessment(1_090)])
    office.send_list(Source.COLLECTIONS, [collection("R1", 500), collection("R2", 300)])
    office.send_list(Source.DEPOSITS, [deposit("R1", 500), deposit("R2", 200)])
    office.send_list(Source.CREDITS, [credit(700)])
    office.work()
    over_collection(office)
    return office, [office]


WORLDS = {
    "bank": (bank, ("auditor", "payout_approver", "returns_clerk"),
             {"payout_list", "payout_batch", "payout_item", "bank_day"}),
    "regions": (regions, ("auditor", "transfer_clerk", "administrator"),
                {"transfer", "region_message", "person"}),
    "lists": (lists, ("auditor", "reconciler", "refund_clerk"), {"discrepancy", "received_file"}),
}  # fmt: skip


@pytest.fixture
def open_world(tmp_path, monkeypatch, open_desk):
    """Make one of `WORLDS` and a desk in it."""
    offices = []

    def opened(name):
        office, every = WORLDS[name][0](tmp_path)
        offices.extend(every)
        return open_desk(House(tmp_path, monkeypatch, office=office, requests_per_minute=100_000))

    yield opened
    for one in offices:
        one.store.close()


def details(desk, page, seen):
    """Yield the page of the first row of each table that this person sees, one of a kind."""
    addresses = desk.app.url_map.bind("localhost")
    for name in REGISTRY.tables:
        status, body = fetch(page, f"/api/v1/tables/{name}?limit=1")
        rows = json.loads(body)["rows"] if status == 200 else []
        href = rows[0].get("href") if rows else None
        if href is None:
            continue
        endpoint, _ = addresses.match(href.partition("?")[0])
        if endpoint not in seen:
            seen.add(endpoint)
            yield href


def wrong_on(page):
    """Return what axe finds in light colours, and what of the colours in dark ones."""
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    page.evaluate(AXE)
    found += [("dark", *one) for one in page.evaluate(CONTRAST)]
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_the_page_of_one_thing_is_accessible(open_world, name):
    desk, wrong, seen = open_world(name), {}, set()
    for role in WORLDS[name][1]:
        page = desk.page_of(role, reduced_motion="reduce")  # colours change at once
        for href in details(desk, page, seen):
            assert page.goto(href).status == 200, href
            if found := wrong_on(page):
                wrong[role, href] = found

    assert wrong == {}
    assert seen >= WORLDS[name][2]


def chosen():
    """Return actions that together have every kind of field, and a fresh code to type."""
    needed = {field.kind for action in REGISTRY.actions.values() for field in shown(action.takes)}
    found, missing = [], {*needed, "step_up"}
    while missing:
        best = max(REGISTRY.actions.values(), key=lambda one: len(_kinds(one) & missing))
        found.append(best)
        missing -= _kinds(best)
    return found


def _kinds(action):
    return {field.kind for field in shown(action.takes)} | (
        {"step_up"} if action.step_up else set()
    )


def test_forms_with_every_kind_of_field_are_accessible(browser):
    wrong, pages = {}, {}
    for action in chosen():
        role = next(
            code for code, one in sorted(browser.house.roles.items())
            if one.permissions & set(action.permissions) and not one.scoped
        )  # fmt: skip
        if role not in pages:
            pages[role] = browser.page_of(role, reduced_motion="reduce")
        page = pages[role]
        assert page.goto(f"/actions/{action.name}").status == 200
        if found := wrong_on(page):
            wrong[action.name] = found
        page.locator("main form button").first.click()  # what is missing is then said
        if found := violations(page):
            wrong[action.name, "refused"] = found

    assert wrong == {}
