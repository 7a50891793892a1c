"""Checks of one payout item by itself (发放前校验), before anybody signs.

What cannot be right is refused, item by item; what is only odd is a doubt that people see before
they sign. A card's Luhn digit is such a doubt: passbooks and company accounts have none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hub.domain.codes import bank_account, cnaps, credit_code, org_code, person_id
from hub.domain.payout import Finding, ItemState, PayoutItem, PayoutKind
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Item = TypeVar("Item", bound=PayoutItem)

_BODIES: Final = frozenset({PayoutKind.UNIT, PayoutKind.REFUND, PayoutKind.TRANSFER})
"""Kinds whose payee may be an employer or another agency."""

_OTHERS: Final = _BODIES | {PayoutKind.COLLECTION}
"""Kinds where the account is often not the person's own."""

_CREDIT_CODE_CHARS: Final = 18
_ORG_CODE_CHARS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item stands in its list, and what its ids are made of."""

    list_id: int
    item_no: int
    end_to_end_id: str


def item_of(values: Mapping[str, Any], place: Place) -> PayoutItem:
    """Return the item that a desk's row describes, as it was written; nothing is checked here."""
    return PayoutItem(
        id=0,
        list_id=place.list_id,
        item_no=place.item_no,
        person_id=str(values["person_id"]),
        person_name=str(values["person_name"]),
        benefit=str(values["benefit"]),
        period=int(values["period"]),
        amount_fen=int(values["amount_fen"]),
        bank=str(values["bank"]),
        bank_no=values.get("bank_no"),
        account_no=str(values["account_no"]),
        account_name=str(values.get("account_name") or values["person_name"]),
        end_to_end_id=place.end_to_end_id,
        attempt=values.get("attempt") or 1,
        repairs_id=values.get("repairs_id"),
        state=ItemState.LISTED,
    )


def normal(item: Item) -> Item:
    """Return an item with its numbers in the one form that they are compared in.

    An identity number of 15 digits becomes the 18 of today, or one person would be paid twice.
    """
    payee = person_id.compact(item.person_id)
    if len(payee) == person_id.OLD_LENGTH and person_id.is_valid(payee):
        payee = person_id.widen(payee)
    account_no = bank_account.compact(item.account_no)
    bank_no = cnaps.compact(item.bank_no) if item.bank_no else None
    if (payee, account_no, bank_no) == (item.person_id, item.account_no, item.bank_no):
        return item
    return replace(item, person_id=payee, account_no=account_no, bank_no=bank_no)


def check(item: PayoutItem, kind: PayoutKind) -> Iterator[Finding]:
    """Yield what is wrong or odd about a normal item by itself."""
    validate = _payee(item.person_id, kind)
    yield from _refusal(item, "person_id", validate, item.person_id)
    yield from _refusal(item, "account_no", bank_account.validate, item.account_no)
    if item.bank_no is not None:
        yield from _refusal(item, "bank_no", cnaps.validate, item.bank_no)
    if item.amount_fen < 1:
        yield _found(item, "payout_amount_zero", "amount_fen")
    number = item.account_no
    if len(number) in bank_account.CARD_LENGTHS and not bank_account.is_plausible_card(number):
        yield _found(item, "payout_card_doubtful", "account_no", refuses=False)
    if kind not in _OTHERS and item.account_name != item.person_name:
        yield _found(item, "payout_name_differs", "account_name", refuses=False)


def _payee(number: str, kind: PayoutKind) -> Callable[[str], str]:
    if kind in _BODIES and not person_id.is_valid(number):
        if len(number) == _CREDIT_CODE_CHARS and credit_code.is_valid(number):
            return credit_code.validate
        if len(number) == _ORG_CODE_CHARS:
            return org_code.validate
    return person_id.validate


def _refusal(
    item: PayoutItem, field: str, validate: Callable[[str], str], number: str
) -> Iterator[Finding]:
    try:
        validate(number)
    except Rejected as error:
        yield _found(item, error.code, field)


def _found(item: PayoutItem, code: str, field: str, *, refuses: bool = True) -> Finding:
    return Finding(item_no=item.item_no, code=code, refuses=refuses, field=field)
