"""Changes of the directory of regions: one person proposes, another confirms (两人复核)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.discrepancy import worded
from hub.domain.region_directory import (
    KEYS_VALID_MAX,
    Kind,
    Record,
    RecordState,
    checked,
)
from hub.errors import NOWHERE, Rejected
from hub.flows.region_messages import day_of
from hub.mappings.region_file import Entry, read_entries

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from datetime import date, datetime

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

ENTRIES_MAX: Final = 20_000  # of one import; GB/T 2260 has some 3,200


def propose(
    kind: Kind,
    code: str,
    facts: Mapping[str, str],
    *,
    valid_from: date,
    valid_until: date | None = None,
    person: str,
    services: Services,
) -> Record:
    """Propose one entry; it holds once another person has confirmed it.

    To end what holds, propose it again from its first day with `valid_until`.
    """
    entry = Entry(
        kind=kind, code=code, valid_from=valid_from, valid_until=valid_until, facts=facts,
        place=NOWHERE,
    )  # fmt: skip
    proposed = _propose([entry], "", person=person, services=services)
    if not proposed:
        raise Rejected("region_record_known", region=code)
    return proposed[0]


def import_file(content: bytes, *, file: str, person: str, services: Services) -> list[Record]:
    """Propose every entry of a file that the directory does not have yet, as one batch.

    A mistake anywhere refuses the whole file.
    """
    batch = hashlib.sha256(content).hexdigest()[:12]
    return _propose(read_entries(content, file=file), batch, person=person, services=services)


def decide(
    which: Sequence[int] | str,
    state: RecordState,
    *,
    person: str,
    reason: str = "",
    services: Services,
) -> list[Record]:
    """Confirm or refuse entries by number, or all that are open of a batch.

    `Rejected("region_same_person")` when a proposer would confirm; then none is confirmed.
    `Rejected("region_keys_too_many")` when an office would have more than two keys at a time.
    """
    who, at = named(person), services.now()
    why = worded(reason) if state is RecordState.REFUSED else None

    def unit(uow: UnitOfWork) -> list[Record]:
        ids = [which] if isinstance(which, int) else which
        if isinstance(which, str):
            open_ones = uow.regions.list(batch=which, state=RecordState.PROPOSED)
            ids = [record.id for record in open_ones]
        if not ids:
            raise Rejected("region_record_missing", id=which)
        decided = [uow.regions.decide(int(one), state, person=who, at=at) for one in ids]
        for record in decided:
            if record.kind is Kind.KEY and state is RecordState.CONFIRMED:
                _require_few_keys(record, uow, on=day_of(services, at))
            _note(f"region.{state.value}", record, uow, person=who, at=at, reason=why)
        return decided

    return services.store.transact(unit)


def _propose(
    entries: Sequence[Entry], batch: str, *, person: str, services: Services
) -> list[Record]:
    if len(entries) > ENTRIES_MAX:
        raise Rejected("region_entries_too_many", found=len(entries), limit=ENTRIES_MAX)
    who, at = named(person), services.now()
    wanted = [_record(entry, batch, person=who, at=at) for entry in entries]

    def unit(uow: UnitOfWork) -> list[Record]:
        said = _said(uow.regions.list())
        proposed = []
        for record in wanted:
            if _words(record) not in said[_thing(record)]:
                said[_thing(record)].append(_words(record))
                proposed.append(uow.regions.propose(record))
                _note("region.proposed", proposed[-1], uow, person=who, at=at)
        return proposed

    return services.store.transact(unit)


def _record(entry: Entry, batch: str, *, person: str, at: datetime) -> Record:
    code, ref, facts = checked(
        entry.kind, entry.code, entry.facts, valid_from=entry.valid_from,
        valid_until=entry.valid_until, place=entry.place,
    )  # fmt: skip
    return Record(
        id=0, kind=entry.kind, code=code, ref=ref, valid_from=entry.valid_from,
        valid_until=entry.valid_until, facts=facts, state=RecordState.PROPOSED, batch=batch,
        proposed_by=person, proposed_at=at,
    )  # fmt: skip


def _said(records: Sequence[Record]) -> defaultdict[Hashable, list[Hashable]]:
    """Return what is said of each thing: by the entry that decides, and by open proposals."""
    said: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
    deciding: dict[Hashable, Hashable] = {}
    for record in records:  # oldest first
        if record.state is RecordState.CONFIRMED:
            deciding[_thing(record)] = _words(record)
        elif record.state is RecordState.PROPOSED:
            said[_thing(record)].append(_words(record))
    for thing, words in deciding.items():
        said[thing].append(words)
    return said


def _thing(record: Record) -> Hashable:
    return record.kind, record.code, record.ref, record.valid_from


def _words(record: Record) -> Hashable:
    return record.valid_until, tuple(sorted(record.facts.items()))


def _require_few_keys(record: Record, uow: UnitOfWork, *, on: date) -> None:
    for day in {max(on, record.valid_from), record.valid_from}:
        if len(uow.regions.holding(day, code=record.code, kind=Kind.KEY)) > KEYS_VALID_MAX:
            raise Rejected("region_keys_too_many", region=record.code, limit=KEYS_VALID_MAX)


def _note(
    event: str,
    record: Record,
    uow: UnitOfWork,
    *,
    person: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Journal a change: account numbers masked, and the digest of all of it."""
    facts = record.shown()
    uow.journal.note(
        event, f"region:{record.code}", at=at, actor="person", person=person, record=record.id,
        kind=record.kind.value, ref=record.ref, valid_from=record.valid_from,
        valid_until=record.valid_until, facts=facts, sha256=digest_of(record),
        batch=record.batch, reason=reason,
    )  # fmt: skip


def digest_of(record: Record) -> str:
    """Return the SHA-256 of all that an entry says, its numbers unmasked."""
    own = (record.kind.value, record.code, record.ref, record.valid_from, record.valid_until)
    said = json.dumps([*map(str, own), sorted(record.facts.items())], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
