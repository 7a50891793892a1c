"""A form's figures side by side: as stated, and as they come out when they are computed again.

The judgement names what differs and what could not be computed; every other figure came out as
stated. Amounts are fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hub.console.topics.transfers.words import Word
from hub.domain.transfer_arithmetic import AMOUNT, ITEM_ZH, figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.domain.transfer_arithmetic import Discord, Judgement
    from hub.domain.transfer_facts import Form

YEARLY = (
    ("base_fen", "月缴费基数", "monthly base"),
    ("months", "月数", "months"),
    ("booked_fen", "当年记账金额", "credited in the year"),
    ("booked_personal_fen", "其中个人", "of it the person's"),
    ("interest_fen", "当年利息", "interest"),
    ("interest_personal_fen", "其中个人", "of it the person's"),
    ("balance_fen", "年末累计", "balance at the end"),
    ("balance_personal_fen", "其中个人", "of it the person's"),
)
"""The figures of a yearly row that are shown, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: `ours` is `None` where it could not be computed, `why` what lacks for it."""

    item: str
    label: Word
    stated: int | None
    ours: int | None
    how: Literal["same", "differs", "within", "unknown"]
    why: str = ""

    @property
    def is_money(self) -> bool:
        """Tell whether it is an amount."""
        return self.item.endswith("fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One yearly row; `is_first`: the first that differs."""

    year: int | None
    figures: tuple[Figure, ...]
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A form side by side: years, then items."""

    years: tuple[Year, ...]
    items: tuple[Figure, ...]


def side_by_side(form: Form, found: Judgement) -> Sums:
    """Return a form's figures with ours beside them."""
    differs = {(one.year, one.item): one for one in found.discords}
    unknown = {(one.year, one.item): one.why for one in found.unknown}
    first = found.first.year if found.first is not None else None
    years = tuple(
        Year(
            year=figure(row, "year"),
            figures=tuple(_yearly(row, differs, unknown)),
            is_first=first is not None and figure(row, "year") == first,
        )
        for row in form.years
    )
    stated: dict[str, Any] = {**form.items, AMOUNT: form.amount_fen}
    names = [*stated, *(item for year, item in (*differs, *unknown) if year is None)]
    items = tuple(
        _figure(None, name, label_of(name), stated.get(name), differs, unknown)
        for name in dict.fromkeys(names)
    )
    return Sums(years=years, items=items)


def label_of(item: str) -> Word:
    """Return what a figure is called."""
    words = item.removesuffix("_fen").replace("_", " ")
    return Word(item, ITEM_ZH.get(item, words), words)


def _yearly(
    row: Mapping[str, Any],
    differs: Mapping[tuple[int | None, str], Discord],
    unknown: Mapping[tuple[int | None, str], str],
) -> Iterable[Figure]:
    year = figure(row, "year")
    for item, zh, en in YEARLY:
        yield _figure(year, item, Word(item, zh, en), figure(row, item), differs, unknown)


def _figure(  # noqa: PLR0917 -- a figure, its place and what was found
    year: int | None,
    item: str,
    label: Word,
    stated: int | None,
    differs: Mapping[tuple[int | None, str], Discord],
    unknown: Mapping[tuple[int | None, str], str],
) -> Figure:
    found = differs.get((year, item))
    if found is not None:
        return Figure(
            item=item, label=label, stated=found.stated, ours=found.computed,
            how="within" if found.within else "differs",
        )  # fmt: skip
    if (year, item) in unknown:
        return Figure(
            item=item, label=label, stated=stated, ours=None, how="unknown",
            why=unknown[year, item],
        )  # fmt: skip
    return Figure(item=item, label=label, stated=stated, ours=stated, how="same")
