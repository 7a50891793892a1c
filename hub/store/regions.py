"""The directory of regions in the store: entries are added and decided, never changed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from hub.domain.approval import same_person
from hub.domain.region_directory import (
    Account,
    Kind,
    Office,
    PublicKey,
    Record,
    RecordState,
    holding,
)
from hub.errors import Rejected
from hub.store.schema.regions import region_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Row, Select


class Regions:
    """The directory that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answers: dict[tuple[object, ...], Sequence[Record]] = {}

    def propose(self, record: Record) -> Record:
        """Add an entry that another person must confirm before it holds."""
        self._answers.clear()
        row = _row_of(record)
        made = region_records.insert().values(**row).returning(region_records.c.id)
        return replace(record, id=int(self._connection.execute(made).scalar_one()))

    def decide(self, record_id: int, state: RecordState, *, person: str, at: datetime) -> Record:
        """Confirm or refuse a proposed entry.

        `Rejected`: `region_record_decided` when it is no longer proposed, `region_same_person`
        when its proposer would confirm it.
        """
        self._answers.clear()
        found = self.get(record_id)
        if state is RecordState.CONFIRMED and same_person(person, found.proposed_by):
            raise Rejected("region_same_person", id=record_id)
        c = region_records.c
        done = self._connection.execute(
            region_records.update()
            .where(c.id == record_id, c.state == RecordState.PROPOSED.value)
            .values(state=state.value, decided_by=person, decided_at=at)
        )
        if done.rowcount != 1:
            raise Rejected("region_record_decided", id=record_id, state=found.state.zh)
        return self.get(record_id)

    def get(self, record_id: int) -> Record:
        """Return one entry; `Rejected` when there is none."""
        found = self._where(id=record_id)
        if not found:
            raise Rejected("region_record_missing", id=record_id)
        return found[0]

    def holding(
        self, on: date, *, code: str | None = None, kind: Kind | None = None
    ) -> list[Record]:
        """Return what holds on a day, by code, kind and ref."""
        found = self.list(code=code, kind=kind, state=RecordState.CONFIRMED)
        return holding(found, on)

    def office(self, code: str, *, on: date) -> Office:
        """Return the agency of a region; `Rejected("region_office_missing")` if none is known."""
        found = self.holding(on, code=code, kind=Kind.OFFICE)
        if not found:
            raise Rejected("region_office_missing", region=code)
        facts = found[0].facts
        return Office(
            code=code, name=facts["name"], road=facts["road"], broker_user=facts.get("broker_user")
        )

    def account(self, code: str, fund: str, *, on: date) -> Account:
        """Return where a region receives money; `Rejected("region_account_missing")` if unknown."""
        for record in self.holding(on, code=code, kind=Kind.ACCOUNT):
            if record.ref == fund:
                return Account(code=code, **record.facts)
        raise Rejected("region_account_missing", region=code, fund=fund)

    def key(self, key_id: str) -> Sequence[Record]:
        """Return every confirmed entry about a key, of any office and day, oldest first."""
        confirmed = RecordState.CONFIRMED.value
        return self._asked(kind=Kind.KEY.value, ref=key_id, state=confirmed)

    def public_key(self, code: str, key_id: str, *, on: date) -> PublicKey | None:
        """Return an office's key when it holds on a day."""
        mine = [record for record in self.key(key_id) if record.code == code]
        found = holding(mine, on)
        return PublicKey.parse(found[0].facts["public_key"]) if found else None

    def list(
        self,
        *,
        code: str | None = None,
        kind: Kind | None = None,
        state: RecordState | None = None,
        batch: str | None = None,
    ) -> Sequence[Record]:
        """Return entries of any day, oldest first."""
        wanted = {
            "code": code, "kind": kind and kind.value, "state": state and state.value,
            "batch": batch,
        }  # fmt: skip
        return self._asked(**{name: value for name, value in wanted.items() if value})

    def _asked(self, **wanted: object) -> Sequence[Record]:
        """Return entries; one question is asked once in a unit, as a message asks it five times."""
        question = tuple(wanted.items())
        if question not in self._answers:
            self._answers[question] = self._where(**wanted)
        return self._answers[question]

    def _where(self, **wanted: object) -> Sequence[Record]:
        rows = self._connection.execute(_query(*wanted), wanted)
        return [_record_of(row) for row in rows]


@cache
def _query(*names: str) -> Select[Any]:
    """Return what asks for entries by some columns, built once for each of the few questions."""
    c = region_records.c
    wanted = [c[name] == bindparam(name, type_=c[name].type) for name in names]
    return select(region_records).where(*wanted).order_by(c.id)


def _row_of(record: Record) -> dict[str, Any]:
    """Return every column of an entry except `id`."""
    facts = json.dumps(dict(record.facts), ensure_ascii=False, sort_keys=True)
    return {
        "kind": record.kind.value, "code": record.code, "ref": record.ref,
        "valid_from": record.valid_from, "valid_until": record.valid_until, "facts": facts,
        "state": record.state.value, "batch": record.batch, "proposed_by": record.proposed_by,
        "proposed_at": record.proposed_at, "decided_by": record.decided_by,
        "decided_at": record.decided_at,
    }  # fmt: skip


def _record_of(row: Row[Any]) -> Record:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    return Record(
        **{
            **values,
            "kind": Kind(values["kind"]),
            "state": RecordState(values["state"]),
            "facts": json.loads(values["facts"]),
        }
    )
