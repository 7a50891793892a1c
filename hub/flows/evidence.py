"""Evidence pack (证据包): one zip per case that anybody can check without this hub (`hub-verify`).

It holds the messages as they travelled, the public keys, the approvals by name, and the part of
the journal that shows in which order it all was decided. A manifest with the SHA-256 of each part
is signed by this hub. The same records give the same bytes: nothing of it says when it was made.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named
from hub.domain.envelope import canonical, instant_text, sha256_of
from hub.domain.region_message import RECEIPT
from hub.domain.transfer_json import text_of
from hub.errors import Rejected
from hub.flows.evidence_readme import README
from hub.flows.region_messages import require_signing, subject_of
from hub.flows.region_receipts import proof_of_delivery
from hub.store.journal import GENESIS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.domain.region_directory import Record
    from hub.domain.region_message import RegionMessage
    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.journal import Entry

CONTEXT: Final = b"agency-hub/evidence/1\n"
ROWS_MAX: Final = 200_000  # of the journal in one pack, some 60 MB
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold; it is nobody's time


def export(case_ref: str, *, own_rows: bool, person: str, services: Services) -> bytes:
    """Return the pack of a case.

    It holds every row of the journal from the first about the case to the last, so that the whole
    chain can be computed again; with `own_rows` only those about the case, each with the hash
    before it, for a pack that leaves the agency. `Rejected`: `evidence_missing` when nothing is
    known of the case, `evidence_too_long` above `ROWS_MAX` rows, and what lacks of our own key.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        signing = require_signing(uow, services, at=at)
        parts = _parts(case_ref, uow, services, own_rows=own_rows)
    manifest = canonical(
        {
            "version": 1,
            "case": case_ref,
            "region": services.settings.agency.region,
            "journal": "own rows" if own_rows else "whole",
            "parts": {name: sha256_of(content) for name, content in parts.items()},
        }
    )
    signature = {
        "key_id": signing.key_id,
        "signature": base64.b64encode(signing.sign(CONTEXT + manifest)).decode(),
    }
    pack = zipped({**parts, "manifest.json": manifest, "signature.json": canonical(signature)})
    services.store.transact(
        lambda uow: uow.journal.note(
            "evidence.exported", f"evidence:{case_ref}", at=at, actor="person", person=who,
            sha256=sha256_of(pack), own_rows=own_rows,
        )
    )  # fmt: skip
    return pack


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip whose bytes depend on nothing but its parts: by name, stored, undated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as pack:
        for name in sorted(parts):
            info = zipfile.ZipInfo(name, date_time=_MOMENT)
            info.create_system = 3
            info.external_attr = 0o444 << 16
            pack.writestr(info, parts[name])
    return out.getvalue()


def _parts(
    case_ref: str, uow: UnitOfWork, services: Services, *, own_rows: bool
) -> dict[str, bytes]:
    rounds = uow.transfers.rounds(case_ref)
    refs = {case_ref, *(r for one in rounds for r in (one.ref, one.peer_ref) if r is not None)}
    messages = uow.region_messages.of_case(*sorted(refs))
    files = {id(m): f"messages/{n:04d}-{m.direction}.json" for n, m in enumerate(messages, 1)}
    subjects = {f"case:{ref}" for ref in refs} | {subject_of(m.envelope) for m in messages}
    subjects |= {f"transfer:{one.id}" for one in rounds}
    rows = uow.journal.about(subjects)
    if not rows and not messages:
        raise Rejected("evidence_missing", case=case_ref)
    key_ids = {m.envelope.key_id for m in messages} | {_own_key_id(services)}
    keys = [record for key_id in sorted(key_ids) for record in uow.regions.key(key_id)]
    parts = {
        "README.txt": README.encode(),
        "case.json": _json([_case(one, uow) for one in rounds]),
        "messages.json": _json([_index(m, files, messages) for m in messages]),
        "keys.json": _json([_key(record) for record in keys]),
        "approvals.json": _json([entry for one in rounds for entry in _approvals(one, uow)]),
        "journal.jsonl": _journal(rows, uow, own_rows=own_rows),
    }
    return parts | {files[id(m)]: m.wire for m in messages}


def _index(
    message: RegionMessage, files: Mapping[int, str], messages: Sequence[RegionMessage]
) -> dict[str, Any]:
    """Return what the pack says of a message; the signed bytes themselves say the rest."""
    answers = (m for m in messages if m.envelope.in_reply_to == message.id)
    receipt = next((m for m in answers if m.envelope.type == RECEIPT), None)
    return {
        "file": files[id(message)],
        "id": message.id,
        "sha256": message.sha256,
        "direction": message.direction.value,
        "state": message.state.value,
        "code": message.code,
        "noted_at": message.at,
        "delivered_at": None if receipt is None else proof_of_delivery(message),
        "receipt": None if receipt is None else files[id(receipt)],
    }


def _key(record: Record) -> dict[str, Any]:
    return {
        "key_id": record.ref,
        "region": record.code,
        "public_key": record.facts["public_key"],
        "valid_from": record.valid_from,
        "valid_until": record.valid_until,
        "proposed_by": record.proposed_by,
        "proposed_at": record.proposed_at,
        "confirmed_by": record.decided_by,
        "confirmed_at": record.decided_at,
    }


def _case(case: TransferCase, uow: UnitOfWork) -> dict[str, Any]:
    """Return what the hub holds about one round of the case itself, fact by fact."""
    return {
        "id": case.id,
        "ref": case.ref,
        "round": case.round,
        "peer_ref": case.peer_ref,
        "direction": case.direction.value,
        "kind": case.kind.value,
        "person_id": case.person_id,
        "person_name": case.person_name,
        "counterpart": case.counterpart,
        "opened_on": case.opened_on,
        "opened_by": case.opened_by,
        "state": case.state.value,
        "facts": [
            {
                "key": one.fact.key,
                "type": one.fact.TYPE,
                "fact": json.loads(text_of(one.fact)),
                "noted_at": one.noted_at,
                "person": one.person,
                "message": one.message_id,
            }
            for one in uow.transfers.timeline(case.id)
        ],
    }


def _approvals(case: TransferCase, uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return who signed what, at which level, and when."""
    return [
        {
            "case": case.id,
            "step": one.step.value,
            "number": one.number,
            "type": one.fact.TYPE,
            "content": text_of(one.fact),
            "digest": one.digest,
            "levels": one.approval.levels,
            "done": one.done,
            "signatures": [
                {"level": level, "person": signature.person, "at": signature.at}
                for level, signature in enumerate(one.approval.signatures, start=1)
            ],
        }
        for one in uow.transfers.approvals.of(case.id)
    ]


def _json(value: object) -> bytes:
    """Return a part that people may read too; only what is signed needs one form."""
    return (
        json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=_plain) + "\n"
    ).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _journal(rows: Sequence[Entry], uow: UnitOfWork, *, own_rows: bool) -> bytes:
    """Return rows of the journal, one JSON object a line, each with the hash before it."""
    if not rows:
        return b""
    first, last = rows[0].n, rows[-1].n
    count = len(rows) if own_rows else last - first + 1
    if count > ROWS_MAX:
        raise Rejected("evidence_too_long", rows=count, limit=ROWS_MAX)
    if own_rows:
        before = {entry.n: _hash_before(entry.n, uow) for entry in rows}
        return b"".join(_line(entry, before[entry.n]) for entry in rows)
    previous = _hash_before(first, uow)
    lines = []
    for entry in uow.journal.between(first, last):
        lines.append(_line(entry, previous))
        previous = entry.hash
    return b"".join(lines)


def _line(entry: Entry, previous: str) -> bytes:
    return canonical({**asdict(entry), "at": _journal_time(entry), "previous": previous}) + b"\n"


def _journal_time(entry: Entry) -> str:
    """Return the instant as the journal's hash has it (see docs/decisions/0006)."""
    return instant_text(entry.at).removesuffix("Z") + "+00:00"


def _hash_before(n: int, uow: UnitOfWork) -> str:
    if n == 1:
        return GENESIS
    (entry,) = uow.journal.between(n - 1, n - 1)
    return entry.hash


def _own_key_id(services: Services) -> str:
    if services.signing is None:
        raise Rejected("signing_missing")
    return services.signing.key_id
