"""The books (账套): chart of accounts, voucher templates, and the dated choices between them.

All of it is data in `config/` and judged once, when it is loaded (`hub.mappings.books`). Accounts
(科目) are named by their names: most of their codes are not verified yet. A template says which
lines an event posts; it carries the article it follows and the days on which it applies.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- read at run time, as the dates
from dataclasses import dataclass
from datetime import date  # noqa: TC003
from enum import StrEnum
from typing import TYPE_CHECKING

from hub.domain.fund_account import AccountKind, AccountRule, Purpose  # noqa: TC001
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence


class AccountClass(StrEnum):
    """What an account (科目) counts; debit raises assets and expenses, credit the others."""

    ASSET = "asset"
    LIABILITY = "liability"
    BALANCE = "balance"  # 净资产: what the fund has left
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def zh(self) -> str:
        """Return the Chinese term."""
        return _CLASS_ZH[self]


_CLASS_ZH = {
    AccountClass.ASSET: "资产类",
    AccountClass.LIABILITY: "负债类",
    AccountClass.BALANCE: "净资产类",
    AccountClass.INCOME: "收入类",
    AccountClass.EXPENSE: "支出类",
}


class Side(StrEnum):
    """The two sides of an account."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def zh(self) -> str:
        """Return 借 or 贷."""
        return "借" if self is Side.DEBIT else "贷"

    @property
    def sign(self) -> int:
        """Return 1 for debit and -1 for credit: the sum of a balanced voucher is zero."""
        return 1 if self is Side.DEBIT else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the chart; `fund_account` names the bank account that it stands for.

    `verified` says that somebody read the code in `source`; no other code is ever printed.
    """

    name: str
    kind: AccountClass
    source: str
    code: str | None = None
    verified: bool = False
    fund_account: AccountKind | None = None

    @property
    def printed_code(self) -> str | None:
        """Return the code if it is verified."""
        return self.code if self.verified else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLine:
    """One line (分录) of a template; `red` lines (红字) post the amount with a minus sign.

    `detail` (明细科目) may name facts in braces. `purpose` is what a movement of a bank account
    is for: the guard of that account must allow it.
    """

    side: Side
    account: str
    detail: str = ""
    red: bool = False
    purpose: Purpose | None = None

    @property
    def sign(self) -> int:
        """Return what the line adds to the sum of its voucher, for an amount of 1."""
        return self.side.sign * (-1 if self.red else 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What one event (业务) posts from a day on, until a day, under one choice of a policy.

    `summary` (摘要) may name facts in braces. `documents` are the originals (原始凭证) that the
    procedure asks for, in words. `manual` events are booked by two people, others by the hub.
    `negative` events may have a negative amount, such as a day on which more was taken back.
    """

    event: str
    title: str
    summary: str
    article: str
    source: str
    since: date
    lines: tuple[TemplateLine, ...]
    documents: tuple[str, ...]
    until: date | None = None
    policy: str | None = None
    choice: str | None = None
    manual: bool = False
    negative: bool = False

    @property
    def rule(self) -> str:
        """Return its identity, kept with each voucher: `payout.returned/red@2018-01-01`."""
        chosen = f"/{self.choice}" if self.choice else ""
        return f"{self.event}{chosen}@{self.since.isoformat()}"

    @property
    def is_balanced(self) -> bool:
        """Tell whether its lines sum to nothing."""
        return sum(line.sign for line in self.lines) == 0

    def holds(self, on: date) -> bool:
        """Tell whether it applies on a day."""
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an agency chose for a policy, from a day on."""

    policy: str
    choice: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Chart, templates, choices and account rules of a deployment."""

    accounts: Mapping[str, Account]
    templates: tuple[Template, ...]
    choices: tuple[Choice, ...]
    account_rules: tuple[AccountRule, ...]

    def account(self, name: str) -> Account:
        """Return an account; `Rejected` if the chart has none of this name."""
        if name not in self.accounts:
            raise Rejected("account_unknown", name=name)
        return self.accounts[name]

    def template(self, event: str, on: date, *, choice: str | None = None) -> Template:
        """Return the template of an event on a day.

        `choice` overrides what was chosen for that day: a re-issue follows the choice that its
        return was booked under. `Rejected` when the event is unknown, or no template applies.
        """
        known = [template for template in self.templates if template.event == event]
        if not known:
            raise Rejected("event_unknown", event=event, known=", ".join(self.events()))
        for template in known:
            if template.holds(on) and template.choice == self._choice(template, on, choice):
                return template
        raise Rejected("event_not_in_force", event=event, on=on.isoformat())

    def events(self, *, manual: bool | None = None) -> Sequence[str]:
        """Return the names of all events, or of those that people book, or do not."""
        wanted = (t.event for t in self.templates if manual is None or t.manual is manual)
        return list(dict.fromkeys(wanted))

    def chosen(self, policy: str, on: date) -> str | None:
        """Return what was chosen for a policy on a day."""
        mine = [c for c in self.choices if c.policy == policy and c.since <= on]
        return max(mine, key=lambda c: c.since).choice if mine else None

    def _choice(self, template: Template, on: date, override: str | None) -> str | None:
        if template.policy is None:
            return None
        return override or self.chosen(template.policy, on)
