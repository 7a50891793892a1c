"""The options of a `sheet` layout: what its rows alone do not say about a downloaded statement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from hub.mappings.statement import COMMON_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.layout import Layout

    Report = Callable[[str, str], object]

ENCODINGS: Final = ("utf-8", "gb18030", "gbk", "gb2312", "utf-16")
AMOUNT_FIELDS: Final = frozenset({"amount_fen", "credit_fen", "debit_fen"})
_WORDS: Final = ("totals", "skip", "blank", "encodings")
_CHOICES: Final = {"positive": ("credit", "debit"), "proof": ("refuse", "record")}
_OWN: Final = frozenset({*_WORDS, *_CHOICES, "totals_required", "year_pattern", "sheet"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetOptions:
    """Options of `[layouts.<name>.options]`, besides the common ones of `statement`.

    `totals` are words that begin a line of totals (合计); `totals_required` makes its absence a
    refusal, so that a file cut off between lines is noticed. `skip` are words that begin other
    lines that are no entries; whatever begins otherwise must be an entry. `blank` are texts that
    stand for an empty amount. `positive = "debit"` is for cards, whose lists count spending
    positive. `proof = "record"` only notes totals and balances that do not hold: for samples that
    someone altered by hand, never for an account that matters. `year_pattern` finds year and
    month in the lines above the table, for dates without a year. `sheet` names the sheet.
    """

    totals: tuple[str, ...] = ()
    totals_required: bool = False
    skip: tuple[str, ...] = ()
    blank: tuple[str, ...] = ("-", "--")
    encodings: tuple[str, ...] = ()
    positive: Literal["credit", "debit"] = "credit"
    proof: Literal["refuse", "record"] = "refuse"
    year_pattern: str | None = None
    sheet: str | None = None

    @classmethod
    def of(cls, layout: Layout) -> SheetOptions:
        """Return the options of a layout that `check_options` found nothing wrong with."""
        own: dict[str, Any] = {k: v for k, v in layout.options.items() if k in _OWN}
        for name in _WORDS:
            if name in own:
                own[name] = tuple(own[name])
        own.setdefault("encodings", (layout.codec,))
        return cls(**own)


def check_options(layout: Layout, report: Report) -> None:
    """Report every option of a camt, mt940 or sheet layout that cannot work."""
    known = COMMON_OPTIONS | (_OWN if layout.form == "sheet" else frozenset())
    for name, value in layout.options.items():
        at = f"options.{name}"
        if name not in known:
            report(at, f'"{name}" is not known; options are {", ".join(sorted(known))}')
        elif name == "totals_required":
            if not isinstance(value, bool):
                report(at, "must be true or false")
        elif name in _WORDS:
            _check_words(name, value, at, report)
        elif not isinstance(value, str):
            report(at, "must be a text")
        else:
            _check_text(layout, name, value, report)
    if layout.form == "sheet":
        _check_columns(layout, report)


def _check_words(name: str, value: object, at: str, report: Report) -> None:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        report(at, "must be a list of texts")
    elif name == "encodings" and not (value and set(value) <= set(ENCODINGS)):
        report(at, f"must be some of {', '.join(ENCODINGS)}")


def _check_text(layout: Layout, name: str, value: str, report: Report) -> None:
    at = f"options.{name}"
    if name == "kind_words" and value not in layout.maps:
        report(at, f'the map "{value}" is not in maps')
    elif name in _CHOICES and value not in _CHOICES[name]:
        report(at, f"must be one of {', '.join(_CHOICES[name])}")
    elif name.endswith("_pattern"):
        try:
            groups = re.compile(value).groups
        except (re.error, OverflowError, RecursionError) as error:
            report(at, f"is no regular expression: {error}")
        else:
            if name == "year_pattern" and groups != 2:  # noqa: PLR2004 -- year and month
                report(at, "must have two groups: year and month")


def _check_columns(layout: Layout, report: Report) -> None:
    repeated = [shape for shape in layout.records if shape.repeat]
    if len(repeated) != 1:
        report("records", "exactly one record must have repeat = true")
        return
    columns = {field.name for field in repeated[0].fields if field.column is not None}
    if "credited_on" not in columns:
        report(repeated[0].name, 'the field "credited_on" needs a column')
    if not columns & AMOUNT_FIELDS:
        report(repeated[0].name, "amount_fen, or credit_fen and debit_fen, needs a column")
