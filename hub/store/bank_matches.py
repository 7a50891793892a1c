"""Why bank lines are there, in the store: each has one reason, each payment one line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from hub.domain.bank_entries import Part
from hub.domain.bank_matching import SUSPENSE
from hub.domain.bank_statement import StatementLine
from hub.store.bulk_writes import insert_rows
from hub.store.schema.bank import bank_lines, bank_match_parts, bank_matches, bank_statements
from hub.store.schema.vouchers import vouchers
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from hub.domain.bank_entries import Explanation


CHUNK: Final = 400
_MATCH: Final = ("line_id", "rule", "purpose", "fund", "at")
_PART: Final = ("line_id", "voucher_no", "voucher_line", "amount_fen", "subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line as it is kept, with why it is there; `rule` is `None` while nobody knows."""

    id: int
    account: str
    inbox_id: int
    identity: str
    line: StatementLine
    rule: str | None = None
    purpose: str | None = None
    fund: str | None = None
    shown_fen: int = 0  # what of our books it shows

    @property
    def is_suspense(self) -> bool:
        """Tell whether it is only booked as 暂收款."""
        return self.rule == SUSPENSE

    @property
    def open_fen(self) -> int:
        """Return what of it is not in our books."""
        return self.line.amount_fen - self.shown_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a line is there; the purpose and fund that it has by that, if it is one."""

    line_id: int
    why: Explanation
    purpose: str | None
    fund: str | None


class BankMatches:
    """Lines, their reasons and open entries, as one unit of work sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lines(
        self,
        account: str,
        *,
        since: date | None = None,
        until: date | None = None,
        line_id: int | None = None,
        without: Iterable[str] = (),
        limit: int | None = None,
    ) -> Iterator[KeptLine]:
        """Stream lines with their reasons, by day and identity.

        `without` leaves out the lines that one of those rules explains.
        """
        c, m = bank_lines.c, bank_matches.c
        wanted: list[ColumnElement[bool]] = [c.account == account]
        wanted += [c.booked_on >= since] if since is not None else []
        wanted += [c.booked_on <= until] if until is not None else []
        wanted += [c.id == line_id] if line_id is not None else []
        strong = list(without)
        wanted += [m.rule.is_(None) | m.rule.not_in(strong)] if strong else []
        return self._lines(wanted, limit)

    def line(self, line_id: int) -> KeptLine | None:
        """Return one line of whatever account."""
        return next(self._lines([bank_lines.c.id == line_id], None), None)

    def _lines(self, wanted: list[ColumnElement[bool]], limit: int | None) -> Iterator[KeptLine]:
        c, m, p = bank_lines.c, bank_matches.c, bank_match_parts.c
        shown = (
            select(func.coalesce(func.sum(p.amount_fen), 0))
            .where(p.line_id == c.id)
            .correlate(bank_lines)
            .scalar_subquery()
        )
        query = (
            select(bank_lines, m.rule, m.purpose, m.fund, bank_statements.c.inbox_id,
                   shown.label("shown_fen"))
            .select_from(
                bank_lines.outerjoin(bank_matches, m.line_id == c.id)
                .join(bank_statements, bank_statements.c.id == c.statement_id)
            )
            .where(*wanted)
            .order_by(c.booked_on, c.identity)
            .limit(limit)
        )  # fmt: skip
        return (_kept(row) for row in self._connection.execute(query))

    def explain(
        self, line_id: int, why: Explanation, *, purpose: str | None, fund: str | None, at: datetime
    ) -> bool:
        """Say why a line is there; False when another unit said so before."""
        if not insert_new(
            self._connection, bank_matches, line_id=line_id, rule=why.rule, purpose=purpose,
            fund=fund, at=at,
        ):  # fmt: skip
            return False
        rows = [
            {
                "line_id": line_id, "voucher_no": part.voucher_no,
                "voucher_line": part.voucher_line, "amount_fen": part.amount_fen,
                "subject": part.subject,
            }
            for part in why.parts
        ]  # fmt: skip
        if rows:
            self._connection.execute(bank_match_parts.insert(), rows)
        return True

    def explain_all(self, reasons: Iterable[Reason], *, at: datetime) -> None:
        """Say why many lines are there that nothing explains, as `explain` does of one.

        The caller holds the locks of the account's funds, so no other unit explains them.
        """
        stream = iter(reasons)
        while chunk := list(islice(stream, CHUNK)):
            rows = [(one.line_id, one.why.rule, one.purpose, one.fund, at) for one in chunk]
            insert_rows(self._connection, bank_matches, _MATCH, rows)
            parts = [
                (one.line_id, part.voucher_no, part.voucher_line, part.amount_fen, part.subject)
                for one in chunk
                for part in one.why.parts
            ]
            insert_rows(self._connection, bank_match_parts, _PART, parts)

    def parts_of(self, line_ids: Sequence[int]) -> dict[int, tuple[Part, ...]]:
        """Return what of our vouchers some lines show."""
        p = bank_match_parts.c
        found: dict[int, tuple[Part, ...]] = {}
        for start in range(0, len(line_ids), CHUNK):
            query = select(bank_match_parts).where(p.line_id.in_(line_ids[start : start + CHUNK]))
            for row in self._connection.execute(query.order_by(p.id)):
                part = Part(
                    voucher_no=row.voucher_no, voucher_line=row.voucher_line,
                    amount_fen=row.amount_fen, subject=row.subject,
                )  # fmt: skip
                found[row.line_id] = (*found.get(row.line_id, ()), part)
        return found

    def forget(self, line_ids: Sequence[int]) -> None:
        """Take back why some lines are there."""
        p, m = bank_match_parts.c, bank_matches.c
        self._connection.execute(bank_match_parts.delete().where(p.line_id.in_(line_ids)))
        self._connection.execute(bank_matches.delete().where(m.line_id.in_(line_ids)))

    def open_at(self, account: str, on: date) -> list[tuple[KeptLine, int]]:
        """Return what of the lines up to a day was not in our books at its end."""
        c, p, v = bank_lines.c, bank_match_parts.c, vouchers.c
        booked = (
            select(p.line_id, func.sum(p.amount_fen).label("fen"))
            .join(vouchers, v.no == p.voucher_no)
            .where(v.booked_on <= on)
            .group_by(p.line_id)
            .subquery()
        )
        shown = func.coalesce(booked.c.fen, 0)
        query = (
            select(c.id, c.amount_fen - shown)
            .select_from(bank_lines.outerjoin(booked, booked.c.line_id == c.id))
            .where(c.account == account, c.booked_on <= on, c.amount_fen != shown)
            .order_by(c.booked_on, c.identity)
        )
        found = [(int(line_id), int(fen)) for line_id, fen in self._connection.execute(query)]
        return [(kept, fen) for line_id, fen in found if (kept := self.line(line_id)) is not None]

    def reversed_lines(self, account: str) -> list[int]:
        """Return the lines that show a voucher which was reversed since."""
        p, undone = bank_match_parts.c, vouchers.alias()
        query = (
            select(p.line_id)
            .join(bank_lines, bank_lines.c.id == p.line_id)
            .join(undone, undone.c.reverses_no == p.voucher_no)
            .where(bank_lines.c.account == account)
            .distinct()
        )
        return [int(one) for one in self._connection.execute(query).scalars()]

    def shown(self, subjects: Sequence[str]) -> set[str]:
        """Return which of some subjects a line shows."""
        p = bank_match_parts.c
        query = select(p.subject).where(p.subject.in_(subjects))
        return {str(one) for one in self._connection.execute(query).scalars()}

    def sum_of(self, account: str, purpose: str, *, until: date) -> int:
        """Return what the lines of a purpose add up to, up to a day."""
        c, m = bank_lines.c, bank_matches.c
        query = (
            select(func.coalesce(func.sum(c.amount_fen), 0))
            .join(bank_matches, m.line_id == c.id)
            .where(c.account == account, m.purpose == purpose, c.booked_on <= until)
        )
        return int(self._connection.execute(query).scalar_one())


def _kept(row: Row[Any]) -> KeptLine:
    line = StatementLine(
        number=row.number, booked_on=row.booked_on, amount_fen=row.amount_fen,
        reference=row.reference, narrative=row.narrative, party_name=row.party_name,
        party_account=row.party_account, end_to_end_ids=tuple(json.loads(row.end_to_end_ids)),
        message_id=row.message_id, code=row.code, is_return=bool(row.is_return),
        place_line=row.place_line, place_byte=row.place_byte,
    )  # fmt: skip
    return KeptLine(
        id=row.id, account=row.account, inbox_id=row.inbox_id, identity=row.identity, line=line,
        rule=row.rule, purpose=row.purpose, fund=row.fund, shown_fen=int(row.shown_fen),
    )  # fmt: skip
