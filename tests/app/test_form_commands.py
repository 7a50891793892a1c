"""Forms, withdrawals and files sent again, through the real command line."""

from __future__ import annotations

from hub.domain.chinese import amount_in_words
from tests.documents.papers import words
from tests.facts import TUESDAY
from tests.payouts import CHANNELS, list_bytes, row, write_payout_partners

AS_OF = ("--as-of", TUESDAY)
WHY = ("--reason", "银行要求")


def ready(hub, *rows):
    channels = hub.config / "channels.toml"
    channels.write_text(channels.read_text("utf-8") + CHANNELS, "utf-8")
    write_payout_partners(hub.config / "partners")
    hub("check", "--create")
    path = hub.outbox / "FFMX_20261124_001.csv"
    path.write_bytes(list_bytes(list(rows)))
    return hub.json("payout", "import", path, *AS_OF)


def approved(hub):
    for person in ("李初", "王审"):
        hub("payout", "sign", 1, "--person", person, *AS_OF)


def test_forms_are_printed_found_again_and_say_what_was_signed(hub):
    taken = ready(hub, row(1), row(2))
    out = hub.outbox
    draft = hub.json("payout", "form", 1, "--out", out / "draft.pdf")
    assert draft["is_valid"] is False
    assert "未审批" in hub("payout", "form", 1, "--out", out / "draft.pdf")
    approved(hub)
    form = hub.json("payout", "form", 1, "--out", out / "form.pdf")
    assert (form["digest"], form["is_valid"]) == (taken["digest"], True)
    text = words((out / "form.pdf").read_bytes())
    assert taken["digest"] in text
    assert amount_in_words(600_003) in text
    found = hub.json("payout", "find", form["code"])
    assert (found["subject"], found["is_same"]) == ("payout:1", True)
    assert "与纸面一致" in hub("payout", "find", form["code"])
    other = form["code"][:-1] + ("0" if form["code"][-1] != "0" else "1")
    assert hub.json("payout", "find", other, expect=1)["is_same"] is False
    refused = hub.json("payout", "find", "nothing", expect=2)
    assert refused["error"]["code"] == "form_code_unreadable"

    hub("payout", "release", 1, "--person", "赵出", *AS_OF)
    hub("run", "--once", *AS_OF)
    order = hub.json("payout", "entrust", 1, "--out", out / "order.pdf")
    assert order["number"] == "TF-000001"
    assert "明细.xlsx" in hub("payout", "entrust", 1, "--out", out / "order.pdf")
    (voucher,) = hub.json("voucher", "list")
    printed = hub.json("voucher", "print", voucher["no"], "--out", out / "voucher.pdf")
    assert voucher["no"] in words((out / "voucher.pdf").read_bytes())
    assert hub.json("payout", "find", printed["code"])["subject"] == f"voucher:{voucher['no']}"


def test_notices_are_printed_for_instant_payments_only(hub):
    ready(hub, row(1, kind="instant", benefit="个人账户清退"))
    approved(hub)

    printed = hub.json("payout", "notices", 1, "--person", "周印", "--out", hub.outbox / "n.pdf")

    assert printed["form_zh"] == "一次性待遇现付通知单"
    assert words((hub.outbox / "n.pdf").read_bytes()).count("第二联留存") == 1
    unstopped = hub.json("payout", "stop-form", 1, "--out", hub.outbox / "s.pdf", expect=2)
    assert unstopped["error"]["code"] == "form_stop_none"
    missing = hub.json("refund", "print", 1, "--out", hub.outbox / "r.pdf", expect=2)
    assert missing["error"]["code"] == "refund_missing"


def test_a_file_is_sent_again_by_two_people(hub):
    ready(hub, row(1))
    approved(hub)
    hub("payout", "release", 1, "--person", "赵出", *AS_OF)
    hub("run", "--once", *AS_OF)
    refused = hub.json("payout", "resend", 1, "--person", "钱一", *WHY, expect=2)
    assert refused["error"]["code"] == "batch_still_there"
    held = hub.json("payout", "withdraw", 1, "--person", "钱一", *WHY, *AS_OF, expect=2)
    assert held["error"]["code"] == "batch_not_held"
    waits = hub.json("payout", "release-again", 1, "--person", "赵出", *AS_OF, expect=2)
    assert waits["error"]["code"] == "payout_nothing_waits"
    (file,) = hub.outbox.parent.rglob("DF_20261124_S_001.txt")
    content = file.read_bytes()
    file.unlink()

    proposed = hub.json("payout", "resend", 1, "--person", "钱一", *WHY, *AS_OF)
    assert proposed["confirmed"] is False
    assert "已确认" in hub("payout", "resend", 1, "--person", "孙二", *AS_OF)
    hub("run", "--once", *AS_OF)

    assert file.read_bytes() == content
