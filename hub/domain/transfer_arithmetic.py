"""The sums of a transfer form, computed again (信息表 items (1) to (6), and its yearly rows).

Pension: (4) = (1) + (2) + (3); (5) = wage of every year since 1998 x 12 %, parts of a year by
months; (6) = (4) + (5). How rows and items hang together is our reading of the form's headings
(docs/flows/transfer.md). What is not stated, or needs a rate that nobody has verified, is unknown
and never counted as wrong. Amounts are fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.transfer_sums import Terms

FIRST_YEAR: Final = 1998
"""From 1998-01-01 on all of the personal account and 12 % of the wage are transferred (66号)."""

BEFORE, ACCOUNT, THIS_YEAR = "before_1998_fen", "account_fen", "this_year_fen"  # (1) (2) (3)
PERSONAL, POOLED, TOTAL = "personal_fen", "pooled_fen", "total_fen"  # (4) (5) (6)
AMOUNT: Final = "amount_fen"

ITEM_ZH: Final[Mapping[str, str]] = {
    BEFORE: "（1）1998年前个人缴费累计储存额",
    ACCOUNT: "（2）1998年至调转上年末账户累计储存额",
    THIS_YEAR: "（3）调转当年计入账户本金",
    PERSONAL: "（4）个人账户转移额",
    POOLED: "（5）统筹基金转移额",
    TOTAL: "（6）转移基金总额",
    AMOUNT: "应转移金额",
    "year": "年度",
    "months": "月数",
    "booked_personal_fen": "当年记账金额（个人）",
    "booked_fen": "当年记账金额（小计）",
    "interest_personal_fen": "当年利息（个人）",
    "interest_fen": "当年利息（小计）",
    "balance_personal_fen": "年末累计（个人）",
    "balance_fen": "年末累计（小计）",
    "balance_only_fen": "个人账户余额",
    "benefit_fen": "剩余失业保险金",
    "subsidy_fen": "医疗、培训、介绍补贴合计",
}
"""What each figure is called on the form."""


class Verdict(StrEnum):
    """What the sums of a form are good for."""

    ACCEPT = "accept"
    RESERVATION = "reservation"  # nothing is wrong, but not all could be computed, or by a few fen
    QUERY = "query"  # the other office has to explain it

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {"accept": "认可", "reservation": "有保留认可", "query": "应查询"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discord:
    """One figure that is not what it should be; `year` is `None` for the items of the form.

    `within`: by no more than the tolerance.
    """

    year: int | None
    item: str
    stated: int
    computed: int
    within: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """One figure that could not be computed; `why` is what lacks: a field, or a verified rate."""

    year: int | None
    item: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came out, year by year and then item by item."""

    discords: tuple[Discord, ...] = ()
    unknown: tuple[Unknown, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return what to do with the form."""
        if any(not one.within for one in self.discords):
            return Verdict.QUERY
        return Verdict.RESERVATION if self.discords or self.unknown else Verdict.ACCEPT

    @property
    def first(self) -> Discord | None:
        """Return the first difference beyond the tolerance, else the first at all."""
        beyond = [one for one in self.discords if not one.within]
        return next(iter(beyond or self.discords), None)


class Sheet:
    """Collects what differs and what is not known while a form is computed."""

    def __init__(self, terms: Terms) -> None:
        self.terms: Final = terms
        self._discords: list[Discord] = []
        self._unknown: list[Unknown] = []

    def check(
        self, item: str, stated: int | None, computed: int | None, *, why: str,
        year: int | None = None, tolerance_fen: int = 0,
    ) -> None:  # fmt: skip
        """Compare a figure with what it should be; `why` says what lacks when it is unknown."""
        if stated is None:
            self.unknown(item, item, year=year)
        elif computed is None:
            self.unknown(item, why, year=year)
        elif stated != computed:
            within = abs(stated - computed) <= tolerance_fen
            self._discords.append(
                Discord(year=year, item=item, stated=stated, computed=computed, within=within)
            )

    def unknown(self, item: str, why: str, *, year: int | None = None) -> None:
        """Note a figure that could not be computed."""
        self._unknown.append(Unknown(year=year, item=item, why=why))

    def judgement(self) -> Judgement:
        """Return what was found."""
        return Judgement(discords=tuple(self._discords), unknown=tuple(self._unknown))


def figure(table: Mapping[str, Any], name: str) -> int | None:
    """Return a figure of a form or row that is a number and not negative; else it is not stated."""
    value = table.get(name)
    return value if type(value) is int and value >= 0 else None


def plus(*parts: int | None) -> int | None:
    """Return a sum that is known only when all its parts are."""
    return None if any(one is None for one in parts) else sum(one for one in parts if one)
