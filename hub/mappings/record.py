"""What every reader gives: rows one by one, and what is known of the file around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.domain.bank_statement import Head
    from hub.errors import Place
    from hub.mappings.pain002_totals import Original

DEVIATIONS_MAX: Final = 200  # of one file; the rest would say the same again

Value = "str | int | date | None"


@dataclass(frozen=True, slots=True)
class Row:
    """One repeated record: its values by field name, and where it stands in the file.

    `line` counts from 1, `byte_offset` from 0; a form that has no lines counts records instead.
    Amounts are fen, periods integers `yyyymm`, dates `date`, what is absent `None`.
    """

    line: int
    values: dict[str, str | int | date | None]
    byte_offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Something in the file that is not as its schema says, but could be read (README point 6)."""

    place: Place
    text: str


@dataclass(slots=True)
class Reading:
    """A file being read: iterate `rows` to the end, then `head` and `deviations` are complete.

    `head` holds the values of records that occur once, as `header.item_count`, and `places` where
    they stand, as far as the form has places; `statements` what each account statement in it says
    of itself, in the order of their rows; `originals` what a report states of our own message. A
    reader raises `Rejected` with a `Place` at the first thing that cannot be read or does not add
    up, at the latest when the rows end; until then nothing may be done with the rows that has an
    effect.
    """

    rows: Iterator[Row]
    head: dict[str, str | int | date | None] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    statements: list[Head] = field(default_factory=list)
    originals: list[Original] = field(default_factory=list)

    def note(self, place: Place, text: str) -> None:
        """Keep a deviation, at most `DEVIATIONS_MAX` of them."""
        if len(self.deviations) < DEVIATIONS_MAX:
            self.deviations.append(Deviation(place=place, text=text))
