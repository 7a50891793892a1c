"""Tells banks' answers about direct debits from those about payments: one file may have both.

An end-to-end id, or a name of our file, says which it is. An answer that has neither is a debit's
only if no payment fits; what it fits both ways is held until two people have decided.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.domain.way import Way
from hub.mappings.answers import OF_DEBITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.domain.payout_answer import Answer
    from hub.flows.payout_applying import Applying
    from hub.store.engine import UnitOfWork


def by_way(
    answers: Sequence[Answer], applying: Mapping[Way, Applying], uow: UnitOfWork
) -> dict[Way, list[Answer]]:
    """Return some answers in their order, those about payments and those about debits.

    Entries that only debits are told by, and that are about none of ours, are left out: money of
    others moves on our account too.
    """
    debits = uow.on(Way.DEBIT).payout_outcomes
    ids = [one.end_to_end_id for one in answers if one.end_to_end_id is not None]
    known = debits.of_ids(ids)
    found: dict[Way, list[Answer]] = {way: [] for way in Way}
    for answer in answers:
        if answer.end_to_end_id in known or applying[Way.DEBIT].knows(answer):
            found[Way.DEBIT].append(answer)
        elif answer.raw_status in OF_DEBITS:
            continue
        elif answer.end_to_end_id is None and answer.account_no and _is_nameless(answer):
            fits = _fitting(answer, uow)
            if len(fits) > 1:
                for way in fits:
                    applying[way].doubt(answer)
                answer = replace(answer, account_no=None)  # shown as a stray  # noqa: PLW2901
            found[Way.DEBIT if fits == [Way.DEBIT] else Way.PAYOUT].append(answer)
        else:
            found[Way.PAYOUT].append(answer)
    return found


def _is_nameless(answer: Answer) -> bool:
    return answer.message_id is None and answer.file_name is None


def _fitting(answer: Answer, uow: UnitOfWork) -> list[Way]:
    """Return the ways in which something that is not settled fits an answer by its account."""
    return [
        way
        for way in Way
        if uow.on(way).payout_outcomes.of_account(
            answer.bank, str(answer.account_no), answer.amount_fen, batch_id=None
        )
    ]
