"""Desks (环节): who looks at a new difference first; a person may give it to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.discrepancy import Event
from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from hub.domain.discrepancy import Difference

FINANCE: Final = "财务管理"  # 规程 10-2: this desk compares the account with what was collected
BENEFITS: Final = "待遇核发"  # 规程 10-9: who lists what is to be paid, and corrects what came back
RELATIONS: Final = "保险关系管理"  # 规程 1-2: who keeps payers, persons and periods
CONTRIBUTIONS: Final = "保险费征缴"  # who lists what banks debit from families; no desk of 规程

_RELATIONS_CAUSES: Final = frozenset(
    {
        Verdict.WRONG_PAYER, Verdict.WRONG_PERIOD,
        Event.MESSAGE_GAP, Event.MESSAGE_UNDELIVERED, Event.MESSAGE_DECLINED,
    }
)  # fmt: skip


def desk_for(difference: Difference) -> str:
    """Return the desk that a difference belongs to when it is opened."""
    return RELATIONS if difference.cause in _RELATIONS_CAUSES else FINANCE
