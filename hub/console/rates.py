"""How often: attempts to sign in by address, requests by session (limits, in this process).

Several console processes count each for itself; the wait after wrong passwords is in the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from flask import current_app, g, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hub.console.sessions import address
from hub.errors import Rejected

if TYPE_CHECKING:
    from flask import Flask

    from hub.settings import ConsoleSettings

_KEY: Final = "hub-rates"


class Rates:
    """The rates of one console process."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._attempts = RateLimitItemPerMinute(settings.sign_in_attempts)
        self._requests = RateLimitItemPerMinute(settings.requests_per_minute)

    def attempt(self, where: str) -> None:
        """Count an attempt to sign in or enrol; `Rejected("too_many_requests")`."""
        if not self._window.hit(self._attempts, "attempt", where):
            raise Rejected("too_many_requests")

    def request(self, key: str) -> None:
        """Count a request of a session, or of an address; `Rejected("too_many_requests")`."""
        if not self._window.hit(self._requests, "request", key):
            raise Rejected("too_many_requests")


def install(app: Flask, settings: ConsoleSettings) -> None:
    """Count every request but those for files that are everybody's."""
    app.extensions[_KEY] = Rates(settings)

    @app.before_request
    def _count() -> None:
        if request.endpoint != "static":
            caller = g.get("caller")
            rates().request(f"address:{address()}" if caller is None else caller.key)


def rates() -> Rates:
    """Return the rates of the console that answers this request."""
    return cast("Rates", current_app.extensions[_KEY])
