"""The layers and the homes of libraries hold: what pyproject.toml says is what the code does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_every_import_contract_is_kept() -> None:
    """In a process of its own: import-linter silences every logger that is there."""
    linter = Path(sys.executable).with_name("lint-imports")

    told = subprocess.run([linter, "--no-cache"], check=False, cwd=ROOT, capture_output=True)

    assert told.returncode == 0, told.stdout.decode()
