"""The words of a letter, in the form of Chinese official papers (GB/T 9704-2012, 信函格式).

Both the PDF and the DOCX print this text, so they say the same. Nothing here is markup: every
string is printed as it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.documents.sheets import (
    ITEM_COLUMNS,
    PERSON_COLUMNS,
    Kind,
    conclusion,
    item_rows,
    person_rows,
    shown,
)
from hub.domain.chinese import KIND_NAMES, amount_in_words, date_text, kind_name, month_text
from hub.domain.money import yuan_display

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from hub.documents.sheets import Cell, SheetColumn
    from hub.domain.letter_content import Item, LetterContent, Person, Stamp

PRINTED_ROWS_MAX: Final = 500  # of each annex on paper; the workbook has them all
DRAFT_MARK: Final = "草稿　未经签发"
NUMBER_PENDING: Final = "（文号待签发）"
DATE_PENDING: Final = "（成文日期待签发）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A printed column: its heading, whether it is set right, and its share of the width."""

    name: str
    right: bool
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A printed table; the last row is a sum when `has_sum`."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    has_sum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One numbered part of the body."""

    heading: str
    paragraphs: tuple[str, ...]
    grid: Grid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """One annex; `note` says when it is not complete on paper."""

    mark: str
    title: str
    grid: Grid
    unit: str = "金额单位：元"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterText:
    """A letter in words, top to bottom."""

    agency: str
    number: str
    title_lines: tuple[str, ...]
    addressee: str
    opening: str
    sections: tuple[Section, ...]
    closing: str
    annex_list: tuple[str, ...]
    signature: str
    date: str
    contact: str
    copy_to: str
    annexes: tuple[Annex, ...]
    is_draft: bool
    dated_on: dt.date  # of the file itself; a draft bears the day its facts go up to
    remark: str = ""

    @property
    def title(self) -> str:
        """Return the title, which is broken into lines where its words end."""
        return "".join(self.title_lines)

    @property
    def draft_mark(self) -> str:
        """Return what a draft bears on every page."""
        return DRAFT_MARK if self.is_draft else ""


def monthly_text(
    content: LetterContent,
    stamp: Stamp | None,
    persons: Sequence[Person],
    *,
    persons_total: int,
) -> LetterText:
    """Return the monthly letter; without a stamp it is a draft.

    `persons` are those to print, `persons_total` is how many the workbook lists.
    """
    month = month_text(content.month)
    return LetterText(
        agency=content.agency,
        number=stamp.number if stamp else NUMBER_PENDING,
        title_lines=monthly_title(content.month),
        addressee=f"{content.to_party}：",
        opening=(
            f"根据社会保险基金财务核算管理规定，我单位将{month}贵局划入社会保险基金财政专户的"
            "各项社会保险费，与贵局反馈的征收信息（单位和个人缴费信息）进行了核对，发现部分款项"
            "不符。现将有关情况函告如下，请予核查并书面回复。"
        ),
        sections=(_totals(content), _differences(content), _request(content, stamp)),
        closing="专此函达，请予函复。",
        annex_list=(
            f"1. 核对不符款项清单（共{len(content.items)}项）",
            f"2. 涉及人员明细（共{persons_total}人次）",
        ),
        signature=content.agency,
        date=date_text(stamp.sent_on) if stamp else DATE_PENDING,
        contact=f"（{content.contact}）",
        copy_to=f"抄送：{content.cc_party}。",
        annexes=(_item_annex(content.items), _person_annex(persons, persons_total)),
        is_draft=stamp is None,
        dated_on=stamp.sent_on if stamp else content.until,
    )


def monthly_title(month: int) -> tuple[str, str]:
    """Return the title of a month's letter in its two lines."""
    return (f"关于核对{month_text(month)}社会保险费征收", "与财政专户入账情况的函")


def _totals(content: LetterContent) -> Section:
    order = [*KIND_NAMES]
    totals = sorted(
        content.totals,
        key=lambda total: (
            order.index(total.insurance_kind) if total.insurance_kind in order else len(order)
        ),
    )
    collected, deposited, credited = (
        _sum(getattr(total, name) for total in totals)
        for name in ("collected_fen", "deposited_fen", "credited_fen")
    )
    differences = [total.difference_fen for total in totals]
    difference = None if None in differences else _sum(differences)
    rows = [
        (kind_name(t.insurance_kind), t.collected_fen, t.deposited_fen, t.credited_fen,
         t.difference_fen)
        for t in totals
    ]  # fmt: skip
    rows.append(("合计", collected, deposited, credited, difference))
    sums = (
        f"截至{date_text(content.until)}，{month_text(content.month)}征收信息合计"
        f"{spelled(collected)}，财政专户分险种入账合计{spelled(deposited)}，"
        f"{_compared(difference)}。"
    )
    transit = (
        f"其中：征收后尚在{content.transit_working_days}个工作日划转期限以内的在途款项"
        f"{content.in_transit_count}笔、金额{yuan_display(content.in_transit_fen)}元，"
        "不列入本函请核范围。分险种情况如下（单位：元）："
    )
    heads = (
        ("险种", False, 17), ("征收金额", True, 21), ("分险种入账金额", True, 21),
        ("银行进账金额", True, 21), ("入账减征收", True, 20),
    )  # fmt: skip
    lines = [(name, *(_amount(fen) for fen in amounts)) for name, *amounts in rows]
    return Section(heading="一、总体情况", paragraphs=(sums, transit), grid=_grid(heads, lines))


def _differences(content: LetterContent) -> Section:
    return Section(
        heading="二、不符情况",
        paragraphs=(
            (
                f"截至{date_text(content.until)}，核对不符共{content.count}笔，涉及金额"
                f"{spelled(content.amount_fen)}。按核对结论分列如下（单位：笔、元），"
                "逐笔情况见附件1，涉及人员见附件2："
            ),
        ),
        grid=cause_grid(content),
    )


def cause_grid(content: LetterContent) -> Grid:
    """Return counts and sums by verdict, the largest sum first, with their total."""
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for item in content.items:
        counts[conclusion(item)] += item.count
        sums[conclusion(item)] += item.amount_fen
    lines = [
        (name, str(counts[name]), yuan_display(fen))
        for name, fen in sorted(sums.items(), key=lambda line: (-line[1], line[0]))
    ]
    lines.append(("合计", str(content.count), yuan_display(content.amount_fen)))
    return _grid((("核对结论", False, 40), ("笔数", True, 20), ("涉及金额", True, 30)), lines)


def _request(content: LetterContent, stamp: Stamp | None) -> Section:
    until = (
        f"{date_text(stamp.due_on)}前（自本函发出之日起{content.reply_working_days}个工作日内）"
        if stamp
        else f"自本函发出之日起{content.reply_working_days}个工作日内"
    )
    return Section(
        heading="三、请予核查事项",
        paragraphs=(
            "（一）对附件1所列款项逐笔核查，说明不符原因。",
            (
                "（二）属征收信息、险种、所属期或缴费单位有误的，请予更正，并将更正后的征收信息"
                "反馈我单位；属款项尚未划缴的，请告知划缴日期；属重复或多划的，请提出处理意见。"
            ),
            f"（三）请于{until}将核查结果书面回复我单位。",
        ),
    )


def _item_annex(items: Sequence[Item]) -> Annex:
    grid = _annex_grid(ITEM_COLUMNS, item_rows(items[:PRINTED_ROWS_MAX]))
    note = _cap_note(len(grid.rows), len(items), "项")
    return Annex(mark="附件1", title="核对不符款项清单", grid=grid, note=note)


def _person_annex(persons: Sequence[Person], total: int) -> Annex:
    grid = _annex_grid(PERSON_COLUMNS, person_rows(persons[:PRINTED_ROWS_MAX]))
    note = _cap_note(len(grid.rows), total, "人次")
    return Annex(mark="附件2", title="涉及人员明细", grid=grid, note=note)


def _cap_note(printed: int, total: int, unit: str) -> str:
    if total == 0:
        return "注：本次无此项内容。"
    if printed >= total:
        return ""
    return (
        f"注：本附件共{total}{unit}，纸质件仅印前{printed}{unit}，完整内容见随函电子附件（XLSX）。"
    )


def _annex_grid(columns: Sequence[SheetColumn], rows: Iterable[tuple[Cell, ...]]) -> Grid:
    return Grid(
        columns=tuple(
            Column(name=c.zh, right=c.kind in (Kind.COUNT, Kind.AMOUNT), width=c.width)
            for c in columns
        ),
        rows=tuple(
            tuple(shown(cell, c.kind) for cell, c in zip(row, columns, strict=True)) for row in rows
        ),
    )


def _grid(columns: Iterable[tuple[str, bool, int]], rows: Iterable[tuple[str, ...]]) -> Grid:
    shaped = tuple(Column(name=name, right=right, width=width) for name, right, width in columns)
    return Grid(columns=shaped, rows=tuple(rows), has_sum=True)


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _amount(fen: int | None) -> str:
    return "—" if fen is None else yuan_display(fen)


def spelled(fen: int | None) -> str:
    """Return an amount in digits and in words; `不详` when it is not known."""
    if fen is None:
        return "不详"
    return f"{yuan_display(fen)}元（大写：{amount_in_words(fen)}）"


def _compared(difference: int | None) -> str:
    if difference is None:
        return "入账与征收相差多少不详"
    if difference == 0:
        return "入账与征收总额一致"
    return f"入账较征收{'多' if difference > 0 else '少'}{spelled(abs(difference))}"
