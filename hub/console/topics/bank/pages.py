"""The page of an account, of one of its days with its chain, the month's clearing, workbooks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from hub.console.access import require
from hub.console.context import console, viewer
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.bank import tables
from hub.console.topics.transfers.words import said
from hub.documents.bank_reconciliation import month_days, write_workbook
from hub.domain.bank_chain import Break
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.bank_day import open_of, reconcile, state_of
from hub.flows.bank_desk import clearing as clear
from hub.flows.bank_interest import quarter
from hub.store.views import bank as views

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.domain.bank_account import BankAccount

LINES_SHOWN_MAX: Final = 200
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEE: Final = Permission.BANK_SEE


def account(code: str) -> str:
    """Show an account: its balance, its latest days, the interest of the last quarter."""
    services, outside = console().services, viewer().is_outsider
    one = tables.account_of(services, viewer(), code)
    with services.store.read() as uow:
        state = state_of(one, services, uow)
        days, _ = views.days(uow, code, only_open=False, after=None, limit=31)
        interest = None if outside else quarter(one, services.today(), services, uow)
    return render(
        "bank/account.html",
        account=one,
        kind=said(one.kind),
        state=state,
        days=days,
        interest=interest,
        outside=outside,
        month=f"{services.today():%Y%m}",
        broken=_broken,
    )


def day(code: str, on: str) -> str:
    """Show a day: opening and closing balance, lines, 余额调节表, what keeps it open."""
    services, outside = console().services, viewer().is_outsider
    one = tables.account_of(services, viewer(), code)
    when = tables.day_in(on) or services.today()
    with services.store.read() as uow:
        before, row, after = views.neighbours(uow, code, when)
        if row is None:
            raise Rejected("bank_day_missing", account=code, on=when.isoformat())
        lines, more = views.lines(
            uow, code, since=when, until=when, only_open=False, after=None, limit=LINES_SHOWN_MAX
        )
        table = None if outside else reconcile(one, when, services, uow)
        why = [] if outside or row.closed_at else open_of(one, when, services, uow)
    return render(
        "bank/day.html",
        account=one,
        day=row,
        before=before,
        after=after,
        lines=[tables.line(line, outside=outside) for line in lines],
        more=more is not None,
        table=table,
        why=why,
        outside=outside,
        broken=_broken,
        opened_by=_chain(before, row, one),
    )


def workbook(code: str, month: int) -> Response:
    """Give a month's days, lines and 余额调节表 as the workbook that finance signs."""
    require(Permission.EXPORT)
    services = console().services
    one = tables.account_of(services, viewer(), code)
    first, last = _month(month)
    last = min(last, services.today())
    with services.store.read() as uow, tempfile.TemporaryDirectory() as folder:
        found = reconcile(one, last, services, uow)
        days = uow.bank_statements.days(code, since=first, until=last)
        rows = uow.bank_matches.lines(code, since=first, until=last)
        out = Path(folder) / "reconciliation.xlsx"
        write_workbook(out, found, days, rows, agency=services.settings.agency.name)
        content = out.read_bytes()
    answer = Response(content, mimetype=XLSX)
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"{code}-{month}-reconciliation.xlsx"
    )
    return answer


def clearing() -> str:
    """Show what is open in 暂收款 and 暂付款 at the end of a day (月末清理, 10-16)."""
    services = console().services
    on = tables.day_in(request.args.get("on")) or services.today()
    with services.store.read() as uow:
        found = clear(on, services, uow)
    return render("bank/clearing.html", on=on, items=found, sums=_sums(found))


def _month(month: int) -> tuple[date, date]:
    if not 200001 <= month <= 999912 or not 1 <= month % 100 <= 12:  # noqa: PLR2004
        raise Rejected("month_unusable", found=str(month)[:20])
    first, last = month_days(month)
    return first, last


def _broken(code: str | None) -> Any:  # noqa: ANN401 -- a word or nothing
    return said(Break(code)) if code else None


def _chain(before: Any, row: Any, one: BankAccount) -> dict[str, Any]:  # noqa: ANN401
    """Return what the day had to open with, and whether it did."""
    expected = before.closing_fen if before is not None else one.opening_fen
    return {
        "expected": expected,
        "since": before.booked_on if before is not None else None,
        "holds": row.opening_fen == expected,
        "adds_up": row.opening_fen + row.credit_fen - row.debit_fen == row.closing_fen,
    }


def _sums(items: Sequence[Any]) -> list[tuple[str, str, int]]:
    sums: dict[tuple[str, str], int] = {}
    for one in items:
        key = (one.fund, one.account)
        sums[key] = sums.get(key, 0) + one.amount_fen
    return [(fund, name, fen) for (fund, name), fen in sorted(sums.items())]


PAGES = (
    Page(rule="/bank/accounts/<code>", endpoint="bank_account", permission=SEE, view=account,
         scope="partner"),
    Page(rule="/bank/accounts/<code>/days/<on>", endpoint="bank_day", permission=SEE, view=day,
         scope="partner"),
    Page(rule="/bank/accounts/<code>/reconciliation/<int:month>.xlsx", endpoint="bank_workbook",
         permission=SEE, view=workbook),
    Page(rule="/bank/clearing", endpoint="bank_clearing", permission=SEE, view=clearing),
)  # fmt: skip
