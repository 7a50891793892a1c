"""Relation transfers (关系转移) in the store: cases whose facts only grow, one writer at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select

from hub.domain.transfer_case import FIRST_EPOCH, Claim, Hold, TransferCase
from hub.domain.transfer_facts import FACTS
from hub.domain.transfer_json import from_json, text_of
from hub.domain.transfer_kinds import Direction, Kind
from hub.domain.transfer_rules import Governing
from hub.domain.transfer_state import ENDED, TransferState
from hub.errors import Rejected
from hub.store.schema.transfers import transfer_facts, transfer_serials, transfers
from hub.store.transfer_approvals import TransferApprovals
from hub.store.writes import insert_new, next_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from hub.domain.transfer_facts import Fact

_ENDED: Final = tuple(one.value for one in ENDED)
_AT_ONCE: Final = 500  # cases whose facts are asked for in one query


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A fact with when it was noted, by whom, and the message that brought or took it."""

    fact: Fact
    noted_at: datetime
    person: str | None
    message_id: str | None


class Transfers:
    """The transfer cases that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.approvals: Final = TransferApprovals(connection)

    def next_serial(self, year: int) -> int:
        """Return the next case number of a year, from 1."""
        return next_number(self._connection, transfer_serials, number="last", year=year)

    def add(self, case: TransferCase, *, at: datetime, person: str | None) -> TransferCase:
        """Keep a new case with its facts.

        `Rejected("transfer_exists")` when its round is there, or a live case is in its way: one
        for each person, kind and office, and one going out for each person and kind.
        """
        if not insert_new(self._connection, transfers, **_row_of(case), version=1):
            other = self._in_the_way(case)
            raise Rejected("transfer_exists", ref=other.ref, state=other.state.zh)
        c = transfers.c
        added = next(self._where(c.ref == case.ref, c.round == case.round))
        self._grow(added, case.facts, at=at, person=person, message_id=None)
        return replace(added, facts=case.facts)

    def get(self, case_id: int, *, lock: bool = False) -> TransferCase:
        """Return one case; `lock` holds it to the end of the unit, so that changes queue up."""
        found = next(self._where(transfers.c.id == case_id, lock=lock), None)
        if found is None:
            raise Rejected("transfer_missing", id=case_id)
        return found

    def of_ids(self, ids: Sequence[int]) -> Sequence[TransferCase]:
        """Return cases by number, in the order asked for."""
        if not ids:
            return []
        found = {case.id: case for case in self._where(transfers.c.id.in_(ids))}
        return [found[one] for one in ids if one in found]

    def of_ref(self, ref: str, *, lock: bool = False) -> TransferCase | None:
        """Return the latest round of a case by its own or the other office's reference."""
        c = transfers.c
        mine = or_(c.ref == ref, c.peer_ref == ref)
        latest = select(c.id).where(mine).order_by(c.round.desc(), c.id.desc()).limit(1)
        found = self._connection.execute(latest).scalar_one_or_none()
        return None if found is None else self.get(found, lock=lock)

    def rounds(self, ref: str) -> Sequence[TransferCase]:
        """Return every round of a case by its own or the other office's reference, in order."""
        c = transfers.c
        return list(self._where(or_(c.ref == ref, c.peer_ref == ref)))

    def live(
        self, person_id: str, kind: Kind, counterpart: str, *, lock: bool = False
    ) -> TransferCase | None:
        """Return the case of a person and kind with an office that is not over."""
        c = transfers.c
        mine = (c.person_id == person_id, c.kind == kind.value, c.counterpart == counterpart)
        return next(self._where(*mine, c.state.not_in(_ENDED), lock=lock), None)

    def claim(self, person_id: str, kind: Kind) -> Claim:
        """Return what this office says about a person's relation, by the case with most to say.

        An office that never heard of a person holds the relation if it is asked for it: the core
        system, not the hub, knows who is insured.
        """
        c = transfers.c
        query = (
            select(c.hold, c.hold_epoch)
            .where(c.person_id == person_id, c.kind == kind.value, c.hold != Hold.NONE.value)
            .order_by(c.hold_epoch.desc(), c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return Claim(hold=Hold.HELD, epoch=FIRST_EPOCH)
        return Claim(hold=Hold(row.hold), epoch=row.hold_epoch)

    def stored(self) -> dict[int, tuple[TransferState, str, Claim]]:
        """Return state, counterpart and claim of every case as they were written.

        What the facts make of them may differ only if somebody got around this module.
        """
        c = transfers.c
        query = select(c.id, c.state, c.counterpart, c.hold, c.hold_epoch)
        return {
            row.id: (
                TransferState(row.state),
                row.counterpart,
                Claim(hold=Hold(row.hold), epoch=row.hold_epoch),
            )
            for row in self._connection.execute(query)
        }

    def released(self, person_id: str, kind: Kind) -> TransferCase | None:
        """Return the case by which this office last gave a relation away."""
        c = transfers.c
        mine = (c.person_id == person_id, c.kind == kind.value, c.hold == Hold.RELEASED.value)
        return max(self._where(*mine), key=lambda case: case.id, default=None)

    def save(
        self,
        before: TransferCase,
        after: TransferCase,
        *,
        at: datetime,
        person: str | None = None,
        message_id: str | None = None,
    ) -> TransferCase:
        """Write a changed case and the facts that are new in it.

        `Rejected("transfer_changed")` when somebody else changed it meanwhile.
        """
        c = transfers.c
        done = self._connection.execute(
            transfers.update()
            .where(c.id == after.id, c.version == before.version)
            .values(**_row_of(after), version=before.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("transfer_changed", ref=after.ref)
        fresh = after.facts[len(before.facts) :]
        self._grow(after, fresh, at=at, person=person, message_id=message_id)
        return replace(after, version=before.version + 1)

    def timeline(self, case_id: int) -> list[Noted]:
        """Return the facts of a case with when they were noted, oldest first."""
        return [
            Noted(
                fact=_fact_of(row), noted_at=row.noted_at, person=row.person,
                message_id=row.message_id,
            )
            for row in self._facts([case_id])
        ]  # fmt: skip

    def message_of(self, case_id: int, key: str) -> str | None:
        """Return the id of the message that brought or took a fact."""
        c = transfer_facts.c
        query = select(c.message_id).where(c.case_id == case_id, c.key == key)
        found: str | None = self._connection.execute(query).scalar_one_or_none()
        return found

    def list(
        self,
        *,
        state: TransferState | None = None,
        direction: Direction | None = None,
        kind: Kind | None = None,
        counterpart: str | None = None,
        live: bool = False,
        since: date | None = None,
        limit: int | None = None,
    ) -> list[TransferCase]:
        """Return cases, the latest first; `since` leaves out what ended before was opened."""
        c = transfers.c
        wanted = {c.state: state, c.direction: direction, c.kind: kind}
        conditions = [column == value.value for column, value in wanted.items() if value]
        if counterpart is not None:
            conditions.append(c.counterpart == counterpart)
        if live:
            conditions.append(c.state.not_in(_ENDED))
        if since is not None:
            recent = select(transfer_facts.c.case_id).where(transfer_facts.c.fact_on >= since)
            conditions.append(or_(c.state.not_in(_ENDED), c.id.in_(recent)))
        return list(self._where(*conditions, latest_first=True, limit=limit))

    def _in_the_way(self, case: TransferCase) -> TransferCase:
        c = transfers.c
        live = and_(
            c.person_id == case.person_id, c.kind == case.kind.value, c.state.not_in(_ENDED)
        )
        return next(self._where(or_(and_(c.ref == case.ref, c.round == case.round), live)))

    def _grow(
        self,
        case: TransferCase,
        facts: Sequence[Fact],
        *,
        at: datetime,
        person: str | None,
        message_id: str | None,
    ) -> None:
        if facts:
            rows = [
                {
                    "case_id": case.id, "key": one.key, "type": one.TYPE, "fact_on": one.on,
                    "content": text_of(one), "noted_at": at, "person": person,
                    "message_id": message_id,
                }
                for one in facts
            ]  # fmt: skip
            self._connection.execute(transfer_facts.insert(), rows)

    def _facts(self, case_ids: Sequence[int]) -> Iterator[Row[Any]]:
        c = transfer_facts.c
        for start in range(0, len(case_ids), _AT_ONCE):
            some = c.case_id.in_(case_ids[start : start + _AT_ONCE])
            yield from self._connection.execute(select(transfer_facts).where(some).order_by(c.id))

    def _where(
        self,
        *conditions: ColumnElement[bool],
        lock: bool = False,
        latest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[TransferCase]:
        c = transfers.c
        query = select(transfers).where(*conditions)
        query = query.order_by(c.id.desc() if latest_first else c.id).limit(limit)
        if lock:
            query = query.with_for_update()  # SQLite has one writer anyway
        rows = self._connection.execute(query).all()
        ids = [row.id for row in rows]
        facts: dict[int, list[Fact]] = {case_id: [] for case_id in ids}
        for row in self._facts(ids):
            facts[row.case_id].append(_fact_of(row))
        proposals = self.approvals.latest(ids)
        for row in rows:
            case = _case_of(row)
            yield replace(case, facts=tuple(facts[row.id]), proposal=proposals.get(row.id))


def _row_of(case: TransferCase) -> dict[str, Any]:
    claim = case.claim
    return {
        "ref": case.ref, "round": case.round, "peer_ref": case.peer_ref,
        "direction": case.direction.value, "kind": case.kind.value, "person_id": case.person_id,
        "person_name": case.person_name, "origin": case.origin, "counterpart": case.counterpart,
        "opened_on": case.opened_on, "opened_by": case.opened_by, "rules": text_of(case.rules),
        "epoch": case.epoch, "supplement": int(case.supplement), "on_paper": int(case.on_paper),
        "state": case.state.value, "hold": claim.hold.value, "hold_epoch": claim.epoch,
    }  # fmt: skip


def _case_of(row: Row[Any]) -> TransferCase:
    return TransferCase(
        id=row.id, ref=row.ref, round=row.round, peer_ref=row.peer_ref,
        direction=Direction(row.direction), kind=Kind(row.kind), person_id=row.person_id,
        person_name=row.person_name, origin=row.origin, opened_on=row.opened_on,
        opened_by=row.opened_by, epoch=row.epoch, supplement=bool(row.supplement),
        on_paper=bool(row.on_paper), version=row.version,
        rules=_rules_of(row.rules),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _rules_of(content: str) -> tuple[Governing, ...]:
    # cases of one kind that were opened under the same packs all have the same text
    return tuple(from_json(Governing, one) for one in json.loads(content))


def _fact_of(row: Row[Any]) -> Fact:
    return from_json(FACTS[row.type], json.loads(row.content))
