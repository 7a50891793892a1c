"""`hub verify` of received files, batches, lists and payments: they are what the journal saw.

Constraints keep rows from contradicting each other; a row that was changed or taken away as a whole
only contradicts the journal, which nobody changes unseen.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from hub.flows.verify_journalled import Row, as_journalled
from hub.store.audit import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.journal import Entry

_FILE: Final = ("channel", "name", "sha256", "size_bytes")
_BATCH: Final = {
    "bank": "bank", "business_on": "business_on", "sequence": "sequence",
    "message_id": "message_id", "file_name": "file_name", "item_count": "items",
    "total_fen": "total_fen",
}  # fmt: skip
_LIST: Final = {"digest": "digest", "item_count": "items", "total_fen": "total_fen"}


class _Inbox:
    """Received files, and what the journal saw when they came."""

    events: tuple[str, ...] = ("file.received", "file.repeated", "file.held")
    first_key = 0

    def page(self, uow: UnitOfWork, after: int, limit: int) -> Sequence[Row]:
        return [
            Row(
                key=one.id,
                subject=f"inbox:{one.id}",
                holds=tuple(getattr(one, name) for name in _FILE),
            )
            for one in uow.inbox.after(after, limit=limit)
        ]

    def noted(self, facts: dict[str, Any]) -> object | None:
        if not facts.keys() >= set(_FILE):  # of a file that is found to be a repeat later
            return None
        return tuple(facts[name] for name in _FILE)

    def there(self, uow: UnitOfWork, entries: Collection[Entry]) -> AbstractSet[str]:
        ids = {int(entry.subject.removeprefix("inbox:")) for entry in entries}
        return {f"inbox:{one}" for one in uow.inbox.present(ids)}


class _Vouchers:
    """Vouchers, and the digest that the journal took when they were booked."""

    events: tuple[str, ...] = ("voucher.booked", "voucher.reversed")
    first_key = ""

    def page(self, uow: UnitOfWork, after: str, limit: int) -> Sequence[Row]:
        found = uow.vouchers.after(after, limit=limit)
        return [Row(key=v.no, subject=f"voucher:{v.no}", holds=v.sha256) for v in found]

    def noted(self, facts: dict[str, Any]) -> object | None:
        return str(facts["sha256"])

    def there(self, uow: UnitOfWork, entries: Collection[Entry]) -> AbstractSet[str]:
        numbers = {entry.subject.removeprefix("voucher:") for entry in entries}
        return {f"voucher:{no}" for no in uow.vouchers.present(numbers)}


def received_as_journalled(services: Services) -> Answer:
    """Compare each received file with what the journal saw when it came."""
    return as_journalled(services, _Inbox())


def vouchers_as_journalled(services: Services) -> Answer:
    """Compare each voucher with the digest that the journal took when it was booked."""
    return as_journalled(services, _Vouchers())


def payouts_as_journalled(uow: UnitOfWork) -> Answer:
    """Compare each batch, and each list that was released, with what the journal saw then."""
    way = uow.way
    batches = {way.batch(one.id): one for one in uow.payout_batches.list()}
    lists = {way.list(one.id): one for one in uow.payouts.list()}
    first: str | None = None
    seen: set[str] = set()
    owners: dict[int, str] = {}
    for event, rows, names in (("allocated", batches, _BATCH), ("released", lists, _LIST)):
        for entry in uow.journal.happened(way.event(event)):
            seen.add(entry.subject)
            row, facts = rows.get(entry.subject), json.loads(entry.facts)
            owners |= dict.fromkeys(facts.get("batches", ()), entry.subject)
            if row is None or any(
                str(getattr(row, column)) != str(facts[name]) for column, name in names.items()
            ):
                first = first or entry.subject
    for subject, batch in batches.items():
        owner = way.list(batch.list_id)
        of = lists.get(owner)
        known = subject in seen and owners.get(batch.id, owner) == owner
        if not known or of is None or of.fund != batch.fund:
            first = first or subject
    return Answer(looked=len(seen), first=first)


def payments_as_signed(uow: UnitOfWork) -> Answer:
    """Compare the payments of each released list with their digest in the journal.

    Lists that were released before such a digest was taken are not looked at.
    """
    looked = 0
    for entry in uow.journal.happened(uow.way.event("released")):
        noted = json.loads(entry.facts).get("payments_digest")
        if noted is not None:
            looked += 1
            list_id = int(entry.subject.rpartition(":")[2])
            if payments_digest(uow.payout_items.approved(list_id)) != noted:
                return Answer(looked=looked, first=entry.subject)
    return Answer(looked=looked)


def payments_digest(items: Iterable[Sequence[Any] | Mapping[str, Any]]) -> str:
    """Return the SHA-256 of payments as people signed them, one after the other."""
    hashed = hashlib.sha256()
    for one in items:
        hashed.update(json.dumps(list(one), ensure_ascii=False, default=str).encode() + b"\n")
    return hashed.hexdigest()
