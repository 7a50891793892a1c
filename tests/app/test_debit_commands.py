"""Direct debits through the real command line: import, sign, release, send, results, again."""

from __future__ import annotations

import csv

from tests import payouts
from tests.answers import line, result_bytes
from tests.debits import CHANNELS, list_bytes, row, write_debit_partners
from tests.facts import TUESDAY

WEDNESDAY = "2026-11-25"


class Sent:
    """An item as the bank knows it."""

    def __init__(self, shown) -> None:
        self.end_to_end_id = shown["end_to_end_id"]
        self.amount_fen = round(float(shown["yuan"].replace(",", "")) * 100)


def ready(hub):
    channels = hub.config / "channels.toml"
    text = channels.read_text("utf-8") + payouts.CHANNELS + CHANNELS
    channels.write_text(text, "utf-8")
    write_debit_partners(hub.config / "partners")
    hub("check", "--create")
    path = hub.outbox / "DSMX_20261124_001.csv"
    path.write_bytes(list_bytes([row(1), row(2), row(3), row(4, mandate_no="")]))
    return path


def debited(hub):
    """Import, sign, release and send a list; return its items as the command shows them."""
    as_of = ("--as-of", TUESDAY)
    hub("debit", "import", ready(hub), *as_of, expect=1)
    for who in ("李初", "王审"):
        hub("debit", "sign", 1, "--person", who, *as_of)
    hub("debit", "release", 1, "--person", "赵出", *as_of)
    hub("run", "--once", *as_of)
    return hub.json("debit", "show", 1, "--items", 5)["items_shown"]


def bank_says(hub, *lines, name="1"):
    folder = hub.config.parent / "channels" / "gamma-in"
    (folder / f"HP_{name}.txt").write_bytes(result_bytes(lines))
    hub("run", "--once", "--as-of", WEDNESDAY)


def test_a_list_goes_to_the_bank_from_the_command_line(hub):
    as_of = ("--as-of", TUESDAY)
    path = ready(hub)

    taken = hub.json("debit", "import", path, *as_of, expect=1)  # one has no mandate
    assert (taken["state"], taken["items"], taken["stated_count"]) == ("checked", 3, 4)
    hub("debit", "sign", 1, "--person", "李初", "--digest", taken["digest"], *as_of)
    again = hub.json("debit", "sign", 1, "--person", "李初", *as_of, expect=2)
    assert again["error"]["code"] == "approval_same_person"
    assert hub.json("debit", "sign", 1, "--person", "王审", *as_of)["state"] == "approved"
    done = hub.json("debit", "release", 1, "--person", "赵出", *as_of)
    assert [one["file_name"] for one in done["files"]] == ["DS_20261124_001.txt"]
    hub("run", "--once", *as_of)

    (batch,) = hub.json("debit", "batches", "--list", 1)
    assert (batch["state"], batch["items"]) == ("sent", 3)
    shown = hub.json("debit", "show", 1, "--items", 5)
    assert shown["finding_counts"] == {"debit_mandate_missing": 1, "field_missing": 1}
    assert [one["step"] for one in shown["signatures"]] == ["初审", "审批"]
    text = hub("debit", "show", 1, "--items", 5)
    assert "代收代缴审批表" in text
    assert str(row(1)["account_no"]) not in text + str(shown)
    assert [one["zh"] for one in hub.json("debit", "list")] == ["已送银行"]
    assert hub.json("payout", "list") == []
    missing = hub.json("payout", "show", 1, expect=2)
    assert missing["error"]["code"] == "payout_list_missing"


def test_a_list_is_declined_and_cancelled(hub):
    hub("debit", "import", ready(hub), expect=1)
    hub("debit", "sign", 1, "--person", "李初")
    declined = hub.json("debit", "decline", 1, "--person", "王审", "--reason", "金额待核")
    cancelled = hub.json("debit", "cancel", 1, "--person", "王审", "--reason", "月份有误")

    assert (declined["state"], declined["signed"]) == ("checked", 0)
    assert cancelled["state"] == "cancelled"
    state = hub.json("debit", "sign", 1, "--person", "李初", expect=2)
    assert "hub debit show 1" in state["error"]["en"]


def test_what_failed_is_worked_off(hub):
    one, two, three = map(Sent, debited(hub))
    bank_says(hub, line(one, "7"), line(two, "6", "余额不足"), line(three, "9"))

    work = hub.outbox / "work.csv"
    (failed,) = hub.json("debit", "work", "--out", work, expect=1)
    assert (failed["state"], failed["code"], failed["remedy"]) == ("failed", "AM04", "retry")
    assert failed["todo"].startswith("请提醒缴费人存足款项")
    everything = hub.json("debit", "work", "--all", expect=1)
    assert [found["state"] for found in everything] == ["failed", "unknown"]
    states = {found["state"]: found["items"] for found in hub.json("debit", "show", 1)["states"]}
    assert states == {"succeeded": 1, "failed": 1, "unknown": 1, "refused": 1}

    with work.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["说明"] = "已提醒"
    with work.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    made = hub.json("debit", "again", work, "--person", "张征", "--as-of", WEDNESDAY)
    assert [(found["id"], found["items"]) for found in made["lists"]] == [(2, 1)]

    unknown = everything[1]["id"]
    outcome = ("--outcome", "succeeded", "--reason", "银行电话确认", "--as-of", WEDNESDAY)
    hub("debit", "decide", unknown, "--person", "李甲", *outcome)
    done = hub.json("debit", "decide", unknown, "--person", "王乙", *outcome)
    assert done["state"] == "closed"
    hub("debit", "decide", unknown, "--outcome", "paid", "--person", "a", "--reason", "b", expect=2)
    assert hub.json("verify")["ok"]


def test_a_person_is_stopped_and_resumed_and_words_are_mapped_later(hub):
    one, two, _ = map(Sent, debited(hub))
    bank_says(hub, line(one, "6", "余额不足"), line(two, "6", "没见过的话"))
    (failed,) = hub.json("debit", "work", expect=1)
    who = ("--person", "张征", "--reason", "改由窗口缴费")

    assert hub.json("debit", "stop", failed["id"], *who)["contribution"] == "城乡居民医保"
    assert hub.json("debit", "work") == []
    assert hub.json("debit", "lift", failed["id"], *who)["lifted"] == 1
    assert hub.json("debit", "stop", failed["id"], "--all", *who)["contribution"] is None

    assert hub.json("debit", "remap", "gamma", "--person", "李管") == {"taken": 0, "left": 1}
    partner = hub.config / "partners" / "gamma.toml"
    text = partner.read_text("utf-8").replace('"余额不足" =', '"没见过的话" = "MD01"\n"余额不足" =')
    partner.write_text(text, "utf-8")
    assert hub.json("debit", "remap", "gamma", "--person", "李管") == {"taken": 1, "left": 0}
    (left,) = hub.json("debit", "work", expect=1)
    assert (left["code"], left["remedy"]) == ("MD01", "renew_mandate")
