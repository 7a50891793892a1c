"""The layers and the homes of libraries hold: what pyproject.toml says is what the code does."""

from __future__ import annotations

from importlinter import cli  # type: ignore[import-untyped]

from tests.conftest import ROOT


def test_every_import_contract_is_kept(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)

    assert cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
