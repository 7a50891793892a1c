"""Our own bank accounts (收入户、支出户、财政专户), and the rules that name what a line is for.

Accounts and rules are data of the deployment (`config/bank_accounts.toml`), judged when they are
read. An account's number is never stored beside its lines: its code stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 -- read at run time, as the dates
from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING

from hub.domain.fund_account import AccountKind, Direction, FundAccount, Purpose
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.domain.bank_statement import StatementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """One account that we keep at a bank.

    `partner` sends its statements. `funds` are the insurance funds whose money is in it, usually
    one. From `since` on every day must be proved by statements; `opening_fen` is what bank and
    books had before that day. `every_day`: the bank sends a statement of each banking day, moved
    or not; `numbered`: its statements are numbered without gaps within a year.
    """

    name: str
    title: str
    partner: str
    kind: AccountKind
    funds: tuple[str, ...]
    number: str = field(repr=False)
    since: date
    opening_fen: int = 0
    every_day: bool = True
    numbered: bool = False

    @property
    def code(self) -> str:
        """Return the name that stands for it in the store."""
        return self.name

    @property
    def fund(self) -> str | None:
        """Return its fund, if it has only one."""
        return self.funds[0] if len(self.funds) == 1 else None

    def of_fund(self, fund: str) -> FundAccount:
        """Return it as the account of a fund, which the guard knows."""
        return FundAccount(kind=self.kind, fund=fund)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRule:
    """What lines of some words or codes are for, from a day on.

    `codes` are the bank's own or ISO's sub-family. `events` names, for each kind of account, the
    event that books such a line; without it people book it, or another rule finds what it pays.
    """

    id: str
    version: int
    direction: Direction
    purpose: Purpose | None
    since: date
    accounts: tuple[AccountKind, ...]
    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    events: Mapping[str, str] = field(default_factory=dict)
    until: date | None = None

    @property
    def rule(self) -> str:
        """Return its identity with its version, as it is kept with each line."""
        return f"10-{self.id}@{self.version}"

    def fits(self, account: BankAccount, line: StatementLine) -> bool:
        """Tell whether it names a line of an account."""
        if account.kind not in self.accounts or line.direction is not self.direction:
            return False
        if line.booked_on < self.since or (self.until is not None and line.booked_on > self.until):
            return False
        text = (line.narrative or "").upper()
        coded = line.code is not None and line.code in self.codes
        return coded or any(word.upper() in text for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When absence is an event; all in working days, `statement_by` is an hour (local time).

    `transit_working_days`: how long something may be in our books and not at the bank.
    `suspense_working_days`: after which an unexplained receipt is booked as 暂收款.
    `sweep_working_days`: after a quarter's end, for its interest (规程 10-4).
    """

    statement_by: time = time(10, 0)
    transit_working_days: int = 3
    suspense_working_days: int = 3
    sweep_working_days: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Banking:
    """All our accounts, by code, with what is known of their lines."""

    accounts: Mapping[str, BankAccount] = field(default_factory=dict)
    rules: tuple[LineRule, ...] = ()
    terms: Terms = field(default_factory=Terms)

    def get(self, code: str) -> BankAccount:
        """Return an account; `Rejected` when there is none of this code."""
        if code not in self.accounts:
            raise Rejected("bank_account_missing", account=code, known=", ".join(self.accounts))
        return self.accounts[code]

    def of_partner(self, partner: str) -> list[BankAccount]:
        """Return the accounts whose statements a partner sends."""
        return [one for one in self.accounts.values() if one.partner == partner]

    def of_number(self, partner: str, number: str) -> BankAccount | None:
        """Return the account of a number, however it is grouped; MT940 has the bank before it."""
        wanted = {plain(number), plain(number.rpartition("/")[2])}
        mine = (one for one in self.of_partner(partner) if plain(one.number) in wanted)
        return next(mine, None)

    def named(self, account: BankAccount, line: StatementLine) -> LineRule | None:
        """Return the first rule that names a line; rules stand in their order."""
        return next((rule for rule in self.rules if rule.fits(account, line)), None)

    def siblings(self, account: BankAccount) -> Iterator[BankAccount]:
        """Yield the accounts of other kinds that share a fund with an account."""
        for one in self.accounts.values():
            if one.kind is not account.kind and set(one.funds) & set(account.funds):
                yield one


def plain(number: str) -> str:
    """Return an account's number without blanks and hyphens, as it is compared."""
    return re.sub(r"[\s-]", "", number).upper()
