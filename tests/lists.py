"""Plain lists that partners might send, for tests of flows: one column a fact, `|` between.

The layouts are made from `hub.domain.facts`, so a test that is about flows needs no knowledge of
any real partner's format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.facts import COLUMNS, Source

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_TYPES = {"text": "text", "int": "count", "fen": "amount_fen", "date": "date", "period": "period"}

PARTNERS = {
    "tax": ("tax-in", (Source.COLLECTIONS,), (Source.COLLECTIONS,)),
    "treasury": ("treasury-in", (Source.DEPOSITS, Source.DENIALS), (Source.DEPOSITS,)),
    "bank": ("bank-in", (Source.CREDITS,), ()),
    "core": ("core-in", (Source.ASSESSMENTS,), ()),
}
"""Code to channel, the sources it sends, and those that it owes every working day."""

CHANNELS = "".join(
    f'[{name}]\nkind = "folder"\ndirection = "{name.rpartition("-")[2]}"\n'
    f'path = "channels/{name}"\npoll_interval_s = 0.05\n\n'
    for name in (*(channel for channel, *_ in PARTNERS.values()), "letters-out")
)
"""`channels.toml` for them."""


def channel_of(source: Source) -> str:
    """Return the channel that lists of a source come by."""
    return next(channel for channel, sources, _ in PARTNERS.values() if source in sources)


def write_partners(folder: Path) -> None:
    """Write the partner files of `PARTNERS` into `config/partners`."""
    folder.mkdir(parents=True, exist_ok=True)
    for code, (channel, sources, expects) in PARTNERS.items():
        lines = [f'name = "{code}"', f'kind = "{code}"', f'channel = "{channel}"', "[expects]"]
        lines += [f"{source.value} = true" for source in expects]
        for source in sources:
            lines += _layout(source)
        (folder / f"{code}.toml").write_text("\n".join(lines) + "\n", "utf-8")


def list_name(source: Source, day: date, sequence: int = 1) -> str:
    """Return the name of a list of a day."""
    return f"{source.value}_{day:%Y%m%d}_{sequence:02d}.txt"


def list_bytes(source: Source, rows: list[dict]) -> bytes:
    """Return a list; a row may lack what its facts may lack."""
    names = _names(source)
    lines = ["|".join(names), *("|".join(_text(row.get(n)) for n in names) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _names(source: Source) -> list[str]:
    return [column.name for column in COLUMNS[source] if column.name != "line"]


def _layout(source: Source) -> list[str]:
    at = f"layouts.{source.value}"
    fields = [
        f'  {{ name = "{c.name}", type = "{_TYPES[c.type]}", '
        f"required = {str(c.required).lower()} }},"
        for c in COLUMNS[source]
        if c.name != "line"
    ]
    return [
        f"[{at}]",
        'form = "delimited"',
        f'file_name = "{source.value}_{{day:%Y%m%d}}_{{sequence:02d}}.txt"',
        f'source = "{source.value}"',
        'delimiter = "|"',
        "names = true",
        f"[[{at}.records]]",
        'name = "item"',
        "repeat = true",
        "fields = [",
        *fields,
        "]",
    ]


def _text(value) -> str:
    if value is None:
        return ""
    return f"{value:%Y%m%d}" if hasattr(value, "strftime") else str(value)
