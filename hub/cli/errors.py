"""`hub errors`: the reference of every refusal, as a table or as docs/errors.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.cli.output import Json, emit, say
from hub.errors import catalogue

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add the command to the hub."""
    app.command("errors", help="错误代码 · Every error code, what it means and what to do.")(errors)


def errors(as_json: Json = False) -> None:
    """Print every error code in both languages; the text form is the content of docs/errors.md."""
    emit(catalogue(), as_json=as_json, text=lambda: say(_as_markdown()))


def _as_markdown() -> str:
    lines = [
        "# Errors · 错误代码",
        "",
        "Written by `hub errors > docs/errors.md`; the words live in `hub/texts/*.toml`.",
        "",
        "| code | 含义 · meaning | 处理 · what to do |",
        "|---|---|---|",
    ]
    for code, entry in sorted(catalogue().items()):
        cells = (f"{entry[zh]}<br>{entry[en]}" for zh, en in (("zh", "en"), ("do_zh", "do_en")))
        lines.append(f"| `{code}` | " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines)
