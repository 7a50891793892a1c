"""Statements of our bank accounts in the store: what came, its lines, the days that they make."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, select

from hub.domain.bank_chain import Break, DayBalance, DayFacts
from hub.domain.bank_statement import Before, Standing, StatementLine
from hub.store.schema.bank import bank_days, bank_lines, bank_statements
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

_TAKEN: Final = bank_statements.c.standing == Standing.TAKEN.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement as it is kept; amounts in fen."""

    account: str
    inbox_id: int
    position: int
    form: str
    reference: str | None
    sequence_no: int | None
    first_on: date
    last_on: date
    opening_fen: int | None
    closing_fen: int | None
    line_count: int
    credit_fen: int
    debit_fen: int
    digest: str
    standing: Standing
    taken_at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day of an account as it is kept."""

    account: str
    booked_on: date
    line_count: int
    credit_fen: int
    debit_fen: int
    opening_fen: int
    closing_fen: int
    broken: Break | None
    broken_fen: int
    closed_at: datetime | None


class BankStatements:
    """The statements that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_taken(self, account: str, digest: str) -> bool:
        """Tell whether the same statement was taken before."""
        c = bank_statements.c
        query = select(c.id).where(c.account == account, c.digest == digest, _TAKEN)
        return self._connection.execute(query).first() is not None

    def before(self, account: str, first_on: date, last_on: date) -> Before:
        """Return what is known of some days of an account."""
        c, s = bank_lines.c, bank_statements.c
        mine = (c.account == account, c.booked_on >= first_on, c.booked_on <= last_on)
        bag: defaultdict[date, dict[str, int]] = defaultdict(dict)
        query = select(c.booked_on, c.base, func.count()).where(*mine)
        for day, base, count in self._connection.execute(query.group_by(c.booked_on, c.base)):
            bag[day][base] = int(count)
        query = select(c.booked_on, *_sums()).where(*mine).group_by(c.booked_on)
        sums = {
            day: (int(credit), -int(debit))
            for day, _, credit, debit in self._connection.execute(query)
        }
        edges = select(s.opening_fen, s.closing_fen).where(
            s.account == account, _TAKEN, s.last_on >= first_on, s.first_on <= last_on,
            s.opening_fen.is_not(None), s.closing_fen.is_not(None),
        )  # fmt: skip
        found = tuple((int(o), int(c)) for o, c in self._connection.execute(edges))
        return Before(bag=dict(bag), sums=sums, edges=found)

    def add(self, statement: Statement) -> int:
        """Keep a statement; return its number."""
        values = {
            name: getattr(statement, name) for name in Statement.__slots__ if name != "id"
        } | {"standing": statement.standing.value}
        added = bank_statements.insert().values(**values).returning(bank_statements.c.id)
        return int(self._connection.execute(added).scalar_one())

    def add_lines(
        self, account: str, statement_id: int, named: Sequence[tuple[str, StatementLine]]
    ) -> None:
        """Keep lines that are new, with their identities."""
        rows = [
            {
                "account": account, "statement_id": statement_id, "identity": identity,
                "base": line.base, "number": line.number, "booked_on": line.booked_on,
                "amount_fen": line.amount_fen, "reference": line.reference,
                "narrative": line.narrative, "party_name": line.party_name,
                "party_account": line.party_account,
                "end_to_end_ids": json.dumps(line.end_to_end_ids),
                "message_id": line.message_id, "code": line.code,
                "is_return": int(line.is_return), "place_line": line.place_line,
                "place_byte": line.place_byte,
            }
            for identity, line in named
        ]  # fmt: skip
        if rows:
            self._connection.execute(bank_lines.insert(), rows)

    def all(self, account: str, *, standing: Standing | None = None) -> list[Statement]:
        """Return the statements of an account, by their days."""
        c = bank_statements.c
        query = select(bank_statements).where(c.account == account)
        if standing is not None:
            query = query.where(c.standing == standing.value)
        rows = self._connection.execute(query.order_by(c.last_on, c.id))
        return [
            Statement(**{**row._mapping, "standing": Standing(row.standing)})  # noqa: SLF001
            for row in rows
        ]

    def facts(self, account: str, since: date) -> list[DayFacts]:
        """Return the days of an account from a day on: their lines, and the balances told."""
        c, s = bank_lines.c, bank_statements.c
        mine = (c.account == account, c.booked_on >= since)
        query = select(c.booked_on, *_sums()).where(*mine).group_by(c.booked_on)
        sums = {
            day: (int(credit), int(debit))
            for day, _, credit, debit in self._connection.execute(query)
        }
        openings: defaultdict[date, set[int]] = defaultdict(set)
        closings: defaultdict[date, set[int]] = defaultdict(set)
        told = select(s.first_on, s.last_on, s.opening_fen, s.closing_fen).where(
            s.account == account, _TAKEN, s.last_on >= since
        )
        days = set(sums)
        for first, last, opening, closing in self._connection.execute(told):
            days |= {one for one in (first, last) if one >= since}
            if opening is not None and first >= since:
                openings[first].add(int(opening))
            if closing is not None:
                closings[last].add(int(closing))
        return [
            DayFacts(
                on=day, credit_fen=sums.get(day, (0, 0))[0], debit_fen=sums.get(day, (0, 0))[1],
                openings=frozenset(openings[day]), closings=frozenset(closings[day]),
            )
            for day in sorted(days)
        ]  # fmt: skip

    def covered(self, account: str, since: date) -> list[tuple[date, date]]:
        """Return first and last day of the statements that were taken, from a day on."""
        c = bank_statements.c
        told = (Standing.TAKEN.value, Standing.REPEAT.value)
        query = select(c.first_on, c.last_on).distinct()
        query = query.where(c.account == account, c.standing.in_(told), c.last_on >= since)
        return [(first, last) for first, last in self._connection.execute(query)]

    def numbers(self, account: str, since: date) -> list[tuple[date, int]]:
        """Return days and numbers of the statements that have one, from a day on."""
        c = bank_statements.c
        told = (Standing.TAKEN.value, Standing.REPEAT.value)
        query = select(c.last_on, c.sequence_no).where(
            c.account == account, c.standing.in_(told), c.sequence_no.is_not(None),
            c.last_on >= since,
        )  # fmt: skip
        return [(on, int(number)) for on, number in self._connection.execute(query)]

    def write_days(self, account: str, facts: Iterable[DayFacts], days: Iterable[DayBalance],
                   counts: dict[date, int]) -> list[date]:  # fmt: skip
        """Write days as they are now; returns those that were closed and are not the same now."""
        reopened = []
        for one, balance in zip(facts, days, strict=True):
            values = {
                "line_count": counts.get(one.on, 0), "credit_fen": one.credit_fen,
                "debit_fen": one.debit_fen, "opening_fen": balance.opening_fen,
                "closing_fen": balance.closing_fen,
                "broken": balance.broken.value if balance.broken else None,
                "broken_fen": balance.broken_fen,
            }  # fmt: skip
            if not insert_new(
                self._connection, bank_days, account=account, booked_on=one.on, **values
            ) and self._change_day(account, one.on, values):
                reopened.append(one.on)
        return reopened

    def _change_day(self, account: str, day: date, values: dict[str, Any]) -> bool:
        c = bank_days.c
        mine = (c.account == account, c.booked_on == day)
        was = self._connection.execute(select(bank_days).where(*mine)).one()._mapping  # noqa: SLF001
        if all(was[name] == value for name, value in values.items()):
            return False
        self._connection.execute(bank_days.update().where(*mine).values(**values, closed_at=None))
        return was["closed_at"] is not None

    def counts(self, account: str, since: date) -> dict[date, int]:
        """Return how many lines each day has, from a day on."""
        c = bank_lines.c
        query = select(c.booked_on, func.count()).where(c.account == account, c.booked_on >= since)
        return {
            day: int(count) for day, count in self._connection.execute(query.group_by(c.booked_on))
        }

    def days(
        self, account: str, *, since: date | None = None, until: date | None = None
    ) -> list[DayRow]:
        """Return the days of an account, in order."""
        c = bank_days.c
        query = select(bank_days).where(c.account == account)
        query = query.where(c.booked_on >= since) if since is not None else query
        query = query.where(c.booked_on <= until) if until is not None else query
        rows = self._connection.execute(query.order_by(c.booked_on))
        return [
            DayRow(**{**row._mapping, "broken": Break(row.broken) if row.broken else None})  # noqa: SLF001
            for row in rows
        ]

    def day_on(self, account: str, on: date) -> DayRow | None:
        """Return the last day of an account that is not later than a day."""
        c = bank_days.c
        query = select(c.booked_on).where(c.account == account, c.booked_on <= on)
        last = self._connection.execute(query.order_by(c.booked_on.desc()).limit(1)).scalar()
        return None if last is None else self.days(account, since=last, until=last)[0]

    def close_day(self, account: str, day: date, *, at: datetime) -> bool:
        """Note that a day is explained; False when that was noted before."""
        c = bank_days.c
        done = self._connection.execute(
            bank_days.update()
            .where(c.account == account, c.booked_on == day, c.closed_at.is_(None))
            .values(closed_at=at)
        )
        return done.rowcount == 1

    def reopen_day(self, account: str, day: date) -> bool:
        """Note that a day is not explained after all; False when it was not closed."""
        c = bank_days.c
        done = self._connection.execute(
            bank_days.update()
            .where(c.account == account, c.booked_on == day, c.closed_at.is_not(None))
            .values(closed_at=None)
        )
        return done.rowcount == 1

    def of_inbox(self, inbox_id: int) -> Sequence[Statement]:
        """Return the statements that a file brought."""
        c = bank_statements.c
        rows = self._connection.execute(select(bank_statements).where(c.inbox_id == inbox_id))
        return [
            Statement(**{**row._mapping, "standing": Standing(row.standing)})  # noqa: SLF001
            for row in rows
        ]


def _sums() -> tuple[Any, Any, Any]:
    c = bank_lines.c
    return (
        func.count(),
        func.coalesce(func.sum(case((c.amount_fen > 0, c.amount_fen), else_=0)), 0),
        func.coalesce(func.sum(case((c.amount_fen < 0, -c.amount_fen), else_=0)), 0),
    )
