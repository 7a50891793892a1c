"""`hub bank` as finance types it: from the bank's file to the signed 余额调节表."""

from __future__ import annotations

import pytest
from python_calamine import CalamineWorkbook

from tests.banking import ACCOUNT, ACCOUNTS, LAYOUTS, Move, camt
from tests.command import Command
from tests.conftest import ROOT
from tests.payouts import write_payout_partners

CHANNELS = "".join(
    f'\n[{name}]\nkind = "folder"\ndirection = "{name.rpartition("-")[2]}"\n'
    f'path = "channels/{name}"\n'
    for name in ("alpha-in", "alpha-out", "beta-in", "beta-out", "benefits-in")
)


@pytest.fixture
def hub(tmp_path):
    hub = Command(tmp_path)
    channels = hub.config / "channels.toml"
    channels.write_text(channels.read_text("utf-8") + CHANNELS, "utf-8")
    write_payout_partners(hub.config / "partners")
    alpha = hub.config / "partners" / "alpha.toml"
    alpha.write_text(alpha.read_text("utf-8") + LAYOUTS, "utf-8")
    rules = (ROOT / "config" / "bank_accounts.toml").read_text("utf-8")
    (hub.config / "bank_accounts.toml").write_text(ACCOUNTS + rules, "utf-8")
    hub("check", "--create")
    return hub


def give(hub, name, content):
    (hub.home / "channels" / "alpha-in" / name).write_bytes(content)


def test_a_day_from_the_banks_file_to_the_signed_table(hub, tmp_path):
    moves = [
        Move(12_345, text="结息", ref="I1"),
        Move(-500, text="手续费", ref="F1"),
        Move(70_000, text="=cmd|'/c calc'!A1", ref="X1"),
    ]
    give(hub, "ST_1.xml", camt(moves, opening=1_000_000_000))
    hub("run", "--once", "--as-of", "2026-11-25")

    found = hub.json("bank", "lines", "out")
    assert [(one["amount"], one["rule"]) for one in sorted(found, key=lambda x: x["amount"])] == [
        ("-5.00", "10-charge@1"), ("123.45", "10-interest@1"), ("700.00", None),
    ]  # fmt: skip
    assert all(one["at"].startswith("inbox:1/line:") for one in found)
    day = hub.json("bank", "day", "out", "--on", "2026-11-24", expect=1)
    assert day["difference_fen"] == 0
    assert {one["amount_fen"] for one in day["bank_only"]} == {-500, 70_000}
    assert sorted(one["what"] for one in day["open"]) == ["line", "line"]
    assert "银行存款余额调节表" in hub("bank", "day", "out", "--on", "2026-11-24", expect=1)

    unknown = next(one for one in found if one["rule"] is None)
    hub("bank", "book", unknown["id"], "account.funded", "--person", "王芳")
    draft = hub.json("bank", "book", unknown["id"], "account.funded", "--person", "王芳")
    hub("voucher", "confirm", draft["draft"], "--person", "李强")
    open_lines = hub.json("discrepancy", "list", "--verdict", "bank_line_open", expect=1)
    (charge,) = [one["id"] for one in open_lines if one["amount"] == "5.00"]
    words = ("--action", "accept", "--reason", "已催银行退回", "--person", "王芳")
    hub("discrepancy", "propose", charge, *words)
    states = {one["account"]: one for one in hub.json("bank", "settle", "--as-of", "2026-11-25")}
    assert states["out"]["closed_on"] == "2026-11-24"
    assert hub.json("bank", "day", "out", "--on", "2026-11-24")["closed"]

    out = tmp_path / "余额调节表.xlsx"
    month = hub.json("bank", "reconciliation", "out", "--month", "202611", "--out", out)
    assert month["difference_fen"] == 0
    book = CalamineWorkbook.from_path(out)
    table = book.get_sheet_by_name("余额调节表").to_python()
    adjusted = next(row for row in table if "调节后余额" in row)
    assert adjusted[2] == adjusted[6] == 10_000_818.45
    cells = [cell for row in book.get_sheet_by_name("银行流水").to_python() for cell in row]
    assert "=cmd|'/c calc'!A1" in cells
    assert not any(ACCOUNT in str(cell) for cell in cells)


def test_refusals_speak(hub):
    hub("bank", "lines", "nobody", expect=2)
    hub("bank", "sweep", "out", "--person", "王芳", expect=2)
    assert hub.json("bank", "clearing") == []
    assert [one["account"] for one in hub.json("bank", "accounts")] == ["out", "special"]
    assert "bank_accounts" in hub.json("status")
    interest = hub.json("bank", "interest", "--as-of", "2026-11-25")
    assert [(one["quarter"], one["due_on"]) for one in interest] == [("2026Q3", "2026-10-20")]


def test_a_configuration_that_cannot_be_right_is_refused(hub):
    accounts = hub.config / "bank_accounts.toml"
    text = accounts.read_text("utf-8")
    for old, new, said in (
        ('partner = "alpha"', 'partner = "alhpa"', "alpha"),
        ('kind = "treasury"', 'kind = "expenditure"', "cannot tell it from"),
        (f'number = "{ACCOUNT}"', 'number = "env:NO_SUCH_NUMBER"', "NO_SUCH_NUMBER"),
        ('"interest.income"', '"interest.incom"', "interest.income"),
    ):
        accounts.write_text(text.replace(old, new, 1), "utf-8")
        assert said in hub("check", expect=2)
