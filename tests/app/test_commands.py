"""A clerk's day through the real command line: files, differences, people, the letter."""

from __future__ import annotations

import json
from datetime import date

from hub.domain.facts import Source
from tests.facts import TUESDAY, collection, deposit

WEDNESDAY = date(2026, 11, 25)


def one_day(hub, day=TUESDAY):
    hub.drop(Source.COLLECTIONS, [collection("R1", 2_000_000), collection("R2", 700)], day)
    hub.drop(Source.DEPOSITS, [deposit("R1", 500_000)], day)
    hub("run", "--once", "--as-of", day)


def test_a_configuration_is_proved_and_prepared(hub):
    assert hub.json("check")["ok"]

    hub("check", "--create")

    assert (hub.home / "var" / "hub.db").is_file()
    toml = (hub.config / "hub.toml").read_text("utf-8")
    (hub.config / "hub.toml").write_text(toml.replace("letters-out", "letters-uot"), "utf-8")
    found = hub.json("check", expect=2)
    assert [(p["key"], p["suggestion"]) for p in found["problems"]] == [
        ("letters.channel", "letters-out")
    ]


def test_a_day_is_lived_from_opening_to_close(hub):
    hub.drop(Source.COLLECTIONS, [collection("R1")], TUESDAY)

    hub("run", "--once", "--as-of", TUESDAY)

    status = hub.json("status")
    assert status["last_reconciled_on"] == "2026-11-24"
    assert status["discrepancies_alive"] == 1
    missing = hub.json("discrepancy", "list", "--verdict", "source_missing", expect=1)
    assert [line["partner"] for line in missing] == ["treasury"]
    tasks = hub.json("tasks", "list")
    assert {t["step"] for t in tasks} == {"plan", "ingest", "chase", "reconcile", "verify"}
    assert {t["state"] for t in tasks} == {"done"}
    assert "source_missing" in hub("discrepancy", "list", expect=1)


def test_a_refused_file_says_why_in_both_languages(hub):
    path = hub.outbox / "nobody-knows-me.txt"
    path.write_text("x", "utf-8")
    hub("drop", "tax-in", path)
    hub("run", "--once", "--as-of", TUESDAY)

    (file,) = hub.json("inbox", "list", "--state", "refused")
    shown = hub("inbox", "show", file["id"])
    assert file["error"]["zh"] in shown
    assert file["error"]["en"] in shown

    hub("replay", file["id"], "--person", "王芳")
    hub("run", "--once")
    assert [f["state"] for f in hub.json("inbox", "list")] == ["refused"]


def test_two_people_settle_a_large_difference(hub):
    one_day(hub)
    (found,) = hub.json("discrepancy", "list", "--as-of", TUESDAY, expect=1)
    assert (found["verdict"], found["amount_fen"]) == ("short", 1_500_000)

    propose = ("--action", "explain", "--reason", "次日到账", "--person", "王芳")
    hub("discrepancy", "propose", found["id"], *propose)
    hub("discrepancy", "confirm", found["id"], "--person", "王芳", expect=2)
    hub("discrepancy", "comment", found["id"], "--text", "已电话核实", "--person", "赵敏")
    hub("discrepancy", "confirm", found["id"], "--person", "李强")

    shown = hub.json("discrepancy", "show", found["id"])
    assert shown["state"] == "closed"
    assert shown["signed_by"] == ["王芳", "李强"]
    assert [e["event"] for e in shown["history"]] == ["opened", "proposed", "comment", "confirmed"]
    assert hub.json("discrepancy", "list") == []
    assert hub.json("discrepancy", "aging") == []


def test_the_monthly_letter_goes_out_by_the_outbox_and_the_reply_ends_it(hub):
    one_day(hub)

    drafted = hub.json("letter", "draft", "--month", "2026-11", "--person", "王芳")
    hub("letter", "sign", drafted["id"], "--person", "王芳", "--as-of", WEDNESDAY, expect=2)
    signed = hub.json("letter", "sign", drafted["id"], "--person", "李强", "--as-of", WEDNESDAY)
    hub("run", "--once", "--as-of", WEDNESDAY)

    assert signed["number"] == "示社保财函〔2026〕1号"
    assert (signed["state"], signed["sent_on"], signed["due_on"]) == (
        "sent", "2026-11-25", "2026-12-09",
    )  # fmt: skip
    sent = {p.name for p in (hub.home / "channels" / "letters-out").iterdir()}
    assert {f"{signed['number']}.docx", f"{signed['number']}-附件.xlsx"} <= sent
    assert all((hub.home / "var" / "work" / "letters" / name).is_file() for name in sent)

    answer = hub.outbox / "回函.txt"
    answer.write_text("已更正", "utf-8")
    reply = ("--file", answer, "--note", "已更正", "--person", "王芳", "--as-of", WEDNESDAY)
    replied = hub.json("letter", "reply", drafted["id"], *reply)
    assert replied["state"] == "replied"
    (listed,) = hub.json("letter", "list")
    assert listed["reply_note"] == "已更正"


def test_refusals_answer_as_json_too(hub):
    answer = hub.json("letter", "draft", "--month", "2026-11", "--person", "王芳", expect=2)
    assert answer["error"]["code"] == "letter_month_not_reconciled"
    answer = json.loads(hub("letter", "show", 7, "--json", expect=2))
    assert answer["error"]["code"] == "letter_missing"
