"""Four days at two twin banks: paid, refused, sent back, to the fen, and nothing unexplained.

Both banks write statements of our account from their own logs: one debits in one sum and marks
returns (camt.053), the other debits payment by payment and tells of everything in words only.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.twins.paying import DAY, PayingHub

pytestmark = pytest.mark.slow

PENSIONS = 60
DAYS = [date.fromisoformat(DAY), *(date(2026, 11, day) for day in (26, 27, 30))]
FUNDED_FEN = 100_000_000

ACCOUNTS = "".join(
    f"""
[accounts.{bank.replace("_", "-")}-out]
title = "养老支出户（{bank}）"
partner = "{bank}"
kind = "expenditure"
funds = ["pension"]
number = "{number}"
since = 2026-11-25
numbered = true
"""
    for bank, number in (("city_bank", "8010000000000019"), ("iso_bank", "6010000000000000019"))
)

CITY = f"""
partner = "city_bank"
seed = 1

[statement]
per_item = true
moves = [{{ on = 2026-11-25, fen = {FUNDED_FEN}, words = "财政专户拨款" }},
         {{ on = 2026-11-27, fen = 12345, words = "结息" }}]

[[outcomes]]
outcome = "rejected"
count = 2
reason = "账户已销户"
"""

ISO = f"""
partner = "iso_bank"
seed = 2

[statement]
moves = [{{ on = 2026-11-25, fen = {FUNDED_FEN}, words = "财政专户拨款" }}]

[[outcomes]]
outcome = "rejected"
count = 3
reason = "AC01"

[[outcomes]]
outcome = "returned"
count = 2
reason = "AC04"
after_days = 1
"""


@pytest.fixture
def hub(tmp_path):
    hub = PayingHub(tmp_path)
    accounts = hub.config / "bank_accounts.toml"
    accounts.write_text(accounts.read_text("utf-8") + ACCOUNTS, "utf-8")
    (tmp_path / "city_bank.toml").write_text(CITY, "utf-8")
    (tmp_path / "iso_bank.toml").write_text(ISO, "utf-8")
    hub("check")
    return hub


def live(hub, day):
    """One day: the hub sends, the banks act and close, the hub reads what they gave."""
    hub("run", "--once", "--as-of", day)
    for bank in ("city_bank", "iso_bank"):
        hub(
            "twin", "bank", hub.home / f"{bank}.toml", "--home", hub.home / bank, "--on", day,
            "--close",
        )  # fmt: skip
    hub("run", "--once", "--as-of", day)


def test_days_of_payouts_close_with_nothing_unexplained(hub):
    made = hub.release(PENSIONS, banks="city_bank,iso_bank")
    for day in DAYS:
        live(hub, day)
    states = {one["account"]: one for one in hub.json("bank", "settle", "--as-of", "2026-12-01")}

    assert hub.states()["returned"] == 7
    for bank in ("city-bank", "iso-bank"):
        state = states[f"{bank}-out"]
        assert state["missing_days"] == []
        assert state["open_days"] == 0
        assert state["closed_on"] == "2026-11-30"
        table = hub.json("bank", "day", f"{bank}-out", "--on", "2026-11-30")
        assert table["book_only"] == table["bank_only"] == []
        assert table["difference_fen"] == 0
        assert table["bank_fen"] == table["book_fen"] == state["balance_fen"]
        assert hub.json("bank", "lines", f"{bank}-out", "--open") == []
    paid = sum(
        FUNDED_FEN + (12_345 if account == "city-bank-out" else 0) - one["balance_fen"]
        for account, one in states.items()
    )
    back = sum(
        one["total_fen"]
        for one in hub.json("payout", "show", 1)["states"]
        if one["state"] == "returned"
    )
    assert paid == sum(sums["total_fen"] for sums in made["banks"].values()) - back
    rules = {one["rule"] for one in hub.json("bank", "lines", "city-bank-out")}
    assert rules == {"03-item-of-account@1", "10-interest@1", "10-appropriation@1"}
    assert hub.json("verify")["ok"]
    alive = hub.json("discrepancy", "list", expect=1)
    assert {one["verdict"] for one in alive} <= {"payout_returned"}
