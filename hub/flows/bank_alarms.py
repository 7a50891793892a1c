"""What is wrong with an account, as discrepancies: opened when it is found, ended when it is gone.

Missing days and numbers, balances that do not go on, statements that contradict each other, lines
that nothing explains or that the account must not have, and what the bank does not show in time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.bank_chain import missing_days, missing_numbers
from hub.domain.bank_entries import netted
from hub.domain.bank_statement import Standing
from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Difference, Ending, Event, Level, State, key_of
from hub.domain.money import yuan_display
from hub.flows.bank_booking import forbidden
from hub.flows.bank_interest import sweep_differences
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from hub.domain.bank_account import BankAccount
    from hub.domain.discrepancy import Discrepancy
    from hub.flows.services import Services
    from hub.store.bank_matches import KeptLine
    from hub.store.engine import UnitOfWork

SHOWN_MAX: Final = 500  # lines of an account that are a discrepancy each
NOTE_CHARS_MAX: Final = 500
EVENTS: Final = (
    Event.BANK_DAY_MISSING, Event.BANK_NUMBER_GAP, Event.BANK_CHAIN_BROKEN, Event.BANK_CONFLICT,
    Event.BANK_LINE_OPEN, Event.BANK_LINE_FORBIDDEN, Event.BANK_TRANSIT_OVERDUE,
    Event.INTEREST_SWEEP, Event.INTEREST_SWEEP_OVERDUE,
)  # fmt: skip


def refresh(account: BankAccount, services: Services, uow: UnitOfWork, *, at: datetime) -> None:
    """Show what is wrong with an account now, and end what is not wrong any more."""
    on = services.today()
    known = alive(account, uow)
    keys = set()
    for difference in _found(account, services, uow):
        keys.add(difference.key)
        before = known.get(difference.key)
        opened = uow.discrepancies.open(difference, owner=FINANCE, on=on, at=at)
        if before is None and opened.state is State.OPEN:
            uow.journal.note(
                "bank.alarm", f"bank_account:{account.code}", at=at, actor="bank",
                cause=difference.cause.value, amount_fen=difference.amount_fen,
                note=difference.note,
            )  # fmt: skip
    since = _open_since(account, uow)
    for key, one in known.items():
        if key not in keys and not _lasts(one.difference, since):
            uow.discrepancies.end(key, Ending.CLEARED, at=at)


def alive(account: BankAccount, uow: UnitOfWork) -> dict[str, Discrepancy]:
    """Return what is open about an account, by key."""
    states = frozenset({State.OPEN, State.PROPOSED})
    found: dict[str, Discrepancy] = {}
    for event in EVENTS:
        prefix = key_of(Level.EVENT, event, account.code) + "|"
        for one in uow.discrepancies.list(
            Wanted(states=states, cause=event, partner=account.partner)
        ):
            if one.difference.key.startswith(prefix):
                found[one.difference.key] = one
    return found


def line_key(account: str, identity: str) -> str:
    """Return the identity of the difference "nothing explains this line"."""
    return key_of(Level.EVENT, Event.BANK_LINE_OPEN, account, identity)


def due_until(account: BankAccount, services: Services) -> date | None:
    """Return the last day whose statement must be there by now; `None` if there is none yet.

    The statement of a banking day is due on the next one, by the hour of the terms.
    """
    local = services.now().astimezone(services.settings.time_zone)
    day, calendar = local.date(), services.calendar
    late = calendar.is_working(day) and local.time() >= services.banking.terms.statement_by
    steps = 1 if late else 2
    while steps:
        day -= timedelta(days=1)
        if calendar.is_working(day):
            steps -= 1
        if day < account.since:
            return None
    return day


def _found(account: BankAccount, services: Services, uow: UnitOfWork) -> Iterator[Difference]:
    yield from _gaps(account, services, uow)
    yield from _days(account, uow)
    yield from _lines(account, services, uow)
    yield from _transit(account, services, uow)
    yield from sweep_differences(account, services, uow)


def _gaps(account: BankAccount, services: Services, uow: UnitOfWork) -> Iterator[Difference]:
    store, code = uow.bank_statements, account.code
    until = due_until(account, services)
    if account.every_day and until is not None:
        covered = store.covered(code, account.since)
        for day in missing_days(
            covered, since=account.since, until=until, calendar=services.calendar
        ):
            yield _of(account, Event.BANK_DAY_MISSING, day.isoformat(), on=day,
                      note=f"{account.title}：{day.isoformat()} 的对账单没有到")  # fmt: skip
    if account.numbered:
        for gap in missing_numbers(store.numbers(code, account.since)):
            which = f"{gap.first_no}" + (f"-{gap.last_no}" if gap.last_no > gap.first_no else "")
            yield _of(
                account, Event.BANK_NUMBER_GAP, gap.after_on.year, which, on=gap.before_on,
                count=gap.last_no - gap.first_no + 1,
                note=f"{account.title}：缺第 {which} 号（{gap.after_on} 至 {gap.before_on} 之间）",
            )  # fmt: skip


def _days(account: BankAccount, uow: UnitOfWork) -> Iterator[Difference]:
    for day in uow.bank_statements.days(account.code):
        if day.broken is not None:
            yield _of(
                account, Event.BANK_CHAIN_BROKEN, day.booked_on.isoformat(), on=day.booked_on,
                fen=abs(day.broken_fen),
                note=f"{account.title}：{day.booked_on.isoformat()} {day.broken.zh}，"
                f"相差 {yuan_display(day.broken_fen)} 元",
            )  # fmt: skip
    for one in uow.bank_statements.all(account.code, standing=Standing.CONFLICT):
        yield _of(
            account, Event.BANK_CONFLICT, one.digest, on=one.first_on,
            fen=one.credit_fen + one.debit_fen,
            note=f"{account.title}：收件 {one.inbox_id} 的对账单（{one.first_on} 至 {one.last_on}）"
            "与先前收到的不一致，未采用",
        )  # fmt: skip


def _lines(account: BankAccount, services: Services, uow: UnitOfWork) -> Iterator[Difference]:
    shown, rest, rest_fen = 0, 0, 0
    since = _open_since(account, uow)
    if since is None:
        return
    for kept in uow.bank_matches.lines(account.code, since=since):
        error = forbidden(kept, account, services.books)
        if error is not None:
            yield _of(
                account, Event.BANK_LINE_FORBIDDEN, kept.identity, on=kept.line.booked_on,
                fen=abs(kept.line.amount_fen), rule=str(error.facts.get("rule", "")) or None,
                note=f"{account.title}：{_words(kept)}；{error.explain('zh')}",
            )  # fmt: skip
        if not is_open(kept):
            continue
        if shown >= SHOWN_MAX:
            rest, rest_fen = rest + 1, rest_fen + abs(kept.line.amount_fen)
            continue
        shown += 1
        yield _of(
            account, Event.BANK_LINE_OPEN, kept.identity, on=kept.line.booked_on,
            fen=abs(kept.line.amount_fen), rule=kept.rule, note=f"{account.title}：{_words(kept)}",
        )  # fmt: skip
    if rest:
        yield _of(account, Event.BANK_LINE_OPEN, "rest", fen=rest_fen, count=rest,
                  note=f"{account.title}：另有 {rest} 笔")  # fmt: skip


def _open_since(account: BankAccount, uow: UnitOfWork) -> date | None:
    days = uow.bank_statements.days(account.code)
    return next((day.booked_on for day in days if day.closed_at is None), None)


def _lasts(difference: Difference, since: date | None) -> bool:
    """Tell whether something does not go away by itself: people say what came of it.

    A violation ends by itself only while its day is open, because the line is explained anew.
    """
    if difference.cause is Event.BANK_LINE_FORBIDDEN:
        on = difference.collected_on
        return since is None or (on is not None and on < since)
    return difference.cause is Event.BANK_CONFLICT


def is_open(kept: KeptLine) -> bool:
    """Tell whether a line is to be looked into: not in the books, or only as 暂收款."""
    return kept.line.amount_fen != 0 and (kept.open_fen != 0 or kept.is_suspense)


def _transit(account: BankAccount, services: Services, uow: UnitOfWork) -> Iterator[Difference]:
    """Yield what our books have and the bank has not shown within its time."""
    limit = services.banking.terms.transit_working_days
    today = services.today()
    entries = uow.bank_books.entries(account, services.books)
    for one in netted(entries, uow.bank_books.rejected):
        age = services.calendar.count(max(one.booked_on, account.since), today)
        if age > limit:
            way = "付款" if one.open_fen < 0 else "收款"
            yield _of(
                account, Event.BANK_TRANSIT_OVERDUE, one.voucher_no, one.voucher_line,
                on=one.booked_on, fen=abs(one.open_fen), fund=one.fund,
                note=f"{account.title}：凭证 {one.voucher_no} 的{way}，银行 {age} 个工作日未见",
            )  # fmt: skip


def _words(kept: KeptLine) -> str:
    way = "收" if kept.line.amount_fen > 0 else "付"
    text = kept.line.narrative or kept.line.party_name or "无摘要"
    return f"{kept.line.booked_on} {way} {yuan_display(abs(kept.line.amount_fen))} 元，{text}"


def _of(
    account: BankAccount,
    event: Event,
    *parts: str | int,
    on: date | None = None,
    fen: int = 0,
    count: int = 1,
    rule: str | None = None,
    fund: str | None = None,
    note: str = "",
) -> Difference:
    return Difference(
        key=key_of(Level.EVENT, event, account.code, *parts),
        level=Level.EVENT,
        cause=event,
        amount_fen=fen,
        count=count,
        partner=account.partner,
        insurance_kind=fund or account.fund,
        collected_on=on,
        rule=rule,
        note=note[:NOTE_CHARS_MAX] or None,
    )
