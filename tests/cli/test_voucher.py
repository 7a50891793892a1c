"""`hub voucher` and `hub verify` as people type them."""

from __future__ import annotations

import pytest

from tests.command import Command


@pytest.fixture
def hub(tmp_path):
    return Command(tmp_path)


def test_interest_from_notice_to_export_and_everything_holds(hub, tmp_path):
    notice = tmp_path / "notice.pdf"
    notice.write_bytes(b"notice")
    draft = hub.json(
        "voucher", "book", "interest.received", "--fund", "pension", "--amount", "123.45",
        "--on", "2026-11-24", "--subject", "2026Q3", "--document", notice, "--person", "王芳",
    )  # fmt: skip
    assert (draft["state"], draft["amount"]) == ("open", "123.45")
    hub("voucher", "confirm", draft["id"], "--person", "王芳", expect=2)
    voucher = hub.json("voucher", "confirm", draft["id"], "--person", "李强")
    assert voucher["no"] == "pension-202611-1"

    (total,) = [row for row in hub.json("voucher", "balance") if row["account"] == "合计"]
    assert (total["debit_fen"], total["credit_fen"], total["balance_fen"]) == (12_345, 12_345, 0)
    (line,) = hub.json("voucher", "ledger", "利息收入")
    assert line["balance_fen"] == -12_345
    shown = hub("voucher", "show", voucher["no"])
    assert "notice.pdf" in shown
    for kind in ("csv", "xlsx", "beancount"):
        out = tmp_path / f"books.{kind}"
        assert hub.json("voucher", "export", "--as", kind, "--out", out)["vouchers"] == 1
        assert out.stat().st_size > 100
    found = hub.json("verify", "--deep")
    assert found["ok"]
    assert "凭证号连续" in hub("verify")


def test_a_lost_original_is_exit_code_1_and_named(hub, tmp_path):
    notice = tmp_path / "notice.pdf"
    notice.write_bytes(b"notice")
    draft = hub.json(
        "voucher", "book", "late_fee.received", "--fund", "pension", "--amount", "1",
        "--on", "2026-11-24", "--subject", "回单1", "--document", notice, "--person", "王芳",
    )  # fmt: skip
    hub("voucher", "confirm", draft["id"], "--person", "李强")
    for path in (hub.home / "var" / "archive").rglob("*"):
        if path.is_file():
            path.unlink()

    found = hub.json("verify", expect=1)

    (broken,) = [check for check in found["checks"] if not check["ok"]]
    assert broken["name"] == "archive"
    assert broken["first"].startswith("voucher_documents.sha256")
