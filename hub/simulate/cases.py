"""A stream of cases with an exact number of rows: every shape once, then as often as rates say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from hub.simulate.draft import Draft
from hub.simulate.shapes import assessed, booked, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from hub.simulate.dates import Dates
    from hub.simulate.mint import Mint
    from hub.simulate.rows import Case

Shape = Callable[[Draft], None]

SHAPES: Final[Mapping[str, Shape]] = {
    shape.__name__: shape
    for shape in (
        clean.late,
        clean.split,
        clean.split_over_days,
        clean.slip_of_many,
        clean.unnumbered,
        booked.overdue,
        booked.short_booked,
        booked.over_booked,
        booked.booked_unknown,
        booked.booked_unknown_unnumbered,
        booked.denied,
        booked.booked_other_kind,
        booked.booked_twice,
        booked.booked_again_later,
        booked.listed_twice,
        booked.ambiguous,
        assessed.short_collected,
        assessed.over_collected,
        assessed.not_collected,
        assessed.collected_other_kind,
        assessed.collected_other_period,
        assessed.collected_other_payer,
    )
}
"""Every shape but the plain one, by the name that `rates.toml` and the command line use."""

_OUT_OF: Final = 100_000
_AT_ONCE: Final = 256


def cases(mint: Mint, dates: Dates, days: Sequence[date], *, rows: int) -> Iterator[Case]:
    """Yield cases that begin on one of `days`, with exactly `rows` rows of collections in all.

    First comes every shape once, on the first of `days`, so that even a short list shows them
    all and their later events fall on later days. A case that does not fit is left out.
    """
    left = rows
    for shape, on in _programme(mint, days):
        draft = Draft(mint, dates, on)
        if shape is None:
            clean.plain(draft, rows_max=left)
        else:
            shape(draft)
        if draft.case.rows <= left:
            left -= draft.case.rows
            yield draft.case
        if not left:
            return


def _programme(mint: Mint, days: Sequence[date]) -> Iterator[tuple[Shape | None, date]]:
    # endless; None stands for the plain case, which always fits
    once = [*SHAPES.values()]
    mint.random.shuffle(once)
    for shape in once:
        yield shape, days[0]
    yield clean.late, days[-1]  # so that something is in transit when the last day ends
    weights = [mint.rates.shapes[name] for name in SHAPES]
    choice = mint.random.choices
    shapes: list[Shape | None] = [None, *SHAPES.values()]
    while True:
        drawn = choice(shapes, [_OUT_OF - sum(weights), *weights], k=_AT_ONCE)
        yield from zip(drawn, choice(days, k=_AT_ONCE), strict=True)
