"""Direct debits (代收代缴): contributions of families that a bank takes from their accounts for us.

An item is one attempt to debit one contribution - person, contribution kind, period - and is a
payment the other way round: `benefit` is what the contribution is for (缴费项目), `account_name`
the holder who agreed to be debited (授权协议), who need not be the person. A contribution is
collected once: an unknown outcome locks it, and only a proved failure or reversal frees it for
another attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 -- read at run time by the store
from typing import Final

from hub.domain.payout import PayoutItem
from hub.domain.payout_state import ItemState, ListState


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitItem(PayoutItem):
    """One attempt to debit one contribution; the mandate (授权协议) is what allows it.

    `mandate_on` is the day on which the holder signed it, `mandate_until` the last day on which it
    counts; without one it counts until it is revoked. Only a refused item may lack a mandate.
    """

    mandate_no: str | None = None
    mandate_on: date | None = None
    mandate_until: date | None = None

    @property
    def holder_id(self) -> str | None:
        """Return the holder's identity number where it is known: when the person pays."""
        return self.person_id if self.account_name == self.person_name else None

    def is_covered(self, on: date) -> bool:
        """Tell whether the mandate counts on a day."""
        begun = self.mandate_on is not None and self.mandate_on <= on
        return begun and (self.mandate_until is None or on <= self.mandate_until)


ITEM_WORDS: Final = {
    ItemState.LISTED: ("listed", "待扣款"),
    ItemState.PAID: ("succeeded", "扣款成功"),
}
"""Where staff call a state of an item otherwise than in payouts."""

LIST_WORDS: Final = {ListState.RELEASED: ("released", "已送银行")}


def item_words(state: ItemState) -> tuple[str, str]:
    """Return the word for programs and the Chinese term of an item's state."""
    return ITEM_WORDS.get(state, (state.value, state.zh))


def list_words(state: ListState) -> tuple[str, str]:
    """Return the word for programs and the Chinese term of a list's state."""
    return LIST_WORDS.get(state, (state.value, state.zh))


def state_called(word: str) -> ItemState | None:
    """Return the state of an item that a word is for; `None` when it is none."""
    return next((state for state in ItemState if item_words(state)[0] == word), None)
