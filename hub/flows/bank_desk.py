"""What people do with bank lines: book one by hand, and see the month's open items (10-16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected
from hub.flows import voucher_desk
from hub.flows.bank_alarms import is_open
from hub.flows.bank_booking import subject_of
from hub.store.vouchers import Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.domain.voucher_draft import VoucherDraft
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

CLEARED: Final = ("暂收款", "暂付款")
"""Accounts whose items are cleared at each month's end (规程 10-16)."""


def prepare_line(
    line_id: int, event: str, *, fund: str | None, person: str, services: Services
) -> VoucherDraft:
    """Prepare the voucher of a bank line (制单); another person confirms it.

    Its original is the statement. `Rejected` when the line is missing, or is in the books.
    """
    with services.store.read() as uow:
        kept = uow.bank_matches.line(line_id)
        if kept is None:
            raise Rejected("bank_line_missing", id=line_id)
        if not is_open(kept) or kept.is_suspense:
            raise Rejected("bank_line_booked", id=line_id, rule=kept.rule)
        account = services.banking.get(kept.account)
        sha256 = uow.inbox.get(kept.inbox_id).sha256
    chosen = fund or account.fund
    if chosen is None or chosen not in account.funds:
        raise Rejected("bank_fund_unclear", account=account.code, known="、".join(account.funds))
    return voucher_desk.prepare(
        event,
        subject=subject_of(line_id),
        fund=chosen,
        amount_fen=abs(kept.line.amount_fen),
        on=kept.line.booked_on,
        files=[services.archive.path(sha256)],
        facts={"bank": account.partner, "title": kept.line.narrative or ""},
        person=person,
        services=services,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncleared:
    """One item of 暂收款 or 暂付款 that is open; `amount_fen` is debit less credit."""

    fund: str
    account: str
    voucher_no: str
    on: date
    amount_fen: int
    summary: str
    subject: str
    age_working_days: int


def clearing(until: date, services: Services, uow: UnitOfWork) -> list[Uncleared]:
    """Return what is open in 暂收款 and 暂付款 at the end of a day.

    What the same subject has in sum zero, and a voucher with its reversal, is cleared.
    """
    found: list[Uncleared] = []
    for name in CLEARED:
        if name not in services.books.accounts:
            continue
        entries = [
            (voucher, line.signed_fen) for voucher, line in
            uow.vouchers.ledger(name, Span(until=until))
        ]  # fmt: skip
        sums: dict[tuple[str, str], int] = {}
        for voucher, fen in entries:
            key = (voucher.fund, voucher.subject)
            sums[key] = sums.get(key, 0) + fen
        found += [
            Uncleared(
                fund=voucher.fund, account=name, voucher_no=voucher.no, on=voucher.booked_on,
                amount_fen=fen, summary=voucher.summary, subject=voucher.subject,
                age_working_days=services.calendar.count(voucher.booked_on, until),
            )
            for voucher, fen in entries
            if sums[voucher.fund, voucher.subject] != 0
        ]  # fmt: skip
    return found


def cleared_sums(items: Sequence[Uncleared]) -> dict[tuple[str, str], int]:
    """Return the sum of open items by fund and account: what the ledger has."""
    sums: dict[tuple[str, str], int] = {}
    for one in items:
        key = (one.fund, one.account)
        sums[key] = sums.get(key, 0) + one.amount_fen
    return sums
