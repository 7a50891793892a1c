"""A statement of our own accounts comes in: read to its end, then taken, in one unit.

Whose accounts they are is found by number, or by the bank where it sends one account only. A list
of facts (进账单) of such an account is taken twice: as facts, and as a statement.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hub.domain.bank_statement import Content
from hub.domain.money import yuan_text
from hub.errors import Place, Rejected
from hub.flows import bank_taking
from hub.flows.bank_prepared import Prepared, opened
from hub.flows.routed import Routed
from hub.mappings.bank_lines import heads, is_statement, may_be_statement
from hub.mappings.file_names import match
from hub.mappings.statement import masked
from hub.mappings.unpack import plain_name

if TYPE_CHECKING:
    from datetime import date

    from hub.domain.bank_account import BankAccount
    from hub.domain.bank_statement import Head
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.inbox import Received

__all__ = ["beside", "is_statement", "routed"]


def routed(received: Received, layout: Layout, services: Services) -> Routed:
    """Read a statement to its end; `Rejected` when it is of no account of ours."""
    prepared = _prepared(received, layout, services, required=True)
    return _routed(received, layout, prepared, services)


def beside(received: Received, layout: Layout, services: Services) -> Routed | None:
    """Read a list of facts as the statement that it may be too; `None` when it is of no account."""
    if not may_be_statement(layout) or not services.banking.of_partner(layout.partner):
        return None
    prepared = _prepared(received, layout, services, required=False)
    if all(one.account is None for one in prepared):
        return None
    return _routed(received, layout, prepared, services)


def _routed(
    received: Received, layout: Layout, prepared: list[Prepared], services: Services
) -> Routed:
    return Routed(
        rows=sum(one.head.rows for one in prepared),
        business_key=None,  # what is known of a day is compared line by line
        effect=lambda uow, at: bank_taking.take(received, layout, prepared, services, uow, at=at),
        repeats=True,
    )


def _prepared(
    received: Received, layout: Layout, services: Services, *, required: bool
) -> list[Prepared]:
    """Read a file twice: first to its end, so that what it says of itself is proven."""
    with opened(received, layout, services) as (reading, _):
        count = sum(1 for _row in reading.rows)
        found = heads(layout, reading, count)
    named_on = _day_of(received, layout)
    prepared: list[Prepared] = []
    with opened(received, layout, services) as (_, stream):
        for head in found:
            content = Content()
            for line in islice(stream, head.rows):
                content.add(line)
            _prove(head, content, received.name)
            span = content.span(head, named_on)
            if span is None:
                raise Rejected("statement_without_day", place=Place(file=received.name))
            account = _account_of(head, layout, services)
            if account is None and required:
                raise Rejected(
                    "bank_account_unknown",
                    place=Place(file=received.name),
                    bank=layout.partner,
                    found=masked(head.account_no or ""),
                )
            prepared.append(
                Prepared(
                    account=account, head=head, content=content, first_on=span[0], last_on=span[1]
                )
            )
    return prepared


def _prove(head: Head, content: Content, file: str) -> None:
    """Refuse a statement whose lines do not lead from its opening to its closing balance."""
    if head.opening_fen is None or head.closing_fen is None:
        return
    if head.opening_fen + content.net_fen != head.closing_fen:
        raise Rejected(
            "statement_balance",
            place=Place(file=file),
            statement=head.reference or "—",
            opening=yuan_text(head.opening_fen),
            net=yuan_text(content.net_fen),
            expected=yuan_text(head.opening_fen + content.net_fen),
            found=yuan_text(head.closing_fen),
        )


def _account_of(head: Head, layout: Layout, services: Services) -> BankAccount | None:
    if head.account_no is not None:
        return services.banking.of_number(layout.partner, head.account_no)
    mine = services.banking.of_partner(layout.partner)
    return mine[0] if len(mine) == 1 else None


def _day_of(received: Received, layout: Layout) -> date | None:
    named = match(layout.file_name, plain_name(received.name)) or {}
    return named.get("day")  # type: ignore[return-value]  # `{day:…}` gives a date
