"""The words for states, sides and steps of transfers in both languages, with their tone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from hub.domain.region_message import RECEIPT
from hub.domain.transfer_messages import MessageType
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.transfer_clock import Clock
    from hub.domain.transfer_missing import Lack

Tone = Literal["plain", "good", "warn", "bad"]
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Word:
    """One word for people; `value` is the one for programs, `tone` its colour as a state."""

    value: str
    zh: str
    en: str
    tone: Tone = "plain"


_EN: Final[Mapping[str, str]] = {
    "TransferState.unasked": "not applied for",
    "TransferState.applied": "under review",
    "TransferState.awaiting": "awaiting form and money",
    "TransferState.ready": "ready to continue",
    "TransferState.offered": "form sent, money to go",
    "TransferState.sent": "form and money sent",
    "TransferState.forwarded": "passed on",
    "Direction.in": "in",
    "Kind.unemployment_benefit": "unemployment benefit",
    "Kind.account": "account",
    "Step.consent": "consent",
    "Step.offer": "transfer form",
    "Step.funds": "money",
    "Step.continue": "continuation",
    "PaperKind.letter": "consent (letter of contact)",
    "PaperKind.form": "transfer form",
    "PaperKind.notice": "remittance advice",
    "PaperKind.done": "notice of continuation",
    "PaperKind.refusal": "notice of refusal",
    "Verdict.accept": "sound",
    "Verdict.reservation": "sound with reservation",
    "Verdict.query": "to be queried",
    "Reason.reference": "names the case or the payment",
    "Reason.amount": "the amount is what is due",
    "Reason.name": "names the person",
    "Reason.region": "paid by the old place",
    "Reason.expected": "announced by the old place",
    "MessageState.sent": "sent, receipt awaited",
    "MessageState.delivered": "received there",
    "MessageState.declined": "received there and declined",
    "MessageState.parked": "waits for an earlier one",
    "Break.opening": "does not begin with what the day before ended with",
    "Break.lines": "its lines do not lead to its closing balance",
}
_TONES: Final[Mapping[str, Tone]] = {
    "TransferState.ready": "warn", "TransferState.done": "good", "TransferState.refused": "bad",
    "ReceiptState.held": "warn", "ReceiptState.proposed": "warn", "ReceiptState.joined": "good",
    "RemittanceState.returned": "bad", "RemittanceState.paid": "good",
    "MessageState.delivered": "good", "MessageState.applied": "good",
    "MessageState.declined": "bad", "MessageState.refused": "bad", "MessageState.parked": "warn",
    "RecordState.proposed": "warn", "RecordState.confirmed": "good",
    "Consequence.stopped": "bad", "Consequence.suspended": "bad", "Consequence.certified": "good",
    "Verdict.accept": "good", "Verdict.reservation": "warn", "Verdict.query": "bad",
    "Break.opening": "bad", "Break.lines": "bad",
}  # fmt: skip
LATE: Final = Word("late", "逾期", "late", "bad")
PAUSED: Final = Word("paused", "暂停", "paused", "warn")
RUNNING: Final = Word("running", "办理中", "running")
UNKNOWN: Final = Word("unknown", "待定（工作日历未公布）", "unknown: no calendar yet", "warn")
US: Final = Word("us", "本机构", "this office")
THEM: Final = Word("them", "对方机构", "the other office")


def said(one: Any) -> Word | None:  # noqa: ANN401 -- any enumeration that staff read
    """Return the words for a member of an enumeration; `None` for none."""
    if one is None:
        return None
    name = f"{type(one).__name__}.{one.value}"
    words = str(one.value).replace("_", " ")
    return Word(
        one.value, getattr(one, "zh", words), _EN.get(name, words), _TONES.get(name, "plain")
    )


def message(kind: str) -> Word:
    """Return what a kind of message is called, by its name on the wire."""
    if kind == RECEIPT:
        return Word(kind, "回执", "receipt")
    known = MessageType(kind) if kind in list(MessageType) else None
    words = kind.partition(".")[2].replace("_", " ")
    return Word(kind, known.zh if known else kind, words if known else kind)


def whose(clock: Clock) -> Word:
    """Return whose clock it is."""
    return US if clock.ours else THEM


def standing(clock: Clock, *, late: bool) -> Word:
    """Return how a clock stands."""
    if late:
        return LATE
    if clock.is_paused:
        return PAUSED
    return UNKNOWN if clock.calendar_ends else RUNNING


def lacking(one: Lack, *, brief: bool = False) -> Word:
    """Return what is missing and who owes it; `brief`: without what only we know of it."""
    shown = replace(one, detail="") if brief else one
    return Word(one.what.value, shown.text("zh"), shown.text("en"))


def choices(kind: type[E], *more: Word) -> dict[str, Any]:
    """Return what a filter offers: some words, and each member of an enumeration."""
    return {one.value: one for one in (*more, *(said(member) for member in kind)) if one}


def chosen(kind: type[E], filters: Mapping[str, str], name: str) -> E | None:
    """Return the member of an enumeration that a filter names; `filter_value_unknown`."""
    found = filters.get(name)
    if found is None:
        return None
    known = [str(one.value) for one in kind]
    if found not in known:
        raise Rejected(
            "filter_value_unknown", filter=name, found=found[:40], known=", ".join(known)
        )
    return kind(found)
