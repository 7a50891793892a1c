"""Signing in with a real browser: its cookies, its policy, its keyboard."""

from __future__ import annotations

from tests.console.house import PASSWORD, login


def cookies(page):
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def test_a_browser_keeps_the_session_from_scripts_and_the_policy_holds(browser):
    page = browser.page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.fill("#name", login("auditor"))
    page.fill("#password", PASSWORD)
    page.fill("#code", browser.code("auditor"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{browser.url}/")

    session = cookies(page)["__Host-hub"]
    seen = page.evaluate("document.cookie")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"a=1\">')")

    assert (session["httpOnly"], session["secure"], session["sameSite"]) == (True, True, "Strict")
    assert "__Host-hub" not in seen
    assert page.evaluate("typeof a") == "undefined"
    assert any("Content Security Policy" in text for text in complaints)


def test_signing_out_leaves_nothing_to_go_back_to(browser):
    page = browser.page_of("auditor")
    page.goto("/tables/people")

    page.click("header button")
    page.wait_for_url(f"{browser.url}/sign-in")
    page.go_back()

    page.wait_for_url(f"{browser.url}/sign-in**")
    assert "__Host-hub" not in cookies(page)


def test_a_wrong_code_is_said_in_the_readers_language(browser):
    page = browser.page(locale="en-GB")
    page.fill("#name", login("auditor"))
    page.fill("#password", PASSWORD)
    page.fill("#code", "000000")
    page.click("main form button")

    words = page.text_content("[role=alert]")

    assert words.startswith("The name, the password or the code is wrong")
    assert page.input_value("#name") == login("auditor")
    assert page.input_value("#password") == ""
