"""What kinds, states, steps and findings of payouts are called in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.console.words import Tone, Word
from hub.domain.payout import BatchState, ItemState, ListState, PayoutKind
from hub.domain.payout_change import Change
from hub.domain.payout_form import step_name
from hub.domain.permission import Permission
from hub.errors import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from hub.domain.approval import Approval
    from hub.domain.reasons import Reason
    from hub.domain.way import Way


def _words(english: Mapping[StrEnum, tuple[str, Tone]]) -> Mapping[str, Word]:
    return {
        one.value: Word(one.value, one.zh, en, tone)  # type: ignore[attr-defined]
        for one, (en, tone) in english.items()
    }


LISTS: Final = _words(
    {
        ListState.DRAFT: ("being made", "plain"),
        ListState.CHECKED: ("checked", "warn"),
        ListState.REVIEWED: ("under review", "warn"),
        ListState.APPROVED: ("approved", "warn"),
        ListState.RELEASED: ("released", "plain"),
        ListState.CLOSED: ("closed", "good"),
        ListState.CANCELLED: ("cancelled", "plain"),
        ListState.REFUSED: ("refused", "bad"),
    }
)
ITEMS: Final = _words(
    {
        ItemState.LISTED: ("listed", "plain"),
        ItemState.IN_FLIGHT: ("with the bank", "plain"),
        ItemState.PAID: ("paid", "good"),
        ItemState.RETURNED: ("returned", "bad"),
        ItemState.FAILED: ("failed", "bad"),
        ItemState.REVERSED: ("reversed", "bad"),
        ItemState.UNKNOWN: ("outcome unknown", "bad"),
        ItemState.CANCELLED: ("cancelled", "plain"),
        ItemState.REFUSED: ("struck by the checks", "bad"),
    }
)
BATCHES: Final = _words(
    {
        BatchState.READY: ("to be sent", "warn"),
        BatchState.SENT: ("sent", "plain"),
        BatchState.ANSWERED: ("answered", "plain"),
        BatchState.CLOSED: ("closed", "good"),
        BatchState.WITHDRAWN: ("withdrawn", "bad"),
    }
)
KINDS: Final = _words(
    {
        PayoutKind.SOCIAL: ("benefits through banks", "plain"),
        PayoutKind.UNIT: ("benefits through employers", "plain"),
        PayoutKind.INSTANT: ("instant payments", "plain"),
        PayoutKind.REFUND: ("refunds", "plain"),
        PayoutKind.TRANSFER: ("transfers to other regions", "plain"),
        PayoutKind.COLLECTION: ("direct debits", "plain"),
    }
)
CHANGES: Final = {one.value: Word(one.value, one.zh, one.en) for one in Change}
REFUSES: Final = Word("refuses", "剔除", "struck", "bad")
DOUBTS: Final = Word("doubts", "存疑", "look-alike", "warn")
_STEPS: Final = {"初审": "first review", "复核": "second review", "审批": "approval"}

_EVENTS: Final = {
    "allocated": ("编入批次，占用批号", "batch made, number taken"),
    "built": ("生成报盘文件，内容已定", "file built, its bytes fixed"),
    "sent": ("送达银行", "delivered to the bank"),
    "closed": ("全部办结", "everything in it has its end"),
    "withdrawal_proposed": ("提出撤回", "withdrawal proposed"),
    "withdrawn": ("确认撤回", "withdrawn"),
    "resend_proposed": ("提出重发", "sending again proposed"),
    "resend_confirmed": ("确认重发", "sending again confirmed"),
    "resent": ("已重发", "sent again"),
    "batch_answered": ("银行已答复全部明细", "the bank answered every item"),
    "batch_closed": ("批次办结", "batch closed"),
    "checked": ("校验完成", "checked"),
    "refused": ("校验未通过，退回", "refused by the checks"),
    "handed_in": ("交件", "handed in"),
    "signed": ("签署", "signed"),
    "declined": ("退回，签署作废", "declined, signatures taken back"),
    "voided": ("内容变动，签署作废", "changed, signatures void"),
    "cancelled": ("撤销", "cancelled"),
    "released": ("拨付", "released"),
}

_EFFECTS: Final = {
    "applied": "已采用", "noted": "已收妥，未办结", "confirms": "与已知一致",
    "older": "早于已知结果", "held": "无法识别，搁置", "parked": "先于送达，暂存",
    "stray": "不明答复", "foreign": "非本机构", "differs": "金额不符", "twice": "重复退回",
    "contradicts": "前后矛盾",
}  # fmt: skip


def renamed(word: Word, value: str, zh: str) -> Word:
    """Return a word of a state that one side calls otherwise."""
    same = value == word.value
    return (
        word if same and zh == word.zh else replace(word, value=value, zh=zh, en=_en(word, value))
    )


def event(name: str) -> Word:
    """Return what an event of a list or batch is called: `payout.sent`."""
    _, _, what = name.partition(".")
    zh, en = _EVENTS.get(what, (name, what.replace("_", " ")))
    return Word(name, zh, en)


def effect(code: str) -> Word:
    """Return what an answer of a bank did (`hub.domain.payout_answer.Effect`)."""
    return Word(code, _EFFECTS[code], code)


def step(levels: int, number: int) -> Word:
    """Return what the n-th signature is called."""
    zh = step_name(levels, number)
    return Word(str(number), zh, _STEPS[zh])


def needed(approval: Approval) -> Permission | None:
    """Return what the next signature demands; `None` when nobody needs to sign any more."""
    if approval.is_complete:
        return None
    number = len(approval.signatures) + 1
    if number == 1:
        return Permission.PAYOUT_MAKE
    return Permission.PAYOUT_APPROVE if number == approval.levels else Permission.PAYOUT_CHECK


def finding(code: str) -> Word:
    """Return what a check says, without the facts of one item."""
    words = catalogue()[code]
    return Word(code, words["zh"], words["en"])


def advice(code: str) -> Word:
    """Return what to do about what a check says."""
    words = catalogue()[code]
    return Word(code, words["do_zh"], words["do_en"])


def remedy(reason: Reason, way: Way) -> Word:
    """Return what must happen before a failed payment or debit is tried again."""
    kind = reason.remedy
    zh = reason.fix_zh or kind.zh_of(way)
    return Word(kind.value, zh, reason.fix_en or kind.value.replace("_", " "))


def _en(word: Word, value: str) -> str:
    return word.en if value == word.value else value
