"""Where a relation transfer can stand, and which state may follow which (invariant I14)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from hub.domain.transfer_kinds import Direction, End


class TransferState(StrEnum):
    """Where a case is; it follows from its facts and is never set."""

    UNASKED = "unasked"  # 待申请: papers or money came, nobody has applied yet
    APPLIED = "applied"  # 审核中
    AWAITING = "awaiting"  # 待转入: we agreed; form or money is missing
    READY = "ready"  # 待接续: everything is there
    OFFERED = "offered"  # 已出表: the form is out, the money is not
    SENT = "sent"  # 已转出: form and money are out
    DONE = "done"  # 已办结
    REFUSED = "refused"  # 不予转移
    WITHDRAWN = "withdrawn"  # 已撤销
    FORWARDED = "forwarded"  # 已转办
    CLOSED = "closed"  # 已归档

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]

    @property
    def is_live(self) -> bool:
        """Tell whether the case goes on."""
        return self not in ENDED


_ZH: Final = {
    TransferState.UNASKED: "待申请",
    TransferState.APPLIED: "审核中",
    TransferState.AWAITING: "待转入",
    TransferState.READY: "待接续",
    TransferState.OFFERED: "已出表待划款",
    TransferState.SENT: "已转出待接续",
    TransferState.DONE: "已办结",
    TransferState.REFUSED: "不予转移",
    TransferState.WITHDRAWN: "已撤销",
    TransferState.FORWARDED: "已转办",
    TransferState.CLOSED: "已归档",
}

BY_ENDING: Final = {
    End.DONE: TransferState.DONE,
    End.REFUSED: TransferState.REFUSED,
    End.WITHDRAWN: TransferState.WITHDRAWN,
    End.FORWARDED: TransferState.FORWARDED,
}
ENDED: Final = frozenset({*BY_ENDING.values(), TransferState.CLOSED})

_S = TransferState
_ENDS: Final = frozenset({_S.REFUSED, _S.WITHDRAWN, _S.CLOSED})
# CLOSED may follow at once where the other office's "closed" came before what it closes

TRANSITIONS: Final[dict[Direction, dict[TransferState, frozenset[TransferState]]]] = {
    Direction.IN: {
        _S.UNASKED: _ENDS | {_S.APPLIED},
        _S.APPLIED: _ENDS | {_S.AWAITING, _S.READY},
        _S.AWAITING: _ENDS | {_S.READY},
        _S.READY: _ENDS | {_S.AWAITING, _S.DONE},
    },
    Direction.OUT: {
        _S.UNASKED: _ENDS | {_S.APPLIED, _S.FORWARDED},
        _S.APPLIED: _ENDS | {_S.OFFERED, _S.SENT, _S.FORWARDED},
        _S.OFFERED: _ENDS | {_S.APPLIED, _S.SENT, _S.DONE},
        _S.SENT: _ENDS | {_S.APPLIED, _S.OFFERED, _S.DONE},
    },
}
"""The state graph. What has ended can only be closed; a closed case has no successor."""

for _side in TRANSITIONS.values():
    _side.update({one: frozenset({_S.CLOSED}) for one in BY_ENDING.values()})
    _side[_S.CLOSED] = frozenset()
del _side


def may_follow(direction: Direction, before: TransferState, after: TransferState) -> bool:
    """Tell whether a case may go from one state to the other in one step."""
    return before is after or after in TRANSITIONS[direction].get(before, frozenset())


def starts(direction: Direction, state: TransferState) -> bool:
    """Tell whether a case, or a new round of one, may begin in a state."""
    return state.is_live and (state in TRANSITIONS[direction])
