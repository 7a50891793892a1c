"""Targets: what other regions and the agency's own systems send: envelopes, bodies, commands."""

from __future__ import annotations

import base64
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import NoneType, SimpleNamespace, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from hub.adapters import spool
from hub.adapters.rabbit_message import received
from hub.domain import transfer_body
from hub.domain.envelope import Envelope, Sealed, canonical, open_wire, sha256_of
from hub.domain.region_message import RECEIPT, RESEND
from hub.domain.transfer_body import FormRows, Head, read_body
from hub.domain.transfer_json import text_of
from hub.domain.transfer_messages import MessageType
from hub.domain.transfer_rows import read_rows
from hub.errors import Rejected
from hub.flows.commands import COMMANDS_QUEUE, obey
from hub.flows.message_intake import take_in
from tests.fuzz.target import Refused, Target, Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def sample_of(hint: Any) -> Any:  # noqa: ANN401 -- any type, any JSON
    """Return JSON that a field of a type takes, worked out from the type: none is forgotten."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return sample_of(next(one for one in inner if one is not NoneType))
    if origin is tuple:
        return [sample_of(inner[0])]
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return {f.name: sample_of(hints[f.name]) for f in fields(hint)}
    if origin is not None:  # a mapping
        return {"total_fen": sample_of(inner[1])}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint)).value
    plain = {str: "510100", int: 12, bool: True, date: "2026-11-24",
             datetime: "2026-11-24T04:00:00.000000+00:00"}  # fmt: skip
    return plain.get(hint, 1)


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a body of every kind that the hub takes."""
    for message, table in transfer_body._TABLES.items():
        for name, said in table.items():
            yield message.value, {"case": sample_of(Head), name: sample_of(said)}
    yield (
        RECEIPT,
        {"code": None, "outcome": "applied", "received_at": "2026-11-24T04:00:00.000000Z"},
    )
    yield RESEND, {"first": 1, "last": 2}


def wire_of(kind: str, body: dict[str, Any]) -> bytes:
    """Return a message as it travels, signed by nobody."""
    content = canonical(body)
    envelope = Envelope(
        id="0" * 32, type=kind, sender="510100", recipient="330100", case_ref="ZY-1",
        in_reply_to=None, request_sha256=None, sequence=1, created_at=NOON,
        expires_at=NOON.replace(year=2027), body_sha256=sha256_of(content), key_id="a" * 32,
        algorithm="ed25519",
    )  # fmt: skip
    return Sealed(envelope=envelope, body=content, signature=bytes(64)).wire()


def _wires() -> Iterator[Seed]:
    for kind, body in bodies():
        yield "", wire_of(kind, body)


def _read_wire(_label: str, wire: bytes) -> None:
    sealed = open_wire(wire)
    if sealed.wire() != wire:
        raise Unsafe("envelope: taken, but not in its one form")
    body = sealed.read_body()
    if canonical(body) != sealed.body:
        raise Unsafe("envelope: the body is not in its one form")
    if sealed.envelope.type in set(MessageType):
        _same(MessageType(sealed.envelope.type), body)


def _same(message: MessageType, body: dict[str, Any]) -> None:
    head, said = read_body(message, body)
    again = read_body(message, transfer_body.body_of(head, said))
    if again != (head, said):
        raise Unsafe("body: what is written reads otherwise")


def _body_seeds() -> Iterator[Seed]:
    for kind, body in bodies():
        if kind in set(MessageType):
            yield kind, canonical(body)


def _read_said(label: str, content: bytes) -> None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise Rejected("envelope_body_malformed") from None
    if not isinstance(body, dict):
        raise Rejected("envelope_body_malformed")
    _same(MessageType(label), body)


def _form_rows(_label: str, content: bytes) -> None:
    rows = read_rows(content, file="rows.json")
    if read_rows(text_of(rows).encode(), file="rows.json") != rows:
        raise Unsafe("form rows: what is written reads otherwise")


def _orders() -> Iterator[Seed]:
    """Deliveries as JSON: AMQP properties, headers and the body (base64) of each command."""
    said = {
        "file_ready": {"channel": "core-in", "file": "x.txt"},
        "decide_discrepancy": {"do": "propose", "discrepancy": 1, "action": "refund",
                               "reason": "重复", "person": "张三"},
        "decide_payment": {"item": 1, "outcome": "paid", "person": "张三", "reason": "银行证明"},
    }  # fmt: skip
    for name, body in said.items():
        yield "", _delivery(name, json.dumps(body, ensure_ascii=False).encode(), {})
    header = {"file": "assessments_20261124_01.txt", "partner": "core", "hub-at": NOON.isoformat()}
    yield "", _delivery("file", b"payer_id|payer_name\n1|2\n", header)
    yield "", _delivery("file_ready", b"{}", {"x-death": [{"routing-keys": ["330100.command.x"]}]})


def _delivery(name: str, body: bytes, headers: dict[str, Any]) -> bytes:
    return json.dumps(
        {"message_id": "m-1", "type": f"command.{name}", "key": f"330100.command.{name}",
         "timestamp": 1795500000, "user_id": "core", "headers": headers,
         "body": body.decode("latin-1")}, ensure_ascii=False,
    ).encode()  # fmt: skip


def _open_orders(folder: Path) -> Run:
    from tests.messages.hubs import ROAD, MessageHub, folder_settings
    from tests.messages.roads import A, FolderPair

    pair = FolderPair(folder)
    settings = folder_settings(
        pair.path, command_channels=("core-in", "benefits-in"), command_decisions=True
    )
    hub = MessageHub(folder / A, A, pair.a, settings, events=True)
    count = 0

    def run(_label: str, content: bytes) -> None:
        nonlocal count
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            said = {"body": content.decode("latin-1"), "key": f"{A}.command.file_ready"}
        if not isinstance(said, dict):
            said = {"body": said}
        count += 1
        message = received(
            SimpleNamespace(routing_key=said.get("key")),
            SimpleNamespace(
                message_id=f"{said.get('message_id')}{count}", type=said.get("type"),
                user_id=said.get("user_id"), timestamp=_whole(said.get("timestamp")),
                headers=said["headers"] if isinstance(said.get("headers"), dict) else None,
            ),
            str(said.get("body")).encode("latin-1", "replace"),
        )  # fmt: skip
        if COMMANDS_QUEUE not in take_in(ROAD, f"{A}.commands", [message], hub.services):
            raise Refused("quarantined")
        task = max(hub.tasks(COMMANDS_QUEUE), key=lambda one: one.id)
        obey(task, hub.services, wake=lambda _name: None)
        with hub.store.begin() as uow:
            uow.tasks.begin(task.id)
            uow.tasks.finish(task.id, at=hub.services.now())

    return run


def _lines() -> Iterator[Seed]:
    """Lines of a shared folder, as another region's hub writes them."""
    for body in (b"{}", wire_of(RESEND, {"first": 1, "last": 2})):
        yield "", json.dumps(
            {"id": "m-1", "type": "admin.resend", "key": "330100.in.admin.resend",
             "at": NOON.isoformat(), "headers": {"a": "b"}, "sender": "510100",
             "body": base64.b64encode(body).decode()}
        ).encode()  # fmt: skip


def _open_lines(folder: Path) -> Run:
    from tests.messages.hubs import ROAD, MessageHub, folder_settings
    from tests.messages.roads import A, FolderPair

    pair = FolderPair(folder)
    hub = MessageHub(folder / A, A, pair.a, folder_settings(pair.path), events=True)

    def run(_label: str, content: bytes) -> None:
        messages = [spool._parse(line, A) for line in content.splitlines()]
        for message in messages:
            message.headers.items()
            if message.at.tzinfo is None:
                raise Unsafe("spool: a time without a zone")
        if messages and len(messages) < 100:
            take_in(ROAD, f"{A}.in", messages, hub.services)

    return run


def _whole(value: object) -> int | None:
    """Return what AMQP itself would hold as a time: 64 bits."""
    return value % 2**64 if type(value) is int else None


TARGETS = [
    Target(
        name="envelope",
        modules=["hub.domain.envelope", "hub.domain.region_message", "hub.domain.transfer_json"],
        seeds=_wires,
        open=lambda _folder: _read_wire,
    ),
    Target(
        name="body",
        modules=["hub.domain.transfer_body", "hub.domain.transfer_json"],
        seeds=_body_seeds,
        open=lambda _folder: _read_said,
    ),
    Target(
        name="form_rows",
        modules=["hub.domain.transfer_rows", "hub.domain.transfer_json", "hub.domain.strict_json"],
        seeds=lambda: [("", json.dumps(sample_of(FormRows)).encode())],
        open=lambda _folder: _form_rows,
    ),
    Target(
        name="spool",
        modules=["hub.adapters.spool", "hub.store.message_rows"],
        seeds=_lines,
        open=_open_lines,
        ci_inputs=150,
    ),
    Target(
        name="commands",
        modules=["hub.adapters.rabbit_message", "hub.flows.commands", "hub.mappings.json_schema",
                 "hub.store.message_rows", "hub.store.quarantine"],
        seeds=_orders,
        open=_open_orders,
        ci_inputs=100,
    ),
]  # fmt: skip
