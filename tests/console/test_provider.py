"""Signing in at a real provider of identities, in a thread: who gets in, and what does not."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.adapters.open_id import OpenIdProvider
from hub.console.web import create_app
from hub.settings import OidcSettings
from tests.console.house import ORIGIN, Browser
from tests.console.identity_provider import SECRET, forge, running
from tests.payouts import row, take_list

TWO = ["pwd", "otp"]


@pytest.fixture
def provider():
    with running() as found:
        yield found


@pytest.fixture
def open_house(house, provider, monkeypatch):
    """The house with the provider; `open_house(second_factor=True)` changes its settings."""
    monkeypatch.setenv(SECRET, "between us")
    house.clock.advance(seconds=time.time() - house.clock.now().timestamp())

    def opened(**more):
        oidc = OidcSettings(
            issuer=provider.issuer, client_id="hub", client_secret=f"env:{SECRET}", **more
        )
        house.services = replace(house.services, identity_provider=OpenIdProvider(oidc))
        house.app = create_app(house.services, house.roles)
        house.app.testing = True
        house.app.test_client_class = Browser
        return house

    opened()
    return opened


def come_back(house, provider, sub, browser=None, **query):
    browser = browser or house.nobody()
    there = browser.get("/sign-in/provider", query_string=query)
    assert there.status_code == 303, there.text
    back = provider.sign_in(there.location, sub)
    return browser, browser.get(back.removeprefix(ORIGIN))


def refused(house, browser, answer, status=422):
    """Tell that nobody is signed in, that the page is ours, and what the record says."""
    assert answer.status_code == status
    assert 'action="/sign-in"' in answer.text
    assert browser.get("/").status_code == 303
    event, person = house.events()[-1]
    assert event == "sign_in.refused"
    return person


def test_who_signed_in_there_is_signed_in_here(open_house, provider):
    house = open_house()
    provider.has("u-1", preferred_username="auditor", amr=TWO)

    browser, answer = come_back(house, provider, "u-1", next="/tables/people")

    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/tables/people">' in answer.text
    cookies = {c.split("=")[0]: c for c in answer.headers.getlist("Set-Cookie")}
    assert "SameSite=Strict" in cookies["__Host-hub"]
    assert "Max-Age=0" in cookies["__Host-hub-provider"]
    assert "auditor" in browser.get("/").text
    assert house.events()[-1] == ("sign_in.by_provider", "auditor")


def test_the_browser_is_sent_with_state_nonce_and_pkce_that_the_exchange_proves(
    open_house, provider
):
    house = open_house(acr=("urn:two",))
    provider.has("u-1", preferred_username="auditor", amr=TWO)
    browser = house.nobody()

    there = browser.get("/sign-in/provider")
    browser.get(provider.sign_in(there.location, "u-1").removeprefix(ORIGIN))

    asked = {name: one[0] for name, one in parse_qs(urlsplit(there.location).query).items()}
    assert asked["redirect_uri"] == f"{ORIGIN}/sign-in/provider/back"
    assert (asked["code_challenge_method"], asked["prompt"]) == ("S256", "login")
    assert (asked["response_type"], asked["acr_values"]) == ("code", "urn:two")
    assert len(asked["state"]) == len(asked["nonce"]) == 43
    cookie = there.headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie
    _path, form, headers = next(one for one in provider.asked if one[0] == "/oauth2/token")
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
    assert headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("tamper", ["state", "no cookie", "no code", "error"])
def test_an_answer_to_nobodys_question_is_refused(open_house, provider, tamper):
    house = open_house()
    provider.has("u-1", preferred_username="auditor", amr=TWO)
    browser = house.nobody()
    back = provider.sign_in(browser.get("/sign-in/provider").location, "u-1")
    if tamper == "state":
        back = re.sub(r"state=[^&]+", "state=other", back)
    elif tamper == "no cookie":
        browser = house.nobody()
    elif tamper == "no code":
        back = re.sub(r"code=[^&]+", "", back)
    else:
        back += "&error=access_denied"

    answer = browser.get(back.removeprefix(ORIGIN))

    assert refused(house, browser, answer) is None
    assert "/oauth2/token" not in [path for path, *_ in provider.asked]


def test_a_token_for_another_question_is_refused(open_house, provider):
    house = open_house()
    provider.has("u-1", preferred_username="auditor", amr=TWO)
    browser = house.nobody()
    there = browser.get("/sign-in/provider").location
    other = re.sub(r"nonce=[^&]+", "nonce=other", there)

    answer = browser.get(provider.sign_in(other, "u-1").removeprefix(ORIGIN))

    assert refused(house, browser, answer) is None
    assert "nonce" in answer.text


@pytest.mark.parametrize(
    ("claim", "found", "reason"),
    [
        ("aud", "another-client", "aud"),
        ("aud", ["hub", "another-client"], "azp"),
        ("iss", "https://evil.example", "iss"),
        ("exp", 1_000_000_000, "expired"),
    ],
)
def test_a_token_for_another_or_from_another_or_of_yesterday_is_refused(
    open_house, provider, monkeypatch, *, claim, found, reason
):
    house = open_house()
    provider.has("u-1", preferred_username="auditor", amr=TWO)
    forge(provider, monkeypatch, **{claim: found})

    browser, answer = come_back(house, provider, "u-1")

    assert refused(house, browser, answer) is None
    assert reason in answer.text


def test_a_token_that_the_provider_did_not_sign_is_refused(open_house, provider, monkeypatch):
    house = open_house()
    provider.has("u-1", preferred_username="auditor", amr=TWO)
    forge(provider, monkeypatch, sign=False)

    browser, answer = come_back(house, provider, "u-1")

    assert refused(house, browser, answer) is None
    assert "BadSignature" in answer.text


@pytest.mark.parametrize("name", ["somebody-else", "Auditor", " auditor", 7])
def test_who_is_not_known_here_by_exactly_that_name_is_not_let_in_nor_made(
    open_house, provider, name
):
    house = open_house()
    provider.has("u-1", preferred_username=name, amr=TWO)
    before = len(house.office.dump()["people"])

    browser, answer = come_back(house, provider, "u-1")

    refused(house, browser, answer)
    assert len(house.office.dump()["people"]) == before


def test_who_was_disabled_here_is_not_let_in(open_house, provider):
    house = open_house()
    house.client_of("administrator").act("person.disable", name="auditor", code=True)
    provider.has("u-1", preferred_username="auditor", amr=TWO)

    browser, answer = come_back(house, provider, "u-1")

    assert refused(house, browser, answer) == "auditor"


@pytest.mark.parametrize(
    ("settings", "claims", "status"),
    [
        ({}, {}, 422),
        ({}, {"amr": ["pwd"]}, 422),
        ({}, {"amr": ["otp"]}, 422),
        ({}, {"acr": "urn:two"}, 422),
        ({}, {"amr": ["mfa"]}, 200),
        ({"acr": ("urn:two",)}, {"acr": "urn:two"}, 200),
        ({"acr": ("urn:two",)}, {"acr": "urn:one"}, 422),
        ({"second_factor": True}, {}, 200),
    ],
)
def test_a_second_factor_is_proved_or_promised(open_house, provider, settings, claims, status):
    house = open_house(**settings)
    provider.has("u-1", preferred_username="auditor", **claims)

    _, answer = come_back(house, provider, "u-1")

    assert answer.status_code == status


def test_a_signature_still_asks_for_the_own_code(open_house, provider):
    house = open_house()
    listed = take_list(house.office, [row(1)])
    provider.has("u-1", preferred_username="payout-maker", amr=TWO)
    browser, _ = come_back(house, provider, "u-1")
    browser.sign_in_name = "payout-maker"
    given = {"list_id": listed.id, "digest": listed.digest}

    assert browser.act("payout.sign", **given).status_code == 422
    assert browser.act("payout.sign", code=True, **given).status_code == 303


def test_who_has_no_authenticator_here_signs_nothing(open_house, provider):
    house = open_house()
    listed = take_list(house.office, [row(1)])
    person = house.person("payout_maker")
    house.services.store.transact(
        lambda uow: uow.people.set(person, factor=None, password_hash=None)
    )
    provider.has("u-1", preferred_username="payout-maker", amr=TWO)
    browser, _ = come_back(house, provider, "u-1")
    given = {"list_id": listed.id, "digest": listed.digest, "code": "000000"}
    given["csrf_token"] = browser.csrf_token

    answer = browser.post("/actions/payout.sign", data=given, headers={"Origin": ORIGIN})

    assert answer.status_code == 422
    assert "验证器" in answer.text
    assert house.person("payout_maker").failed == 0


def test_the_provider_does_not_end_the_wait_after_wrong_codes(open_house, provider):
    house = open_house()
    for _ in range(4):
        house.sign_in(house.nobody(), "auditor", password="wrong")
    provider.has("u-1", preferred_username="auditor", amr=TWO)

    _, answer = come_back(house, provider, "u-1")

    assert answer.status_code == 200
    assert house.person("auditor").failed == 4
    assert house.person("auditor").locked_until > datetime.now(UTC)


def test_a_provider_that_does_not_answer_leaves_the_page_for_passwords(open_house, provider):
    house = open_house()
    house.services = replace(
        house.services,
        identity_provider=OpenIdProvider(
            OidcSettings(issuer="http://localhost:9", client_id="h", client_secret=f"env:{SECRET}")
        ),
    )
    house.app = create_app(house.services, house.roles)

    answer = house.app.test_client().get("/sign-in/provider", base_url=ORIGIN)

    assert answer.status_code == 503
    assert 'action="/sign-in"' in answer.text


def test_the_button_is_there_only_with_a_provider(house, open_house):
    assert 'href="/sign-in/provider?next=/"' in house.nobody().get("/sign-in").text

    house.services = replace(house.services, identity_provider=None)
    house.app = create_app(house.services, house.roles)
    browser = house.app.test_client()

    assert "/sign-in/provider" not in browser.get("/sign-in", base_url=ORIGIN).text
    assert browser.get("/sign-in/provider", base_url=ORIGIN).status_code == 404
    assert browser.get("/sign-in/provider/back", base_url=ORIGIN).status_code == 404
