"""Hub and twin bank talk over a real sshd: the bank takes each file the moment it is there."""

from __future__ import annotations

import pytest

from hub.twins.ledger import Ledger
from tests.adapters.conftest import sshd  # noqa: F401 -- a fixture
from tests.twins.paying import DAY, PayingHub
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]

SCRIPT = """
partner = "iso_bank"
[[outcomes]]
outcome = "rejected"
count = 2
reason = "AC01"
[answers]
parts = 2
twice = true
"""


def test_a_bank_that_takes_files_at_once_gets_each_payment_once(tmp_path, sshd):  # noqa: F811
    takes, gives = tmp_path / "server" / "takes", tmp_path / "server" / "gives"
    for folder in (takes, gives):
        folder.mkdir(parents=True)
    hub = PayingHub(
        tmp_path / "hub",
        sftp={"iso-bank-out": sshd.settings(takes), "bank-in": sshd.settings(gives)},
    )
    (tmp_path / "bank.toml").write_text(SCRIPT, "utf-8")
    made = hub.release(40, banks="iso_bank")
    twin = hub.start(
        "twin", "bank", tmp_path / "bank.toml", "--home", tmp_path / "own", "--takes", takes,
        "--gives", gives, "--on", DAY, "--watch",
    )  # fmt: skip
    try:
        hub("run", "--once", "--as-of", DAY)
        eventually(
            lambda: len(Ledger(tmp_path / "own").said) == 4 or twin.poll() is not None,
            timeout_s=60,
        )
    finally:
        twin.terminate()
        said, log = twin.communicate(timeout=30)
    assert twin.returncode == 0, log
    assert said.startswith("← PAIN001_20261125_0001.xml: taken")
    hub("run", "--once", "--as-of", DAY)

    audit = Ledger(tmp_path / "own").audit()
    assert hub.states() == {"paid": made["items"] - 2, "returned": 2}
    assert (audit.files, audit.payments, audit.total_fen) == (1, made["items"], made["total_fen"])
    assert audit.twice == []
    assert list(takes.iterdir()) == []
    assert hub.json("verify")["ok"]
