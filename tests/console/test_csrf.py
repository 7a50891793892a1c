"""What changes something comes from our own pages."""

from __future__ import annotations

import pytest

from tests.console.house import ORIGIN

FORM = {"name": "somebody", "sign_in": "somebody", "roles": ["auditor"]}
EVIL = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


def drafts(house):
    with house.services.store.read() as uow:
        return len(uow.people.changes())


def test_a_form_with_the_sessions_token_is_taken(house, admin):
    assert admin.act("person.add", **FORM).status_code == 303
    assert drafts(house) == 1


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_a_form_without_the_token_changes_nothing(house, admin, token):
    form = FORM if token is None else {**FORM, "csrf_token": token}

    answer = admin.post("/actions/person.add", data=form, headers={"Origin": ORIGIN})

    assert answer.status_code == 403
    assert drafts(house) == 0


def test_the_token_of_another_session_is_none(house, admin, client_of):
    form = {**FORM, "csrf_token": client_of("administrator").csrf_token}

    answer = admin.post("/actions/person.add", data=form, headers={"Origin": ORIGIN})

    assert answer.status_code == 403


@pytest.mark.parametrize("headers", EVIL, ids=str)
def test_another_site_changes_nothing_even_with_the_token(house, admin, headers):
    form = {**FORM, "csrf_token": admin.csrf_token}

    answer = admin.post("/actions/person.add", data=form, headers=headers)

    assert answer.status_code == 403
    assert drafts(house) == 0


@pytest.mark.parametrize("headers", EVIL, ids=str)
def test_another_site_cannot_sign_anybody_in(house, headers):
    form = {"name": "auditor", "password": "x", "code": "1"}

    assert house.nobody().post("/sign-in", data=form, headers=headers).status_code == 403


def test_the_interface_for_programs_wants_the_token_too_when_a_cookie_speaks(house, admin):
    without = admin.post("/api/v1/actions/person.add", json=FORM)
    with_it = admin.call("person.add", **FORM)

    assert (without.status_code, with_it.status_code) == (403, 200)
    assert without.json["error"]["code"] == "csrf_refused"


def test_signing_out_by_a_link_or_another_site_does_not_work(admin):
    assert admin.get("/sign-out").status_code == 405
    assert admin.post("/sign-out", headers={"Origin": "https://evil.example"}).status_code == 403
    assert admin.get("/").status_code == 200


def test_a_host_that_is_not_ours_gets_nothing(admin):
    assert admin.get("/", base_url="https://evil.example").status_code == 400
