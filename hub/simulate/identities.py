"""Invented people and companies with numbers that hold: valid check digits, regions and dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from hub.domain.codes import credit_code, org_code, person_id
from hub.simulate.rates import Rates, resource
from hub.simulate.rows import Payer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

WORKING_AGE: Final = (date(1962, 1, 1), 15_000)
"""The first day of birth, and how many days: born before 2003."""

_PREFIXES: Final = 12_007  # with 999 serials each: 12 million different people, then they repeat
_NAMES: Final = 9_973
_SERIALS: Final = 999
_SINGLE_SURNAMES: Final = 0.99
_TWO_GIVEN: Final = 0.7


class People:
    """Hands out invented people, each with an own identity number, from one random source."""

    def __init__(
        self, random: Random, rates: Rates, *, births: tuple[date, int] = WORKING_AGE
    ) -> None:
        self._prefixes = _prefixes(random, births)
        self._names = _names(random, rates)
        self._next = 0

    def take(self, count: int) -> tuple[list[str], list[str]]:
        """Return identity numbers and names of `count` people nobody else has."""
        ids: list[str] = []
        start = self._next
        while len(ids) < count:
            serial, at = divmod(self._next, _PREFIXES)
            part = self._prefixes[at : at + count - len(ids)]
            tails = _tails(1 + serial % _SERIALS)
            ids += [body + tails[rest] for body, rest in part]
            self._next += len(part)
        names = [self._names[n % _NAMES] for n in range(start, start + count)]
        return ids, names


class Companies:
    """Hands out invented companies with valid credit codes, never the same twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._words = resource("words.toml")["companies"]
        self._next = random.randrange(10**6)

    def take(self, people: tuple[list[str], list[str]]) -> Payer:
        """Return a new company that employs `people`."""
        self._next += 1
        words, pick = self._words, self._random.choice
        region, city = pick(words["seats"])
        village = self._next % 50 == 0
        authority = "N2" if village else "91"
        first, second = pick(words["first"]), pick(words["second"])
        body = f"{authority}{region}{_organisation(self._next)}"
        name = (
            f"{city}{first}{second}村{pick(words['village'])}"
            if village
            else f"{city}{first}{second}{pick(words['trades'])}{pick(words['forms'])}"
        )
        return Payer(body + credit_code.check_digit(body), name, *people)


def _organisation(number: int) -> str:
    # MA and six more characters, as codes given since 2015 look; without I, O, Z, S, V
    digits = []
    for _ in range(6):
        number, digit = divmod(number, len(credit_code.ALPHABET))
        digits.append(credit_code.ALPHABET[digit])
    body = "MA" + "".join(reversed(digits))
    return body + org_code.check_digit(body)


def _prefixes(random: Random, births: tuple[date, int]) -> list[tuple[str, int]]:
    # area and birth date, with the weighted sum (modulo 11) of their digits
    areas = [code for code, _ in resource("words.toml")["companies"]["seats"]]
    made = []
    first, days = births
    for number in random.sample(range(len(areas) * days), _PREFIXES):
        day, area = divmod(number, len(areas))
        body = f"{areas[area]}{first + timedelta(days=day):%Y%m%d}"
        made.append((body, person_id.weighted(body) % 11))
    return made


@cache
def _tails(serial: int) -> list[str]:
    # serial and check digit for each weighted sum that the first 14 digits can have
    digits = f"{serial:03d}"
    own = person_id.weighted(digits, start=14)
    return [digits + person_id.check_of(own + rest) for rest in range(11)]


def _names(random: Random, rates: Rates) -> list[str]:
    return list(islice(_name_stream(random, rates), _NAMES))


def _name_stream(random: Random, rates: Rates) -> Iterator[str]:
    words = resource("words.toml")["people"]
    surnames = words["surnames"].replace("\n", "")
    given = words["given"].replace("\n", "")
    while True:
        lot = random.randrange(1000)
        single = random.random() < _SINGLE_SURNAMES
        surname = random.choice(surnames if single else words["double_surnames"])
        second = random.choice(given) if random.random() < _TWO_GIVEN else ""
        if lot < rates.rare_permille:
            yield surname + random.choice(words["rare"]) + second
        elif lot < rates.rare_permille + rates.dotted_permille:
            yield random.choice(words["dotted"])
        else:
            yield surname + random.choice(given) + second
