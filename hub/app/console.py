"""The console as a process: its services, its application, and the server that answers."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from waitress.server import create_server

from hub.app import heap
from hub.app.identity import open_provider
from hub.app.services import clock_of, open_services
from hub.console.web import create_app
from hub.logs import log
from hub.mappings.roles import load_roles

if TYPE_CHECKING:
    from datetime import date
    from types import FrameType

    from hub.settings import Settings

CONNECTIONS_MAX: Final = 200
IDLE_CONNECTION_S: Final = 60


def serve(settings: Settings, *, as_of: date | None = None) -> None:
    """Answer requests until SIGTERM or SIGINT; with `as_of` on that business day's clock."""
    heap.settle()
    opens_at = settings.reconciliation.closes_at
    clock = clock_of(settings, as_of, opens_at) if as_of else None
    provider = open_provider(settings)
    services = replace(open_services(settings, clock=clock), identity_provider=provider)
    app = create_app(services, load_roles(settings.config_dir))
    at = settings.console
    server = create_server(
        app,
        host=at.bind,
        port=at.port,
        threads=at.threads,
        connection_limit=CONNECTIONS_MAX,
        channel_timeout=IDLE_CONNECTION_S,
        ident=None,  # says nothing about what answers
        clear_untrusted_proxy_headers=at.proxies == 0,  # hub.console.headers counts them
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log("console").info("console.started", url=at.public_url)
    try:
        server.run()
    finally:
        server.close()
        services.store.close()
        log("console").info("console.stopped")
