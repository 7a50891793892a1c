"""The annex tables (附件): their columns, and rows as the values that each document formats.

PDF, DOCX and XLSX take their tables from here, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.chinese import kind_name
from hub.domain.discrepancy import cause
from hub.domain.money import yuan_display
from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.domain.letter_content import Item, Person

Cell = str | int | None


class Kind(StrEnum):
    """What a column holds; amounts are fen."""

    TEXT = "text"
    COUNT = "count"
    AMOUNT = "amount"
    PERIOD = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetColumn:
    """One column of an annex: its names, what it holds, and its share of the paper's width."""

    zh: str
    en: str
    kind: Kind
    width: int


def _columns(*columns: tuple[str, str, Kind, int]) -> tuple[SheetColumn, ...]:
    return tuple(
        SheetColumn(zh=zh, en=en, kind=kind, width=width) for zh, en, kind, width in columns
    )


ITEM_COLUMNS: Final = _columns(
    ("序号", "no", Kind.COUNT, 5),
    ("税票号码", "receipt_no", Kind.TEXT, 18),
    ("缴费单位代码", "payer_id", Kind.TEXT, 20),
    ("缴费单位名称", "payer_name", Kind.TEXT, 23),
    ("险种", "insurance_kind", Kind.TEXT, 13),
    ("所属期", "period", Kind.PERIOD, 8),
    ("征收金额", "collected", Kind.AMOUNT, 14),
    ("入库金额", "deposited", Kind.AMOUNT, 14),
    ("应缴核定", "assessed", Kind.AMOUNT, 14),
    ("核对结论", "verdict", Kind.TEXT, 13),
    ("笔数", "count", Kind.COUNT, 6),
    ("涉及金额", "amount", Kind.AMOUNT, 14),
    ("已历工作日", "age_working_days", Kind.COUNT, 7),
)
PERSON_COLUMNS: Final = _columns(
    ("序号", "no", Kind.COUNT, 5),
    ("税票号码", "receipt_no", Kind.TEXT, 20),
    ("缴费单位代码", "payer_id", Kind.TEXT, 20),
    ("缴费单位名称", "payer_name", Kind.TEXT, 28),
    ("社会保障号码", "person_id", Kind.TEXT, 20),
    ("姓名", "person_name", Kind.TEXT, 16),
    ("险种", "insurance_kind", Kind.TEXT, 13),
    ("所属期", "period", Kind.PERIOD, 8),
    ("征收金额", "amount", Kind.AMOUNT, 14),
)


_AGAINST_ASSESSMENT: Final = {
    Verdict.SHORT.value: "征收少于核定",
    Verdict.OVER.value: "征收多于核定",
    Verdict.MISSING_AT_TAX.value: "核定后未征收",
}


def conclusion(item: Item) -> str:
    """Return the verdict (核对结论) as a letter words it.

    What differs from the assessment is said as such: the money itself was booked as collected.
    """
    if item.assessed_fen is not None and item.cause in _AGAINST_ASSESSMENT:
        return _AGAINST_ASSESSMENT[item.cause]
    return cause(item.cause).zh


def item_rows(items: Iterable[Item]) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of the first annex, numbered from 1, in the order of `ITEM_COLUMNS`."""
    for no, item in enumerate(items, start=1):
        yield (
            no, item.receipt_no or item.deposit_no, item.payer_id, item.payer_name,
            kind_name(item.insurance_kind), item.period,
            item.collected_fen, item.deposited_fen, item.assessed_fen,
            conclusion(item), item.count, item.amount_fen, item.age_working_days,
        )  # fmt: skip


def person_rows(persons: Iterable[Person]) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of the second annex, numbered from 1, in the order of `PERSON_COLUMNS`."""
    for no, person in enumerate(persons, start=1):
        yield (
            no, person.receipt_no, person.payer_id, person.payer_name, person.person_id,
            person.person_name, kind_name(person.insurance_kind), person.period,
            person.amount_fen,
        )  # fmt: skip


def shown(cell: Cell, kind: Kind) -> str:
    """Return a cell as printed: amounts as yuan with separators, periods as `2026-11`."""
    if cell is None or isinstance(cell, str):
        return cell or "—"
    if kind is Kind.AMOUNT:
        return yuan_display(cell)
    if kind is Kind.PERIOD:
        return f"{cell // 100}-{cell % 100:02d}"
    return str(cell)
