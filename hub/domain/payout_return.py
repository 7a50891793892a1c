"""What all answers about one payment come to (回盘处理): a function of their set, not their order.

Banks answer late, twice, in part and in any order. So nothing is decided by what came last: the
known answers are folded into one standing, and a payment only ever moves towards it. Direct debits
are folded alike, only that what was never taken has failed, and what came back is reversed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.domain.payout import BACK, BatchState, ItemState
from hub.domain.payout_answer import FAILED, RANK, Answer, Effect, Standing
from hub.domain.way import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hub.domain.payout import PayoutBatch, PayoutItem

_STATES: Final[Mapping[Way, Mapping[Standing, ItemState]]] = {
    Way.PAYOUT: {
        Standing.OPEN: ItemState.UNKNOWN,
        Standing.HELD: ItemState.UNKNOWN,
        Standing.PAID: ItemState.PAID,
        Standing.REJECTED: ItemState.RETURNED,
        Standing.RETURNED: ItemState.RETURNED,
    },
    Way.DEBIT: {
        Standing.OPEN: ItemState.UNKNOWN,
        Standing.HELD: ItemState.UNKNOWN,
        Standing.PAID: ItemState.PAID,
        Standing.REJECTED: ItemState.FAILED,
        Standing.RETURNED: ItemState.REVERSED,
    },
}
_ENDS: Final = _STATES[Way.PAYOUT]  # the standings that say an end, the same for both ways
_ORDER: Final = (
    ItemState.IN_FLIGHT,
    ItemState.UNKNOWN,
    ItemState.PAID,
    ItemState.RETURNED,
    ItemState.FAILED,
    ItemState.REVERSED,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an answer does to an item: its effect, and the state that it gives the item.

    `state` is `None` when the item stays as it is, and the item's own when only its reason
    becomes this answer's.
    """

    effect: Effect
    state: ItemState | None = None


def decide(
    item: PayoutItem,
    batch: PayoutBatch | None,
    answer: Answer,
    known: Sequence[Answer],
    way: Way = Way.PAYOUT,
) -> Decision:
    """Return what an answer does to the payment, or debit, that it is about.

    `known` are the answers about it that counted before, in any order.
    """
    if answer.amount_fen is not None and answer.amount_fen != item.amount_fen:
        return Decision(Effect.DIFFERS)
    if batch is None or batch.state is BatchState.READY or item.state not in _ORDER:
        return Decision(Effect.PARKED)
    if is_second_return(answer, known):
        return Decision(Effect.TWICE)
    return _fold(item, answer, [*known, answer], way)


def deciding(answers: Iterable[Answer]) -> Answer | None:
    """Return the answer that counts most: the most final, of equals the earliest."""
    ends = [one for one in answers if one.standing in _ENDS]
    if len(ends) == 1:  # as a rule; weighing costs a hash
        return ends[0]
    return min(ends, key=_weight, default=None)


def contradict(answers: Iterable[Answer]) -> bool:
    """Tell whether a bank said of one payment that it is paid and that it was never booked."""
    standings = {one.standing for one in answers}
    return Standing.PAID in standings and Standing.REJECTED in standings


def is_second_return(answer: Answer, known: Iterable[Answer]) -> bool:
    """Tell whether money comes back that came back before: the same news, another booking.

    The same return in another kind of message (a return order, then a statement) is one return.
    """
    return answer.standing is Standing.RETURNED and any(
        one.standing is Standing.RETURNED
        and one.form == answer.form
        and _booking(one) != _booking(answer)
        for one in known
    )


def _fold(item: PayoutItem, answer: Answer, answers: list[Answer], way: Way) -> Decision:
    decides = deciding(answers) is answer
    wanted = _STATES[way].get(answer.standing, item.state)
    ahead = _ORDER.index(wanted) - _ORDER.index(item.state)
    state = wanted if decides and ahead >= 0 else None
    if contradict(answers) and answer.standing in (Standing.PAID, Standing.REJECTED):
        return Decision(Effect.CONTRADICTS, state)
    if answer.standing is Standing.PAID and _people_returned(item, answers):
        return Decision(Effect.CONTRADICTS)
    if answer.standing is Standing.HELD:
        return Decision(Effect.HELD, state)
    if answer.standing not in _ENDS:
        first = item.state is ItemState.IN_FLIGHT
        return Decision(Effect.NOTED if first else Effect.OLDER)
    if state is not None and ahead > 0:
        return Decision(Effect.APPLIED, state)
    return Decision(Effect.CONFIRMS if ahead >= 0 else Effect.OLDER, state)


def _people_returned(item: PayoutItem, answers: Iterable[Answer]) -> bool:
    """Tell whether two people called a payment returned of which the bank never said so.

    If the bank then calls it paid, it may have been paid again meanwhile: somebody must look.
    """
    return item.state in BACK and all(one.standing not in FAILED for one in answers)


def _weight(answer: Answer) -> tuple[int, bool, date, str, str]:
    on = answer.settled_on or date.max
    held = answer.standing is Standing.HELD  # of the same rank as OPEN, but it needs a person
    return (-RANK[answer.standing], not held, on, answer.reference or "", answer.identity())


def _booking(answer: Answer) -> tuple[str | None, date | None]:
    return answer.reference, answer.settled_on
