"""A transfer's papers as PDF/A (同意转入证明, 转移表 …), with the code that they are found by.

Typst sets the page after `templates/transfer.typ`; the words reach it as JSON and are printed as
strings. The same paper and fonts give the same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import typst

from hub.documents.fonts import INSTALL_HINT
from hub.documents.letter_pdf import families_of
from hub.domain.money import yuan_display
from hub.domain.transfer_arithmetic import ITEM_ZH
from hub.domain.transfer_paper import ITEMS, YEAR, PaperKind
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.documents.fonts import Typeface
    from hub.domain.transfer_paper import Paper

_STANDARD: Final = "a-2u"  # archival, fonts embedded, every character searchable
COPIES: Final[Mapping[PaperKind, tuple[str, ...]]] = {
    PaperKind.LETTER: ("第一联 申办人交转出地", "第二联 申办人留存", "第三联 转入地存档"),
    PaperKind.FORM: ("第一联 交转入地", "第二联 转出地存档"),
}
"""The copies of each paper (3-16: 一式三份; 3-14: 一式二份); others have one."""

LABELS: Final[Mapping[str, str]] = {
    **ITEM_ZH,
    "balance_fen": "个人账户余额",
    "standard_fen": "失业保险金月标准",
    "remaining_months": "剩余月数",
    "medical_fen": "医疗补助金",
    "training_fen": "职业培训补贴",
    "placement_fen": "职业介绍补贴",
}
YEAR_LABELS: Final = (
    "年度", "月数", "月缴费基数", "单位比例", "划入比例", "个人比例", "记账小计", "其中个人",
    "利息小计", "其中个人", "年末累计", "其中个人",
)  # fmt: skip


def render_transfer(paper: Paper, agency: str, typeface: Typeface | None) -> bytes:
    """Return a paper as PDF; `letter_font_missing` when there is no Chinese font.

    `transfer_unprintable` when the typeface lacks a character: a name is not printed with a hole.
    """
    if typeface is None:
        raise Rejected("letter_font_missing", packages=INSTALL_HINT)
    words = _words(paper, agency)
    absent = typeface.missing([json.dumps(words, ensure_ascii=False)])
    if absent:
        raise Rejected("transfer_unprintable", characters=" ".join(absent)[:60])
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in typeface.folders],
    )
    return typst.compile(
        files("hub.documents").joinpath("templates", "transfer.typ").read_bytes(),
        format="pdf",
        font_paths=fonts,
        sys_inputs={
            "paper": json.dumps(words, ensure_ascii=False),
            "fonts": json.dumps(families_of(typeface), ensure_ascii=False),
        },
        pdf_standards=_STANDARD,
        timestamp=datetime.combine(paper.made_on, time(), UTC),  # the clock would change the bytes
    )


def _words(paper: Paper, agency: str) -> dict[str, Any]:
    on = paper.made_on
    return {
        "title": f"{paper.kind.zh}{paper.paper.zh}", "agency": agency, "number": paper.number,
        "code": paper.code, "date": f"{on.year}年{on.month}月{on.day}日",
        "text": _text(paper),
        "copies": list(COPIES.get(paper.paper, ("",))), "facts": _facts(paper),
        "items": [
            [LABELS.get(name, name), _shown(name, paper.items[name])]
            for name in ITEMS if name in paper.items
        ],
        "year_labels": list(YEAR_LABELS),
        "years": [_year(row) for row in paper.years],
    }  # fmt: skip


def _text(paper: Paper) -> str:
    """Return what the paper says in a sentence, above its fields."""
    who, what = paper.person_name, paper.kind.zh
    return {
        PaperKind.LETTER: f"经审核，同意{who}的{what}由 {paper.source} 转入 {paper.target}。"
        "请贵机构办理转移手续，出具转移表，并将应转移的基金划入下列账户，附言注明案号。",
        PaperKind.FORM: f"{who}的{what}由 {paper.source} 转往 {paper.target}，转移情况如下。",
        PaperKind.NOTICE: f"{who}的{what}应转移的基金已经汇出，请核对到账。",
        PaperKind.DONE: f"{who}的{what}已由 {paper.target} 接续，依据上列编号的转移表。",
        PaperKind.REFUSAL: f"{who}的{what}不予办理转移。",
    }[paper.paper]


def _facts(paper: Paper) -> Sequence[tuple[str, str]]:
    account = paper.account
    facts = [
        ("姓名", paper.person_name), ("公民身份号码", paper.person_id),
        ("转出地", paper.source), ("转入地", paper.target), ("案号", paper.ref),
        ("申请日期", paper.applied_on.isoformat() if paper.applied_on else ""),
        ("金额（元）", yuan_display(paper.amount_fen) if paper.amount_fen is not None else ""),
        ("转移序次", str(paper.epoch) if paper.epoch else ""),
        ("开户全称", account.name if account else ""),
        ("开户银行", account.bank if account else ""),
        ("银行账号", account.no if account else ""),
        ("开户行行号", (account.bank_no or "") if account else ""), ("原因", paper.reason or ""),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]


def _year(row: Mapping[str, Any]) -> list[str]:
    return [_shown(name, row.get(name)) for name in YEAR]


def _shown(name: str, value: int | None) -> str:
    if value is None:
        return "—"
    if name.endswith("_fen"):
        return yuan_display(value)
    return f"{value / 100:g}%" if name.endswith("_bp") else str(value)
