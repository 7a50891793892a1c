"""Pictures of the console for docs/, of what `./run` and `./run --regions` made.

    ./run demo --no-console; ./run --regions; .venv/bin/python scripts/screenshots.py \
        demo demo-regions docs/screenshots

Everybody in them is invented. The folders get demo people, and nothing else is changed.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import base64
import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import demo_console
from commands import hub_json, say
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DAYS_END: Final = date(2026, 11, 25)
MONTH_END: Final = date(2026, 11, 27)
WIDTH, HEIGHT = 1280, 1100  # pixels; what is lower on the page is cut off
QUALITY: Final = 72
BYTES_MAX: Final = 150_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture: who looks at which page. `links` are followed there, by selector, in turn."""

    name: str
    role: str
    path: str
    links: tuple[str, ...] = ()
    english: bool = False
    dark: bool = False
    height: int = HEIGHT


FIRST_ROW: Final = "main tbody a"
FINANCE: Final = (
    Shot(name="home", role="reconciler", path="/"),
    Shot(name="home-en-dark", role="discrepancy_supervisor", path="/", english=True, dark=True),
    Shot(name="reconciliation-day", role="reconciler", path="/reconciliation/2026-11-24",
         height=1700),
    Shot(name="discrepancies", role="reconciler", path="/tables/discrepancies", height=900),
    Shot(name="discrepancy", role="reconciler", path="/tables/discrepancies?verdict=short",
         links=(FIRST_ROW,)),
    Shot(name="raw-line", role="reconciler", path="/tables/discrepancies?verdict=short",
         links=(FIRST_ROW, "main a[href^='/receipts/']",
                "main a[href^='/records/']:not([href$='payer'])"), height=900),
    Shot(name="letter", role="letter_signer", path="/tables/letters", links=(FIRST_ROW,)),
)  # fmt: skip
PAYOUTS: Final = (
    Shot(name="payout-list", role="payout_approver", path="/payouts/1", height=1700),
    Shot(name="payout-batch", role="payout_maker", path="/payouts/batches/1"),
    Shot(
        name="payment",
        role="returns_clerk",
        path="/tables/payout-items?list=1&state=returned",
        links=(FIRST_ROW,),
    ),
    Shot(name="trial-balance", role="bookkeeper", path="/books/balance"),
)
TRANSFERS: Final = (
    Shot(name="transfer-case", role="transfer_clerk", path="/transfers/1", height=1700),
)


class Console:
    """A console on one deployment, and somebody who looks at it."""

    def __init__(self, home: Path, day: date, chromium: Browser) -> None:
        self.home = home
        self.config = home / "config"
        self._day = day
        self._chromium = chromium
        self._signed_in: dict[tuple[str, bool, bool], Page] = {}

    def __enter__(self) -> Self:
        demo_console.stop(self.home)
        self.url = demo_console.start(self.home, self._day, self.home)
        return self

    def __exit__(self, *_: object) -> None:
        demo_console.stop(self.home)

    def take(self, shot: Shot, folder: Path) -> None:
        """Write one picture as WebP; refuse one that is too heavy for the documentation."""
        page = self._page(shot)
        _require(page.goto(f"{self.url}{shot.path}"), shot)
        for link in shot.links:
            with page.expect_navigation() as answered:
                page.locator(link).first.click()
            _require(answered.value, shot)
        page.mouse.move(0, 0)
        size = page.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(shot.height, size), "scale": 1}
        taken = page.context.new_cdp_session(page).send(
            "Page.captureScreenshot",
            {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True},
        )
        content = base64.b64decode(taken["data"])
        if len(content) > BYTES_MAX:
            raise SystemExit(f"{shot.name}: {len(content)} bytes")
        (folder / f"{shot.name}.webp").write_bytes(content)
        say(f"  {shot.name}.webp  {len(content):,} bytes")

    def _page(self, shot: Shot) -> Page:
        key = (shot.role, shot.english, shot.dark)
        if key not in self._signed_in:
            self._signed_in[key] = self._sign_in(*key)
        return self._signed_in[key]

    def _sign_in(self, role: str, english: bool, dark: bool) -> Page:
        context = self._chromium.new_context(
            locale="en-GB" if english else "zh-CN", timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light", viewport={"width": WIDTH, "height": 800},
        )  # fmt: skip
        page = context.new_page()
        name = role.replace("_", "-")
        code = hub_json("user", "code", name, "--config", self.config)["code"]
        page.goto(f"{self.url}/sign-in")
        page.fill("#name", name)
        page.fill("#password", demo_console.PASSWORD)
        page.fill("#code", code)
        page.click("main form button")
        page.wait_for_url(f"{self.url}/")
        return page


def _require(answer: Any, shot: Shot) -> None:  # noqa: ANN401 -- a response of Playwright
    if answer is None or not answer.ok:
        raise SystemExit(f"{shot.name}: {answer and answer.status} {answer and answer.url}")


def main(demo: Path, regions: Path, folder: Path) -> None:
    """Take all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for home, day, shots in (
            (demo, DAYS_END, FINANCE),
            (demo / "month", MONTH_END, PAYOUTS),
            (regions / "330100", MONTH_END, TRANSFERS),
        ):
            with Console(home, day, chromium) as console:
                for shot in shots:
                    console.take(shot, folder)
        chromium.close()


if __name__ == "__main__":
    main(*(Path(word).resolve() for word in sys.argv[1:4]))
