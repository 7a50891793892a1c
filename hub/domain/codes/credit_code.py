"""Unified social credit codes (统一社会信用代码), GB 32100: 18 characters without I, O, Z, S, V.

The first two characters name the registering authority and the type of body. Letters are valid
there: N for village co-operatives, A for the army, Y for others. Characters 9 to 17 are the old
organisation code, which has a check digit of its own.
"""

from __future__ import annotations

from typing import Final

from hub.domain.codes import shape
from hub.errors import NOWHERE, Place, Rejected

LENGTH: Final = 18
ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def compact(text: str) -> str:
    """Return the code without blanks and hyphens, in upper case."""
    return shape.compact(text)


def check_digit(body: str) -> str:
    """Return the 18th character for 17 characters: weighted sum modulo 31."""
    pairs = zip(body, _WEIGHTS, strict=True)
    return ALPHABET[-sum(ALPHABET.index(character) * weight for character, weight in pairs) % 31]


def validate(text: str, *, place: Place = NOWHERE) -> str:
    """Return the compact code, or raise what is wrong with it."""
    code = compact(text)
    if len(code) != LENGTH:
        raise Rejected("credit_code_length", place=place, length=len(code))
    if not shape.consists_of(code, ALPHABET):
        raise Rejected("credit_code_characters", place=place)
    if code[-1] != check_digit(code[:-1]):
        raise Rejected("credit_code_check_digit", place=place)
    return code


def is_valid(text: str) -> bool:
    """Tell whether the code is valid."""
    try:
        return bool(validate(text))
    except Rejected:
        return False


def organisation(code: str) -> str:
    """Return the organisation code inside a valid code."""
    return code[8:17]


def mask(text: str) -> str:
    """Return the code fit for a log: first three and last four characters."""
    return shape.mask(compact(text))
