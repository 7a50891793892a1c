"""Bank accounts and cards (银行账号、卡号): a plausible shape; no standard covers all banks.

Cards (16 to 19 digits) end in a Luhn digit. Passbooks and company accounts of the same length do
not, so a failing Luhn digit is a doubt for a person and never a refusal.
"""

from __future__ import annotations

from typing import Final

from hub.domain.codes import shape
from hub.errors import NOWHERE, Place, Rejected

LENGTHS: Final = range(6, 33)  # CFX and ISO 20022 both carry at most 32 or 34 characters
CARD_LENGTHS: Final = range(16, 20)

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")  # 2 x 7 = 14 counts as 1 + 4


def compact(text: str) -> str:
    """Return the number without blanks and hyphens, in upper case."""
    return shape.compact(text)


def check_digit(body: str) -> str:
    """Return the Luhn digit for a card number's other digits."""
    backwards = body[::-1]
    doubled, plain = backwards[::2].translate(_DOUBLED), backwards[1::2]
    return str(-sum(map(int, doubled + plain)) % 10)


def validate(text: str, *, place: Place = NOWHERE) -> str:
    """Return the compact number, or raise `bank_account_malformed`; Luhn is not asked."""
    number = compact(text)
    if len(number) not in LENGTHS or not shape.consists_of(number, shape.DIGITS + _LETTERS):
        raise Rejected("bank_account_malformed", place=place)
    return number


def is_valid(text: str) -> bool:
    """Tell whether the number has a possible shape."""
    try:
        return bool(validate(text))
    except Rejected:
        return False


def is_plausible_card(text: str) -> bool:
    """Tell whether the number could be a card: 16 to 19 digits that end in their Luhn digit."""
    number = compact(text)
    return (
        len(number) in CARD_LENGTHS
        and shape.consists_of(number, shape.DIGITS)
        and number[-1] == check_digit(number[:-1])
    )


def mask(text: str) -> str:
    """Return the number fit for a log: its last four characters only."""
    return shape.mask(compact(text), head=0)
