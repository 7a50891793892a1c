"""A letter as PDF/A (archival PDF), its fonts embedded as subsets.

Typst sets the page after `templates/letter.typ`. The words reach it as JSON and never as markup,
so a company called `#include` is printed as such. Nothing is read from the disk but the fonts,
nothing from the network, and the same words and fonts give the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import typst

from hub.documents.characters import acting, code, strings, written_out
from hub.documents.fonts import INSTALL_HINT
from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.documents.fonts import Typeface
    from hub.documents.wording import LetterText

_PREFERRED: Final = {
    "title": (
        "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "FZXiaoBiaoSong-B05T",
        "方正小标宋简体", "方正小标宋_GBK", "Noto Serif CJK SC", "Source Han Serif SC",
        "Noto Serif SC",
    ),
    "body": (
        "FangSong_GB2312", "FangSong", "仿宋_GB2312", "仿宋", "STFangsong",
        "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC",
    ),
    "heading": (
        "SimHei", "黑体", "STHeiti", "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC",
    ),
}  # fmt: skip
"""The families of each part of the page, best first: what the standard asks for, then free ones."""

_STANDARD: Final = "a-2u"  # archival, fonts embedded, every character searchable


def unprintable(text: LetterText, typeface: Typeface) -> tuple[str, ...]:
    """Return the characters of a letter that would be printed as their code, in code order."""
    return tuple(sorted({*typeface.missing(strings(text)), *acting(text)}))


def render_pdf(text: LetterText, typeface: Typeface | None) -> bytes:
    """Return the letter as PDF; `letter_font_missing` when there is no Chinese font.

    Characters that the typeface lacks are printed as their code and named in a remark.
    """
    if typeface is None:
        raise Rejected("letter_font_missing", packages=INSTALL_HINT)
    absent = unprintable(text, typeface)
    if absent:
        text = replace(written_out(text, absent), remark=_remark(absent))
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in typeface.folders],
    )
    words = {**asdict(text), "draft_mark": text.draft_mark}
    return typst.compile(
        files("hub.documents").joinpath("templates", "letter.typ").read_bytes(),
        format="pdf",
        font_paths=fonts,
        sys_inputs={
            "letter": json.dumps(words, ensure_ascii=False, default=str),
            "fonts": json.dumps(families_of(typeface), ensure_ascii=False),
        },
        pdf_standards=_STANDARD,
        timestamp=datetime.combine(text.dated_on, time(), UTC),  # the clock would change the bytes
    )


def families_of(typeface: Typeface) -> dict[str, list[str]]:
    """Return the families of each part of the page: the preferred ones, then all others."""
    there = typeface.families
    return {
        part: [*(f for f in wanted if f in there), *(f for f in there if f not in wanted)]
        for part, wanted in _PREFERRED.items()
    }


def _remark(absent: tuple[str, ...]) -> str:
    return f"注：所用字体缺少或不能印出下列字符，文中以其编码表示：{'、'.join(map(code, absent))}。"
