"""The `hub` command over a small deployment."""

from __future__ import annotations

import pytest

from tests.command import Command


@pytest.fixture
def hub(tmp_path):
    return Command(tmp_path)
