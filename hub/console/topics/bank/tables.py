"""The lists of bank accounts, of their days and of statement lines, one account after the other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import url_for

from hub.console.language import N_
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.transfers.words import Word, said
from hub.domain.bank_chain import Break
from hub.domain.bank_matching import SUSPENSE
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.bank_day import state_of
from hub.store.views import bank as views

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.domain.bank_account import BankAccount
    from hub.domain.permission import Viewer
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

OPEN = Word("open", "未日终", "open", "warn")
CLOSED = Word("closed", "已日终", "closed", "good")
UNMATCHED = Word("open", "待查明", "to be explained", "bad")
HELD = Word("suspense", "暂收款", "in suspense", "warn")
MATCHED = Word("matched", "已勾对", "matched", "good")
PARTLY = Word("partly", "部分勾对", "partly matched", "warn")


def visible(services: Services, viewer: Viewer) -> dict[str, BankAccount]:
    """Return the accounts that somebody may see: people of a bank those at their bank."""
    return {
        code: one
        for code, one in sorted(services.banking.accounts.items())
        if not viewer.is_outsider or one.partner == viewer.partner
    }


def account_of(services: Services, viewer: Viewer, code: str) -> BankAccount:
    """Return an account; `Rejected("bank_account_missing")` for one that is not this person's."""
    known = visible(services, viewer)
    if code not in known:
        raise Rejected("bank_account_missing", account=code[:40], known=", ".join(known))
    return known[code]


def _accounts(uow: UnitOfWork, query: Query) -> Rows:
    rows = []
    for code, one in visible(query.services, query.viewer).items():
        state = state_of(one, query.services, uow)
        rows.append(
            {
                "account": code, "title": one.title, "bank": one.partner,
                "kind": said(one.kind), "funds": ", ".join(one.funds), "number": one.number,
                "balance": state["balance_fen"], "statement_on": state["statement_on"],
                "closed_on": state["closed_on"], "open_days": state["open_days"],
                "missing": len(state["missing_days"]),
                "_href": url_for("bank_account", code=code),
            }
        )  # fmt: skip
    return Rows(rows=rows)


def _days(uow: UnitOfWork, query: Query) -> Rows:
    only_open = query.filters.get("state") == OPEN.value

    def of(account: str, after: str | None, limit: int) -> tuple[list[Any], str | None]:
        return views.days(uow, account, only_open=only_open, after=after, limit=limit)

    rows, after = _one_after_the_other(query, of)
    return Rows(rows=[_day(row) for row in rows], after=after)


def _day(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "account": row["account"], "on": row["booked_on"], "opening": row["opening_fen"],
        "credit": row["credit_fen"], "debit": row["debit_fen"], "closing": row["closing_fen"],
        "lines": row["line_count"], "state": CLOSED if row["closed_at"] else OPEN,
        "broken": said(Break(row["broken"])) if row["broken"] else None,
        "_href": url_for("bank_day", code=row["account"], on=row["booked_on"].isoformat()),
    }  # fmt: skip


def _lines(uow: UnitOfWork, query: Query) -> Rows:
    filters = query.filters
    only_open = filters.get("state") == UNMATCHED.value
    since, until = (day_in(filters.get(name)) for name in ("since", "until"))

    def of(account: str, after: str | None, limit: int) -> tuple[list[Any], str | None]:
        return views.lines(
            uow, account, since=since, until=until, only_open=only_open, after=after, limit=limit
        )

    rows, after = _one_after_the_other(query, of)
    outside = query.viewer.is_outsider
    return Rows(rows=[line(row, outside=outside) for row in rows], after=after)


def line(row: Mapping[str, Any], *, outside: bool) -> dict[str, Any]:
    """Return a statement line as a row; why it is there is ours alone to see."""
    return {
        "id": row["id"], "account": row["account"], "on": row["booked_on"],
        "amount": row["amount_fen"], "text": row["narrative"] or row["party_name"],
        "party_account": row["party_account"], "reference": row["reference"],
        "state": line_state(row), "rule": None if outside else row["rule"],
        "purpose": None if outside else row["purpose"],
        "place": f"inbox:{row['inbox_id']}/line:{row['place_line'] or row['number']}",
        "_href": url_for("bank_day", code=row["account"], on=row["booked_on"].isoformat()),
    }  # fmt: skip


def line_state(row: Mapping[str, Any]) -> Word:
    """Return whether a line is explained."""
    if row["rule"] == SUSPENSE:
        return HELD
    if row["amount_fen"] == row["shown_fen"]:
        return MATCHED
    return PARTLY if row["shown_fen"] else UNMATCHED


def day_in(text: str | None) -> date | None:
    """Return a day of the address; `Rejected("filter_value_unknown")`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Rejected(
            "filter_value_unknown", filter="date", found=str(text)[:40], known="2026-11-24"
        ) from None


def _one_after_the_other(
    query: Query, of: Callable[[str, str | None, int], tuple[list[Any], str | None]]
) -> tuple[list[Any], str | None]:
    """Return a page over accounts by their code; it ends within one of them."""
    chosen = query.filters.get("account")
    codes = (
        [account_of(query.services, query.viewer, chosen).code]
        if chosen
        else list(visible(query.services, query.viewer))
    )
    at, _, inner = (query.after or "").partition("|")
    left = [code for code in codes if code >= at]
    after = inner if inner and at in codes else None
    found: list[Any] = []
    while left:
        code = left[0]
        rows, ended = of(code, after, query.limit - len(found))
        found += rows
        if ended is not None:
            return found, f"{code}|{ended}"
        left, after = left[1:], None
        if len(found) == query.limit:
            return found, f"{left[0]}|" if left else None
    return found, None


_ACCOUNT = Column(name="account", label=N_("Account"))
_BY_ACCOUNT = Filter(name="account", label=N_("Account"))
TABLES = (
    Table(
        name="bank-accounts", title=N_("Our accounts"), permission=Permission.BANK_SEE,
        scope="partner", fetch=_accounts,
        columns=(
            _ACCOUNT, Column(name="title", label=N_("Title")),
            Column(name="bank", label=N_("Bank")),
            Column(name="number", label=N_("Account number"), kind="account_no"),
            Column(name="kind", label=N_("Kind")),
            Column(name="funds", label=N_("Funds")),
            Column(name="balance", label=N_("Balance"), kind="money"),
            Column(name="statement_on", label=N_("Statement of"), kind="date"),
            Column(name="closed_on", label=N_("Closed up to"), kind="date"),
            Column(name="open_days", label=N_("Open days"), kind="count"),
            Column(name="missing", label=N_("Missing statements"), kind="count"),
        ),
    ),
    Table(
        name="bank-days", title=N_("Account days"), permission=Permission.BANK_SEE,
        scope="partner", fetch=_days,
        columns=(
            _ACCOUNT, Column(name="on", label=N_("Day"), kind="date"),
            Column(name="opening", label=N_("Opening balance"), kind="money"),
            Column(name="credit", label=N_("Receipts"), kind="money"),
            Column(name="debit", label=N_("Payments"), kind="money"),
            Column(name="closing", label=N_("Closing balance"), kind="money"),
            Column(name="lines", label=N_("Lines"), kind="count"),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="broken", label=N_("What does not hold"), kind="state"),
        ),
        filters=(
            _BY_ACCOUNT,
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: {OPEN.value: OPEN}),
        ),
    ),
    Table(
        name="bank-lines", title=N_("Statement lines"), permission=Permission.BANK_SEE,
        scope="partner", fetch=_lines,
        columns=(
            Column(name="on", label=N_("Day"), kind="date"), _ACCOUNT,
            Column(name="id", label=N_("Line"), kind="count"),
            Column(name="amount", label=N_("Amount"), kind="money"),
            Column(name="text", label=N_("The bank's words")),
            Column(name="party_account", label=N_("Other account"), kind="account_no"),
            Column(name="reference", label=N_("Bank's reference")),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="rule", label=N_("Rule")),
            Column(name="purpose", label=N_("Purpose")),
            Column(name="place", label=N_("Place in the file")),
        ),
        filters=(
            _BY_ACCOUNT,
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: {UNMATCHED.value: UNMATCHED}),
            Filter(name="since", label=N_("From"), kind="date"),
            Filter(name="until", label=N_("Until"), kind="date"),
        ),
    ),
)  # fmt: skip
