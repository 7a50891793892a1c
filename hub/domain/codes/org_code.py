"""Organisation codes (组织机构代码), GB 11714: 8 characters and a check character.

Superseded by the credit code in 2015, but the procedure still uses them (规程 2-2) and old files
hold them, often with a hyphen before the check character.
"""

from __future__ import annotations

from typing import Final

from hub.domain.codes import shape
from hub.errors import NOWHERE, Place, Rejected

LENGTH: Final = 9
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "0123456789X"


def compact(text: str) -> str:
    """Return the code without blanks and hyphens, in upper case."""
    return shape.compact(text)


def check_digit(body: str) -> str:
    """Return the 9th character for 8 characters: weighted sum modulo 11."""
    pairs = zip(body, _WEIGHTS, strict=True)
    return _CHECKS[-sum(ALPHABET.index(character) * weight for character, weight in pairs) % 11]


def validate(text: str, *, place: Place = NOWHERE) -> str:
    """Return the compact code, or raise what is wrong with it."""
    code = compact(text)
    if len(code) != LENGTH:
        raise Rejected("org_code_length", place=place, length=len(code))
    if not shape.consists_of(code[:-1], ALPHABET) or code[-1] not in _CHECKS:
        raise Rejected("org_code_characters", place=place)
    if code[-1] != check_digit(code[:-1]):
        raise Rejected("org_code_check_digit", place=place)
    return code


def is_valid(text: str) -> bool:
    """Tell whether the code is valid."""
    try:
        return bool(validate(text))
    except Rejected:
        return False


def mask(text: str) -> str:
    """Return the code fit for a log: first three and last four characters."""
    return shape.mask(compact(text))
