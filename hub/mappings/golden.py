"""Goldens (核对基准): everything that a sample file says, as JSON that a person has read once.

`hub format bless` writes them, the tests compare exactly, in length too. A sample `x.txt` has its
golden beside it as `x.txt.json`.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import Place, Rejected
from hub.mappings.opened import opened

if TYPE_CHECKING:
    from hub.mappings.layout import Layout
    from hub.settings import Limits


def content_of(layout: Layout, path: Path, limits: Limits) -> dict[str, Any]:
    """Return what a file says: `head`, `rows` with their places, `deviations`. All in memory."""
    try:
        with (
            tempfile.TemporaryDirectory() as work,
            opened(path, layout, limits, Path(work), file=path.name) as reading,
        ):
            rows = [
                {"line": row.line, "byte_offset": row.byte_offset, **_plain(row.values)}
                for row in reading.rows
            ]
    except OSError as error:
        place = Place(file=path.name)
        raise Rejected("format_file_unreadable", place=place, reason=error.strerror) from error
    return {
        "partner": layout.partner,
        "layout": layout.name,
        "head": _plain(reading.head),
        "rows": rows,
        "deviations": [
            {**{k: v for k, v in asdict(d.place).items() if v is not None}, "text": d.text}
            for d in reading.deviations
        ],
    }


def golden_path(sample: Path) -> Path:
    """Return where the golden of a sample stands."""
    return sample.with_name(f"{sample.name}.json")


def golden_text(content: dict[str, Any]) -> str:
    """Return a golden as it is written: a row a line, so that it can be read and compared."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list) and value:
            inner = ",\n".join(f"    {_json(one)}" for one in value)
            lines.append(f"  {_json(key)}: [\n{inner}\n  ]")
        elif isinstance(value, dict) and value:
            inner = ",\n".join(f"    {_json(k)}: {_json(v)}" for k, v in value.items())
            lines.append(f"  {_json(key)}: {{\n{inner}\n  }}")
        else:
            lines.append(f"  {_json(key)}: {_json(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def bless(layout: Layout, sample: Path, limits: Limits, *, again: bool) -> Path:
    """Write the golden of a sample; `golden_exists` unless it is to be replaced."""
    golden = golden_path(sample)
    if golden.exists() and not again:
        raise Rejected("golden_exists", golden=golden.name)
    text = golden_text(content_of(layout, sample, limits))
    golden.write_text(text, "utf-8")
    return golden


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
