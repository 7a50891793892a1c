"""File name templates: `ZSMX_{day:%Y%m%d}_{sequence:03d}.txt`, both ways.

`{day:%Y%m%d}` is a date, `{sequence:03d}` a number of exactly that many digits (`{sequence}`: one
to nine), `{any}` anything. Everything else stands for itself, capitals included.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from string import Formatter
from typing import Final

from hub.domain.file_name import NAME_BYTES_MAX

PLACEHOLDERS: Final = ("day", "sequence", "any")
DAY_FORMAT: Final = "%Y%m%d"

_DIGITS: Final = {"Y": 4, "m": 2, "d": 2}
_SEQUENCE: Final = re.compile(r"0([1-9])d", re.ASCII)


def match(template: str, name: str) -> dict[str, object] | None:
    """Return what a name says (`day`, `sequence`), or `None` if it does not fit the template."""
    found, day_format = _matched(template, name)
    if found is None:
        return None
    values: dict[str, object] = {}
    groups = found.groupdict()
    if day_format is not None:
        try:
            values["day"] = date(int(groups["Y"]), int(groups["m"]), int(groups["d"]))
        except ValueError:
            return None
    if "sequence" in groups:
        values["sequence"] = int(groups["sequence"])
    return values


def other_name(template: str, name: str) -> str | None:
    """Return what stands for the only `{any}` of a template, such as the name of another file."""
    found, _ = _matched(template, name)
    return None if found is None else found.groupdict().get("any")


def fill(template: str, *, day: date, sequence: int = 1, any: str = "1") -> str:  # noqa: A002
    """Return the name of a file; what the template does not mention is not used."""
    return template.format(day=day, sequence=sequence, any=any)


def names_day(template: str) -> bool:
    """Tell whether a name of this template says its business day."""
    return _compiled(template)[1] is not None


def _matched(template: str, name: str) -> tuple[re.Match[str] | None, str | None]:
    """Return how a name fits; no file system has longer ones, and `{any}` twice takes n² steps."""
    pattern, day_format = _compiled(template)
    return None if len(name) > NAME_BYTES_MAX else pattern.fullmatch(name), day_format


@cache
def _compiled(template: str) -> tuple[re.Pattern[str], str | None]:
    """Return the pattern of a template and its day's format; `ValueError` says what is wrong."""
    pattern, day_format = "", None
    seen: set[str] = set()
    anys = [name for _, name, _, _ in Formatter().parse(template)].count("any")
    for literal, name, spec, conversion in Formatter().parse(template):
        pattern += re.escape(literal)
        if name is None:
            continue
        if name not in PLACEHOLDERS or conversion:
            raise ValueError(f"{{{name}}} is not one of {', '.join(PLACEHOLDERS)}")
        if name in seen and name != "any":
            raise ValueError(f"{{{name}}} stands twice")
        seen.add(name)
        if name == "day":
            day_format = spec or ""
            pattern += date_pattern(day_format)
        elif name == "sequence":
            pattern += rf"(?P<sequence>[0-9]{_width(spec or '')})"
        else:
            pattern += "(?P<any>.+)" if anys == 1 else ".+"
    return re.compile(pattern, re.ASCII), day_format


@cache
def date_pattern(form: str, *, directives: str = "Ymd") -> str:
    """Return a pattern with one group for each directive of a date format; `ValueError` if odd."""
    pattern = ""
    parts = re.split(r"%(.)", form)
    if sorted(parts[1::2]) != sorted(directives):
        wanted = ", ".join(f"%{letter}" for letter in directives)
        raise ValueError(f'the format "{form}" must have {wanted} once each and no others')
    for literal, letter in zip(parts[0::2], [*parts[1::2], ""], strict=True):
        pattern += re.escape(literal)
        if letter:
            pattern += f"(?P<{letter}>[0-9]{{{_DIGITS[letter]}}})"
    return pattern


def _width(spec: str) -> str:
    if not spec:
        return "{1,9}"
    found = _SEQUENCE.fullmatch(spec)
    if found is None:
        raise ValueError(f'{{sequence:{spec}}} must look like "{{sequence:03d}}"')
    return f"{{{found[1]}}}"
