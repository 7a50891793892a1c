"""The business of a soak: signed messages and their receipts, files, people at the console.

Each kind is a thread of its own that goes on until it is told to stop. What they count is read by
the sampler.
"""

from __future__ import annotations

import http.cookiejar
import re
import threading
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pika.adapters.blocking_connection import BlockingConnection

from benchmarks.soak_samples import Sample, quantile
from hub.adapters.rabbit_connection import TROUBLE, parameters
from hub.adapters.rabbit_publisher import Publisher
from hub.errors import Unavailable
from hub.mappings.file_names import fill
from hub.mappings.rendering import render
from hub.ports import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.soak_exchange import Exchange
    from hub.mappings.layout import Layout
    from hub.ports import Message

TICK_S = 0.05
STOP_S = 60.0
ROWS_A_FILE = 20
PAGE_EVERY_S = 2.0
_TOKEN = re.compile(r'href="(/[a-z][a-z0-9/-]*)"')


class Load(threading.Thread):
    """A thread of business. What went wrong in it is in `error`, and ends the soak."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        """Work, and keep what went wrong."""
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 -- the main thread reports it
            self.error = error

    def work(self) -> None:
        """Go on until `stopping` is set."""
        raise NotImplementedError


class Sending(Load):
    """Sends so many messages a second, but is never more than `ahead` of the hub's answers."""

    def __init__(self, exchange: Exchange, rate: float, ahead: int) -> None:
        super().__init__("sending")
        self.exchange, self.rate, self.ahead = exchange, rate, ahead
        self.held_s = 0.0  # how long it waited for the hub
        self.lost = 0  # connections

    def work(self) -> None:
        """Send what is due, several times a second."""
        publisher = Publisher(self.exchange.road)
        begun_s, number = time.monotonic(), 0
        unsent: list[Message] = []
        while not self.stopping.wait(TICK_S):
            room = self.ahead - self.exchange.unanswered
            due = int((time.monotonic() - begun_s - self.held_s) * self.rate)
            if due > number + room:  # what it cannot send now it does not make up for
                self.held_s += (due - number - max(0, room)) / self.rate
                due = number + max(0, room)
            at = datetime.now(UTC)
            unsent += [self.exchange.sealed(n, at) for n in range(number + 1, due + 1)]
            number = self.exchange.sent = max(number, due)
            if unsent:
                unsent = self._send(publisher, unsent)
        publisher.close()

    def _send(self, publisher: Publisher, batch: list[Message]) -> list[Message]:
        """Send messages; return those that are not confirmed, to go again with their ids."""
        try:
            outcomes = publisher.begin(batch)()
        except Unavailable:
            self.lost += 1
            return batch
        return [one for one, how in zip(batch, outcomes, strict=True) if how is not Sent.CONFIRMED]


class Listening(Load):
    """Takes the hub's receipts."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__("listening")
        self.exchange = exchange
        self.lost = 0  # connections

    def work(self) -> None:
        """Take receipts and acknowledge them, over a new connection when one is lost."""
        while not self.stopping.is_set():
            try:
                self._consume()
            except TROUBLE:
                self.lost += 1
                self.stopping.wait(1.0)

    def _consume(self) -> None:
        connection = BlockingConnection(parameters(self.exchange.road, "soak"))
        channel = connection.channel()
        channel.basic_qos(prefetch_count=200)

        def on_message(_channel: Any, deliver: Any, _properties: Any, body: bytes) -> None:  # noqa: ANN401 -- pika's
            self.exchange.receipt(body)
            channel.basic_ack(deliver.delivery_tag)

        channel.basic_consume(f"{self.exchange.us}.messages", on_message)
        while not self.stopping.is_set():
            connection.process_data_events(time_limit=0.2)
        connection.close()


class Dropping(Load):
    """Puts so many tax lists a second into the folder of an SFTP server, each whole at once."""

    def __init__(self, folder: Path, layout: Layout, day: date, rate: float) -> None:
        super().__init__("dropping")
        self.folder, self.layout, self.day, self.rate = folder, layout, day, rate
        self.dropped = 0

    def work(self) -> None:
        """Put files."""
        begun_s = time.monotonic()
        while not self.stopping.wait(
            max(0.0, begun_s + self.dropped / self.rate - time.monotonic())
        ):
            number = self.dropped + 1
            part = self.folder / f".{number}.part"
            part.write_bytes(self.content(number))
            part.rename(self.folder / fill(self.layout.file_name, day=self.day, sequence=number))
            self.dropped = number

    def content(self, number: int) -> bytes:
        """Return a list of some rows that no other list has."""
        rows = [
            {
                "receipt_no": f"{number:09d}{n:06d}", "payer_id": f"91330106{n:010d}",
                "payer_name": f"示范市第{n}有限责任公司", "person_id": None, "person_name": None,
                "insurance_kind": "pension", "period": self.day.year * 100 + self.day.month,
                "amount_fen": 10_000 + (number * 7919 + n) % 90_000, "collected_on": self.day,
            }
            for n in range(ROWS_A_FILE)
        ]  # fmt: skip
        head = {"header.list_no": f"SOAK{number:09d}", "header.business_on": self.day}
        return render(self.layout, head, rows)

    def taken(self) -> tuple[int, int]:
        """Return how many files the hub has taken, and how many it has refused."""
        done, refused = (len(list((self.folder / one).glob("*"))) for one in ("done", "refused"))
        return done, refused


class Person(Load):
    """Somebody signed in to the console, who looks at one page after another."""

    def __init__(self, url: str, name: str, password: str, code: str) -> None:
        super().__init__(f"person {name}")
        self.url = url
        self._lock = threading.Lock()
        self._took_s: list[float] = []
        self.pages = self.failed = 0
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        cookies = http.cookiejar.CookieJar(policy)  # as a browser does on its own machine
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies)).open
        form = urllib.parse.urlencode({"name": name, "password": password, "code": code})
        request = urllib.request.Request(  # noqa: S310 -- our own console
            f"{url}/sign-in", data=form.encode(), headers={"Origin": url}
        )
        with self._open(request, timeout=60) as answer:
            home = answer.read().decode()
        if "/sign-in" in answer.url:
            raise RuntimeError(f"{name} could not sign in")
        found = sorted(set(_TOKEN.findall(home)))
        self._paths = ["/", *(one for one in found if one.startswith("/tables/"))]

    def work(self) -> None:
        """Look at one page after another."""
        while not self.stopping.wait(PAGE_EVERY_S):
            path = self._paths[self.pages % len(self._paths)]
            begun_s = time.monotonic()
            self.pages += 1
            try:
                with self._open(f"{self.url}{path}", timeout=60) as answer:
                    answer.read()
            except OSError:  # no answer in a minute, or an error page
                self.failed += 1
                continue
            with self._lock:
                self._took_s.append(time.monotonic() - begun_s)

    def times_s(self) -> list[float]:
        """Return how long pages took since the last call."""
        with self._lock:
            taken, self._took_s = self._took_s, []
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """Everything that goes on, and what it counts."""

    sending: Sending
    listening: Listening
    dropping: Dropping
    people: Sequence[Person]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let all of it go on for the length of a block."""
        for one in self._all:
            one.start()
        try:
            yield
        finally:
            for one in self._all:
                one.stopping.set()
            for one in self._all:
                one.join(STOP_S)

    def sample(self) -> Sample:
        """Return what has been done so far and how long it took lately; raises what went wrong."""
        for one in self._all:
            if one.error is not None:
                raise one.error
        exchange, dropping = self.sending.exchange, self.dropping
        taken, refused = dropping.taken()
        row: Sample = {
            "messages": exchange.answered, "sent": exchange.sent,
            "unanswered": exchange.unanswered, "held_s": self.sending.held_s,
            "files": taken, "files_refused": refused,
            "files_waiting": dropping.dropped - taken - refused,
            "pages": sum(person.pages for person in self.people),
            "pages_failed": sum(person.failed for person in self.people),
            "connections_lost": self.sending.lost + self.listening.lost,
        }  # fmt: skip
        commits_s, answers_s = exchange.times_s()
        pages_s = [took for person in self.people for took in person.times_s()]
        for name, values in (("commit", commits_s), ("answer", answers_s), ("page", pages_s)):
            row[f"{name}_p50_ms"] = 1000 * quantile(values, 0.5)
            row[f"{name}_p99_ms"] = 1000 * quantile(values, 0.99)
        return row

    @property
    def _all(self) -> tuple[Load, ...]:
        return (self.sending, self.listening, self.dropping, *self.people)
