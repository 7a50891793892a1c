"""The documents keep up with the code: error codes, commands and decisions are all described."""

from __future__ import annotations

import re
import tomllib

import pytest

from hub.errors import catalogue
from tests.conftest import ROOT
from tests.house.commands import paths_of_commands

TEXTS = sorted((ROOT / "hub" / "texts").glob("*.toml"))


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_refusal_speaks_both_languages_and_says_what_to_do(code: str) -> None:
    entry = catalogue()[code]
    assert entry.get("kind", "absent") in ("absent", "conflict")

    assert {"zh", "en", "do_zh", "do_en"} <= entry.keys()
    assert re.search(r"[\u4e00-\u9fff]", entry["zh"] + entry["do_zh"])


def test_the_error_reference_is_the_catalogue() -> None:
    described = set(re.findall(r"(?m)^\| `([a-z0-9_]+)` \|", (ROOT / "docs/errors.md").read_text()))

    assert described == set(catalogue())


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_every_refusal_is_raised_somewhere(path) -> None:
    source = "\n".join(p.read_text("utf-8") for p in (ROOT / "hub").rglob("*.py"))

    unused = [code for code in tomllib.loads(path.read_text("utf-8")) if f'"{code}"' not in source]

    assert unused == []


def test_every_command_is_in_the_operations_manual() -> None:
    manual = (ROOT / "docs/operations.md").read_text("utf-8")

    missing = [command for command in paths_of_commands() if f"`{command}" not in manual]

    assert missing == []


def test_both_readmes_have_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        blocks = re.findall(r"(?s)```(?:sh|console)\n(.*?)```", (ROOT / name).read_text("utf-8"))
        return [line for block in blocks for line in block.splitlines() if line.strip()]

    assert commands("README.md") == commands("README.zh-CN.md")


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text("utf-8")

    missing = [p.name for p in sorted(folder.glob("[0-9]*.md")) if p.name not in listed]

    assert missing == []
