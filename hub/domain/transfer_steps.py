"""What may happen to a transfer when: facts from outside always, our own decisions by its state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.domain.money import yuan_display
from hub.domain.transfer_case import TransferCase, note
from hub.domain.transfer_facts import (
    Announced,
    Answered,
    Applied,
    Arrears,
    Asked,
    Closed,
    Consent,
    Ending,
    Form,
    Forwarded,
    Funds,
    Paused,
    RecallAnswered,
    Recalled,
    Resumed,
    Returned,
    Voided,
)
from hub.domain.transfer_kinds import Direction, End, Step
from hub.domain.transfer_missing import before_offer, missing
from hub.domain.transfer_state import ENDED, TransferState
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from hub.domain.transfer_facts import Fact

_S = TransferState
_ONLY: Final[Mapping[type[Fact], Direction]] = {
    Announced: Direction.IN, Forwarded: Direction.IN,
    Arrears: Direction.OUT, Recalled: Direction.OUT, RecallAnswered: Direction.OUT,
}  # fmt: skip
"""Facts that only one side knows."""

EPOCH_MAX: Final = 1_000_000  # transfers of one relation; nobody moves so often
LIVE: Final = tuple(one for one in _S if one.is_live)
_VOIDABLE: Final[Mapping[Direction, tuple[str, ...]]] = {
    Direction.IN: (Form.TYPE, Announced.TYPE, Funds.TYPE),
    Direction.OUT: (Funds.TYPE,),  # a form is given back by the other office, or stays
}
CARRIED: Final = (Applied, Consent, Arrears, Form, Funds, Announced, Voided, Returned, Forwarded)
"""The kinds of facts that another round of a case begins with."""


def advance(case: TransferCase, fact: Fact) -> TransferCase:
    """Return the case with a fact; the same case when it is known already.

    `Rejected` when this office may not decide that now (`transfer_state`, `transfer_lacks`), when
    the other office could not have (`transfer_not_offered`), or the fact belongs to the other
    side (`transfer_fact_side`). A closed case takes nothing but what it knows.
    """
    if case.known(fact.key) == fact:
        return case
    if case.state is _S.CLOSED:
        raise Rejected("transfer_closed", ref=case.ref)
    only = _ONLY.get(type(fact))
    if only not in (None, case.direction):
        raise Rejected("transfer_fact_side", ref=case.ref, side=case.direction.zh, fact=fact.key)
    guard = _GUARDS.get((case.direction, type(fact))) or _EITHER.get(type(fact))
    if guard is not None:
        guard(case, fact)
    return note(case, fact)


def reopened(case: TransferCase, needs: frozenset[Step], on: date) -> TransferCase:
    """Return the round that follows a case from a day on: nothing that has ended ever goes on.

    What was done stays done, except for `needs`: `OFFER` wants a new form, `FUNDS` more money.
    If the transfer failed, everything is needed. The ownership stays where it is.
    """
    if case.state not in ENDED:
        raise Rejected("transfer_not_ended", ref=case.ref, found=case.state.zh)
    done = case.state_is_done
    if not needs <= {Step.OFFER, Step.FUNDS} or (done and not needs):
        raise Rejected("transfer_needs", ref=case.ref)
    kept = [one for one in case.facts if isinstance(one, CARRIED)]
    if Step.OFFER in needs or not done:
        kept = [one for one in kept if not isinstance(one, Form)]
    epoch = case.epoch
    if case.direction is Direction.IN and case.claim.epoch:
        epoch = case.claim.epoch
    return replace(
        case, id=0, round=case.round + 1, facts=tuple(kept), proposal=None, version=1, epoch=epoch,
        supplement=case.supplement or done, opened_on=on,
    )  # fmt: skip


def wins(ours: tuple[Any, str], theirs: tuple[Any, str]) -> bool:
    """Tell whether our request for a person beats theirs: both (day of application, reference).

    When two offices ask each other for one person at once, both compute this and agree: the
    earlier application wins, then the smaller reference.
    """
    return ours < theirs


def _consent(case: TransferCase, _fact: Consent) -> None:
    case.require(_S.APPLIED, _S.AWAITING)


def _offer(case: TransferCase, form: Form) -> None:
    case.require(_S.APPLIED)
    lacking = before_offer(case)
    if lacking:
        zh, en = ("；".join(one.text(lang) for one in lacking) for lang in ("zh", "en"))
        raise Rejected("transfer_lacks", ref=case.ref, zh=zh, en=en)
    if form.epoch != case.epoch or form.amount_fen < 0:
        raise Rejected("transfer_epoch", ref=case.ref)


def _offered(case: TransferCase, form: Form) -> None:
    if form.amount_fen < 0 or not 1 <= form.epoch <= EPOCH_MAX:
        raise Rejected("transfer_epoch", ref=case.ref)


def _send(case: TransferCase, fact: Funds) -> None:
    case.require(_S.OFFERED, _S.SENT)
    _amount(case, fact)


def _amount(case: TransferCase, fact: Funds | Announced | Returned) -> None:
    if fact.amount_fen < 1:
        raise Rejected("transfer_amount", ref=case.ref)


def _end(case: TransferCase, fact: Ending) -> None:
    if fact.ours:
        case.require(*_MAY_END[case.direction, fact.how])
        if fact.how is End.DONE:
            _require_offer(case, fact)
        return
    if fact.how is End.DONE:
        _taken(case, fact)
    elif fact.how is End.FORWARDED:
        raise Rejected("transfer_fact_side", ref=case.ref, side=case.direction.zh, fact=fact.key)


def _taken(case: TransferCase, fact: Ending) -> None:
    if case.direction is not Direction.OUT:
        raise Rejected("transfer_fact_side", ref=case.ref, side=case.direction.zh, fact=fact.key)
    _require_offer(case, fact)


def _require_offer(case: TransferCase, fact: Ending) -> None:
    """Only what was offered can be taken, and only with the next epoch."""
    form = case.form
    if form is None or form.number != fact.form or fact.epoch != form.epoch + 1:
        raise Rejected("transfer_not_offered", ref=case.ref)


_MAY_END: Final[Mapping[tuple[Direction, End], tuple[TransferState, ...]]] = {
    (Direction.IN, End.DONE): (_S.READY,),
    (Direction.IN, End.REFUSED): (_S.UNASKED, _S.APPLIED, _S.AWAITING, _S.READY),
    (Direction.IN, End.WITHDRAWN): (_S.UNASKED, _S.APPLIED, _S.AWAITING, _S.READY),
    (Direction.IN, End.FORWARDED): (),
    (Direction.OUT, End.DONE): (),
    (Direction.OUT, End.REFUSED): (_S.UNASKED, _S.APPLIED),
    (Direction.OUT, End.WITHDRAWN): (_S.UNASKED, _S.APPLIED),
    (Direction.OUT, End.FORWARDED): (_S.UNASKED, _S.APPLIED),
}
"""How this office may end a case, and where: an offer has to be recalled first."""


def _void(case: TransferCase, fact: Voided) -> None:
    if fact.target.partition(":")[0] not in _VOIDABLE[case.direction]:
        raise Rejected("transfer_not_voidable", ref=case.ref, fact=fact.target)


def _recall(case: TransferCase, fact: Recalled) -> None:
    case.require(_S.OFFERED, _S.SENT)
    if case.form is None or fact.target != case.form.key or case.recall is not None:
        raise Rejected("transfer_not_voidable", ref=case.ref, fact=fact.target)


def _pause(case: TransferCase, _fact: Paused) -> None:
    case.require(*LIVE)
    if case.pause is not None:
        raise Rejected("transfer_paused", ref=case.ref, since=case.pause.on.isoformat())


def _resume(case: TransferCase, fact: Resumed) -> None:
    if case.pause is None or case.pause.number != fact.number or fact.on < case.pause.on:
        raise Rejected("transfer_not_paused", ref=case.ref)


def _close(case: TransferCase, fact: Closed) -> None:
    if not fact.ours:
        return  # theirs may come before what it closes
    case.require(*(one for one in _S if one in ENDED))
    lacking = missing(case)
    if lacking:
        zh, en = ("；".join(one.text(lang) for one in lacking) for lang in ("zh", "en"))
        raise Rejected("transfer_lacks", ref=case.ref, zh=zh, en=en)


def _answer(case: TransferCase, fact: Answered) -> None:
    if case.known(f"{Asked.TYPE}:{fact.number}") is None:
        raise Rejected("transfer_question_unknown", ref=case.ref, number=fact.number)


def _return(case: TransferCase, fact: Returned) -> None:
    _amount(case, fact)
    if fact.amount_fen > case.funds_fen:
        raise Rejected(
            "transfer_return_exceeds", ref=case.ref, there=yuan_display(case.funds_fen),
            found=yuan_display(fact.amount_fen),
        )  # fmt: skip


def _live(case: TransferCase, _fact: Fact) -> None:
    case.require(*LIVE)


_GUARDS: Final[Mapping[tuple[Direction, type[Fact]], Callable[[TransferCase, Any], None]]] = {
    (Direction.IN, Consent): _consent,
    (Direction.IN, Form): _offered,
    (Direction.OUT, Form): _offer,
    (Direction.IN, Funds): _amount,
    (Direction.IN, Announced): _amount,
    (Direction.OUT, Funds): _send,
}
_EITHER: Final[Mapping[type[Fact], Callable[[TransferCase, Any], None]]] = {
    Applied: _live, Arrears: _live, Ending: _end, Voided: _void, Recalled: _recall,
    Paused: _pause, Resumed: _resume, Closed: _close, Answered: _answer, Returned: _return,
}  # fmt: skip
