"""The house stays small: modules, functions, docstrings, and where broad excepts stand."""

from __future__ import annotations

import ast
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES_MAX = 300
MEDIAN_MAX = 130
FUNCTION_LINES_MAX = 60
BROAD_EXCEPTS_MAX = 3

MODULES = sorted(
    path
    for folder in ("hub", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
)
PRODUCT = [path for path in MODULES if path.is_relative_to(ROOT / "hub")]


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LINES_MAX


@pytest.mark.parametrize("path", PRODUCT, ids=_name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    too_long = {
        f.name: f.end_lineno - f.lineno + 1
        for f in _functions(path)
        if f.end_lineno and f.end_lineno - f.lineno + 1 > FUNCTION_LINES_MAX
    }

    assert too_long == {}


@pytest.mark.parametrize("path", PRODUCT, ids=_name)
def test_every_module_says_what_lives_there(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_the_median_module_is_short() -> None:
    sizes = [len(p.read_text("utf-8").splitlines()) for p in PRODUCT if p.name != "__init__.py"]

    assert median(sizes) <= MEDIAN_MAX


def test_broad_excepts_are_rare() -> None:
    broad = [
        f"{_name(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
    ]

    assert len(broad) <= BROAD_EXCEPTS_MAX, broad
