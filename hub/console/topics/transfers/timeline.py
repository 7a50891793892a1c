"""The history of a case in words: each fact, who noted it or which message brought it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.console.topics.transfers.words import Word
from hub.domain import transfer_facts as facts
from hub.domain.money import yuan_display
from hub.domain.transfer_kinds import End

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from hub.domain.transfer_facts import Fact
    from hub.store.transfers import Noted

_WORDS: Final[Mapping[type[Fact], tuple[str, str]]] = {
    facts.Applied: ("受理申请", "application accepted"),
    facts.Consent: ("同意转入（联系函）", "consent (letter of contact)"),
    facts.Arrears: ("欠费核查", "check for arrears"),
    facts.Form: ("转移表", "transfer form"),
    facts.Funds: ("基金", "money"),
    facts.Announced: ("汇款通知", "remittance advice"),
    facts.Returned: ("退回基金", "money sent back"),
    facts.Voided: ("作废", "made void"),
    facts.Recalled: ("撤回转移表", "form wanted back"),
    facts.RecallAnswered: ("对撤回的答复", "answer to the recall"),
    facts.Asked: ("询问", "question"),
    facts.Answered: ("答复", "answer"),
    facts.Paused: ("暂停计时", "clock stopped"),
    facts.Resumed: ("恢复计时", "clock goes on"),
    facts.Reminded: ("催办", "reminder"),
    facts.Forwarded: ("转办", "passed on"),
    facts.Closed: ("归档", "closed"),
}
_ENDINGS: Final[Mapping[End, tuple[str, str]]] = {
    End.DONE: ("已接续办结", "relation continued"),
    End.REFUSED: ("不予转移", "refused"),
    End.WITHDRAWN: ("撤销申请", "withdrawn"),
    End.FORWARDED: ("已转办", "passed on"),
}
INTERNAL: Final = (facts.Arrears, facts.Paused, facts.Resumed)
"""What only this office knows: the other office does not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of the history."""

    on: date
    what: Word
    detail: str
    noted_at: datetime
    person: str | None
    message: str | None


def history(noted: Iterable[Noted], *, outside: bool) -> list[Happening]:
    """Return the history, oldest first; for people `outside` without what only we know."""
    return [
        Happening(
            on=one.fact.on, what=_what(one.fact), detail=_detail(one.fact), noted_at=one.noted_at,
            person=None if outside else one.person, message=one.message_id,
        )
        for one in noted
        if not (outside and isinstance(one.fact, INTERNAL))
    ]  # fmt: skip


def _what(fact: Fact) -> Word:
    if isinstance(fact, facts.Ending):
        return Word(fact.key, *_ENDINGS[fact.how])
    return Word(fact.key, *_WORDS[type(fact)])


def _detail(fact: Fact) -> str:
    """Return what a fact says in a few words; accounts and yearly rows stay out."""
    parts = [
        str(getattr(fact, name))
        for name in ("number", "reason", "text", "to", "target")
        if getattr(fact, name, None)
    ]
    for name in ("amount_fen", "owed_fen"):
        amount = getattr(fact, name, None)
        if amount is not None:
            parts.append(f"¥ {yuan_display(amount)}")
    return " · ".join(parts)
