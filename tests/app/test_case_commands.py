"""Relation transfers through the real command line, with an office that has no hub."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.command import Command
from tests.transfers import person

ON = ("--as-of", "2026-11-10")
BY = ("--person", "周受")
SIGNERS = ("李初", "王复", "赵批")


class InProcess(Command):
    """Runs `hub` in this process: seventy commands would start seventy interpreters."""

    def __call__(self, *words, expect=0) -> str:
        line = [*map(str, words), "--config", str(self.config)]
        done = CliRunner().invoke(app, line)
        assert done.exit_code == expect, f"{words}: {done.exit_code}\n{done.output}"
        return done.stdout


@pytest.fixture
def hub(tmp_path):
    return InProcess(tmp_path)


def sign(hub, case_id, expect_state, as_of=ON):
    needs = hub.json("case", "show", case_id)["approvals"][-1]["needs"]
    for who in SIGNERS[:needs]:
        found = hub.json("case", "sign", case_id, "--person", who, *as_of)
    assert found["state"] == expect_state
    return found


def lacking(found):
    return [(one["what"], one["who"]) for one in found["missing"]]


def test_a_relation_comes_in_on_paper(hub, tmp_path):
    hub("check", "--create")
    apply = ("case", "apply", "in", "--kind", "pension", "--person-id", person(), "--name", "张三",
             "--other", "510100", "--paper", *BY, *ON)  # fmt: skip
    case = hub.json(*apply)
    assert lacking(case) == [
        ("consent", "us"), ("form", "counterpart"), ("funds", "counterpart"),
    ]  # fmt: skip
    assert case["person_id"] == person()[:3] + "*" * 11 + person()[-4:]
    assert "transfer_exists" in json.dumps(hub.json(*apply, expect=2))

    account = ("--account-name", "杭州财政专户", "--account-no", "1202020209900000123",
               "--bank", "工行杭州分行")  # fmt: skip
    hub("case", "consent", case["id"], *account, *BY, *ON)
    hub("case", "sign", case["id"], "--person", "李初", "--digest", "ffff", *ON, expect=2)
    sign(hub, case["id"], "awaiting")
    rows = tmp_path / "form.json"
    rows.write_text(json.dumps({"items": {"pooled_fen": 700}, "years": [{"year": 2025}]}), "utf-8")
    hub("case", "form", case["id"], "--number", "川-77", "--amount", "12.00", "--file", rows,
        "--on", "2026-11-09", *BY, *ON)  # fmt: skip
    short = hub.json("case", "funds", case["id"], "--number", "D1", "--amount", "5.00", *BY, *ON)
    assert lacking(short) == [("funds_differ", "counterpart")]
    hub("case", "funds", case["id"], "--number", "D2", "--amount", "7.00", *BY, *ON)
    hub("case", "continue", case["id"], *BY, *ON)
    sign(hub, case["id"], "done")
    hub("case", "close", case["id"], *BY, *ON)

    shown = hub.json("case", "show", case["id"])
    assert shown["clocks"][0]["article"].startswith("66号")
    assert [one["key"].split(":")[0] for one in shown["timeline"]] == [
        "applied", "consent", "form", "funds", "funds", "ending", "closed",
    ]  # fmt: skip
    assert shown["claim"] == {"hold": "held", "epoch": 2}
    assert shown["may_send"] == ["admin.reopen"]
    assert "已归档" in hub("case", "show", case["id"])
    assert [one["state"] for one in hub.json("case", "list", "--kind", "pension")] == ["closed"]
    assert hub.json("verify")["ok"]


def test_a_relation_goes_out_on_paper(hub):
    hub("check", "--create")
    case = hub.json(
        "case", "apply", "out", "--kind", "medical", "--person-id", person(), "--name", "张三",
        "--other", "510100", "--paper", *BY, *ON,
    )  # fmt: skip
    number = case["id"]
    hub("case", "form", number, "--amount", "3.50", *BY, *ON, expect=2)
    hub("case", "consent", number, "--number", "川同意-5", "--on", "2026-11-06", *BY, *ON)
    hub("case", "arrears", number, "80.00", *BY, *ON)
    (due,) = hub.json("case", "due", *ON)
    assert (due["due_on"], due["note"][:6]) == (None, "暂停 pau")
    hub("case", "arrears", number, "0", *BY, "--as-of", "2026-11-12")
    hub("case", "form", number, "--amount", "3.50", *BY, "--as-of", "2026-11-12")
    sign(hub, number, "offered", ("--as-of", "2026-11-12"))
    key = hub.json("case", "show", number)["timeline"][-1]["key"]
    hub("case", "invalidate", number, key, "--reason", "金额有误", *BY, "--as-of", "2026-11-13")
    hub("case", "recall-answer", number, "--kept", *BY, "--as-of", "2026-11-13")
    sent = hub.json(
        "case", "funds", number, "--number", "P1", "--amount", "3.50", *BY, "--as-of", "2026-11-13"
    )
    assert lacking(sent) == [("continuation", "counterpart")]
    hub("case", "clarify", number, "--text", "何时接续？", *BY, "--as-of", "2026-11-23")
    late = hub.json("case", "due", "--late", "--as-of", "2026-12-01", expect=1)
    assert [(one["step"], one["left"]) for one in late] == [("continue", -7)]
    (question,) = (
        one for one in hub.json("case", "show", number)["missing"] if one["what"] == "answer"
    )
    hub("case", "reply", number, question["detail"], "--text", "已接续", *BY, "--as-of",
        "2026-12-01")  # fmt: skip
    done = hub.json("case", "continue", number, "--on", "2026-11-30", *BY, "--as-of", "2026-12-01")
    assert done["state"] == "done"

    rows = hub.json("case", "table", "--month", "2026-11", "--as-of", "2026-12-01")
    assert [(one["step"], one["ours"], one["on_time"], one["late"]) for one in rows] == [
        ("continue", False, 0, 1), ("funds", True, 1, 0), ("offer", True, 1, 0),
    ]  # fmt: skip
    assert hub.json("verify")["ok"]


def test_the_rule_packs_and_their_conflicts_are_seen(hub):
    hub("check", "--create")
    found = hub.json("rules", "conflicts", *ON, expect=1)

    assert {"66号 转移接续程序：原参保地", "3-13, 3-14"} <= {one["article"] for one in found}
    packs = {one["code"] for one in hub.json("rules", "list")}
    assert {"procedure", "guobanfa-2009-66", "yibaobanfa-2021-43", "local"} <= packs
    (consent, *_) = hub.json("rules", "list", "--kind", "pension", *ON)
    assert (consent["days"], consent["levels_by"]["article"]) == (15, "3-16")
