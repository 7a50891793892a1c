"""Books what a bank line says: interest, late fees, and what nobody knows yet as 暂收款."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.bank_entries import Explanation, Part
from hub.domain.bank_matching import SUSPENSE
from hub.domain.fund_account import AccountKind, Movement, Purpose, guard
from hub.domain.voucher import Cause, Document
from hub.errors import Rejected
from hub.flows.bookkeeping import book, reverse

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.bank_account import BankAccount
    from hub.domain.bank_entries import Entry
    from hub.domain.books import Books
    from hub.domain.voucher import Voucher
    from hub.flows.services import Services
    from hub.store.bank_matches import KeptLine
    from hub.store.engine import UnitOfWork

STATEMENT: Final = "银行对账单"
ACTOR: Final = "bank"
SUSPENSE_EVENTS: Final = {
    AccountKind.EXPENDITURE: "suspense.received",
    AccountKind.INCOME: "suspense.income",
    AccountKind.TREASURY: "suspense.treasury",
}


def subject_of(line_id: int) -> str:
    """Return what a voucher of a line is about: `bank_line:12`."""
    return f"bank_line:{line_id}"


def purpose_of(entry: Entry, account: BankAccount, books: Books) -> str | None:
    """Return what an entry moved the account for, by the template that posted it."""
    template = next((one for one in books.templates if one.rule == entry.rule), None)
    for line in template.lines if template is not None else ():
        found = books.accounts.get(line.account)
        same_way = (line.sign > 0) is (entry.amount_fen > 0) or entry.reverses_no is not None
        if found is not None and found.fund_account is account.kind and same_way:
            return line.purpose.value if line.purpose is not None else None
    return None


def document_of(kept: KeptLine, uow: UnitOfWork) -> Document:
    """Return the statement that a line stands in, as an original (原始凭证)."""
    return Document(name=STATEMENT, sha256=uow.inbox.get(kept.inbox_id).sha256)


def book_line(
    kept: KeptLine,
    event: str,
    account: BankAccount,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> tuple[Part, ...]:
    """Book a line as an event, once, and return what of the voucher it shows.

    Nothing is booked where the account must not have it: people see that as a violation.
    """
    fund = account.fund
    if fund is None:
        return ()
    try:
        voucher = book(
            uow,
            event,
            subject=subject_of(kept.id),
            fund=fund,
            amount_fen=abs(kept.line.amount_fen),
            on=kept.line.booked_on,
            documents=[document_of(kept, uow)],
            books=services.books,
            at=at,
            facts={"bank": account.partner, "title": kept.line.narrative or ""},
            actor=ACTOR,
        )
    except Rejected as error:
        if kept.rule is None:  # said once, when the line is first asked about
            uow.journal.note(
                "bank.not_booked", f"bank_line:{kept.id}", at=at, actor=ACTOR, booking=event,
                code=error.code,
            )  # fmt: skip
        return ()
    if uow.vouchers.reversal_of(voucher.no) is not None:
        return ()
    return _parts(voucher, kept, account, services)


def suspend(
    kept: KeptLine, account: BankAccount, services: Services, uow: UnitOfWork, *, at: datetime
) -> bool:
    """Book a receipt that nobody explains as 暂收款 (10-6, 10-16); False when it cannot be."""
    event = SUSPENSE_EVENTS.get(account.kind)
    if event is None or kept.line.amount_fen <= 0:
        return False
    parts = book_line(kept, event, account, services, uow, at=at)
    if not parts:
        return False
    uow.bank_matches.forget([kept.id])
    why = Explanation(rule=SUSPENSE, parts=parts)
    uow.bank_matches.explain(kept.id, why, purpose=kept.purpose, fund=account.fund, at=at)
    return True


def undo_suspense(
    kept: KeptLine, account: BankAccount, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Reverse in red what a line was booked as, because it is explained now."""
    uow.bank_matches.forget([kept.id])
    subject = subject_of(kept.id)
    event = SUSPENSE_EVENTS[account.kind]
    for fund in account.funds:
        voucher = uow.vouchers.latest(fund, event, subject)
        if voucher is not None and uow.vouchers.reversal_of(voucher.no) is None:
            reverse(
                voucher.no,
                uow,
                on=max(services.today(), voucher.booked_on),
                reason="暂收查明",
                documents=[document_of(kept, uow)],
                cause=Cause(at=at, actor=ACTOR),
            )


def forbidden(kept: KeptLine, account: BankAccount, books: Books) -> Rejected | None:
    """Return why an account must not have a line, by the rules of its day; `None` if it may."""
    if kept.purpose is None or kept.line.amount_fen == 0:
        return None
    movement = Movement(
        direction=kept.line.direction,
        purpose=Purpose(kept.purpose),
        amount_fen=abs(kept.line.amount_fen),
    )
    try:
        guard(
            account.of_fund(kept.fund or account.funds[0]),
            movement,
            kept.line.booked_on,
            books.account_rules,
        )
    except Rejected as error:
        return error
    return None


def _parts(
    voucher: Voucher, kept: KeptLine, account: BankAccount, services: Services
) -> tuple[Part, ...]:
    """Return the line of a voucher on the account, if it is what the bank's line says."""
    for number, line in enumerate(voucher.lines, start=1):
        kind = services.books.account(line.account).fund_account
        if kind is account.kind and line.signed_fen == kept.line.amount_fen:
            return (Part(voucher_no=voucher.no, voucher_line=number, amount_fen=line.signed_fen),)
    return ()
