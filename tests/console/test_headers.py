"""What every answer tells the browser."""

from __future__ import annotations

import re

import pytest

from hub.console.headers import ALWAYS
from tests.console.house import House

PATHS = ["/", "/sign-in", "/enrol", "/nowhere", "/static/hub.css", "/api/v1/tables/people"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_every_header(house, path):
    answer = house.nobody().get(path)

    assert {name: answer.headers.get(name) for name in ALWAYS} == dict(ALWAYS)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_kept_but_files_that_are_everybodys(house, path):
    kept = house.nobody().get(path).headers["Cache-Control"]

    assert kept == ("public, max-age=3600" if path.startswith("/static/") else "no-store")


def test_the_policy_runs_nothing_but_our_own_files():
    policy = dict(part.split(" ", 1) for part in ALWAYS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in ALWAYS["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/account", "/people/new", "/tables/people"])
def test_no_page_has_a_script_or_a_style_of_its_own(client_of, path):
    page = client_of("administrator").get(path).text

    assert not re.search(r"<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=|javascript:", page)


def test_without_tls_no_browser_is_told_to_insist_on_it(tmp_path, monkeypatch):
    house = House(tmp_path, monkeypatch)
    plain = House(tmp_path / "plain", monkeypatch, public="http://127.0.0.1:8480")
    answers = [one.nobody().get("/sign-in") for one in (house, plain)]
    house.office.store.close()
    plain.office.store.close()

    assert ["Strict-Transport-Security" in answer.headers for answer in answers] == [True, False]


def test_an_error_says_nothing_about_its_cause(house, client_of, monkeypatch):
    house.app.testing = False
    house.app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken():
        raise ZeroDivisionError("secret detail")

    monkeypatch.setitem(house.app.view_functions, "home", broken)

    answer = client_of("auditor").get("/")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["Content-Security-Policy"]
