"""People in the store: accounts, changes of them, and secrets that are only compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.domain.person import Change, ChangeKind, ChangeState, Person, PersonState, Place, key_of
from hub.errors import Rejected
from hub.store.schema.people import people, people_changes
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_SHOWN: list[ColumnElement[Any]] = [
    c for c in people.c
    if c.name not in ("name_key", "factor", "factor_step", "password_hash", "enrolment_sha256")
]  # fmt: skip


class People:
    """The people whom one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, sign_in: str, place: Place, *, at: datetime) -> Person:
        """Add somebody without a password; `Rejected("person_known")` if a name is taken."""
        added = insert_new(
            self._connection, people, name=name, name_key=key_of(name), sign_in=sign_in,
            state=PersonState.ACTIVE.value, factor_step=0, failed=0, made_at=at, **_columns(place),
        )  # fmt: skip
        if not added:
            raise Rejected("person_known", name=name, sign_in=sign_in)
        return self.named(name)

    def named(self, name: str) -> Person:
        """Return somebody by name; `Rejected("person_missing")`."""
        return self._one(people.c.name_key == key_of(name), name)

    def get(self, person_id: int) -> Person:
        """Return somebody by number; `Rejected("person_missing")`."""
        return self._one(people.c.id == person_id, str(person_id))

    def signing_in(self, sign_in: str) -> Person | None:
        """Return who has a sign-in name, if anybody."""
        return next(iter(self._where(people.c.sign_in == sign_in.strip().lower())), None)

    def list(self) -> Sequence[Person]:
        """Return everybody, by name."""
        return self._where()

    def set(self, person: Person, **values: Any) -> None:  # noqa: ANN401 -- columns
        """Change columns of one person."""
        changed = people.update().where(people.c.id == person.id).values(**values)
        self._connection.execute(changed)

    def set_place(self, person: Person, place: Place) -> None:
        """Give somebody another place."""
        self.set(person, **_columns(place))

    def secret(self, person: Person, column: str) -> str | None:
        """Return the password's hash, the sealed factor or the enrolment code's hash."""
        query = select(people.c[column]).where(people.c.id == person.id)
        found: str | None = self._connection.execute(query).scalar_one()
        return found

    def factor_step(self, person: Person) -> int:
        """Return the last time step whose one-time code was used; 0 for none."""
        query = select(people.c.factor_step).where(people.c.id == person.id)
        return int(self._connection.execute(query).scalar_one())

    def use_step(self, person: Person, step: int) -> bool:
        """Mark a one-time code's time step as used; `False` when it or a later one was."""
        c = people.c
        done = self._connection.execute(
            people.update().where(c.id == person.id, c.factor_step < step).values(factor_step=step)
        )
        return done.rowcount == 1

    def draft(
        self, kind: ChangeKind, name: str, facts: Mapping[str, Any], *, person: str, at: datetime
    ) -> Change:
        """Draft a change; `Rejected("person_change_open")` while another is open for the name."""
        text = json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)
        drafted = insert_new(
            self._connection, people_changes, kind=kind.value, name=name, name_key=key_of(name),
            facts=text, state=ChangeState.DRAFT.value, drafted_by=person, drafted_at=at,
        )  # fmt: skip
        if not drafted:
            raise Rejected("person_change_open", name=name)
        c = people_changes.c
        return self._changes(c.name_key == key_of(name), c.state == ChangeState.DRAFT.value)[0]

    def decide(self, change: Change, state: ChangeState, *, person: str, at: datetime) -> Change:
        """Decide a draft; `Rejected("person_change_decided")` when somebody did already."""
        c = people_changes.c
        done = self._connection.execute(
            people_changes.update()
            .where(c.id == change.id, c.state == ChangeState.DRAFT.value)
            .values(state=state.value, decided_by=person, decided_at=at)
        )
        if done.rowcount != 1:
            raise Rejected("person_change_decided", id=change.id)
        return self.change(change.id)

    def change(self, change_id: int) -> Change:
        """Return one change; `Rejected("person_change_missing")`."""
        found = self._changes(people_changes.c.id == change_id)
        if not found:
            raise Rejected("person_change_missing", id=change_id)
        return found[0]

    def changes(
        self, *, state: ChangeState | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Change]:
        """Return changes, the latest first, below a number."""
        conditions = []
        if state is not None:
            conditions.append(people_changes.c.state == state.value)
        if before is not None:
            conditions.append(people_changes.c.id < before)
        return self._changes(*conditions, limit=limit)

    def _one(self, condition: ColumnElement[bool], name: str) -> Person:
        found = self._where(condition)
        if not found:
            raise Rejected("person_missing", name=name)
        return found[0]

    def _where(self, *conditions: ColumnElement[bool]) -> Sequence[Person]:
        columns = [*_SHOWN, people.c.password_hash.is_not(None).label("has_password")]
        query = select(*columns).where(*conditions).order_by(people.c.name_key)
        return [_person(row) for row in self._connection.execute(query)]

    def _changes(self, *conditions: ColumnElement[bool], limit: int = 100) -> Sequence[Change]:
        c = people_changes.c
        columns = [one for one in c if one.name != "name_key"]
        query = select(*columns).where(*conditions).order_by(c.id.desc()).limit(limit)
        return [_change(row) for row in self._connection.execute(query)]


def _columns(place: Place) -> dict[str, Any]:
    return {
        "roles": json.dumps(list(place.roles)), "desk": place.desk, "partner": place.partner,
        "region": place.region,
    }  # fmt: skip


def _person(row: Row[Any]) -> Person:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    place = Place(
        roles=tuple(json.loads(values.pop("roles"))),
        **{name: values.pop(name) for name in ("desk", "partner", "region")},
    )
    state = PersonState(values.pop("state"))
    return Person(**values, place=place, state=state)


def _change(row: Row[Any]) -> Change:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001
    return Change(
        **{
            **values,
            "kind": ChangeKind(values["kind"]),
            "state": ChangeState(values["state"]),
            "facts": json.loads(values["facts"]),
        }
    )
