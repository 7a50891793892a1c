"""Who gets what: a function of the script, its seed and the file, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from hub.domain.payout_answer import Standing
from hub.twins.script import Outcome

if TYPE_CHECKING:
    from hub.twins.ledger import Got
    from hub.twins.script import Script, Some


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Step:
    """What the bank says of one payment, so many days after it took the file."""

    after_days: int
    index: int  # of the payment in its file, from 0
    standing: Standing
    reason: str | None = None


def steps(script: Script, got: Got) -> list[Step]:
    """Return all that the bank will ever say of a file's payments, in the order of time.

    A payment that is returned was paid before; a payment that the script does not name is paid.
    """
    count = len(got.items)
    order = list(range(count))
    Random(f"{script.seed}/{got.name}").shuffle(order)  # noqa: S311 -- a play, not a secret
    planned: list[Step] = []
    for some in script.outcomes:
        drawn = [order.pop() for _ in range(min(len(order), some.of(count, got.number)))]
        for index in drawn:
            planned += _of(some, script, index)
    planned += [_paid(index, script.paid_after_days) for index in order]
    return sorted(planned)


def _of(some: Some, script: Script, index: int) -> list[Step]:
    end, before = some.after_days, script.paid_after_days
    match some.outcome:
        case Outcome.SILENT:
            return []
        case Outcome.PAID:
            return [_paid(index, end)]
        case Outcome.OPEN:
            doubt = Step(after_days=before, index=index, standing=Standing.OPEN)
            return [doubt, _paid(index, end)] if end else [doubt]
        case Outcome.RETURNED:
            back = Standing.RETURNED
            paid = [_paid(index, before)]
        case Outcome.REJECTED:
            back, paid = Standing.REJECTED, []
    return [*paid, Step(after_days=end, index=index, standing=back, reason=some.reason)]


def _paid(index: int, after_days: int) -> Step:
    return Step(after_days=after_days, index=index, standing=Standing.PAID)
