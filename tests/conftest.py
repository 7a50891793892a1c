"""What every test may ask for; fixtures of one area live in that area's own conftest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import structlog

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "") not in ("", "0", "false")


def require(present: bool, what: str) -> None:
    """Fail in CI and skip on a developer's own machine when a real part is missing."""
    if present:
        return
    if IN_CI:
        pytest.fail(f"{what} is missing; CI must have it", pytrace=False)
    pytest.skip(f"{what} is missing on this machine")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Files that others wrote, read in place and never copied into the project."""
    folder = ROOT.parent / "shared" / "samples"
    require(folder.is_dir(), "../shared/samples")
    return folder


@pytest.fixture(autouse=True)
def logs_as_they_were():
    """Undo what a test set up for logs, so that no other test runs with its level."""
    yield
    structlog.reset_defaults()
