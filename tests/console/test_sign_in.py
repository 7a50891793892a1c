"""Signing in: one page, one answer for every mistake, and a wait that grows."""

from __future__ import annotations

import pytest

from tests.console.house import ORIGIN, PASSWORD

WRONG = ["name", "password", "code"]


def test_who_signs_in_sees_the_first_page(house, client_of):
    browser = client_of("payout_maker")

    page = browser.get("/")

    assert page.status_code == 200
    assert "payout_maker" in page.text
    assert house.events() == [("sign_in.done", "payout_maker")]


def test_the_sign_in_page_leads_back_to_where_somebody_wanted_to_go(house):
    browser = house.nobody()
    asked = browser.get("/tables/people?state=active")

    answer = house.sign_in(browser, "administrator", next="/tables/people?state=active")

    assert asked.status_code == 303
    assert asked.location == "/sign-in?next=/tables/people%3Fstate%3Dactive"
    assert answer.location == "/tables/people?state=active"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_sign_in_page_leads_nowhere_else(house, target):
    answer = house.sign_in(house.nobody(), "auditor", next=target)

    assert answer.location == "/"


@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_was_wrong_the_answer_is_the_same(house, wrong):
    given = {
        "name": "auditor", "password": PASSWORD, "code": house.fresh_code("auditor"),
        wrong: "000000-wrong",
    }  # fmt: skip
    unknown = house.nobody().post(
        "/sign-in", data={"name": "x", "password": "x", "code": "x"}, headers={"Origin": ORIGIN}
    )
    browser = house.nobody()

    answer = browser.post("/sign-in", data=given, headers={"Origin": ORIGIN})

    assert answer.status_code == unknown.status_code == 422
    assert answer.text.replace(given["name"], "x") == unknown.text
    assert browser.get("/").status_code == 303
    assert house.events()[-1][0] in ("sign_in.failed", "sign_in.refused")


def test_a_one_time_code_is_good_once(house):
    code = house.fresh_code("auditor")
    first = house.sign_in(house.nobody(), "auditor", code=code)

    again = house.sign_in(house.nobody(), "auditor", code=code)

    assert (first.status_code, again.status_code) == (303, 422)


def test_an_older_code_is_refused_after_a_newer_one(house):
    older = house.fresh_code("auditor")
    newer = house.fresh_code("auditor")
    house.sign_in(house.nobody(), "auditor", code=newer)

    assert house.sign_in(house.nobody(), "auditor", code=older).status_code == 422


def test_after_several_wrong_passwords_a_name_waits_longer_and_longer(house):
    waits = []
    for _ in range(6):
        house.sign_in(house.nobody(), "auditor", password="wrong")
        person = house.person("auditor")
        until = person.locked_until
        waits.append(0 if until is None else int((until - house.clock.now()).total_seconds()))
        house.clock.advance(seconds=waits[-1])

    assert waits == [0, 0, 0, 30, 60, 120]


def test_while_a_name_waits_the_right_password_is_refused_and_then_taken(house):
    for _ in range(5):
        house.sign_in(house.nobody(), "auditor", password="wrong")
        house.clock.advance(seconds=30)
    refused = house.sign_in(house.nobody(), "auditor")
    failed = house.person("auditor").failed
    house.clock.advance(seconds=120)

    taken = house.sign_in(house.nobody(), "auditor")

    assert (refused.status_code, taken.status_code) == (422, 303)
    assert house.person("auditor").failed == 0 < failed


def test_one_address_cannot_try_names_without_end(house):
    statuses = {
        house.sign_in(house.nobody(), f"name{n}", code="1", password="x").status_code
        for n in range(house.services.settings.console.sign_in_attempts + 1)
    }

    assert statuses == {422, 429}


def test_somebody_who_was_disabled_cannot_sign_in(house):
    admin = house.client_of("administrator")
    admin.act("person.disable", name="auditor", code=True)

    assert house.sign_in(house.nobody(), "auditor").status_code == 422


def test_no_secret_of_a_person_is_in_the_database_in_clear(house, client_of):
    browser = client_of("auditor")
    token = browser.get_cookie("__Host-hub").value
    house.clock.advance(seconds=30)

    stored = repr(house.office.dump())

    assert token not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored
    factor = house.services.credentials.factor_uri(_factor(house), name="a", issuer="b")
    assert factor.split("secret=")[1][:32] not in stored


def _factor(house):
    with house.services.store.read() as uow:
        return uow.people.secret(uow.people.signing_in("auditor"), "factor")
