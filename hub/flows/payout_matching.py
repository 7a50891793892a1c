"""Finds the payments that a bank's answers are about, some hundreds at a time.

A bank names a payment by our id, by its number in our file, or only by account and amount. Each of
these is one query for all answers at once: a query for each would read the batch as often as it
has payments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.payout_form import read_batch_no

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.payout import PayoutBatch, PayoutItem
    from hub.domain.payout_answer import Answer
    from hub.store.engine import UnitOfWork

    ByNumber = dict[int, dict[int, list[PayoutItem]]]
    ByAccount = dict[tuple[str, int | None], dict[str, list[PayoutItem]]]


class Matching:
    """Payments as one file's answers name them, in one unit of work."""

    def __init__(self, uow: UnitOfWork, *, elsewhere: bool = False) -> None:
        """Prepare; `elsewhere` says that the file is named after a file that is not ours."""
        self._uow = uow
        self._elsewhere = elsewhere
        self._files: dict[tuple[str, str], PayoutBatch | None] = {}

    def of(self, answers: Sequence[Answer]) -> list[list[PayoutItem]]:
        """Return the payments that each answer fits: it is about one only if it fits no other."""
        known = self._by_id(answers)
        rest = {
            at: self.batch_of(answer)
            for at, answer in enumerate(answers)
            if answer.end_to_end_id is None
        }
        numbers, accounts = self._by_number(answers, rest), self._by_account(answers, rest)
        found: list[list[PayoutItem]] = []
        for at, answer in enumerate(answers):
            if answer.end_to_end_id is None:
                found.append(self._alike(answer, rest[at], numbers, accounts))
            else:
                item = known.get(answer.end_to_end_id)
                found.append([item] if item is not None and item.bank == answer.bank else [])
        return found

    def batch_of(self, answer: Answer) -> PayoutBatch | None:
        """Return the batch that an answer names; none when its names are of different ones."""
        names = [name for name in (answer.message_id, answer.file_name) if name is not None]
        found = {one.id: one for name in names if (one := self._named(answer.bank, name))}
        return next(iter(found.values())) if len(found) == 1 else None

    def _named(self, bank: str, name: str) -> PayoutBatch | None:
        """Return the batch of a message id, a file name or a number of ours."""
        if (bank, name) not in self._files:
            batches = self._uow.payout_batches
            found = batches.of_message(bank, name) or batches.of_file(bank, name)
            number = read_batch_no(name) if found is None else None
            self._files[bank, name] = (
                found if number is None else batches.of_sequence(bank, *number)
            )
        return self._files[bank, name]

    def _by_id(self, answers: Sequence[Answer]) -> dict[str, PayoutItem]:
        ids = [one.end_to_end_id for one in answers if one.end_to_end_id is not None]
        return self._uow.payout_outcomes.of_ids(ids) if ids else {}

    def _by_number(
        self, answers: Sequence[Answer], rest: dict[int, PayoutBatch | None]
    ) -> ByNumber:
        wanted: dict[int, set[int]] = {}
        for at, batch in rest.items():
            number = answers[at].item_no
            if batch is not None and number is not None:
                wanted.setdefault(batch.id, set()).add(number)
        outcomes = self._uow.payout_outcomes
        return {batch_id: outcomes.of_numbers(batch_id, nos) for batch_id, nos in wanted.items()}

    def _by_account(
        self, answers: Sequence[Answer], rest: dict[int, PayoutBatch | None]
    ) -> ByAccount:
        wanted: dict[tuple[str, int | None], set[str]] = {}
        for at, batch in rest.items():
            answer = answers[at]
            if self._goes_by_account(answer, batch):
                key = (answer.bank, batch.id if batch is not None else None)
                wanted.setdefault(key, set()).add(str(answer.account_no))
        outcomes = self._uow.payout_outcomes
        return {
            (bank, batch_id): outcomes.of_accounts(bank, accounts, batch_id=batch_id)
            for (bank, batch_id), accounts in wanted.items()
        }

    def _goes_by_account(self, answer: Answer, batch: PayoutBatch | None) -> bool:
        """Tell whether an answer is matched by its account: no number of it counts.

        An answer that names a file which is none of ours is about none of our payments.
        """
        if batch is None and (answer.message_id or answer.file_name or self._elsewhere):
            return False
        return answer.account_no is not None and (answer.item_no is None or batch is None)

    def _alike(
        self,
        answer: Answer,
        batch: PayoutBatch | None,
        numbers: ByNumber,
        accounts: ByAccount,
    ) -> list[PayoutItem]:
        if self._goes_by_account(answer, batch):
            key = (answer.bank, batch.id if batch is not None else None)
            found = accounts[key].get(str(answer.account_no), [])
            return [one for one in found if answer.amount_fen in (None, one.amount_fen)]
        if batch is not None and answer.item_no is not None:
            return numbers[batch.id].get(answer.item_no, [])
        return []
