"""Makes the numbers of a simulation: receipts, deposits, payers and amounts, all from one seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from hub.simulate.identities import Companies, People
from hub.simulate.rates import Rates, rates
from hub.simulate.rows import Payer

if TYPE_CHECKING:
    from datetime import date

_SEARCHED: Final = 97
_SEARCHED_FEN: Final = (60_000, 6_000_000)
_REGION: Final = "4401"
_PAYERS_ALONE: Final = 1000


class Mint:
    """One source of everything random; the same seed gives the same numbers in the same order.

    Amounts come in two classes that never meet. Those that a reconciliation may have to search
    for by amount are different multiples of 97 fen; every other receipt's total is no multiple of
    97. So a planted difference cannot be explained by money that has nothing to do with it.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 -- invented money, not keys
        self.rates: Rates = rates()
        self._people = People(self.random, self.rates)
        self._companies = Companies(self.random)
        self._searched: set[int] = set()
        self._receipts = self._deposits = 0
        bounds, weights = zip(*self.rates.sizes, strict=True)
        self._bounds: tuple[int, ...] = bounds
        self._weights: tuple[int, ...] = weights

    def receipt_no(self, on: date) -> str:
        """Return the next tax voucher number (税票号码): 18 digits."""
        self._receipts += 1
        return f"32{_REGION}{on:%y%m}{self._receipts:08d}"

    def deposit_no(self, on: date) -> str:
        """Return the next number of a booking at the treasury: 16 digits."""
        self._deposits += 1
        return f"{on:%Y%m%d}{self._deposits:08d}"

    def individual(self) -> Payer:
        """Return a new person who pays for himself."""
        ids, names = self._people.take(1)
        return Payer(ids[0], names[0], ids, names)

    def company(self, people: int | None = None) -> Payer:
        """Return a new company; how many people it has is drawn unless told."""
        if people is None:
            at = self.random.choices(range(len(self._bounds)), self._weights)[0]
            people = self.random.randint(self._bounds[at - 1] + 1 if at else 1, self._bounds[at])
        return self._companies.take(self._people.take(people))

    def pays_alone(self) -> bool:
        """Tell whether the next payer is a person who pays for himself."""
        return self.random.randrange(_PAYERS_ALONE) < self.rates.individual_permille

    def amounts_fen(self, kind: str, people: int) -> list[int]:
        """Return what `people` pay together with their employer, no two alike in a small company.

        Their sum is no multiple of 97 fen.
        """
        lowest, highest, usual = self.rates.base_yuan
        rate, draw = self.rates.rate_bp[kind], self.random.triangular
        amounts = [int(draw(lowest, highest, usual)) * rate // 100 for _ in range(people)]
        if sum(amounts) % _SEARCHED == 0:
            amounts[0] += 1
        return amounts

    def searched_fen(self) -> int:
        """Return an amount that no other case of this simulation has."""
        lowest, highest = _SEARCHED_FEN
        while True:
            highest += len(self._searched) * _SEARCHED  # room for as many again
            fen = self.random.randrange(lowest, highest) // _SEARCHED * _SEARCHED
            if fen not in self._searched:
                self._searched.add(fen)
                return fen

    def shares_fen(self, total_fen: int, people: int) -> list[int]:
        """Return `total_fen` in `people` different parts."""
        cut = [total_fen * 2 * (n + 1) // (people * (people + 1)) for n in range(people - 1)]
        return [*cut, total_fen - sum(cut)]
