"""Everything is lost after a backup and payments on top of it; restored, nobody is paid twice.

The whole road runs as processes on both databases, and the banks' own logs are the proof.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from tests.conftest import IN_CI, ROOT
from tests.scenarios.test_paid_month import files_of, listed, logged, paid_by
from tests.servers import postgres  # noqa: F401 -- a fixture

BANKS = ("city_bank", "iso_bank")
PENSIONS = 24
STORES = ["postgresql"] if IN_CI else ["sqlite", "postgresql"]

pytestmark = pytest.mark.slow


@pytest.fixture(params=STORES)
def url(request):
    """Return the words that name an empty database: none for SQLite."""
    if request.param == "sqlite":
        yield []
        return
    with request.getfixturevalue("postgres").database(empty=True) as found:
        yield [found]


def test_what_was_paid_after_the_backup_is_neither_paid_again_nor_forgotten(tmp_path, url):
    home = tmp_path / "month"
    line = [sys.executable, ROOT / "scripts" / "restore_drill.py", home, str(PENSIONS), *url]

    done = subprocess.run(line, capture_output=True, text=True, timeout=900, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stdout + done.stderr  # so if the books are others than before
    left = Counter(listed(home))
    left.subtract(sum((paid_by(home, bank) for bank in BANKS), Counter()))
    assert min(left.values()) == 0  # nobody got anything twice
    assert left.total() == 1  # whose death a bank has told of
    ids = [name for payments in files_of(home, "iso_bank").values() for name, *_ in payments]
    assert len(set(ids)) == len(ids)
    assert {got["verdict"] for bank in BANKS for got in logged(home, bank, "got")} == {"taken"}
