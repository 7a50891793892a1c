"""Payments that come back in an ordinary statement: applied to their items like a file of returns.

A return that the message marks (RtrInf) is applied as it is. In a statement without such marks the
words of a line say that it is one (退汇), and its account and amount whose; then the words are
mapped to a reason like those of any other answer, and held if no map has them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from hub.domain.bank_matching import STRONG
from hub.domain.fund_account import AccountKind, Purpose
from hub.domain.payout_answer import Scope, Standing
from hub.flows import received_file
from hub.flows.payout_applying import Applying
from hub.flows.payout_consequences import Source
from hub.flows.scratch import scratch
from hub.mappings.answers import answers
from hub.mappings.camt_returns import returns
from hub.mappings.layout import Form
from hub.mappings.record import Reading, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from hub.domain.bank_account import BankAccount
    from hub.domain.payout_answer import Answer
    from hub.flows.bank_prepared import Prepared
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.bank_matches import KeptLine
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received


def take_marked(
    prepared: Sequence[Prepared],
    received: Received,
    layout: Layout,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> None:
    """Apply the returns that a camt message marks, if it is of an account that pays."""
    mine = (one.account for one in prepared if one.account is not None)
    if layout.form is not Form.CAMT or all(
        account.kind is not AccountKind.EXPENDITURE for account in mine
    ):
        return
    as_returns = replace(layout, form=Form.CAMT_RETURNS)
    with (
        scratch(services) as folder,
        received_file.plain(received, services, folder) as path,
        path.open("rb") as content,
    ):
        rows = returns(as_returns, content, file=received.name)
        found = answers(as_returns, Reading(rows=rows), services.reasons)
        _apply(found, received, as_returns, services, uow, at=at)


def take_worded(
    account: BankAccount,
    received: Received,
    layout: Layout,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> bool:
    """Apply the returns that only words tell of; tell whether there were any."""
    if account.kind is not AccountKind.EXPENDITURE or layout.form is Form.CAMT:
        return False
    rows = [
        row
        for kept in uow.bank_matches.lines(account.code, without=STRONG)
        if kept.inbox_id == received.id and (row := _row(kept, account, uow)) is not None
    ]
    found = answers(layout, Reading(rows=iter(rows)), services.reasons)
    return _apply(found, received, layout, services, uow, at=at)


def _row(kept: KeptLine, account: BankAccount, uow: UnitOfWork) -> Row | None:
    """Return a line as a row of returns; `None` unless it is of exactly one payment."""
    line = kept.line
    if kept.purpose != Purpose.RETURNED_PAYMENT.value or kept.shown_fen or line.amount_fen <= 0:
        return None
    if line.party_account is None:
        return None
    items = [
        one
        for one in uow.bank_books.items_of_account(
            account.partner, line.party_account, line.amount_fen
        )
        if not one.is_returned
    ]
    if len(items) != 1:
        return None
    values: dict[str, Any] = {
        "scope": Scope.ITEM.value,
        "result": Standing.RETURNED.value,
        "raw_text": line.narrative,
        "end_to_end_id": items[0].end_to_end_id,
        "amount_fen": line.amount_fen,
        "settled_on": line.booked_on,
        "reference": line.reference,
    }
    return Row(line.place_line or line.number, values)


def _apply(
    found: Iterator[Answer],
    received: Received,
    layout: Layout,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> bool:
    first = next(found, None)
    if first is None:
        return False
    source = Source(inbox_id=received.id, name=received.name, sha256=received.sha256)
    applying = Applying(source, layout, services, uow, at=at)
    every: Iterable[Answer] = chain([first], found)
    applying.take(every)
    applying.finish()
    return True
