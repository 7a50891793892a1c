"""What the console says of its own requests: counts and times for Prometheus, spans if asked for.

Spans carry the address's pattern, the method and the status, and nothing of who asked for what.
OpenTelemetry is an extra (`agency-hub[otel]`), imported only when traces are wanted.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final, cast

from flask import g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from hub.errors import Rejected

if TYPE_CHECKING:
    from flask import Flask, Response

_KEY: Final = "hub-telemetry"
_SERVICE: Final = "agency-hub-console"
_SWITCHES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SERVER_ERROR: Final = 500
_BUCKETS: Final = (0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 3.0, 10.0)


def install(app: Flask) -> None:
    """Count and time every request; trace them when the settings or OTEL_* variables say so."""
    registry = CollectorRegistry()
    app.extensions[_KEY] = registry
    answered = Counter(
        "hub_console_requests", "Requests answered.", ("method", "status"), registry=registry
    )
    took = Histogram(
        "hub_console_request_seconds", "Time to answer.", ("endpoint",), registry=registry,
        buckets=_BUCKETS,
    )  # fmt: skip

    @app.before_request
    def _begin() -> None:
        g.began_s = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        answered.labels(_method(), str(response.status_code)).inc()
        took.labels(request.endpoint or "-").observe(time.perf_counter() - g.began_s)
        return response

    settings = app.extensions["hub"].services.settings.console
    if settings.traces or any(os.environ.get(name) for name in _SWITCHES):
        trace_requests(app, provider())


def registry_of(app: Flask) -> CollectorRegistry:
    """Return the figures of an app's requests."""
    return cast("CollectorRegistry", app.extensions[_KEY])


def provider() -> Any:  # noqa: ANN401 -- the extra's own type
    """Return OpenTelemetry set up by its OTEL_* variables; `Rejected("traces_not_installed")`."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise Rejected("traces_not_installed") from error
    name = os.environ.get("OTEL_SERVICE_NAME", _SERVICE)
    made = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def trace_requests(app: Flask, traces: Any) -> None:  # noqa: ANN401 -- a tracer provider
    """Make each request a span, within the trace that a proxy began, if it did."""
    from opentelemetry.propagate import extract  # noqa: PLC0415
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

    tracer = traces.get_tracer("hub.console")

    @app.before_request
    def _begin() -> None:
        route = request.url_rule.rule if request.url_rule else "-"
        g.span = tracer.start_span(
            f"{_method()} {route}",
            context=extract({k.lower(): v for k, v in request.headers.items()}),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": _method(), "http.route": route},
        )

    @app.after_request
    def _status(response: Response) -> Response:
        if "span" in g:
            g.span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= _SERVER_ERROR:
                g.span.set_status(StatusCode.ERROR)
        return response

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        span = g.pop("span", None)
        if span is not None:
            span.end()


def _method() -> str:
    known = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")
    return request.method if request.method in known else "OTHER"
