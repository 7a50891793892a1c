"""The way to the provider and back, with a browser's own rules about cookies of other sites."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.adapters.open_id import OpenIdProvider
from hub.console.context import attach
from hub.settings import OidcSettings
from tests.console.identity_provider import SECRET, running


@pytest.fixture
def provider():
    with running() as found:
        yield found


def test_who_comes_back_from_the_provider_is_signed_in_where_he_wanted_to_go(
    browser, provider, monkeypatch
):
    monkeypatch.setenv(SECRET, "between us")
    provider.has("u-1", preferred_username="auditor", amr=["pwd", "otp"])
    oidc = OidcSettings(issuer=provider.issuer, client_id="hub", client_secret=f"env:{SECRET}")
    console = browser.app.extensions["hub"]
    settings = console.services.settings
    here = replace(settings, console=replace(settings.console, public_url=browser.url))
    services = replace(console.services, settings=here, identity_provider=OpenIdProvider(oidc))
    attach(browser.app, replace(console, services=services))
    page = browser.page()
    page.goto("/tables/people")

    page.click("text=通过统一身份认证登录")
    page.fill("input[name=sub]", "u-1")
    page.click("text=Authorize >> nth=-1")

    page.wait_for_url(f"{browser.url}/tables/people")
    kept = {cookie["name"]: cookie for cookie in page.context.cookies(browser.url)}
    assert kept["__Host-hub"]["sameSite"] == "Strict"
    assert "__Host-hub-provider" not in kept
    assert "auditor" in page.text_content("header")
