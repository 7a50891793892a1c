"""Two agencies, each a hub in a process of its own, on a broker and on a database of each.

What staff does is done here through the same flows as their commands, on a connection that no
fault touches; the hubs reach broker and database through proxies. Both live one business day.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from typing import Self

from sqlalchemy import make_url

from hub.adapters.signing import PrivateKey
from hub.app.services import clock_of, open_services
from hub.domain.region_directory import Kind as Entry
from hub.settings import load_settings
from tests.command import Command
from tests.proof.net_process import HubProcess
from tests.proof.net_proxy import WireProxy
from tests.proof.regions_checks import unsettled
from tests.servers import open_store
from tests.transfers import ACCOUNT, CHENGDU, HANGZHOU, TransferOffice

DAY = date(2026, 11, 24)  # a Tuesday
SETTLE_S = 240.0  # the machine may be busy with much else
LOOK_S = 0.1
ROADS = """
[regions]
kind = "rabbitmq"
host = "127.0.0.1"
port = {port}
vhost = "{vhost}"
user = "{user}"
password = "{password}"
heartbeat_s = 5
blocked_timeout_s = 3
confirm_timeout_s = 10
reconnect_max_s = 1
"""


class Agency(TransferOffice):
    """One agency: its desk here, its hub there."""

    def __init__(self, home, region, road, *, store_url=None, broker_port=None) -> None:
        self.region = region
        self.road = road
        self.key = PrivateKey.generate("ed25519")
        (key := home / "signing.key").parent.mkdir(parents=True)
        key.write_text(self.key.text, "utf-8")
        key.chmod(0o600)
        self.database = WireProxy(make_url(store_url).port) if store_url else None
        seen = store_url and make_url(store_url).set(port=self.database.port)
        through = seen and seen.render_as_string(hide_password=False)
        self.command = Command(home, store_url=through)
        hub_toml = self.command.config / "hub.toml"
        text = hub_toml.read_text("utf-8")
        for pattern, line in (
            ('region = "330100"', f'region = "{region}"'),
            ("# private_key = .*", f'private_key = "file:{key}"'),
        ):
            text, count = re.subn(f"(?m)^{pattern}", line, text)
            assert count == 1, pattern
        hub_toml.write_text(text, "utf-8")
        self.command.config.joinpath("roads.toml").write_text(
            ROADS.format(
                port=broker_port or road.port, vhost=road.vhost, user=road.user,
                password=road.password,
            ),
            "utf-8",
        )  # fmt: skip
        os.environ["HUB_STORE_URL"] = store_url or ""
        settings = load_settings(self.command.config)
        self.clock = clock_of(settings, DAY, settings.reconciliation.opens_at)
        services = open_services(settings, clock=self.clock)
        services.store.close()
        self.store = open_store(settings.store.url)  # does not wait for the disk: the hub's does
        self.services = replace(services, store=self.store)
        self.process: HubProcess | None = None
        self.log = home / "hub.log"

    def start(self, day: date = DAY, *, clock=None, dies_at: int | None = None) -> None:
        """Let the hub live a day from its opening on, or by a clock; the desk lives with it.

        With `dies_at` it dies at its fault point of that number (faults.py).
        """
        settings = self.services.settings
        self.clock = clock or clock_of(settings, day, settings.reconciliation.opens_at)
        self.services = replace(self.services, clock=self.clock)
        program = self.command.line("run", *(() if clock else ("--as-of", day)))
        environment = {**self.command.environment, **(clock.environment if clock else {})}
        if dies_at is not None:
            program = [sys.executable, "-m", "tests.proof.victim", *program[program.index("run") :]]
            hits = str(self.log.with_name("hits"))
            environment |= {"HUB_FAULT_LOG": hits, "HUB_FAULT": f":{dies_at}"}
        self.process = HubProcess(program, self.log, environment)

    def stop(self) -> None:
        """Let it finish what it has begun."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process = None

    def learn(self, *offices) -> None:
        """Enter what every office knows of the others."""
        for one in offices:
            facts = {"name": one.region, "road": "regions", "broker_user": one.road.user}
            self.enter(Entry.OFFICE, one.region, facts)
            self.enter(Entry.KEY, one.region, {"public_key": one.key.public.text})
            account = {**ACCOUNT, "fund": "pension", "account_name": f"{one.region} 财政专户"}
            self.enter(Entry.ACCOUNT, one.region, account)


class World:
    """Both agencies, the broker and the proxies between them."""

    def __init__(self, home, node, store_urls=(None, None), postgres=None) -> None:
        self.home = home
        self.node = node
        self.postgres = postgres
        self._stack = ExitStack()
        self.broker = [self._stack.enter_context(WireProxy(node.amqp)) for _ in range(2)]
        roads = node.prepare(HANGZHOU, CHENGDU)
        self.vhost = roads[0].vhost
        self.roads = roads
        self.agencies = [
            Agency(home / region, region, road, store_url=url, broker_port=proxy.port)
            for region, road, url, proxy in zip(
                (HANGZHOU, CHENGDU), roads, store_urls, self.broker, strict=True
            )
        ]
        for one in self.agencies:
            one.learn(*self.agencies)
        self.day = DAY
        self.clock = None
        self.lost_on_the_way = False  # a fault took what the broker had confirmed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        for one in self.agencies:
            one.kill()
            one.store.close()
            if one.database is not None:
                one.database.__exit__()
        self._stack.close()

    @property
    def databases(self):
        """Return the proxies before the databases; SQLite has none."""
        return [one.database for one in self.agencies if one.database is not None]

    def start(self) -> None:
        """Start both hubs."""
        for one in self.agencies:
            one.start(self.day, clock=self.clock)
        for one in self.agencies:
            one.process.wait_until_ready()

    def stop(self) -> None:
        """Stop both hubs."""
        for one in self.agencies:
            one.stop()

    def start_again(self, agency: Agency, *, dies_at: int | None = None) -> None:
        """Start a hub that ended; by a clock of the day, which has gone on meanwhile."""
        assert self.clock is not None, "a hub that is killed needs a clock that is not its own"
        agency.start(clock=self.clock, dies_at=dies_at)
        if dies_at is None:
            agency.process.wait_until_ready()

    def next_day(self) -> None:
        """Let both hubs live the day after."""
        self.stop()
        self.day += timedelta(days=1)
        self.start()

    def require_alive(self) -> None:
        """Fail with a hub's last words when it has ended by itself."""
        for one in self.agencies:
            if one.process is not None:
                one.process.require_alive()

    def settle(self, traffic, *, timeout_s=SETTLE_S) -> None:
        """Nothing is in the way any more: go on until all is done and nothing is on its way."""

        deadline_s = time.monotonic() + timeout_s
        pause = threading.Event()
        while not (traffic.step() and not unsettled(self.agencies)):
            self.require_alive()
            left = f"{traffic}; on the way {unsettled(self.agencies)}"
            assert time.monotonic() < deadline_s, f"not settled in {timeout_s} s: {left}"
            pause.wait(LOOK_S)
