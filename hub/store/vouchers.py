"""Vouchers (记账凭证) in the store: numbered without gaps, booked once, never changed."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, select

from hub.domain.books import Side
from hub.domain.voucher import Document, Line, Voucher, balanced
from hub.errors import Rejected
from hub.store.schema.vouchers import (
    voucher_documents,
    voucher_lines,
    voucher_serials,
    vouchers,
)
from hub.store.writes import insert_new, next_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row

PAGE_ROWS: Final = 500
_NESTED: Final = frozenset({"lines", "documents", "facts"})
_PLAIN: Final = tuple(f.name for f in fields(Voucher) if f.name not in _NESTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which vouchers somebody wants to see; `None` means any."""

    fund: str | None = None
    since: date | None = None
    until: date | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What was posted to one account of one fund; `balance_fen` is debit less credit."""

    fund: str
    account: str
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        """Return debit less credit."""
        return self.debit_fen - self.credit_fen


class Vouchers:
    """The vouchers that one unit of work sees and adds to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, fund: str) -> None:
        """Let nobody else post to a fund's books until this unit has ended."""
        insert_new(self._connection, voucher_serials, fund=fund, month=0, last=0)
        c = voucher_serials.c
        mine = select(c.last).where(c.fund == fund, c.month == 0).with_for_update()
        self._connection.execute(mine)  # SQLite has the whole file already (BEGIN IMMEDIATE)

    def add(self, voucher: Voucher) -> Voucher:
        """Give a voucher the next number of its fund and month, and keep it.

        The caller holds the fund's lock and has looked whether its key is there.
        """
        number = next_number(
            self._connection, voucher_serials, number="last", fund=voucher.fund, month=voucher.month
        )
        added = balanced(voucher).numbered(number)
        self._connection.execute(
            voucher_lines.insert(),
            [
                {
                    "voucher_no": added.no, "line": n, "side": line.side.value,
                    "account": line.account, "detail": line.detail, "amount_fen": line.amount_fen,
                }
                for n, line in enumerate(added.lines, start=1)
            ],
        )  # fmt: skip
        values = {name: getattr(added, name) for name in _PLAIN}
        facts = json.dumps(added.facts, ensure_ascii=False, sort_keys=True, default=str)
        self._connection.execute(vouchers.insert().values(**values, key=added.key, facts=facts))
        self.attach(added.no, added.documents, at=added.booked_at)
        return added

    def attach(self, no: str, documents: Iterable[Document], *, at: datetime) -> int:
        """Add the originals that a voucher does not have yet; returns how many they were.

        The caller holds the fund's lock.
        """
        c = voucher_documents.c
        query = select(c.sha256).where(c.voucher_no == no)
        known = set(self._connection.execute(query).scalars())
        fresh = {one.sha256: one.name for one in documents if one.sha256 not in known}
        rows = [
            {"voucher_no": no, "sha256": sha256, "name": name, "added_at": at}
            for sha256, name in fresh.items()
        ]
        if rows:
            self._connection.execute(voucher_documents.insert(), rows)
        return len(rows)

    def get(self, no: str) -> Voucher:
        """Return one voucher; `Rejected` when there is none."""
        found = next(self._where(vouchers.c.no == no), None)
        if found is None:
            raise Rejected("voucher_missing", no=no)
        return found

    def of_key(self, key: str) -> Voucher | None:
        """Return the voucher that was booked under a key, if there is one."""
        return next(self._where(vouchers.c.key == key), None)

    def reversal_of(self, no: str) -> Voucher | None:
        """Return the reversal of a voucher, if it was reversed."""
        return next(self._where(vouchers.c.reverses_no == no), None)

    def latest(self, fund: str, event: str, subject: str) -> Voucher | None:
        """Return the last voucher of an event and subject that is not a reversal."""
        c = vouchers.c
        mine = (c.fund == fund, c.event == event, c.subject == subject, c.reverses_no.is_(None))
        return max(self._where(*mine), key=lambda v: v.revision, default=None)

    def of_event(self, event: str, subject: str) -> Sequence[Voucher]:
        """Return every fund's vouchers of an event and subject, reversals too, in order."""
        c = vouchers.c
        return list(self._where(c.event == event, c.subject == subject))

    def list(self, wanted: Span, *, limit: int | None = None) -> Iterator[Voucher]:
        """Stream vouchers by fund, month and number."""
        return self._where(*_conditions(wanted), limit=limit)

    def after(self, no: str, *, limit: int) -> Sequence[Voucher]:
        """Return the vouchers that follow one in the order of their numbers as text."""
        c = vouchers.c
        query = select(vouchers).where(c.no > no).order_by(c.no).limit(limit)
        return self._whole(self._connection.execute(query).all())

    def present(self, numbers: Collection[str]) -> set[str]:
        """Return those of some numbers that are there."""
        query = select(vouchers.c.no).where(vouchers.c.no.in_(numbers))
        return set(self._connection.scalars(query))

    def balances(self, wanted: Span) -> Sequence[Balance]:
        """Return the trial balance (试算平衡): what each account of each fund has."""
        v, c = vouchers.c, voucher_lines.c
        debit, credit = (
            func.sum(case((c.side == side.value, c.amount_fen), else_=0)) for side in Side
        )
        query = (
            select(v.fund, c.account, debit, credit)
            .join_from(voucher_lines, vouchers, v.no == c.voucher_no)
            .where(*_conditions(wanted))
            .group_by(v.fund, c.account)
            .order_by(v.fund, c.account)
        )
        return [
            Balance(fund=fund, account=account, debit_fen=int(debit), credit_fen=int(credit))
            for fund, account, debit, credit in self._connection.execute(query)
        ]

    def ledger(self, account: str, wanted: Span) -> Iterator[tuple[Voucher, Line]]:
        """Stream the lines of one account with their vouchers, by fund, day and number."""
        c = voucher_lines.c
        touched = select(c.voucher_no).where(c.account == account)
        found = self._where(*_conditions(wanted), vouchers.c.no.in_(touched), by_day=True)
        return ((v, line) for v in found for line in v.lines if line.account == account)

    def _where(
        self, *conditions: ColumnElement[bool], limit: int | None = None, by_day: bool = False
    ) -> Iterator[Voucher]:
        c = vouchers.c
        query = select(vouchers).where(*conditions).limit(limit)
        first = (c.fund, c.booked_on) if by_day else (c.fund,)
        rows = self._connection.execute(query.order_by(*first, c.month, c.number))
        for page in rows.partitions(PAGE_ROWS):
            yield from self._whole(page)

    def _whole(self, page: Sequence[Row[Any]]) -> Sequence[Voucher]:
        numbers = [row.no for row in page]
        lines: dict[str, list[Line]] = {no: [] for no in numbers}
        c, d = voucher_lines.c, voucher_documents.c
        query = select(voucher_lines).where(c.voucher_no.in_(numbers))
        for row in self._connection.execute(query.order_by(c.voucher_no, c.line)):
            lines[row.voucher_no].append(
                Line(
                    side=Side(row.side), account=row.account, detail=row.detail,
                    amount_fen=row.amount_fen,
                )
            )  # fmt: skip
        papers: dict[str, list[Document]] = {no: [] for no in numbers}
        query = select(voucher_documents).where(d.voucher_no.in_(numbers))
        for row in self._connection.execute(query.order_by(d.voucher_no, d.added_at, d.sha256)):
            papers[row.voucher_no].append(Document(name=row.name, sha256=row.sha256))
        return [
            Voucher(
                **{name: getattr(row, name) for name in _PLAIN},
                facts=json.loads(row.facts),
                lines=tuple(lines[row.no]),
                documents=tuple(papers[row.no]),
            )
            for row in page
        ]


def _conditions(wanted: Span) -> list[ColumnElement[bool]]:
    c = vouchers.c
    conditions = []
    if wanted.fund is not None:
        conditions.append(c.fund == wanted.fund)
    if wanted.since is not None:
        conditions.append(c.booked_on >= wanted.since)
    if wanted.until is not None:
        conditions.append(c.booked_on <= wanted.until)
    if wanted.event is not None:
        conditions.append(c.event == wanted.event)
    return conditions
