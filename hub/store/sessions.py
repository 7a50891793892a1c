"""Sessions of browsers and tokens of programs; only the SHA-256 of either is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.store.schema.people import people_sessions, people_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is signed in, until an instant at most."""

    token_sha256: str
    person_id: int
    made_at: datetime
    seen_at: datetime
    until: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A program's token: for whom it acts, and with which of this person's permissions."""

    id: int
    person_id: int
    label: str
    permissions: frozenset[Permission]
    made_at: datetime
    until: datetime
    revoked_at: datetime | None


class Sessions:
    """The sessions and tokens that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        """Begin a session; sessions that are over go away."""
        table = people_sessions
        self._connection.execute(table.delete().where(table.c.until < session.made_at))
        row = {name: getattr(session, name) for name in table.c.keys()}  # noqa: SIM118 -- columns
        self._connection.execute(table.insert().values(**row))

    def get(self, token_sha256: str) -> Session | None:
        """Return a session by its token's hash."""
        table = people_sessions
        query = select(table).where(table.c.token_sha256 == token_sha256)
        row = self._connection.execute(query).one_or_none()
        return Session(**row._mapping) if row else None  # noqa: SLF001

    def seen(self, token_sha256: str, *, at: datetime) -> None:
        """Note that a session was used."""
        table = people_sessions
        one = table.update().where(table.c.token_sha256 == token_sha256)
        self._connection.execute(one.values(seen_at=at))

    def end(self, token_sha256: str) -> None:
        """End one session."""
        table = people_sessions
        self._connection.execute(table.delete().where(table.c.token_sha256 == token_sha256))

    def end_all(self, person_id: int, *, but: str | None = None) -> int:
        """End every session of a person, but one if it is named; return how many."""
        table = people_sessions
        ended = table.delete().where(table.c.person_id == person_id)
        if but is not None:
            ended = ended.where(table.c.token_sha256 != but)
        return int(self._connection.execute(ended).rowcount)

    def of(self, person_id: int) -> Sequence[Session]:
        """Return a person's sessions, the latest first."""
        table = people_sessions
        query = select(table).where(table.c.person_id == person_id)
        rows = self._connection.execute(query.order_by(table.c.made_at.desc()))
        return [Session(**row._mapping) for row in rows]  # noqa: SLF001

    def add_token(
        self, token_sha256: str, person_id: int, label: str, permissions: frozenset[Permission],
        *, at: datetime, until: datetime,
    ) -> Token:  # fmt: skip
        """Add a program's token."""
        table = people_tokens
        self._connection.execute(
            table.insert().values(
                token_sha256=token_sha256, person_id=person_id, label=label, made_at=at,
                until=until, permissions=json.dumps(sorted(p.value for p in permissions)),
            )
        )  # fmt: skip
        found = self.token(token_sha256)
        if found is None:
            raise Rejected("person_token_missing", id=label)
        return found

    def token(self, token_sha256: str) -> Token | None:
        """Return a program's token by its hash."""
        query = _TOKENS.where(people_tokens.c.token_sha256 == token_sha256)
        row = self._connection.execute(query).one_or_none()
        return _token(row) if row else None

    def tokens(self, person_id: int | None = None) -> Sequence[Token]:
        """Return tokens, of one person or of all, the latest first."""
        query = _TOKENS.order_by(people_tokens.c.id.desc())
        if person_id is not None:
            query = query.where(people_tokens.c.person_id == person_id)
        return [_token(row) for row in self._connection.execute(query)]

    def revoke(self, token_id: int, *, at: datetime) -> Token:
        """End a token; `Rejected("person_token_missing")` when there is none or it has ended."""
        table = people_tokens
        done = self._connection.execute(
            table.update()
            .where(table.c.id == token_id, table.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        if done.rowcount != 1:
            raise Rejected("person_token_missing", id=token_id)
        return next(token for token in self.tokens() if token.id == token_id)

    def revoke_all(self, person_id: int, *, at: datetime) -> None:
        """End every token of a person."""
        table = people_tokens
        mine = table.update().where(table.c.person_id == person_id, table.c.revoked_at.is_(None))
        self._connection.execute(mine.values(revoked_at=at))


_TOKENS = select(*(c for c in people_tokens.c if c.name != "token_sha256"))


def _token(row: Row[Any]) -> Token:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001
    known = {permission.value for permission in Permission}
    held = frozenset(Permission(p) for p in json.loads(values["permissions"]) if p in known)
    return Token(**{**values, "permissions": held})
