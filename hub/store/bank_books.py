"""What of our books the bank has not shown, and the payments and batches that it may speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, select

from hub.domain.bank_entries import Entry, ItemFact
from hub.domain.bank_matching import WEAK
from hub.domain.books import Side
from hub.domain.fund_account import AccountKind
from hub.domain.payout import ItemState
from hub.store.audit import Answer
from hub.store.schema.bank import bank_days, bank_lines, bank_match_parts, bank_matches
from hub.store.schema.payout_answers import payout_answers
from hub.store.schema.payouts import payout_batches, payout_items
from hub.store.schema.vouchers import voucher_lines, vouchers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from hub.domain.bank_account import BankAccount
    from hub.domain.books import Books

_COUNTED: Final = payout_items.c.state.not_in([ItemState.CANCELLED.value, ItemState.REFUSED.value])


class BankBooks:
    """Our books beside the bank's lines, as one unit of work sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def entries(
        self,
        account: BankAccount,
        books: Books,
        *,
        until: date | None = None,
        asked_since: date | None = None,
    ) -> list[Entry]:
        """Return the entries of an account in our books that the bank has not shown in full.

        With `until`, as it was at the end of that day. With `asked_since`, as if those lines of
        days that are not closed were not explained which are asked again.
        """
        v, c, p = vouchers.c, voucher_lines.c, bank_match_parts.c
        signed = case((c.side == Side.DEBIT.value, c.amount_fen), else_=-c.amount_fen)
        parts = select(p.voucher_no, p.voucher_line, func.sum(p.amount_fen).label("shown"))
        if until is not None:
            parts = parts.join(bank_lines, bank_lines.c.id == p.line_id).where(
                bank_lines.c.booked_on <= until
            )
        if asked_since is not None:
            parts = parts.where(p.line_id.not_in(_asked(account, asked_since)))
        shown = parts.group_by(p.voucher_no, p.voucher_line).subquery()
        query = (
            select(c.voucher_no, c.line, v.fund, v.event, v.subject, v.rule, v.booked_on,
                   v.reverses_no, signed.label("amount_fen"),
                   func.coalesce(shown.c.shown, 0).label("shown_fen"))
            .select_from(
                voucher_lines.join(vouchers, v.no == c.voucher_no).outerjoin(
                    shown,
                    (shown.c.voucher_no == c.voucher_no) & (shown.c.voucher_line == c.line),
                )
            )
            .where(*_of_account(account, books))
        )  # fmt: skip
        query = query.where(v.booked_on <= until) if until is not None else query
        query = query.where(signed != func.coalesce(shown.c.shown, 0))
        return [_entry(row) for row in self._connection.execute(query)]

    def balance(self, account: BankAccount, books: Books, until: date) -> int:
        """Return what our books have on an account at the end of a day, since it is kept here."""
        c = voucher_lines.c
        signed = case((c.side == Side.DEBIT.value, c.amount_fen), else_=-c.amount_fen)
        query = (
            select(func.coalesce(func.sum(signed), 0))
            .select_from(voucher_lines.join(vouchers, vouchers.c.no == c.voucher_no))
            .where(*_of_account(account, books), vouchers.c.booked_on <= until)
        )
        return account.opening_fen + int(self._connection.execute(query).scalar_one())

    def over_shown(self) -> Answer:
        """Find a voucher line of which bank lines show more than it has, or the other way."""
        c, p = voucher_lines.c, bank_match_parts.c
        signed = case((c.side == Side.DEBIT.value, c.amount_fen), else_=-c.amount_fen)
        shown = func.sum(p.amount_fen)
        query = (
            select(c.voucher_no, c.line, signed, shown)
            .join(bank_match_parts, (p.voucher_no == c.voucher_no) & (p.voucher_line == c.line))
            .group_by(c.voucher_no, c.line, c.side, c.amount_fen)
        )
        looked, first = 0, None
        for no, line, fen, seen in self._connection.execute(query):
            looked += 1
            left = int(fen) - int(seen)
            if left and (left < 0) is not (fen < 0) and first is None:
                first = f"voucher:{no}/{line} {fen} fen, at the bank {seen} fen"
        return Answer(looked=looked, first=first)

    def day_not_its_lines(self) -> Answer:
        """Find a day of an account whose sums are not those of its lines."""
        d, c = bank_days.c, bank_lines.c
        own = (
            select(c.account, c.booked_on, func.sum(c.amount_fen).label("fen"))
            .group_by(c.account, c.booked_on)
            .subquery()
        )
        query = select(
            d.account, d.booked_on, d.credit_fen - d.debit_fen, func.coalesce(own.c.fen, 0)
        ).select_from(
            bank_days.outerjoin(
                own, (own.c.account == d.account) & (own.c.booked_on == d.booked_on)
            )
        )
        looked, first = 0, None
        for account, day, kept, found in self._connection.execute(query):
            looked += 1
            if int(kept) != int(found) and first is None:
                first = f"bank_day:{account}/{day} {kept} fen, its lines {found} fen"
        return Answer(looked=looked, first=first)

    def items_named(self, bank: str, ids: Sequence[str]) -> dict[str, ItemFact]:
        """Return the payments of some end-to-end ids at a bank."""
        c = payout_items.c
        rows = self._items(c.bank == bank, c.end_to_end_id.in_(ids))
        return {row.end_to_end_id: _fact(row) for row in rows}

    def items_of_account(self, bank: str, account_no: str, amount_fen: int) -> list[ItemFact]:
        """Return the payments to an account of an amount at a bank."""
        found = self.items_of_accounts(bank, [(account_no, amount_fen)])
        return found.get((account_no, amount_fen), [])

    def items_of_accounts(
        self, bank: str, wanted: Collection[tuple[str, int]]
    ) -> dict[tuple[str, int], list[ItemFact]]:
        """Return the payments to some accounts of some amounts at a bank, by both."""
        c, pairs = payout_items.c, set(wanted)
        found: dict[tuple[str, int], list[ItemFact]] = {}
        if not pairs:
            return found
        accounts = sorted({account_no for account_no, _ in pairs})
        for row in self._items(c.bank == bank, c.account_no.in_(accounts)):
            key = (row.account_no, row.amount_fen)
            if key in pairs:
                found.setdefault(key, []).append(_fact(row))
        return found

    def batches_named(self, bank: str, names: Sequence[str]) -> dict[str, int]:
        """Return the batches of some message ids or file names at a bank."""
        c = payout_batches.c
        found: dict[str, int] = {}
        for column in (c.message_id, c.file_name):
            query = select(column, c.id).where(c.bank == bank, column.in_(names))
            found |= {str(name): int(number) for name, number in self._connection.execute(query)}
        return found

    def rejected(self, batch_id: int) -> dict[tuple[str, str], int]:
        """Return what of a batch was refused before it was booked, by benefit and cause."""
        a, c = payout_answers.c, payout_items.c
        query = (
            select(c.benefit, a.inbox_id, func.sum(c.amount_fen))
            .select_from(payout_answers.join(payout_items, a.item_id == c.id))
            .where(
                a.batch_id == batch_id, a.standing == "rejected", a.effect == "applied",
                c.state == ItemState.RETURNED.value,
            )
            .group_by(c.benefit, a.inbox_id)
        )  # fmt: skip
        rows = self._connection.execute(query)
        return {(str(benefit), f"inbox:{inbox}"): int(fen) for benefit, inbox, fen in rows}

    def _items(self, *conditions: ColumnElement[bool]) -> Iterable[Row[Any]]:
        c = payout_items.c
        columns = (c.id, c.batch_id, c.benefit, c.account_no, c.amount_fen, c.state, c.evidence,
                   c.end_to_end_id)  # fmt: skip
        query = select(*columns).where(*conditions, _COUNTED, c.batch_id.is_not(None))
        return self._connection.execute(query.order_by(c.id))


def _asked(account: BankAccount, since: date) -> Select[Any]:
    """Return the lines whose reason is asked again: concluded from sums, on days not closed."""
    c, m, d = bank_lines.c, bank_matches.c, bank_days.c
    return (
        select(c.id)
        .join(bank_matches, m.line_id == c.id)
        .join(bank_days, (d.account == c.account) & (d.booked_on == c.booked_on))
        .where(
            c.account == account.code, c.booked_on >= since, d.closed_at.is_(None),
            m.rule.in_(WEAK),
        )
    )  # fmt: skip


def _of_account(account: BankAccount, books: Books) -> list[ColumnElement[bool]]:
    c = voucher_lines.c
    names = [one.name for one in books.accounts.values() if one.fund_account is account.kind]
    mine: list[ColumnElement[bool]] = [c.account.in_(names), vouchers.c.fund.in_(account.funds)]
    if account.kind is AccountKind.EXPENDITURE:
        mine.append(c.detail == account.partner)  # templates keep one detail for each bank
    return mine


def _entry(row: Any) -> Entry:  # noqa: ANN401 -- a row of ten columns
    amount_fen = int(row.amount_fen)
    return Entry(
        voucher_no=row.voucher_no, voucher_line=row.line, fund=row.fund, event=row.event,
        subject=row.subject, rule=row.rule, booked_on=row.booked_on, amount_fen=amount_fen,
        open_fen=amount_fen - int(row.shown_fen), reverses_no=row.reverses_no,
    )  # fmt: skip


def _fact(row: Row[Any]) -> ItemFact:
    return ItemFact(
        id=row.id, batch_id=row.batch_id, benefit=row.benefit, amount_fen=row.amount_fen,
        is_returned=row.state == ItemState.RETURNED.value, evidence=row.evidence,
        end_to_end_id=row.end_to_end_id,
    )  # fmt: skip
