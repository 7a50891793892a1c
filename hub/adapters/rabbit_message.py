"""A message as AMQP carries it: properties there and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pika

from hub.ports import MESSAGE_HEADERS_MAX, Message

if TYPE_CHECKING:
    from pika.spec import Basic

PERSISTENT: Final = 2
AT: Final = "hub-at"  # to the microsecond; AMQP's own timestamp has whole seconds
_OURS: Final = frozenset({AT, "x-delivery-count", "x-death"})
_DEAD_PREFIX: Final = "x-first-death-"


def properties(message: Message, user: str) -> pika.BasicProperties:
    """Return a message's properties. The broker refuses a `user_id` that is not the login."""
    return pika.BasicProperties(
        delivery_mode=PERSISTENT,
        message_id=message.id,
        type=message.type,
        user_id=user,
        timestamp=int(message.at.timestamp()),
        headers={**message.headers, AT: message.at.isoformat()},
    )


def received(deliver: Basic.Deliver, sent: pika.BasicProperties, body: bytes) -> Message:
    """Return what was delivered; odd properties become odd texts, which the store quarantines."""
    headers = dict(list((sent.headers or {}).items())[: MESSAGE_HEADERS_MAX + len(_OURS) + 3])
    return Message(
        id=_text(sent.message_id),
        type=_text(sent.type),
        key=_key(deliver, headers),
        body=body,
        at=_instant(headers.get(AT), sent.timestamp),
        headers={
            _text(k): _text(v)
            for k, v in headers.items()
            if k not in _OURS and not str(k).startswith(_DEAD_PREFIX)
        },
        sender=_text(sent.user_id),
    )


def _key(deliver: Basic.Deliver, headers: dict[str, Any]) -> str:
    """Return the key that the sender used; a dead letter's own key only names its grave."""
    deaths = headers.get("x-death")
    if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
        keys = deaths[0].get("routing-keys")
        if isinstance(keys, list) and keys:
            return _text(keys[0])
    return _text(deliver.routing_key)


def _instant(text: object, seconds: int | datetime | None) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except ValueError:
        pass
    if isinstance(seconds, datetime):
        return seconds.replace(tzinfo=seconds.tzinfo or UTC)
    try:
        return datetime.fromtimestamp(seconds or 0, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
