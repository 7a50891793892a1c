"""Every page that can be reached by the menu holds the rules of WCAG 2.2 AA that axe can check."""

from __future__ import annotations

from importlib.resources import files

import pytest

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# who together sees every page; the dark scheme is one of them
ROLES = [("auditor", "light"), ("administrator", "dark"), ("payout_maker", "light")]


def violations(page):
    """Return what axe finds on a page: rule, and where first."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES)[
        "violations"
    ]
    return [(one["id"], one["nodes"][0]["target"], one["nodes"][0]["html"][:120]) for one in found]


def test_the_sign_in_page_is_accessible(browser):
    assert violations(browser.page()) == []


@pytest.mark.parametrize(("role", "scheme"), ROLES)
def test_every_page_of_the_menu_is_accessible(browser, role, scheme):
    page = browser.page_of(role, color_scheme=scheme)
    links = page.eval_on_selector_all("nav.menu a", "all => all.map(a => a.getAttribute('href'))")
    wrong = {}

    for href in links:
        answer = page.goto(href)
        assert answer.status == 200, href
        if found := violations(page):
            wrong[href] = found

    assert len(links) > 3
    assert wrong == {}


def test_a_small_screen_and_print_keep_the_content(browser):
    page = browser.page_of("auditor", viewport={"width": 360, "height": 700})
    page.goto("/tables/people")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.emulate_media(media="print")
    assert page.is_visible("main table")
    assert not page.is_visible("nav.menu")
