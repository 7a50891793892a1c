"""Takes statements into the store: each line once, the days that they make, the returns in them."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from hub.domain.bank_chain import chain
from hub.domain.bank_statement import Fresh, Standing, merge
from hub.flows.bank_alarms import refresh
from hub.flows.bank_explaining import Explaining
from hub.flows.bank_prepared import Prepared, opened
from hub.flows.bank_returns import take_marked, take_worded
from hub.store.bank_statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from hub.domain.bank_account import BankAccount
    from hub.domain.bank_statement import StatementLine
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received

CHUNK: Final = 400


def take(
    received: Received,
    layout: Layout,
    prepared: Sequence[Prepared],
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> None:
    """Take the statements of a file; a second time nothing is new."""
    if uow.bank_statements.of_inbox(received.id):
        return
    since: dict[str, date] = {}
    accounts: dict[str, BankAccount] = {}
    with opened(received, layout, services) as (_, stream):
        for position, one in enumerate(prepared, start=1):
            own = islice(stream, one.head.rows)
            if one.account is not None:
                _take_one(received, layout, one, own, uow, position=position, at=at)
                code = one.account.code
                accounts[code] = one.account
                since[code] = min(since.get(code, one.first_on), one.first_on)
            for _rest in own:
                pass
    take_marked(prepared, received, layout, services, uow, at=at)
    for code, account in sorted(accounts.items()):
        follow_days(account, since[code], uow, at=at)
        Explaining(account, services, uow, at=at).run()
        if take_worded(account, received, layout, services, uow, at=at):
            Explaining(account, services, uow, at=at).run()
        refresh(account, services, uow, at=at)


def _take_one(
    received: Received,
    layout: Layout,
    one: Prepared,
    stream: Iterator[StatementLine],
    uow: UnitOfWork,
    *,
    position: int,
    at: datetime,
) -> None:
    account, head, content = one.account, one.head, one.content
    assert account is not None  # noqa: S101 -- the caller looked
    store, code, digest = uow.bank_statements, account.code, one.digest
    before = store.before(code, one.first_on, one.last_on)
    if head.interim:
        standing = Standing.INTERIM
    elif store.is_taken(code, digest):
        standing = Standing.REPEAT
    else:
        merging = merge(head, content, before)
        standing = merging.standing
    statement_id = store.add(
        Statement(
            account=code, inbox_id=received.id, position=position, form=layout.form.value,
            reference=head.reference, sequence_no=head.sequence_no, first_on=one.first_on,
            last_on=one.last_on, opening_fen=head.opening_fen, closing_fen=head.closing_fen,
            line_count=content.count, credit_fen=content.credit_fen,
            debit_fen=content.debit_fen, digest=digest, standing=standing, taken_at=at,
        )
    )  # fmt: skip
    taken = 0
    if standing is Standing.TAKEN:
        fresh = Fresh(code, merging, before)
        while chunk := list(islice(stream, CHUNK)):
            named = [
                (name, line)
                for line in chunk
                if line.booked_on >= account.since and (name := fresh.name(line)) is not None
            ]
            store.add_lines(code, statement_id, named)
            taken += len(named)
    uow.journal.note(
        "bank.statement", f"bank_account:{code}", at=at, actor="bank", inbox=received.id,
        standing=standing.value, first_on=one.first_on.isoformat(),
        last_on=one.last_on.isoformat(), lines=content.count, new_lines=taken,
        opening_fen=head.opening_fen, closing_fen=head.closing_fen,
        layout_sha256=layout.sha256,
    )  # fmt: skip


def follow_days(account: BankAccount, since: date, uow: UnitOfWork, *, at: datetime) -> None:
    """Compute an account's days anew, from the first that changed to the last."""
    store, code = uow.bank_statements, account.code
    since = max(since, account.since)
    earlier = store.day_on(code, since - timedelta(days=1))
    opening = earlier.closing_fen if earlier is not None else account.opening_fen
    facts = store.facts(code, since)
    days = chain(facts, opening)
    reopened = store.write_days(code, facts, days, store.counts(code, since))
    for day in reopened:
        uow.journal.note("bank.day_reopened", f"bank_day:{code}/{day.isoformat()}", at=at,
                         actor="bank", why="lines")  # fmt: skip
