"""The words of a transfer (关系转移): sides, kinds, steps, ways to end."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Direction(StrEnum):
    """Which side of a transfer this office is."""

    OUT = "out"  # 转出地: the relation is here
    IN = "in"  # 转入地: the relation is to come here

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {Direction.OUT: "转出", Direction.IN: "转入"}[self]

    @property
    def other(self) -> Direction:
        """Return the side of the other office."""
        return Direction.IN if self is Direction.OUT else Direction.OUT


class Kind(StrEnum):
    """What is transferred."""

    PENSION = "pension"
    MEDICAL = "medical"
    UNEMPLOYMENT = "unemployment"
    UNEMPLOYMENT_BENEFIT = "unemployment_benefit"  # 6-18, 6-19: while benefit is being paid

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _KIND_ZH[self]

    @property
    def fund(self) -> str:
        """Return the fund whose money it is: both kinds of unemployment have one."""
        return Kind.UNEMPLOYMENT.value if self is Kind.UNEMPLOYMENT_BENEFIT else self.value


_KIND_ZH: Final = {
    Kind.PENSION: "企业职工基本养老保险关系",
    Kind.MEDICAL: "基本医疗保险关系",
    Kind.UNEMPLOYMENT: "失业保险关系",
    Kind.UNEMPLOYMENT_BENEFIT: "失业保险待遇",
}


class Step(StrEnum):
    """The four things that an office has to do, each with a clock of its own."""

    CONSENT = "consent"  # the new place agrees (同意转入, 联系函)
    OFFER = "offer"  # the old place makes the form (转移表, 信息表)
    FUNDS = "funds"  # the old place sends the money
    CONTINUE = "continue"  # the new place continues the relation (接续)

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _STEP_ZH[self]

    @property
    def side(self) -> Direction:
        """Return whose step it is."""
        return Direction.IN if self in (Step.CONSENT, Step.CONTINUE) else Direction.OUT


_STEP_ZH: Final = {
    Step.CONSENT: "同意转入",
    Step.OFFER: "开具转移表",
    Step.FUNDS: "划转基金",
    Step.CONTINUE: "接续关系",
}


class End(StrEnum):
    """How a case ends."""

    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FORWARDED = "forwarded"
