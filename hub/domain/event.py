"""What the hub tells others: versioned events in the form of CloudEvents 1.0, without persons.

An event says that something happened and where to look; no name, identity or account number is
in it. Its `data` is described by `hub/schemas/event.<type>.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.domain.discrepancy import Discrepancy

CONTENT_TYPE: Final = "application/cloudevents+json"
EVENT_VERSIONS: Final[dict[str, int]] = {
    "discrepancy.opened": 1,
    "batch.sent": 1,
    "return.received": 1,
    "case.advanced": 1,
    "command.applied": 1,
    "command.refused": 1,
}
"""Every type with the version of its data; a version changes only when a field's meaning does."""


def event_body(
    type: str,  # noqa: A002 -- the name that CloudEvents gives it
    facts: Mapping[str, Any],
    *,
    region: str,
    id: str,  # noqa: A002
    at: datetime,
) -> bytes:
    """Return an event as JSON in UTF-8; `KeyError` for a type that nobody has described."""
    event = {
        "specversion": "1.0",
        "id": id,
        "source": f"/{region}",
        "type": type,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": schema_id(f"event.{type}", EVENT_VERSIONS[type]),
        "data": dict(facts),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def schema_id(name: str, version: int) -> str:
    """Return the `$id` of a JSON Schema of the hub."""
    return f"urn:agency-hub:{name}:{version}"


def opened_facts(opened: Discrepancy) -> dict[str, Any]:
    """Return what an event says of a discrepancy; amounts in fen."""
    difference = opened.difference
    return {
        "discrepancy": opened.id,
        "level": difference.level.value,
        "cause": difference.cause.value,
        "amount_fen": difference.amount_fen,
        "count": difference.count,
        "insurance_kind": difference.insurance_kind,
        "partner": difference.partner,
        "owner": opened.owner,
        "opened_on": opened.opened_on.isoformat(),
    }
