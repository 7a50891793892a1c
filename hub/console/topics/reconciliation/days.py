"""The days of reconciliation, side by side, and the months that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console import asked
from hub.console.context import console
from hub.console.pages import render
from hub.console.topics.discrepancies.words import CAUSES, LEVELS
from hub.console.words import Word, fund, words
from hub.domain.letter import month_days, parse_month
from hub.domain.verdict import Verdict
from hub.flows.day_view import KindLine, day_view, month_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.flows.day_view import DayView

SOURCES: Final = words(
    ("collections", "征收明细", "collections", "plain"),
    ("deposits", "入库流水", "deposits", "plain"),
    ("credits", "银行进账", "bank credits", "plain"),
    ("assessments", "应缴核定", "assessments", "plain"),
    ("denials", "国库查无", "denials", "plain"),
    ("packages", "包核对", "packages", "plain"),
)
PRESENCE: Final = words(
    ("arrived", "已到", "arrived", "good"),
    ("missing", "未到", "missing", "bad"),
    ("awaited", "未到时限", "awaited", "plain"),
)
UNNAMED: Final = Word("", "未分险种", "no kind named")
_SUMMED: Final = ("assessed_fen", "collected_fen", "deposited_fen", "credited_fen")


def day(day: str | None = None) -> str:
    """Show a reconciled day; without one the latest."""
    wanted = asked.day({"day": day or ""}, "day")
    seen = day_view(wanted, console().services)
    return render(
        "reconciliation/day.html",
        seen=seen,
        kinds=[(kind(line.insurance_kind), line) for line in seen.kinds],
        total=total(seen.kinds),
        sources=[(SOURCES[s.expected.source], s, PRESENCE[s.state]) for s in seen.sources],
        files=[(SOURCES[one.arrival.source], one) for one in seen.files],
        verdicts=_verdicts(seen),
        matched=seen.run.summary.get("matched") if seen.run else None,
        course=[
            (f"{one.day:%m-%d}", {"collected": one.collected_fen or 0,
                                  "deposited": one.deposited_fen or 0,
                                  "credited": one.credited_fen or 0})
            for one in seen.course
        ],
        partners={code: p.name for code, p in console().services.catalog.partners.items()},
        month=f"{seen.day:%Y-%m}",
    )  # fmt: skip


def month(month: str) -> str:
    """Show what was assessed and collected for a month, by insurance kind."""
    number = parse_month(month)
    lines = month_view(number, console().services)
    first, _last = month_days(number)
    following = number + 1 if number % 100 < 12 else number + 89  # noqa: PLR2004 -- months
    earlier = number - 1 if number % 100 > 1 else number - 89
    return render(
        "reconciliation/month.html",
        month=f"{first:%Y-%m}",
        before=_dashed(earlier),
        after=_dashed(following),
        kinds=[(kind(line.insurance_kind), line) for line in lines],
        total=total(lines),
    )


def kind(code: str) -> Word:
    """Return what an insurance kind is called, also where the bank names none."""
    return fund(code) if code else UNNAMED


def total(lines: Sequence[KindLine]) -> KindLine:
    """Return all kinds in one line; a side that nobody speaks of stays unknown."""
    sums: dict[str, int] = {}
    for line in lines:
        for name in _SUMMED:
            fen = getattr(line, name)
            if fen is not None:
                sums[name] = sums.get(name, 0) + fen
    return KindLine(insurance_kind="", **sums)


def _verdicts(seen: DayView) -> list[dict[str, Any]]:
    """Return the counts and sums of the day's run by level and verdict, and where they are."""
    if seen.run is None:
        return []
    return [
        {
            "level": LEVELS[line["level"]],
            "verdict": CAUSES[line["verdict"]],
            "count": line["count"],
            "fen": line["fen"],
            "href": url_for("table", name="discrepancies", verdict=line["verdict"])
            if Verdict(line["verdict"]).is_real
            else None,
        }
        for line in seen.run.summary.get("verdicts", ())
    ]


def _dashed(month: int) -> str:
    return f"{month // 100:04d}-{month % 100:02d}"
