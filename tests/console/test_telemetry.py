"""Traces: off unless asked for; a span tells the way and the outcome, and nobody's name."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hub.console.telemetry import provider, trace_requests
from hub.console.web import create_app
from hub.errors import Rejected


def test_each_request_is_a_span_without_names_or_questions(house):
    spans = InMemorySpanExporter()
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    trace_requests(house.app, traces)
    auditor = house.client_of("auditor")
    spans.clear()

    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    auditor.get("/tables/journal?person=somebody", headers={"traceparent": parent})
    auditor.get("/journal/999999")

    one, other = spans.get_finished_spans()
    assert one.name == "GET /tables/<name>"
    assert dict(one.attributes) == {
        "http.request.method": "GET", "http.route": "/tables/<name>",
        "http.response.status_code": 200,
    }  # fmt: skip
    assert f"{one.context.trace_id:032x}" == parent.split("-")[1]
    assert other.attributes["http.response.status_code"] == 404


def test_traces_are_off_and_opentelemetry_is_not_imported_for_them(house, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)

    create_app(house.services, house.roles)

    assert not [name for name in sys.modules if name.startswith("opentelemetry.exporter")]


def test_who_wants_traces_without_the_extra_is_told_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(Rejected) as refused:
        provider()

    assert refused.value.code == "traces_not_installed"
