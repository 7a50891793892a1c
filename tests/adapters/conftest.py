"""The SSH server that the tests of this folder share, and a proxy in front of it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.adapters.cutting_proxy import CuttingProxy
from tests.adapters.sshd import Sshd


@pytest.fixture(scope="session")
def sshd():
    """An SSH server of this test process, with a key that it lets in."""
    folder = Path(tempfile.mkdtemp(prefix="hub-sshd-"))
    try:
        with Sshd(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def proxy(sshd):
    with CuttingProxy(sshd.port) as proxy:
        yield proxy
