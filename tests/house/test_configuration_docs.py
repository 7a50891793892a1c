"""Every key, every limit and every command option that people rely on is written down."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

import pytest
import typer.main

from hub.cli.main import app
from hub.settings import Settings
from hub.settings.load import CHANNEL_KINDS
from hub.settings.roads import ROAD_KINDS
from tests.conftest import ROOT

NOT_IN_A_FILE = {"config_dir", "home", "channels", "roads", "name"}


def _keys(cls, prefix: str = "") -> list[str]:
    """Return the dotted keys of a settings class as they stand in the TOML files."""
    hints = get_type_hints(cls)
    found = []
    for one in fields(cls):
        if one.name in NOT_IN_A_FILE and not prefix:
            continue
        kind = hints[one.name]
        inner = next((k for k in (kind, *get_args(kind)) if is_dataclass(k)), None)
        found += _keys(inner, f"{one.name}.") if inner else [prefix + one.name]
    return found


def _limits() -> list[str]:
    """Return the named constants that end in `_MAX`, anywhere in the product, without privates."""
    names = set()
    for path in (ROOT / "hub").rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            targets = (
                [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            )
            names |= {t.id for t in targets if isinstance(t, ast.Name) and t.id.endswith("_MAX")}
    return sorted(name for name in names if not name.startswith("_"))


def _leaves(command, path):
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _leaves(child, f"{path} {name}")


LEAVES = dict(_leaves_ for _leaves_ in _leaves(typer.main.get_command(app), "hub"))


@pytest.mark.parametrize(
    "key",
    [
        *_keys(Settings),
        *sorted(
            {k for kind in (*CHANNEL_KINDS.values(), *ROAD_KINDS.values()) for k in _keys(kind)}
        ),
    ],
)
def test_every_configuration_key_is_documented(key: str) -> None:
    manual = "".join((ROOT / "docs" / n).read_text("utf-8") for n in ("operations.md", "limits.md"))

    assert f"`{key}`" in manual


@pytest.mark.parametrize("name", _limits())
def test_every_limit_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "limits.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if f"`{name}`" in line]

    assert rows
    assert not [row for row in rows if "| ? |" in row], (
        "a limit says what it bounds and what happens"
    )


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_every_command_answers_as_json_and_explains_itself(path: str) -> None:
    command = LEAVES[path]

    assert any("--json" in parameter.opts for parameter in command.params), path
    assert command.help
