"""Paying a list through the real command line: import, sign, release, send, see."""

from __future__ import annotations

from tests.facts import TUESDAY
from tests.payouts import CHANNELS, list_bytes, row, write_payout_partners


def ready(hub):
    channels = hub.config / "channels.toml"
    channels.write_text(channels.read_text("utf-8") + CHANNELS, "utf-8")
    write_payout_partners(hub.config / "partners")
    hub("check", "--create")
    path = hub.outbox / "FFMX_20261124_001.csv"
    path.write_bytes(list_bytes([row(1), row(2), row(2)]))
    return path


def test_a_list_is_paid_from_the_command_line(hub):
    path = ready(hub)
    as_of = ("--as-of", TUESDAY)

    taken = hub.json("payout", "import", path, *as_of, expect=1)  # one item is there twice
    assert (taken["state"], taken["items"], taken["stated_count"]) == ("checked", 2, 3)
    hub("payout", "sign", 1, "--person", "李初", "--digest", taken["digest"], *as_of)
    again = hub.json("payout", "sign", 1, "--person", "李初", *as_of, expect=2)
    assert again["error"]["code"] == "approval_same_person"
    assert hub.json("payout", "sign", 1, "--person", "王审", *as_of)["state"] == "approved"
    done = hub.json("payout", "release", 1, "--person", "赵出", *as_of)
    assert [one["file_name"] for one in done["files"]] == ["DF_20261124_S_001.txt"]
    hub("run", "--once", *as_of)

    (batch,) = hub.json("payout", "batches", "--list", 1)
    assert (batch["state"], batch["items"]) == ("sent", 2)
    shown = hub.json("payout", "show", 1, "--items", 5)
    assert [one["code"] for one in shown["findings"]] == ["payout_item_twice"]
    assert [one["step"] for one in shown["signatures"]] == ["初审", "审批"]
    assert all("*" in one["account"] for one in shown["items_shown"])
    text = hub("payout", "show", 1)
    assert "社会保险基金拨付审批表" in text
    assert row(1)["account_no"] not in text + str(shown)
    assert [one["state"] for one in hub.json("payout", "list")] == ["released"]


def test_lists_are_declined_and_cancelled_and_corrections_must_be_readable(hub):
    path = ready(hub)
    hub("payout", "import", path, expect=1)
    hub("payout", "sign", 1, "--person", "李初")
    declined = hub.json("payout", "decline", 1, "--person", "王审", "--reason", "金额待核")
    assert (declined["state"], declined["signed"]) == ("checked", 0)
    cancelled = hub.json("payout", "cancel", 1, "--person", "王审", "--reason", "月份有误")
    assert cancelled["state"] == "cancelled"

    corrections = hub.outbox / "corrections.csv"
    corrections.write_text("item_id,account_no\n1,6222020000000000018\n", "utf-8")
    refused = hub.json("payout", "reissue", corrections, "--person", "张发", expect=2)
    assert refused["error"]["code"] == "payout_not_returned"
    corrections.write_text("item,account\n1,2\n", "utf-8")
    refused = hub.json("payout", "reissue", corrections, "--person", "张发", expect=2)
    assert refused["error"]["code"] == "payout_corrections_unreadable"
