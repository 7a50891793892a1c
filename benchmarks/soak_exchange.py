"""Another region's office in a soak: the messages it signs, and the hub's signed receipts."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.domain.assistance import Request
from hub.domain.codes import person_id
from hub.domain.envelope import Envelope, Sealed, canonical, open_wire, sha256_of
from hub.domain.transfer_json import to_json
from hub.ports import Message

if TYPE_CHECKING:
    from hub.adapters.signing import PrivateKey
    from hub.domain.region_directory import PublicKey
    from hub.settings import RabbitSettings

TYPE = "assist.request"
GOOD_DAYS = 30


class Exchange:
    """Another region's office: what it sent, and what the hub's signed receipts say."""

    def __init__(
        self, road: RabbitSettings, key: PrivateKey, us: str, hub: str, hub_key: PublicKey
    ) -> None:
        self.road, self.us, self.hub = road, us, hub
        self._key, self._hub_key = key, Ed25519PublicKey.from_public_bytes(hub_key.value)
        self._lock = threading.Lock()
        self._waiting: dict[str, datetime] = {}
        self._receipts: dict[str, str] = {}  # by the message that it answers
        self._answers_s: list[float] = []
        self._commits_s: list[float] = []
        self.sent = self.answered = self.refused = self.unexpected = 0

    @property
    def unanswered(self) -> int:
        """How many messages have no receipt yet."""
        return len(self._waiting)

    def sealed(self, number: int, at: datetime) -> Message:
        """Return the next message: is this payee alive? (异地协查认证)."""
        month, day, serial = number // 1000 % 12 + 1, number // 12_000 % 28 + 1, number % 1000
        body = f"1101011990{month:02d}{day:02d}{serial:03d}"
        request = Request(
            ref=f"{self.us}-XC{at.year}-{number:06d}", person_name="张伟",
            person_id=body + person_id.check_digit(body), asked_on=at.date(),
            due_on=at.date() + timedelta(days=GOOD_DAYS),
        )  # fmt: skip
        text = canonical({"request": to_json(request)})
        envelope = Envelope(
            id=uuid.uuid4().hex, type=TYPE, sender=self.us, recipient=self.hub,
            case_ref=request.ref, in_reply_to=None, request_sha256=None, sequence=number,
            created_at=at, expires_at=at + timedelta(days=GOOD_DAYS),
            body_sha256=sha256_of(text), key_id=self._key.public.id, algorithm="ed25519",
        )  # fmt: skip
        signature = self._key.sign(envelope.signed_bytes())
        wire = Sealed(envelope=envelope, body=text, signature=signature).wire()
        with self._lock:
            self._waiting[envelope.id] = at
        return Message(id=envelope.id, type=TYPE, key=f"{self.hub}.{TYPE}", body=wire, at=at)

    def receipt(self, wire: bytes) -> None:
        """Take a receipt: its signature must be the hub's, and it answers what waits, once."""
        sealed = open_wire(wire)
        self._hub_key.verify(sealed.signature, sealed.envelope.signed_bytes())
        said = sealed.read_body()
        now = datetime.now(UTC)
        with self._lock:
            asked, receipt = sealed.envelope.in_reply_to or "", sealed.envelope.id
            created = self._waiting.pop(asked, None)
            if created is None:  # the road may bring a receipt twice; the hub may not write two
                self.unexpected += self._receipts.get(asked) != receipt
                return
            self._receipts[asked] = receipt
            self.answered += 1
            self.refused += said["outcome"] != "applied"
            received = datetime.fromisoformat(str(said["received_at"]))
            self._commits_s.append((received - created).total_seconds())
            self._answers_s.append((now - created).total_seconds())

    def times_s(self) -> tuple[list[float], list[float]]:
        """Return since the last call: seconds to the hub's commit, and to the receipt here."""
        with self._lock:
            taken = self._commits_s, self._answers_s
            self._commits_s, self._answers_s = [], []
        return taken
