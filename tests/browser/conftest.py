"""A real Chromium on a real waitress: the console as people use it."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace

import pytest
from waitress.server import create_server

from hub.console.web import create_app
from hub.ports import SystemClock
from tests.conftest import require
from tests.console.house import PASSWORD, House, login

CHROMIUM = "chromium"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


class Desk:
    """A house whose console answers on a port, and pages of Chromium on it."""

    def __init__(self, house, chromium, *, clock=None) -> None:
        self.house = house
        # what happens at the desk happens now: a browser's cookies have no other clock
        house.services = replace(house.services, real_clock=clock or SystemClock())
        self.app = create_app(house.services, house.roles)
        self._server = create_server(self.app, host="127.0.0.1", port=0, threads=4)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        self._chromium = chromium

    def page(self, **options):
        """Return a page of a new browser profile in Chinese, at the sign-in page."""
        options = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options}
        context = self._chromium.new_context(base_url=self.url, **options)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/sign-in")
        return page

    def page_of(self, role, **options):
        """Return a page on which the person of a role has signed in by hand."""
        page = self.page(**options)
        page.fill("#name", login(role))
        page.fill("#password", PASSWORD)
        page.fill("#code", self.code(role))
        page.click("main form button")
        page.wait_for_url(f"{self.url}/")
        return page

    def code(self, role):
        """Return a one-time code of now that was not used: the last step is forgotten for that."""
        services = self.house.services
        services.store.transact(
            lambda uow: uow.people.set(uow.people.signing_in(login(role)), factor_step=0)
        )
        with services.store.read() as uow:
            factor = uow.people.secret(uow.people.signing_in(login(role)), "factor")
        return services.credentials.code_at(factor, services.real_now())

    def close(self):
        """Stop answering."""
        self._server.close()
        self._server.task_dispatcher.shutdown()


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, started once."""
    path = shutil.which(CHROMIUM)
    require(path is not None, CHROMIUM)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_desk(chromium):
    """Make a desk over some house; it closes by itself."""
    desks = []

    def opened(house):
        desks.append(Desk(house, chromium))
        return desks[-1]

    yield opened
    for context in chromium.contexts:
        context.close()
    for desk in desks:
        desk.close()


@pytest.fixture
def browser(tmp_path, monkeypatch, open_desk):
    """A desk: `browser.page_of("payout_maker")` is a page where that person is signed in."""
    house = House(tmp_path, monkeypatch)
    yield open_desk(house)
    house.office.store.close()
