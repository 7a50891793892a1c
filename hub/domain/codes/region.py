"""Region codes (行政区划代码), GB/T 2260: province, city, county, two digits each.

Counties are founded, merged and renumbered every year, and a person keeps the number of a county
that is gone. So only the shape is checked; an unknown province is a warning, never a refusal.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from hub.domain.codes import shape
from hub.errors import NOWHERE, Place, Rejected

LENGTH: Final = 6
PROVINCES: Final = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
    "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省",
    "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省",
    "45": "广西壮族自治区", "46": "海南省",
    "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省", "54": "西藏自治区",
    "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
    "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
"""The provinces of GB/T 2260-2007 by the first two digits."""


class Level(StrEnum):
    """How large a region is."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


def compact(text: str) -> str:
    """Return the code without blanks and hyphens."""
    return shape.compact(text)


def validate(text: str, *, place: Place = NOWHERE) -> str:
    """Return the compact code, or raise `region_malformed`."""
    code = compact(text)
    if (
        len(code) != LENGTH
        or not shape.consists_of(code, shape.DIGITS)
        or code.startswith("0")
        or (code[2:4] == "00" and code[4:] != "00")
    ):
        raise Rejected("region_malformed", place=place)
    return code


def is_valid(text: str) -> bool:
    """Tell whether the code has the standard's shape."""
    try:
        return bool(validate(text))
    except Rejected:
        return False


def level(code: str) -> Level:
    """Return how large the region of a valid code is."""
    if code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if code.endswith("00") else Level.COUNTY


def province(code: str) -> str | None:
    """Return the province's name, or None when the standard has no such province."""
    return PROVINCES.get(code[:2])
