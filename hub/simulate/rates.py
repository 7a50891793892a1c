"""The numbers behind a simulated day, read from `rates.toml` beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Contribution bases in yuan, rates in basis points, frequencies as `rates.toml` says."""

    base_yuan: tuple[int, int, int]  # lowest, highest, most frequent
    rate_bp: dict[str, int]  # by insurance kind, employer and person together
    kind_names: dict[str, str]
    individual_permille: int
    apart_permille: int
    sizes: list[tuple[int, int]]  # people in a company: upper bound, weight
    rare_permille: int
    dotted_permille: int
    shapes: dict[str, int]  # out of 100 000 cases

    @property
    def kinds(self) -> tuple[str, ...]:
        """The insurance kinds, largest first."""
        return tuple(self.rate_bp)


@cache
def rates() -> Rates:
    """Return the numbers that ship with the hub."""
    raw = resource("rates.toml")
    base, payers, names = raw["base"], raw["payers"], raw["names"]
    return Rates(
        base_yuan=(base["min_yuan"], base["max_yuan"], base["mode_yuan"]),
        rate_bp={k: v["employer_bp"] + v["person_bp"] for k, v in raw["kinds"].items()},
        kind_names={k: v["name"] for k, v in raw["kinds"].items()},
        individual_permille=payers["individual_permille"],
        apart_permille=payers["apart_permille"],
        sizes=[(bound, weight) for bound, weight in payers["sizes"]],
        rare_permille=names["rare_permille"],
        dotted_permille=names["dotted_permille"],
        shapes=raw["shapes"],
    )


def resource(name: str) -> dict[str, Any]:
    """Return the content of a TOML file of this package."""
    return tomllib.loads(files("hub.simulate").joinpath(name).read_text("utf-8"))
