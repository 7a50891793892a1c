"""Requests whether payees are alive, in the store: once each, changed by compare-and-set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.domain.assistance import Answer, Assistance, Finding, Request
from hub.errors import Rejected
from hub.store.schema.assistance import assistance_serials, assistances
from hub.store.schema.payouts import benefit_stops
from hub.store.writes import inserted, next_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row


class Assistances:
    """The requests that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: Assistance) -> Assistance:
        """Keep a request; the same reference of the same office again is the one that is there."""
        new = inserted(self._connection, assistances, **_row_of(made), version=1)
        if new is None:
            return self.of_ref(made.peer, made.request.ref, ours=made.ours)
        return replace(made, id=new.id, version=1)

    def next_number(self, year: int) -> int:
        """Return the next number of a request of ours in a year, from 1."""
        return next_number(self._connection, assistance_serials, number="last", year=year)

    def get(self, assistance_id: int) -> Assistance:
        """Return one; `Rejected("assistance_missing")` when there is none."""
        found = next(self._where(assistances.c.id == assistance_id), None)
        if found is None:
            raise Rejected("assistance_missing", id=assistance_id)
        return found

    def of_ref(self, peer: str, ref: str, *, ours: bool) -> Assistance:
        """Return the request of a reference; `Rejected("assistance_unknown")`."""
        c = assistances.c
        found = next(self._where(c.peer == peer, c.ref == ref, c.ours == int(ours)), None)
        if found is None:
            raise Rejected("assistance_unknown", ref=ref)
        return found

    def save(self, changed: Assistance) -> Assistance:
        """Write a changed one; `Rejected` when somebody else changed it meanwhile."""
        c = assistances.c
        done = self._connection.execute(
            assistances.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**_row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("assistance_answered", ref=changed.request.ref)
        return replace(changed, version=changed.version + 1)

    def list(self, *, ours: bool | None = None, open_only: bool = False) -> list[Assistance]:
        """Return requests, oldest first."""
        wanted = [] if ours is None else [assistances.c.ours == int(ours)]
        if open_only:
            wanted.append(assistances.c.finding.is_(None))
        return list(self._where(*wanted))

    def lift(self, evidence: str, *, person: str, at: datetime) -> bool:
        """Let the benefits go on that a request stopped; tell whether any were."""
        s = benefit_stops.c
        done = self._connection.execute(
            benefit_stops.update()
            .where(s.evidence == evidence, s.lifted_at.is_(None))
            .values(lifted_by=person, lifted_at=at)
        )
        return done.rowcount > 0

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[Assistance]:
        query = select(assistances).where(*conditions).order_by(assistances.c.id)
        return (_assistance_of(row) for row in self._connection.execute(query))


def _row_of(made: Assistance) -> dict[str, Any]:
    request, answer = made.request, made.answer
    return {
        "ours": int(made.ours), "peer": made.peer, "ref": request.ref,
        "person_id": request.person_id, "person_name": request.person_name,
        "asked_on": request.asked_on, "due_on": request.due_on, "message_id": made.message_id,
        "finding": answer.finding.value if answer else None,
        "found_on": answer.found_on if answer else None,
        "certified_until": answer.certified_until if answer else None,
        "note": answer.note if answer else None, "answered_by": made.answered_by,
        "answered_at": made.answered_at, "lifted_by": made.lifted_by,
    }  # fmt: skip


def _assistance_of(row: Row[Any]) -> Assistance:
    answer = None
    if row.finding is not None:
        answer = Answer(
            ref=row.ref, finding=Finding(row.finding), found_on=row.found_on,
            certified_until=row.certified_until, note=row.note,
        )  # fmt: skip
    return Assistance(
        id=row.id, ours=bool(row.ours), peer=row.peer, message_id=row.message_id, answer=answer,
        answered_by=row.answered_by, answered_at=row.answered_at, lifted_by=row.lifted_by,
        version=row.version,
        request=Request(
            ref=row.ref, person_id=row.person_id, person_name=row.person_name,
            asked_on=row.asked_on, due_on=row.due_on,
        ),
    )  # fmt: skip
