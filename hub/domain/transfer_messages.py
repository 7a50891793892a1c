"""The grammar of a transfer's messages: which may be sent or taken now follows from the case.

Four kinds move the transfer on, and refusal ends it. Around them stand the administrative ones
that every case knows (as in the EESSI: clarify, reply, remind, invalidate, forward, close, reopen).
What is not listed for a state is not offered to people and is refused when it arrives.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_missing import Party, before_offer, missing
from hub.domain.transfer_state import ENDED, TransferState
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.transfer_case import TransferCase


class MessageType(StrEnum):
    """A kind of message about a case, by its name on the wire."""

    CONTACT_LETTER = "transfer.contact_letter"  # 联系函, 同意转入证明
    FORM = "transfer.form"  # 信息表, 转移表
    FUNDS_NOTICE = "transfer.funds_notice"  # 汇款通知
    COMPLETED = "transfer.completed"  # 接续办结
    REFUSED = "transfer.refused"  # 不予转移
    CLARIFY = "admin.clarify"
    REPLY = "admin.reply"
    REMIND = "admin.remind"
    INVALIDATE = "admin.invalidate"
    FORWARD = "admin.forward"
    CLOSE = "admin.close"
    REOPEN = "admin.reopen"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]


_M = MessageType
_S = TransferState
_ZH: Final = {
    _M.CONTACT_LETTER: "联系函（同意转入）",
    _M.FORM: "转移表（信息表）",
    _M.FUNDS_NOTICE: "汇款通知",
    _M.COMPLETED: "接续办结",
    _M.REFUSED: "不予转移",
    _M.CLARIFY: "询问",
    _M.REPLY: "答复",
    _M.REMIND: "催办",
    _M.INVALIDATE: "作废",
    _M.FORWARD: "转办",
    _M.CLOSE: "归档",
    _M.REOPEN: "重新启动",
}

_SENDS: Final[Mapping[tuple[Direction, TransferState], frozenset[MessageType]]] = {
    (Direction.IN, _S.UNASKED): frozenset({_M.REFUSED}),
    (Direction.IN, _S.APPLIED): frozenset({_M.CONTACT_LETTER, _M.REFUSED, _M.INVALIDATE}),
    (Direction.IN, _S.AWAITING): frozenset({_M.CONTACT_LETTER, _M.REFUSED, _M.INVALIDATE}),
    (Direction.IN, _S.READY): frozenset({_M.COMPLETED, _M.REFUSED, _M.INVALIDATE}),
    (Direction.OUT, _S.UNASKED): frozenset({_M.REFUSED, _M.FORWARD}),
    (Direction.OUT, _S.APPLIED): frozenset({_M.FORM, _M.REFUSED, _M.FORWARD}),
    (Direction.OUT, _S.OFFERED): frozenset({_M.FUNDS_NOTICE, _M.INVALIDATE}),
    (Direction.OUT, _S.SENT): frozenset({_M.FUNDS_NOTICE, _M.INVALIDATE}),
}
_TAKES: Final[Mapping[Direction, frozenset[MessageType]]] = {
    Direction.IN: frozenset({_M.FORM, _M.FUNDS_NOTICE, _M.REFUSED, _M.FORWARD}),
    Direction.OUT: frozenset({_M.CONTACT_LETTER, _M.COMPLETED, _M.REFUSED}),
}
_ALWAYS_TAKEN: Final = frozenset(
    {_M.CLARIFY, _M.REPLY, _M.REMIND, _M.INVALIDATE, _M.CLOSE, _M.REOPEN}
)


def may_send(case: TransferCase) -> frozenset[MessageType]:
    """Return what this office may send about a case now."""
    state = case.state
    if state is _S.CLOSED:
        return frozenset({_M.REOPEN})
    found = set(_SENDS.get((case.direction, state), frozenset()))
    found.add(_M.CLARIFY)
    if before_offer(case):
        found.discard(_M.FORM)
    if state in ENDED:
        found |= {_M.CLOSE, _M.REOPEN}
    owing = {one.who for one in missing(case)}
    if Party.COUNTERPART in owing:
        found.add(_M.REMIND)
    if any(not one.ours for one in case.questions):
        found.add(_M.REPLY)
    return frozenset(found)


def may_take(case: TransferCase) -> frozenset[MessageType]:
    """Return what this office takes from the other one now.

    Papers cross on their way, so what they already know may still come after a case has ended
    here; once it is closed, only its reopening does.
    """
    if case.state is _S.CLOSED:
        return frozenset({_M.REOPEN})
    return _TAKES[case.direction] | _ALWAYS_TAKEN


def require_sendable(case: TransferCase, message: MessageType) -> None:
    """Refuse to send what the state does not allow, naming what it does."""
    allowed = may_send(case)
    if message not in allowed:
        raise Rejected(
            "transfer_message_not_allowed", ref=case.ref, found=message.value,
            state=case.state.zh, allowed=", ".join(sorted(allowed)),
        )  # fmt: skip


def require_takable(case: TransferCase, message: MessageType) -> None:
    """Refuse a message that has no place in this state or comes from the wrong side."""
    if message not in may_take(case):
        raise Rejected(
            "transfer_message_unexpected", ref=case.ref, found=message.value, state=case.state.zh
        )
