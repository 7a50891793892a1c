"""Fund-account guard (账户监管): what each bank account of a fund may receive and pay.

《社会保险基金财务制度》, art. 39-42, names the uses of 收入户, 支出户 and 财政专户 and forbids the
rest. The rules are dated data (`config/fund_accounts.toml`). Where no rule applies nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 -- read at run time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable


class AccountKind(StrEnum):
    """The bank accounts that a fund has; the state treasury (国库) holds money before them."""

    INCOME = "income"
    EXPENDITURE = "expenditure"
    TREASURY = "treasury"
    STATE_TREASURY = "state_treasury"

    @property
    def zh(self) -> str:
        """Return the Chinese name."""
        return _KIND_ZH[self]


_KIND_ZH = {
    AccountKind.INCOME: "收入户",
    AccountKind.EXPENDITURE: "支出户",
    AccountKind.TREASURY: "财政专户",
    AccountKind.STATE_TREASURY: "国库存款",
}


class Direction(StrEnum):
    """Which way money moves, seen from the account."""

    IN = "in"
    OUT = "out"

    @property
    def zh(self) -> str:
        """Return 收 or 付."""
        return "收" if self is Direction.IN else "付"


class Purpose(StrEnum):
    """What a movement is for."""

    CONTRIBUTION = "contribution"  # 社会保险费
    COLLECTED_TRANSFER = "collected_transfer"  # 收入户或国库划入财政专户
    APPROPRIATION = "appropriation"  # 财政专户拨入支出户
    BENEFIT = "benefit"  # 支付待遇
    PREMIUM_REFUND = "premium_refund"  # 退回保险费
    TRANSFER_IN = "transfer_in"  # 转移收入
    TRANSFER_OUT = "transfer_out"  # 转移支出
    TRANSFER_REFUND = "transfer_refund"  # 退回转移收入
    RETURNED_PAYMENT = "returned_payment"  # 原渠道退回的支付资金
    OWN_INTEREST = "own_interest"  # 本账户利息
    INTEREST_SWEEP = "interest_sweep"  # 利息缴入财政专户
    SUBSIDY = "subsidy"  # 财政补贴
    UPPER_GRANT = "upper_grant"  # 上级拨付、补助
    UPPER_PAYMENT = "upper_payment"  # 上解上级
    LOWER_GRANT = "lower_grant"  # 下拨下级
    LOWER_PAYMENT = "lower_payment"  # 下级上解
    INVESTMENT = "investment"  # 投资运营、购买国债
    OTHER_INCOME = "other_income"  # 滞纳金等其他收入
    OTHER_EXPENSE = "other_expense"  # 经财政核准的其他支出
    BANK_CHARGE = "bank_charge"  # 银行手续费: no account of a fund may pay it

    @property
    def zh(self) -> str:
        """Return the Chinese term."""
        return _PURPOSE_ZH[self]


_PURPOSE_ZH = {
    Purpose.CONTRIBUTION: "社会保险费",
    Purpose.COLLECTED_TRANSFER: "收入划转",
    Purpose.APPROPRIATION: "财政专户拨付支出户",
    Purpose.BENEFIT: "待遇支付",
    Purpose.PREMIUM_REFUND: "退回保险费",
    Purpose.TRANSFER_IN: "转移收入",
    Purpose.TRANSFER_OUT: "转移支出",
    Purpose.TRANSFER_REFUND: "退回转移收入",
    Purpose.RETURNED_PAYMENT: "原渠道退回支付资金",
    Purpose.OWN_INTEREST: "本账户利息",
    Purpose.INTEREST_SWEEP: "利息缴入财政专户",
    Purpose.SUBSIDY: "财政补贴",
    Purpose.UPPER_GRANT: "上级拨付",
    Purpose.UPPER_PAYMENT: "上解上级",
    Purpose.LOWER_GRANT: "下拨下级",
    Purpose.LOWER_PAYMENT: "下级上解",
    Purpose.INVESTMENT: "投资运营",
    Purpose.OTHER_INCOME: "其他收入",
    Purpose.OTHER_EXPENSE: "其他支出",
    Purpose.BANK_CHARGE: "银行手续费",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FundAccount:
    """One bank account of one insurance fund (险种)."""

    kind: AccountKind
    fund: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that is to move, or has moved, on an account; the amount (fen) is positive."""

    direction: Direction
    purpose: Purpose
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRule:
    """For which purposes an account may receive or pay, from a day on; `only` is the whole list."""

    id: str
    account: AccountKind
    direction: Direction
    only: tuple[Purpose, ...]
    since: date
    article: str
    source: str
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Tell whether it applies on a day."""
        return self.since <= on and (self.until is None or on <= self.until)


def guard(account: FundAccount, movement: Movement, on: date, rules: Iterable[AccountRule]) -> None:
    """Refuse a movement that no rule of the account allows on a day.

    `Rejected("fund_account_forbids")` names the rule and its article;
    `Rejected("fund_account_without_rule")` when none applies: what is not allowed is forbidden.
    """
    if movement.amount_fen <= 0:
        raise ValueError("a movement has a positive amount")
    mine = [
        rule
        for rule in rules
        if rule.account is account.kind and rule.direction is movement.direction and rule.holds(on)
    ]
    said: dict[str, Any] = {
        "account": account.kind.zh,
        "direction": movement.direction.zh,
        "kind": account.kind.value,
        "way": movement.direction.value,
        "on": on.isoformat(),
    }
    if not mine:
        raise Rejected("fund_account_without_rule", **said)
    if any(movement.purpose in rule.only for rule in mine):
        return
    rule = mine[0]
    raise Rejected(
        "fund_account_forbids",
        **said,
        purpose=movement.purpose.zh,
        what=movement.purpose.value,
        rule=rule.id,
        article=f"{rule.source}{rule.article}",
        only="、".join(purpose.zh for purpose in rule.only) or "—",
    )
