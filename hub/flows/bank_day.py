"""An account's day: reconciled with our books (余额调节表), and closed when all is explained.

A day is closed (日终) once its balances hold, no earlier day is missing, and each line up to it is
in our books or was explained by people. What comes later opens it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.domain.bank_chain import missing_days
from hub.domain.bank_day import OpenItem, Reconciliation
from hub.domain.bank_entries import netted
from hub.domain.discrepancy import Ending, State
from hub.flows.bank_alarms import due_until, is_open, line_key, refresh
from hub.flows.bank_booking import suspend
from hub.flows.bank_explaining import Explaining

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from hub.domain.bank_account import BankAccount
    from hub.flows.services import Services
    from hub.store.bank_matches import KeptLine
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

_BY_PEOPLE: Final = frozenset({Ending.EXPLAIN, Ending.CORRECT, Ending.ACCEPT})


def bank_day(task: Task, services: Services) -> None:
    """Bring every account up to now, each working day; a second run changes nothing."""
    del task
    settle_all(services)


def settle_all(services: Services) -> None:
    """Explain, suspend, raise alarms and close days, account by account."""
    for account in services.banking.accounts.values():
        at = services.now()

        def unit(uow: UnitOfWork, account: BankAccount = account, at: datetime = at) -> None:
            Explaining(account, services, uow, at=at).run()
            _suspend_old(account, services, uow, at=at)
            refresh(account, services, uow, at=at)
            close_days(account, services, uow, at=at)

        services.store.transact(unit)


def _suspend_old(
    account: BankAccount, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Book receipts as 暂收款 that nobody has explained for some days."""
    limit, today = services.banking.terms.suspense_working_days, services.today()
    since = first_open(account, uow)
    if account.fund is None or since is None:
        return
    for kept in list(uow.bank_matches.lines(account.code, since=since)):
        age = services.calendar.count(kept.line.booked_on, today)
        if kept.open_fen == kept.line.amount_fen > 0 and age > limit:
            suspend(kept, account, services, uow, at=at)


def close_days(
    account: BankAccount, services: Services, uow: UnitOfWork, *, at: datetime
) -> list[date]:
    """Close the days of an account in their order, up to the first that cannot be closed."""
    closed: list[date] = []
    store, code = uow.bank_statements, account.code
    for day in store.days(code):
        if day.closed_at is not None:
            continue
        if open_of(account, day.booked_on, services, uow):
            break
        if not store.close_day(code, day.booked_on, at=at):
            continue
        found = reconcile(account, day.booked_on, services, uow)
        closed.append(day.booked_on)
        uow.journal.note(
            "bank.day_closed", f"bank_day:{code}/{day.booked_on.isoformat()}", at=at, actor="bank",
            lines=day.line_count, opening_fen=day.opening_fen, closing_fen=day.closing_fen,
            book_fen=found.book_fen, book_only=len(found.book_only),
            bank_only=len(found.bank_only), difference_fen=found.difference_fen,
        )  # fmt: skip
    return closed


def open_of(
    account: BankAccount, day: date, services: Services, uow: UnitOfWork
) -> list[dict[str, Any]]:
    """Return what keeps a day from being closed: `what` it is and `text` for people."""
    found: list[dict[str, Any]] = []
    store, code = uow.bank_statements, account.code
    if account.every_day:
        covered = store.covered(code, account.since)
        missing = missing_days(covered, since=account.since, until=day, calendar=services.calendar)
        found += [
            {"what": "missing", "text": f"{one.isoformat()} 的对账单没有到"} for one in missing
        ]
    row = store.day_on(code, day)
    if row is not None and row.booked_on == day and row.broken is not None:
        found.append({"what": "broken", "text": row.broken.zh})
    since = first_open(account, uow) or day
    for kept in uow.bank_matches.lines(code, since=since, until=day):
        if is_open(kept) and not _explained_by_people(kept, uow):
            found.append({"what": "line", "line": kept.id, "text": kept.line.narrative or ""})
    difference = reconcile(account, day, services, uow).difference_fen
    if difference:
        found.append({"what": "difference", "text": f"{difference} fen"})
    return found


def first_open(account: BankAccount, uow: UnitOfWork) -> date | None:
    """Return the first day of an account that is not closed; `None` when all are."""
    days = uow.bank_statements.days(account.code)
    return next((day.booked_on for day in days if day.closed_at is None), None)


def _explained_by_people(kept: KeptLine, uow: UnitOfWork) -> bool:
    known = uow.discrepancies.of_key(line_key(kept.account, kept.identity))
    return known is not None and known.state is State.CLOSED and known.closed_how in _BY_PEOPLE


def reconcile(
    account: BankAccount, on: date, services: Services, uow: UnitOfWork
) -> Reconciliation:
    """Return an account's 银行存款余额调节表 at the end of a day."""
    row = uow.bank_statements.day_on(account.code, on)
    return Reconciliation(
        account=account.code,
        title=account.title,
        on=on,
        statement_on=row.booked_on if row is not None else None,
        bank_fen=row.closing_fen if row is not None else account.opening_fen,
        book_fen=uow.bank_books.balance(account, services.books, on),
        book_only=tuple(_book_only(account, on, services, uow)),
        bank_only=tuple(_bank_only(account, on, services, uow)),
    )


def _book_only(
    account: BankAccount, on: date, services: Services, uow: UnitOfWork
) -> Iterator[OpenItem]:
    entries = netted(
        uow.bank_books.entries(account, services.books, until=on), uow.bank_books.rejected
    )
    for one in sorted(entries, key=lambda entry: (entry.booked_on, entry.voucher_no)):
        yield OpenItem(
            on=one.booked_on,
            amount_fen=one.open_fen,
            what=one.voucher_no,
            text=uow.vouchers.get(one.voucher_no).summary,
            age_working_days=services.calendar.count(one.booked_on, on),
        )


def _bank_only(
    account: BankAccount, on: date, services: Services, uow: UnitOfWork
) -> Iterator[OpenItem]:
    for kept, open_fen in uow.bank_matches.open_at(account.code, on):
        yield OpenItem(
            on=kept.line.booked_on,
            amount_fen=open_fen,
            what=f"bank_line:{kept.id}",
            text=kept.line.narrative or kept.line.party_name or "",
            age_working_days=services.calendar.count(kept.line.booked_on, on),
        )


def state_of(account: BankAccount, services: Services, uow: UnitOfWork) -> dict[str, Any]:
    """Return where an account stands, for an overview."""
    days = uow.bank_statements.days(account.code)
    until = due_until(account, services)
    closed = [day.booked_on for day in days if day.closed_at is not None]
    waiting = [day.booked_on for day in days if day.closed_at is None]
    covered = uow.bank_statements.covered(account.code, account.since)
    missing = (
        missing_days(covered, since=account.since, until=until, calendar=services.calendar)
        if account.every_day and until is not None
        else []
    )
    return {
        "account": account.code,
        "title": account.title,
        "balance_fen": days[-1].closing_fen if days else account.opening_fen,
        "statement_on": days[-1].booked_on.isoformat() if days else None,
        "closed_on": closed[-1].isoformat() if closed else None,
        "open_days": len(waiting),
        "missing_days": [day.isoformat() for day in missing],
    }
