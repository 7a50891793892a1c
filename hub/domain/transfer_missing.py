"""What a transfer still lacks, and who owes it: never empty while a case goes on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.money import yuan_display
from hub.domain.transfer_facts import Announced, Applied
from hub.domain.transfer_kinds import Direction, End, Step
from hub.domain.transfer_state import TransferState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.domain.transfer_case import TransferCase


class Party(StrEnum):
    """Who owes something."""

    PERSON = "person"
    US = "us"
    COUNTERPART = "counterpart"
    BANK = "bank"

    @property
    def words(self) -> tuple[str, str]:
        """Return it in Chinese and English."""
        return _PARTIES[self]


_PARTIES: Final = {
    Party.PERSON: ("申办人", "the applicant"),
    Party.US: ("本机构", "this office"),
    Party.COUNTERPART: ("对方机构", "the other office"),
    Party.BANK: ("银行（在途）", "the bank (on its way)"),
}


class What(StrEnum):
    """What can be lacking."""

    APPLICATION = "application"
    CONSENT = "consent"
    ARREARS_CHECK = "arrears_check"
    ARREARS = "arrears"
    FORM = "form"
    FUNDS = "funds"
    FUNDS_DIFFER = "funds_differ"
    CONTINUATION = "continuation"
    SIGNATURES = "signatures"
    RECALL_ANSWER = "recall_answer"
    ANSWER = "answer"
    RESUMPTION = "resumption"
    FUNDS_RETURN = "funds_return"

    @property
    def words(self) -> tuple[str, str]:
        """Return it in Chinese and English."""
        return _WORDS[self]


_WORDS: Final = {
    What.APPLICATION: ("转移申请", "the application"),
    What.CONSENT: ("同意转入证明（联系函）", "the consent (letter of contact)"),
    What.ARREARS_CHECK: ("欠费核查", "the check for arrears"),
    What.ARREARS: ("补缴欠费", "the payment of arrears"),
    What.FORM: ("转移表（信息表）", "the transfer form"),
    What.FUNDS: ("转移基金", "the money"),
    What.FUNDS_DIFFER: ("转移基金与转移表不一致", "money that agrees with the form"),
    What.CONTINUATION: ("接续办理", "the continuation"),
    What.SIGNATURES: ("审核签署", "signatures"),
    What.RECALL_ANSWER: ("对撤回转移表的答复", "the answer to the recall of the form"),
    What.ANSWER: ("对询问的答复", "the answer to a question"),
    What.RESUMPTION: ("恢复办理", "the end of a pause"),
    What.FUNDS_RETURN: ("退回已划转的基金", "the return of the money"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that is missing; `detail` says how much or which, in no language."""

    what: What
    who: Party
    detail: str = ""

    def text(self, language: str) -> str:
        """Return it in a few words, such as `转移表 ← 对方机构`."""
        which = 0 if language == "zh" else 1
        detail = f" {self.detail}" if self.detail else ""
        return f"{self.what.words[which]}{detail} ← {self.who.words[which]}"


def missing(case: TransferCase) -> tuple[Lack, ...]:
    """Return all that is missing now, the next thing first; empty only when nothing is owed."""
    if case.state is TransferState.CLOSED:
        return ()
    found = [*_decisive(case)] if case.state.is_live else [*_after_the_end(case)]
    found += [
        Lack(
            what=What.ANSWER,
            who=Party.COUNTERPART if one.ours else Party.US,
            detail=one.number,
        )
        for one in case.questions
    ]
    if case.pause is not None and case.state.is_live:
        found.append(Lack(what=What.RESUMPTION, who=Party.US, detail=case.pause.reason))
    return tuple(found)


def before_offer(case: TransferCase) -> tuple[Lack, ...]:
    """Return what lacks before the old place may make its form (3-13, 3-14)."""
    return tuple(_before_offer(case))


def _decisive(case: TransferCase) -> Iterator[Lack]:
    if case.direction is Direction.IN:
        yield from _of_new_place(case)
    else:
        yield from _of_old_place(case)


def _of_new_place(case: TransferCase) -> Iterator[Lack]:
    if not case.all(Applied):
        yield Lack(what=What.APPLICATION, who=Party.PERSON)
    elif case.consent is None:
        yield from _ours(case, What.CONSENT, Step.CONSENT)
    if case.form is None:
        yield Lack(what=What.FORM, who=Party.COUNTERPART)
    yield from _money(case)
    if case.state is TransferState.READY:
        yield from _ours(case, What.CONTINUATION, Step.CONTINUE)


def _money(case: TransferCase) -> Iterator[Lack]:
    if case.is_funded or (case.form is None and case.funds_fen > 0):
        return
    announced = sum(one.amount_fen for one in case.valid(Announced))
    if case.form is None:
        expected, who = announced, Party.BANK if announced else Party.COUNTERPART
        yield Lack(what=What.FUNDS, who=who, detail=yuan_display(expected) if expected else "")
        return
    detail = f"{yuan_display(case.funds_fen)} / {yuan_display(case.form.amount_fen)}"
    if case.funds_fen > 0 and not announced > case.funds_fen:
        yield Lack(what=What.FUNDS_DIFFER, who=Party.COUNTERPART, detail=detail)
        return
    on_its_way = announced >= case.form.amount_fen
    yield Lack(what=What.FUNDS, who=Party.BANK if on_its_way else Party.COUNTERPART, detail=detail)


def _of_old_place(case: TransferCase) -> Iterator[Lack]:
    if case.form is None:
        lacking = tuple(_before_offer(case))
        yield from lacking
        if not lacking:
            yield from _ours(case, What.FORM, Step.OFFER)
        return
    if case.recall is not None:
        yield Lack(what=What.RECALL_ANSWER, who=Party.COUNTERPART, detail=case.form.number)
    if not case.is_funded:
        detail = f"{yuan_display(case.funds_fen)} / {yuan_display(case.form.amount_fen)}"
        yield Lack(what=What.FUNDS, who=Party.US, detail=detail)
    yield Lack(what=What.CONTINUATION, who=Party.COUNTERPART)


def _before_offer(case: TransferCase) -> Iterator[Lack]:
    if case.rule(Step.OFFER).application and not case.all(Applied):
        yield Lack(what=What.APPLICATION, who=Party.PERSON)
    if case.consent is None:
        yield Lack(what=What.CONSENT, who=Party.COUNTERPART)
    if case.arrears is None:
        yield Lack(what=What.ARREARS_CHECK, who=Party.US)
    elif case.arrears.owed_fen:
        owed = yuan_display(case.arrears.owed_fen)
        yield Lack(what=What.ARREARS, who=Party.PERSON, detail=owed)


def _ours(case: TransferCase, what: What, step: Step) -> Iterator[Lack]:
    """Yield what this office owes: the decision, or the signatures under one that is proposed."""
    proposal = case.proposal
    if proposal is None or proposal.step is not step or proposal.done:
        yield Lack(what=what, who=Party.US)
        return
    approval = proposal.approval
    signed = f"{what.words[0]} {len(approval.signatures)}/{approval.levels}"
    yield Lack(what=What.SIGNATURES, who=Party.US, detail=signed)


def _after_the_end(case: TransferCase) -> Iterator[Lack]:
    """Yield money that has no case any more: it goes back to where it came from (10-6)."""
    done = case.ending is not None and case.ending.how is End.DONE
    if not done and case.funds_fen > 0:
        who = Party.US if case.direction is Direction.IN else Party.COUNTERPART
        yield Lack(what=What.FUNDS_RETURN, who=who, detail=yuan_display(case.funds_fen))
