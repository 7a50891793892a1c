"""Approval (审批): how many people must sign, and that no one signs twice.

Levels are data: the amount and a limit from the configuration decide how many are needed. The
same rule stands in the database as a CHECK, so that no other path around this module exists.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected

if TYPE_CHECKING:
    from datetime import datetime

PERSON_CHARS_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, and when."""

    person: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The signatures that one decision has, of the `levels` that it needs."""

    levels: int
    signatures: tuple[Signature, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Tell whether everybody needed has signed."""
        return len(self.signatures) >= self.levels

    def sign(self, person: str, *, at: datetime) -> Approval:
        """Add one signature; `Rejected` when it is complete or this person signed already."""
        if self.is_complete:
            raise Rejected("approval_complete")
        if any(same_person(person, earlier.person) for earlier in self.signatures):
            raise Rejected("approval_same_person", person=person)
        signature = Signature(person=named(person), at=at)
        return replace(self, signatures=(*self.signatures, signature))


def levels_for(amount_fen: int, *, two_people_from_fen: int) -> int:
    """Return how many people must sign: two from the limit (fen) upwards, one below it."""
    return 2 if abs(amount_fen) >= two_people_from_fen else 1


def named(person: str) -> str:
    """Return a person's name as it is kept: NFKC, single blanks; `Rejected` if it is no name."""
    name = " ".join(unicodedata.normalize("NFKC", person).split())
    printable = all(unicodedata.category(c)[0] not in "CZ" or c == " " for c in name)
    if not name or len(name) > PERSON_CHARS_MAX or not printable:
        raise Rejected("person_name_unusable", chars_max=PERSON_CHARS_MAX)
    return name


def same_person(one: str, other: str) -> bool:
    """Tell whether two names mean one person: blanks, width and letter case do not count."""
    return _plain(one) == _plain(other)


def _plain(person: str) -> str:
    # two-character names are often set with a blank inside: 王 芳
    return named(person).replace(" ", "").casefold()
