"""Health for load balancers and watchdogs, and figures for Prometheus.

`/health` is everybody's and says nothing but yes or no. `/api/v1/metrics` is for who may see
operations: Prometheus sends the token of a person with that permission (`hub user token`), and
tokens are good below `/api/` only.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from hub.console.context import console
from hub.console.telemetry import registry_of
from hub.errors import HubError
from hub.flows.overview import sources
from hub.flows.running import hub_state
from hub.logs import log
from hub.store.views import operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.flows.services import Services

READY: Final = "ok\n"
NOT_READY: Final = "not ready\n"


def health() -> Response:
    """Answer 200 when the store can be read and has our schema, else 503."""
    try:
        console().services.store.require_current()
    except HubError as error:
        log("console").warning("console.not_ready", code=error.code)
        return Response(NOT_READY, status=503, mimetype="text/plain")
    return Response(READY, mimetype="text/plain")


def metrics() -> Response:
    """Answer what Prometheus scrapes: the hub's state, and this process's requests."""
    one = CollectorRegistry()
    one.register(_Hub(console().services))
    text = generate_latest(one) + generate_latest(registry_of(current_app))
    return Response(text, content_type=CONTENT_TYPE_LATEST)


class _Hub:
    """The hub's state at the moment of the scrape; nothing is kept between scrapes."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: what there is is known when it is asked."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every figure."""
        services = self._services
        now, running = services.now(), hub_state(services)
        yield _gauge("hub_up", "1 when a hub process runs.", [((), float(running is not None))])
        if running is not None:
            beat = (now - datetime.fromisoformat(running.beat_at)).total_seconds()
            yield _gauge("hub_beat_age_seconds", "Since the hub last said so.", [((), beat)])
            actors = [((lane, said), 1.0) for lane, said in running.actors.items()]
            yield _gauge("hub_actor", "Actors by lane and state.", actors, "lane", "state")
        with services.store.read() as uow:
            oldest = operations.oldest_due_at(uow, now)
            tasks = operations.open_tasks(uow)
            files = operations.open_files(uow)
            messages = operations.open_messages(uow, sorted(services.roads))
            waiting = uow.quarantine.count_open()
            differences = uow.discrepancies.count_alive()
            expected = sources(services, uow)
        age = (now - oldest).total_seconds() if oldest else 0.0
        yield _gauge("hub_oldest_due_seconds", "Age of the task due the longest.", [((), age)])
        yield _counts("hub_tasks_open", "Tasks due or parked.", {"": tasks}, "queue")
        yield _counts("hub_files_open", "Files that wait.", files, "channel")
        yield _counts("hub_messages_open", "Messages that wait.", messages, "queue")
        yield _gauge("hub_quarantine_open", "Messages in quarantine.", [((), float(waiting))])
        yield _gauge("hub_discrepancies_open", "Discrepancies alive.", [((), float(differences))])
        states = [((e["partner"], e["source"], e["state"]), 1.0) for e in expected]
        yield _gauge(
            "hub_source", "Today's sources by state.", states, "partner", "source", "state"
        )


def _gauge(
    name: str, words: str, samples: Iterable[tuple[tuple[str, ...], float]], *labels: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _counts(
    name: str, words: str, counts: Mapping[str, Mapping[str, Mapping[str, int]]], by: str
) -> GaugeMetricFamily:
    """Return counts by way (inbox, outbox, …), name and state; of one way without its label."""
    ways = ("way",) if set(counts) != {""} else ()
    samples: list[Any] = [
        (((way,) if ways else ()) + (key, state), float(number))
        for way, named in counts.items()
        for key, states in named.items()
        for state, number in states.items()
    ]
    return _gauge(name, words, samples, *ways, by, "state")
