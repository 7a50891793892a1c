"""The money of transfers through the real command line: sums, list, remittance, credits."""

from __future__ import annotations

import json
import shutil

import pytest

from hub.domain.codes import cnaps, credit_code
from tests.app.test_case_commands import BY, ON, InProcess, sign
from tests.command import Command
from tests.conftest import ROOT
from tests.documents.papers import words
from tests.payouts import CHANNELS, write_payout_partners
from tests.transfer_forms import pension_form
from tests.transfers import person

ACCOUNT = ("--account-name", "成都财政专户", "--account-no", "1202020209900000123",
           "--bank", "工行成都分行", "--bank-no",
           "10265100001" + cnaps.check_digit("10265100001"))  # fmt: skip


@pytest.fixture
def hub(tmp_path):
    found = InProcess(tmp_path)
    channels = found.config / "channels.toml"
    channels.write_text(channels.read_text("utf-8") + CHANNELS, "utf-8")
    write_payout_partners(found.config / "partners")
    found("check", "--create")
    return found


def form_file(tmp_path, **items):
    form = pension_form()
    path = tmp_path / "form.json"
    table = {"items": {**form.items, **items}, "years": [dict(row) for row in form.years]}
    path.write_text(json.dumps(table), "utf-8")
    return path, f"{form.amount_fen / 100:.2f}"


def apply(hub, direction):
    return hub.json(
        "case", "apply", direction, "--kind", "pension", "--person-id", person(), "--name", "张三",
        "--other", "510100", "--paper", *BY, *ON,
    )["id"]  # fmt: skip


def test_money_goes_out_by_the_list(hub, tmp_path):
    case = apply(hub, "out")
    hub("case", "arrears", case, "0", *BY, *ON)
    hub("case", "consent", case, "--number", "川-1", *ACCOUNT, *BY, *ON)
    path, yuan = form_file(tmp_path)
    hub("case", "form", case, "--amount", yuan, "--file", path, *BY, *ON)
    sign(hub, case, "offered")
    found = hub.json("case", "check", case, expect=1)
    assert (found["verdict"], found["first"]) == ("reservation", None)
    assert "有保留认可" in hub("case", "check", case, expect=1)

    (row,) = hub.json("case", "fund-list", *ON)
    assert (row["case"], row["why_not"], row["yuan"].replace(",", "")) == (case, None, yuan)
    assert "1202020209900000123" not in hub("case", "fund-list", *ON)
    made = hub.json("case", "remit", case, "--bank", "alpha", "--person", "郑编", *ON)
    assert (made["items"], made["state"]) == (1, "checked")
    assert hub.json("case", "fund-list", *ON) == []
    assert "remittance_exists" in json.dumps(
        hub.json("case", "remit", case, "--bank", "alpha", "--person", "郑编", *ON, expect=2)
    )
    (row,) = hub.json("case", "remittances", "--month", "2026-11")
    assert (row["number"], row["state"], row["list_id"]) == ("ZY000001", "listed", made["list"])
    assert "ZY000001" in hub("case", "remittances")
    again = hub.json("case", "remit-again", 1, "--person", "郑编", *ON, expect=2)
    assert "remittance_state" in json.dumps(again)
    (row,) = hub.json("case", "balance")
    assert (row["region"], row["sent_fen"]) == ("510100", 0)
    hub("case", "balance", "--month", "2026-11")
    assert hub.json("verify")["ok"]


def test_money_comes_in_credit_by_credit(hub, tmp_path):
    case = apply(hub, "in")
    hub("case", "consent", case, *ACCOUNT, *BY, *ON)
    sign(hub, case, "awaiting")
    path, yuan = form_file(tmp_path, pooled_fen=5)
    hub("case", "form", case, "--number", "F1", "--amount", yuan, "--file", path, *BY, *ON)
    found = hub.json("case", "check", case, expect=1)
    assert (found["verdict"], found["first"]["item"]) == ("query", "pooled_fen")
    assert "首处不符" in hub("case", "check", case, expect=1)
    hub("case", "query", case, *BY, *ON)

    paper = tmp_path / "credit.pdf"
    paper.write_bytes(b"%PDF credit")
    enter = ("case", "receipt", "--number", "LS1", "--fund", "pension", "--amount", yuan,
             "--payer", "成都社保", "--words", "转移 张三", "--paper", paper, "--person", "钱财",
             *ON)  # fmt: skip
    held = hub.json(*enter)
    assert (held["state"], held["matches"][0]["case"]) == ("held", case)
    assert "receipt_exists" in json.dumps(hub.json(*enter, expect=2))
    assert "张三" not in hub("case", "match", held["id"], *ON)
    hub("case", "match", held["id"], "--case", case, *ON, expect=2)
    hub("case", "match", held["id"], "--case", case, "--person", "钱财", *ON)
    hub("case", "decline-match", held["id"], "--person", "孙核", *ON)
    hub("case", "match", held["id"], "--case", case, "--person", "钱财", *ON)
    joined = hub.json("case", "confirm-match", held["id"], "--person", "孙核", *ON)
    assert (joined["state"], joined["how"], joined["case"]) == ("joined", "people", case)
    refused = hub.json("case", "continue", case, *BY, *ON, expect=2)
    assert "transfer_form_differs" in json.dumps(refused)
    hub("case", "accept-form", case, "--reason", "电话核实", *BY, *ON)
    hub("case", "continue", case, *BY, *ON)
    freed = hub.json("case", "unjoin", held["id"], "--reason", "误入", "--person", "钱财", *ON)
    assert freed["state"] == "held"

    body = "12510100450717133"
    code = body + credit_code.check_digit(body)
    made = hub.json(
        "case", "send-back", held["id"], "--cause", "误汇", "--payee-id", code, "--payee",
        "成都社保", "--account-no", "1202020209900000123", "--bank", "alpha", "--bank-no",
        ACCOUNT[-1], "--person", "钱财", *ON,
    )  # fmt: skip
    assert made["title"] == "2026年11月退回转入基金 DZ000001"
    (row,) = hub.json("case", "receipts", "--state", "sending_back")
    assert row["cause"] == "误汇"
    assert "退回中" in hub("case", "receipts")
    assert hub.json("verify")["ok"]


REGION = """
[region-510100-in]
kind = "folder"
direction = "in"
path = "channels/region-510100-in"
poll_interval_s = 0.05

[region-510100-out]
kind = "folder"
direction = "out"
path = "channels/region-510100-out"
"""


def test_with_a_region_without_a_hub_papers_go_by_file_and_print(hub, tmp_path):
    channels = hub.config / "channels.toml"
    channels.write_text(channels.read_text("utf-8") + REGION, "utf-8")
    shutil.copy(ROOT / "config/partners/region_510100.toml", hub.config / "partners")
    shutil.copytree(ROOT / "config/schemas", hub.config / "schemas")
    hub("check", "--create")
    case = apply(hub, "in")
    hub("case", "consent", case, *ACCOUNT, *BY, *ON)
    sign(hub, case, "awaiting")
    letter = hub.json("case", "paper", case, "--out", tmp_path / "letter.pdf")
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF")
    sheet = tmp_path / "letter.xlsx"
    hub("case", "paper", case, "--as", "xlsx", "--what", "letter", "--out", sheet)
    hub("case", "paper", case, "--out", sheet, expect=2)
    hub("case", "paper", case, "--channel", "alpha-in", "--person", "周受", expect=2)
    sent = hub.json("case", "paper", case, "--channel", "region-510100-out", *BY, *ON)
    assert sent == hub.json("case", "paper", case, "--channel", "region-510100-out", *BY, *ON)
    Command.__call__(hub, "run", "--once", *ON)
    folder = hub.home / "channels" / "region-510100-out"
    assert [path.name for path in folder.iterdir()] == [sent["file"]]

    ours = hub.json("case", "take", sheet, "--other", "510100", *BY, *ON, expect=2)
    assert "transfer_regions_differ" in json.dumps(ours)  # our own letter is none of theirs
    assert hub.json("case", "scan", letter["code"], *BY, *ON)["id"] == case
    assert "transfer_code_invalid" in json.dumps(hub.json("case", "scan", "X", *BY, *ON, expect=2))

    xml = (ROOT / "tests/samples/region_510100/transfer_paper.xml").read_text("utf-8")
    xml = xml.replace("2026-11-20", "2026-11-09")
    path = hub.outbox / "ZYWS_20261109_000001.xml"
    path.write_text(xml, "utf-8")
    hub("drop", "region-510100-in", path)
    Command.__call__(hub, "run", "--once", *ON)
    shown = hub.json("case", "show", case)
    assert [one["key"] for one in shown["timeline"]][-1] == "form:川-77:typed"
    found = hub.json("case", "take", path, "--other", "510100", *BY, *ON)
    assert found["version"] == shown["version"]  # the same paper again
    path, yuan = form_file(tmp_path)
    hub("case", "scan", letter["code"], "--number", "川-78", "--amount", yuan, "--file", path,
        "--on", "2026-11-10", *BY, *ON)  # fmt: skip
    assert [one["key"] for one in hub.json("case", "show", case)["timeline"]][-1] == (
        "form:川-78:typed"
    )
    assert hub.json("verify")["ok"]


def test_assistance_is_listed_and_nothing_is_sent_without_a_key(hub):
    asked = hub.json(
        "assist", "ask", "--other", "510100", "--person-id", person(), "--name", "王乙", "--due",
        "2026-11-30", *BY, *ON, expect=2,
    )  # fmt: skip
    assert "signing_missing" in json.dumps(asked)
    missing = hub.json("assist", "reply", 1, "--finding", "missing", *BY, *ON, expect=2)
    assert "assistance_missing" in json.dumps(missing)
    hub("assist", "reply", 1, "--finding", "well", *BY, *ON, expect=2)
    hub("assist", "lift", 1, "--reason", "误", *BY, *ON, expect=2)
    assert hub.json("assist", "list", "--late", *ON) == []


def test_a_benefit_that_comes_in_is_assessed_on_paper(hub, tmp_path):
    case = hub.json(
        "case", "apply", "in", "--kind", "unemployment_benefit", "--person-id", person(), "--name",
        "张三", "--other", "510100", "--paper", *BY, *ON,
    )["id"]  # fmt: skip
    out = tmp_path / "hd.pdf"
    early = hub.json("case", "assess", case, "--out", out, expect=2)
    assert early["error"]["code"] == "transfer_not_offered"
    hub("case", "consent", case, *ACCOUNT, *BY, *ON)
    sign(hub, case, "awaiting")
    items = {"standard_fen": 200_000, "remaining_months": 4, "benefit_fen": 800_000,
             "medical_fen": 400_000, "total_fen": 1_200_000}  # fmt: skip
    path = tmp_path / "benefit.json"
    path.write_text(json.dumps({"items": items, "years": []}), "utf-8")
    hub("case", "form", case, "--number", "川-9", "--amount", "12000.00", "--file", path, *BY, *ON)
    waiting = hub.json("case", "assess", case, "--out", out)
    assert waiting["is_valid"] is False
    assert "财务未到账" in words(out.read_bytes())

    hub("case", "funds", case, "--number", "D1", "--amount", "12000.00", *BY, *ON)
    hub("case", "continue", case, *BY, *ON)
    sign(hub, case, "done")
    made = hub.json("case", "assess", case, "--out", out)
    assert (made["form"], made["is_valid"], made["number"]) == ("HD", True, f"HD-{case:06d}")
    text = words(out.read_bytes())
    assert text.count("赵批") == 2  # the third level, on both copies
    found = hub.json("payout", "find", made["code"])
    assert (found["subject"], found["is_same"]) == (f"transfer:{case}", True)
    assert hub.json("payout", "find", waiting["code"], expect=1)["is_same"] is False
    hub("case", "close", case, *BY, *ON)
    assert hub.json("case", "assess", case, "--out", out)["code"] == made["code"]

    other = apply(hub, "in")
    refused = hub.json("case", "assess", other, "--out", out, expect=2)
    assert refused["error"]["code"] == "transfer_assess_kind"
