"""What the packs say about the sums of a transfer form: rates, rounding, tolerance.

Each value has its source; one that nobody has read in a source is not verified. Money is not
judged by an interest rate or a method that is not verified: the answer is then "not known".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

BASIS: Final = 10_000  # rates and shares are hundredths of a percent (万分之一)


class Sum(StrEnum):
    """What a value is for."""

    POOLED_BP = "pooled_bp"  # share of the contribution wage that goes from the pooled fund
    INTEREST_FACTOR_BP = (
        "interest_factor_bp"  # what part of a year this year's money bears interest
    )
    BENEFIT_SHARE_BP = (
        "benefit_share_bp"  # medical, training, placement beside unemployment benefit
    )
    ROUNDING_FEN = "rounding_fen"  # each product is rounded to a multiple of this, half up
    TOLERANCE_FEN = "tolerance_fen"  # a product may differ by this much and is still not queried


@dataclass(frozen=True, slots=True, kw_only=True)
class SumRule:
    """One value that a pack lays down."""

    sum: Sum
    value: int
    article: str
    source: str
    verified: bool
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule:
    """The interest of personal accounts (记账利率) in one year, in hundredths of a percent."""

    year: int
    rate_bp: int
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what a form is recomputed; `None` where no verified source says it.

    `rounding_fen` and `tolerance_fen` are the office's own decision and hold verified or not.
    """

    pooled_bp: int | None = None
    interest_factor_bp: int | None = None
    benefit_share_bp: int | None = None
    rounding_fen: int = 1
    tolerance_fen: int = 0
    rates_bp: Mapping[int, int] = field(default_factory=dict)

    def product(self, amount_fen: int, share_bp: int) -> int:
        """Return a share of a positive amount, rounded half up as the pack says."""
        unit = BASIS * self.rounding_fen
        return (2 * amount_fen * share_bp + unit) // (2 * unit) * self.rounding_fen
