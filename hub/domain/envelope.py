"""The envelope of a message between regions: who says what to whom, until when, in which order.

On the wire a message is one JSON object with three texts or tables and nothing else:
`{"body":"...","envelope":{...},"signature":"..."}`. The body is a *text* that holds JSON, so that
nothing of it is parsed before the signature over the envelope, and the body's SHA-256 in it, have
been checked. Every byte is determined (keys sorted, no blanks, UTF-8): what is not written exactly
so is refused, and no two readers can read one message differently.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final

from hub.domain.strict_json import INTEGER_MAX
from hub.errors import Rejected

WIRE_BYTES_MAX: Final = 1024 * 1024  # a form of 40 years has some 20 KB
UNNUMBERED: Final = 0  # outside the order: receipts and requests to send again
VERSION: Final = 1
CONTEXT: Final = b"agency-hub/envelope/1\n"  # what is signed can be taken for nothing else

_REGION: Final = re.compile(r"[1-9][0-9]{5}")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_SHAPES: Final = {
    "id": re.compile(r"[0-9a-f]{32}"),
    "type": re.compile(r"[a-z][a-z0-9_]{0,29}(\.[a-z][a-z0-9_]{0,29}){1,3}"),
    "sender": _REGION,
    "recipient": _REGION,
    "case_ref": re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"),
    "in_reply_to": re.compile(r"[0-9a-f]{32}"),
    "request_sha256": _HEX,
    "created_at": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII),
    "expires_at": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII),
    "body_sha256": _HEX,
    "key_id": re.compile(r"[0-9a-f]{32}"),
    "algorithm": re.compile(r"ed25519|sm2"),
}
_OPTIONAL: Final = frozenset({"case_ref", "in_reply_to", "request_sha256"})
_NUMBERS: Final = {"version": 1, "sequence": UNNUMBERED}  # field -> its least value


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is signed of a message.

    `id`: 32 hex digits, never used again. `sender`, `recipient`: region codes (GB/T 2260).
    `case_ref`: the case it is about. `in_reply_to`, `request_sha256`: the message that this one
    answers, and the SHA-256 of its wire bytes; both or neither. `sequence`: counts the sender's
    messages to this recipient from 1; 0 stands outside the order. `body_sha256`: of the body's
    text. `key_id`: names the sender's public key, `algorithm` how it signs.
    """

    id: str
    type: str
    version: int = VERSION
    sender: str
    recipient: str
    case_ref: str | None
    in_reply_to: str | None
    request_sha256: str | None
    sequence: int
    created_at: datetime
    expires_at: datetime
    body_sha256: str
    key_id: str
    algorithm: str

    def signed_bytes(self) -> bytes:
        """Return the bytes that the signature is over."""
        return CONTEXT + canonical(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Return the envelope as it stands on the wire."""
        values = ((name, getattr(self, name)) for name in _NAMES)
        return {
            name: instant_text(value) if isinstance(value, datetime) else value
            for name, value in values
        }


_NAMES: Final = tuple(field.name for field in fields(Envelope))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A whole message: envelope, the body's text (UTF-8, unread), the signature over the first."""

    envelope: Envelope
    body: bytes
    signature: bytes

    def wire(self) -> bytes:
        """Return the message as it travels."""
        return canonical(
            {
                "body": self.body.decode(),
                "envelope": self.envelope.as_json(),
                "signature": base64.b64encode(self.signature).decode(),
            }
        )

    def read_body(self) -> dict[str, Any]:
        """Return the body; `Rejected("envelope_body_malformed")` when it is no JSON object.

        To be called only after the signature has been found good.
        """
        try:
            body = _loads(self.body.decode())
            if isinstance(body, dict) and canonical(body) == self.body:
                return body
        except (ValueError, RecursionError) as error:
            raise Rejected("envelope_body_malformed") from error
        raise Rejected("envelope_body_malformed")


def open_wire(wire: bytes) -> Sealed:
    """Return what a message holds, its body unread and nothing of it believed.

    `Rejected`: `envelope_too_large`, or `envelope_malformed` with the field that is wrong.
    """
    if len(wire) > WIRE_BYTES_MAX:
        raise Rejected("envelope_too_large", found=len(wire), limit=WIRE_BYTES_MAX)
    try:
        outer = _loads(wire.decode("utf-8"))
        if not isinstance(outer, dict) or set(outer) != {"body", "envelope", "signature"}:
            raise Rejected("envelope_malformed", field="body, envelope, signature")
        body, signature = outer["body"], outer["signature"]
        if not isinstance(body, str) or not isinstance(signature, str):
            raise Rejected("envelope_malformed", field="body, signature")
        sealed = Sealed(
            envelope=_envelope_of(outer["envelope"]),
            body=body.encode(),
            signature=base64.b64decode(signature, validate=True),
        )
        if sealed.wire() == wire:  # fails for a NUL, which no message may hold
            return sealed
    except (ValueError, RecursionError, binascii.Error) as error:
        raise Rejected("envelope_malformed", field="JSON") from error
    raise Rejected("envelope_malformed", field="JSON")


def canonical(value: object) -> bytes:
    """Return the one JSON text of a value: keys sorted, no blanks, UTF-8.

    Days and instants become text. `ValueError` for what not every reader keeps as it is: a
    fraction (money is an integer in fen), a number above `INTEGER_MAX`, NUL in a text.
    """
    _refuse_unsafe(value)
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False,
        default=_plain,
    ).encode()  # fmt: skip


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 as hexadecimal text: of a body, or of a message's wire bytes."""
    return hashlib.sha256(content).hexdigest()


def instant_text(at: datetime) -> str:
    """Return an aware instant as it stands in messages: UTC, microseconds, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _envelope_of(table: object) -> Envelope:
    if not isinstance(table, dict) or set(table) != set(_NAMES):
        raise Rejected("envelope_malformed", field="envelope")
    values: dict[str, Any] = {}
    for name in _NAMES:
        if not _fits(name, table[name]):
            raise Rejected("envelope_malformed", field=name)
        is_instant = name.endswith("_at")
        values[name] = datetime.fromisoformat(table[name]) if is_instant else table[name]
    if (values["in_reply_to"] is None) != (values["request_sha256"] is None):
        raise Rejected("envelope_malformed", field="request_sha256")
    if values["expires_at"] <= values["created_at"]:
        raise Rejected("envelope_malformed", field="expires_at")
    return Envelope(**values)


def _fits(name: str, value: object) -> bool:
    if name in _NUMBERS:
        return type(value) is int and _NUMBERS[name] <= value <= INTEGER_MAX
    if value is None:
        return name in _OPTIONAL
    return isinstance(value, str) and _SHAPES[name].fullmatch(value) is not None


def _loads(text: str) -> object:
    def refuse(found: str) -> object:
        raise ValueError(found)

    return json.loads(text, parse_float=refuse, parse_constant=refuse)


def _refuse_unsafe(value: object) -> None:
    if isinstance(value, str):  # most values are: asked first
        if "\0" in value:
            raise ValueError("a message holds no NUL")
    elif isinstance(value, (float, int)):
        if isinstance(value, float) or abs(value) > INTEGER_MAX:
            raise ValueError("a message holds whole numbers up to 2**53 - 1; money is in fen")
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _refuse_unsafe(name)
            _refuse_unsafe(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _refuse_unsafe(one)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a message cannot hold a {type(value).__name__}")
