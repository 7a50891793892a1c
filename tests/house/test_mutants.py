"""The planted bugs of tests/mutants.toml have their place in the code, and tests to notice them.

That they are noticed takes minutes: `make mutants`.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
MUTANTS = tomllib.loads((HOME / "tests" / "mutants.toml").read_text("utf-8"))["mutant"]
WANTED_AT_LEAST = 12  # reliability.md


def test_there_are_enough():
    assert len({mutant["name"] for mutant in MUTANTS}) == len(MUTANTS) >= WANTED_AT_LEAST


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"])
def test_a_bug_can_be_planted(mutant):
    sound = (HOME / mutant["file"]).read_text("utf-8")

    assert sound.count(mutant["old"]) == 1
    ast.parse(sound.replace(mutant["old"], mutant["new"]))
    assert mutant["tests"]
    assert all((HOME / path).exists() for path in mutant["tests"])
