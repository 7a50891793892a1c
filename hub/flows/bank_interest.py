"""Interest of 收入户 and 支出户 (10-4): at a quarter's end it goes to 财政专户, in 10 working days.

What is due is computed from the bank's lines: interest credited up to the quarter's end, less what
was swept. From the first day after the quarter it is work for 财务; after its day it is overdue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.bank_day import Quarter, quarter_end
from hub.domain.discrepancy import Difference, Event, Level, key_of
from hub.domain.fund_account import AccountKind, Purpose
from hub.domain.money import yuan_display
from hub.errors import Rejected
from hub.flows import voucher_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.domain.bank_account import BankAccount
    from hub.domain.voucher_draft import VoucherDraft
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

SWEEPS: Final = {
    AccountKind.EXPENDITURE: "interest.swept",
    AccountKind.INCOME: "interest.swept_income",
}


def quarter(account: BankAccount, on: date, services: Services, uow: UnitOfWork) -> Quarter | None:
    """Return the interest of the quarter that ended before a day; `None` where none is swept."""
    if account.kind not in SWEEPS:
        return None
    end = quarter_end(on)
    lines, books = uow.bank_matches, uow.bank_books
    proposed = sum(
        -one.open_fen
        for one in books.entries(account, services.books)
        if one.event == SWEEPS[account.kind] and one.open_fen < 0
    )
    return Quarter(
        account=account.code,
        end_on=end,
        due_on=services.calendar.add(end, services.banking.terms.sweep_working_days),
        interest_fen=lines.sum_of(account.code, Purpose.OWN_INTEREST.value, until=end),
        swept_fen=-lines.sum_of(account.code, Purpose.INTEREST_SWEEP.value, until=on),
        proposed_fen=proposed,
    )


def sweep_differences(
    account: BankAccount, services: Services, uow: UnitOfWork
) -> Iterator[Difference]:
    """Yield the interest that is to be swept, and, after its day, that it was not."""
    today = services.today()
    found = quarter(account, today, services, uow)
    if found is None or found.unseen_fen <= 0:
        return
    late = today > found.due_on
    event = Event.INTEREST_SWEEP_OVERDUE if late else Event.INTEREST_SWEEP
    state = "已制凭证，银行未付" if found.left_fen <= 0 else "尚未制证"
    yield Difference(
        key=key_of(Level.EVENT, event, account.code, found.name),
        level=Level.EVENT,
        cause=event,
        amount_fen=found.unseen_fen,
        partner=account.partner,
        insurance_kind=account.fund,
        collected_on=found.end_on,
        rule="10-4",
        note=f"{account.title}：{found.name} 利息 {yuan_display(found.unseen_fen)} 元，"
        f"应于 {found.due_on} 前划入财政专户（{state}）",
    )


def prepare_sweep(code: str, *, person: str, services: Services) -> VoucherDraft:
    """Prepare the voucher of a sweep (制单); another person confirms it, and the bank is paid.

    Its originals are the statements that show the interest. `Rejected` when nothing is left.
    """
    account, today = services.banking.get(code), services.today()
    with services.store.read() as uow:
        found = quarter(account, today, services, uow)
        if found is None or found.left_fen <= 0 or account.fund is None:
            raise Rejected("bank_nothing_to_sweep", account=code)
        inboxes = {
            kept.inbox_id
            for kept in uow.bank_matches.lines(code, until=found.end_on)
            if kept.purpose == Purpose.OWN_INTEREST.value
        }
        digests = [uow.inbox.get(one).sha256 for one in sorted(inboxes)]
    return voucher_desk.prepare(
        SWEEPS[account.kind],
        subject=f"{code}/{found.name}/{found.left_fen}",
        fund=account.fund,
        amount_fen=found.left_fen,
        on=today,
        files=[services.archive.path(one) for one in digests],
        facts={"bank": account.partner},
        person=person,
        services=services,
    )
