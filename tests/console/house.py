"""A small deployment with its console and a person of each role, used as a browser uses it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

from flask.testing import FlaskClient

from hub.adapters.credentials import STEP_S, SealedCredentials
from hub.console.web import create_app
from hub.domain.person import Place
from hub.flows import people_demo
from hub.mappings.roles import load_roles
from tests.office import Office

PASSWORD = "quiet river under the stone"
KEY = "HUB_TEST_CONSOLE_KEY"
REGION = "510100"
ORIGIN = "https://localhost"
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


class Browser(FlaskClient):
    """A browser: keeps cookies, speaks https, and sends what the forms of our pages have."""

    house = None
    sign_in_name = None

    def open(self, *args, **kwargs):
        kwargs.setdefault("base_url", ORIGIN)
        return super().open(*args, **kwargs)

    @property
    def csrf_token(self):
        return _TOKEN.search(self.get("/account").text)[1]

    def submit(self, path, /, *, code=False, **form):
        """Send a form of our pages, with a fresh one-time code if it asks for one."""
        form = {"csrf_token": self.csrf_token, **form}
        if code:
            form["code"] = self.house.fresh_code(self.sign_in_name)
        return self.post(path, data=form, headers={"Origin": ORIGIN})

    def act(self, name, /, *, code=False, **form):
        """Use an action by its form."""
        return self.submit(f"/actions/{name}", code=code, **form)

    def call(self, name, /, *, code=False, **data):
        """Use an action over HTTP, as a program in this browser's page would."""
        if code:
            data["code"] = self.house.fresh_code(self.sign_in_name)
        headers = {"X-CSRF-Token": self.csrf_token}
        return self.post(f"/api/v1/actions/{name}", json=data, headers=headers)


class House:
    """An office (`tests.office`, or another) with a console; `app` is the real application."""

    def __init__(self, home, monkeypatch, *, public=ORIGIN, office=None, **console) -> None:
        monkeypatch.setenv(KEY, base64.b64encode(bytes(range(32))).decode())
        self.office = Office(home) if office is None else office
        services, self.clock = self.office.services, self.office.clock
        settings = replace(
            services.settings.console, key=f"env:{KEY}", public_url=public, demo=True, **console
        )
        self.services = replace(
            services,
            settings=replace(services.settings, console=settings),
            credentials=SealedCredentials(f"env:{KEY}", memory_kib=64),
            real_clock=self.clock,
        )
        self.roles = load_roles(services.settings.config_dir)
        self.partner = min(self.services.catalog.partners)
        self._steps = {}
        users = [(code, login(code), self.place(code)) for code in self.roles]
        users.append(("second_administrator", "second-administrator", self.place("administrator")))
        people_demo.add_users(users, PASSWORD, services=self.services)
        self.app = create_app(self.services, self.roles)
        self.app.testing = True
        self.app.test_client_class = Browser

    def place(self, code):
        """Return what the person of a role is."""
        partner = self.partner if code == "bank_user" else None
        region = REGION if code == "region_user" else None
        return Place(roles=(code,), partner=partner, region=region)

    def fresh_code(self, sign_in):
        """Return a one-time code that was not used; the clock goes on if it must."""
        while self._step() <= self._steps.get(sign_in, 0):
            self.clock.advance(seconds=STEP_S)
        self._steps[sign_in] = self._step()
        return people_demo.present_code(sign_in, services=self.services)

    def nobody(self):
        """Return a browser that is not signed in."""
        browser = self.app.test_client()
        browser.house = self
        return browser

    def client_of(self, role):
        """Return a browser in which the person of a role signed in on the sign-in page."""
        browser = self.nobody()
        browser.sign_in_name = login(role)
        answer = self.sign_in(browser, login(role))
        assert answer.status_code == 303, answer.text
        return browser

    def sign_in(self, browser, name, *, password=PASSWORD, code=None, **form):
        """Fill the sign-in page in."""
        code = self.fresh_code(name) if code is None else code
        data = {"name": name, "password": password, "code": code, **form}
        return browser.post("/sign-in", data=data, headers={"Origin": ORIGIN})

    def person(self, role):
        """Return the person of a role."""
        with self.services.store.read() as uow:
            return uow.people.signing_in(login(role))

    def events(self):
        """Return the security events, the oldest first."""
        with self.services.store.read() as uow:
            return [(e.event, e.person) for e in reversed(uow.security.events(limit=1000))]

    def journal(self, event):
        """Return the journal's entries of one kind."""
        with self.services.store.read() as uow:
            return uow.journal.list(event=event)

    def _step(self):
        return int(self.clock.now().timestamp()) // STEP_S


def login(code):
    """Return the sign-in name of a role's person."""
    return code.replace("_", "-")
