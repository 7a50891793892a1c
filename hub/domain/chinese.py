"""Amounts, dates and names as Chinese official papers write them (大写金额, 成文日期, 险种名称).

Amounts in words follow 中国人民银行《正确填写票据和结算凭证的基本规定》: 整 after yuan, nothing
after jiao or fen, one 零 for any run of zeros inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
_FEN_PER_YUAN: Final = 100

KIND_NAMES: Final = {
    "pension": "基本养老保险",
    "medical": "基本医疗保险",
    "unemployment": "失业保险",
    "work_injury": "工伤保险",
    "maternity": "生育保险",
}
"""Insurance kinds (险种) and their names; a kind that is not here is shown by its code."""


def amount_in_words(amount_fen: int) -> str:
    """Return fen as `人民币壹仟肆佰零玖元伍角`; a negative amount begins with 负."""
    yuan, rest = divmod(abs(amount_fen), _FEN_PER_YUAN)
    jiao, fen = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    if fen:
        words += f"{_DIGITS[fen]}分"
    elif not jiao:
        words = f"{words or '零元'}整"
    return f"人民币{'负' if amount_fen < 0 else ''}{words}"


def _whole(number: int) -> str:
    for size, unit in _UNITS:
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return f"{_whole(head)}{unit}{gap}{_whole(rest)}"
    return _DIGITS[number] if number else ""


def date_text(day: date) -> str:
    """Return a date as official papers print it (GB/T 9704: Arabic digits): `2026年12月1日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def month_text(month: int) -> str:
    """Return a month `yyyymm` as `2026年11月`."""
    return f"{month // 100}年{month % 100}月"


def kind_name(insurance_kind: str | None) -> str:
    """Return the name of an insurance kind; its code when there is no name, `—` for none."""
    if insurance_kind is None:
        return "—"
    return KIND_NAMES.get(insurance_kind, insurance_kind)
