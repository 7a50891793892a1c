"""Identity numbers of citizens (公民身份号码, 社会保障号码), GB 11643, and the old 15 digits.

Only the check digit and the date decide. Area codes change, and old pensioners carry codes that
no table lists any more, so an unknown area is a warning. Two people may hold one number
(身份证重号, 规程 3-3): a person is keyed by the hub's own id, never by this number.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from operator import mul
from typing import Final

from hub.domain.codes import region, shape
from hub.errors import NOWHERE, Place, Rejected

LENGTH: Final = 18
OLD_LENGTH: Final = 15

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_CENTENARIANS: Final = frozenset({"996", "997", "998", "999"})  # old numbers, born before 1900


class Warning(StrEnum):  # noqa: A001 -- the module qualifies it: person_id.Warning
    """What is odd about a number that is valid."""

    AREA_UNKNOWN = "area_unknown"
    OLD_NUMBER = "old_number"


def compact(text: str) -> str:
    """Return the number without blanks and hyphens, its X in upper case."""
    return shape.compact(text)


def check_digit(body: str) -> str:
    """Return the 18th character for 17 digits."""
    return check_of(weighted(body))


def weighted(digits: str, *, start: int = 0) -> int:
    """Return the weighted sum of digits that stand at `start` and after it in the number."""
    return sum(map(mul, map(int, digits), _WEIGHTS[start:]))


def check_of(total: int) -> str:
    """Return the check character for the weighted sum of all 17 digits: modulo 11."""
    return _CHECKS[total % 11]


def validate(text: str, *, place: Place = NOWHERE) -> str:
    """Return the compact number of 18 or 15 characters, or raise what is wrong with it."""
    number = compact(text)
    if len(number) not in (LENGTH, OLD_LENGTH):
        raise Rejected("person_id_length", place=place, length=len(number))
    body = number[:17] if len(number) == LENGTH else number
    if not shape.consists_of(body, shape.DIGITS) or number[-1] not in shape.DIGITS + "X":
        raise Rejected("person_id_characters", place=place)
    try:
        birth_on(number)
    except ValueError:
        raise Rejected("person_id_date", place=place) from None
    if len(number) == LENGTH and number[-1] != check_digit(body):
        raise Rejected("person_id_check_digit", place=place)
    return number


def is_valid(text: str) -> bool:
    """Tell whether the number is valid, old or new."""
    try:
        return bool(validate(text))
    except Rejected:
        return False


def birth_on(number: str) -> date:
    """Return the birth date inside a compact number; ValueError when it is no date."""
    if len(number) == LENGTH:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    century = 1800 if number[-3:] in _CENTENARIANS else 1900
    return date(century + int(number[6:8]), int(number[8:10]), int(number[10:12]))


def widen(number: str) -> str:
    """Return the 18 characters that an old number became; a new one comes back unchanged."""
    if len(number) == LENGTH:
        return number
    body = number[:6] + birth_on(number).strftime("%Y%m%d") + number[12:]
    return body + check_digit(body)


def warnings(number: str) -> tuple[Warning, ...]:
    """Return what is odd about a valid compact number, nothing for an ordinary one."""
    found = []
    if region.province(number) is None:
        found.append(Warning.AREA_UNKNOWN)
    if len(number) == OLD_LENGTH:
        found.append(Warning.OLD_NUMBER)
    return tuple(found)


def mask(text: str) -> str:
    """Return the number fit for a log: first three and last four characters."""
    return shape.mask(compact(text))
