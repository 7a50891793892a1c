"""A refund through the real command line: from the reconciled duplicate to the money's end."""

from __future__ import annotations

from datetime import timedelta

from hub.domain.facts import Source
from tests.facts import TUESDAY, collection, deposit
from tests.payouts import CHANNELS, account, write_payout_partners
from tests.refunds import NEEDED, payer

AS_OF = ("--as-of", TUESDAY)
NEXT = ("--as-of", TUESDAY + timedelta(days=1))


def ready(hub):
    channels = hub.config / "channels.toml"
    channels.write_text(channels.read_text("utf-8") + CHANNELS, "utf-8")
    write_payout_partners(hub.config / "partners")
    hub("check", "--create")
    hub.drop(Source.COLLECTIONS, [collection("R1", 50_000, payer_id=payer())], TUESDAY)
    hub.drop(Source.DEPOSITS, [deposit("R1", 50_000), deposit("R1", 50_000, deposit_no="D2")],
             TUESDAY)  # fmt: skip
    hub("run", "--once", *AS_OF)
    found = hub.json("discrepancy", "list", "--verdict", "duplicate", expect=1)
    return found[0]


def sign(hub, refund_id, as_of):
    for who in ("李初", "王审"):
        signed = hub.json("refund", "sign", refund_id, "--person", who, *as_of)
    return signed


def send(hub, list_id, as_of):
    hub("payout", "release", list_id, "--person", "赵出", *as_of)
    hub("run", "--once", *as_of)


def answer(hub, words, as_of, name):
    """Let the bank say what became of the first case's latest payment."""
    listed = hub.json("refund", "show", 1)["form"]["id"]
    (item,) = hub.json("payout", "show", listed, "--items", 5)["items_shown"]
    lines = f"H|SB001|1|50000\nD|{item['end_to_end_id']}|50000|{words}|20261124|\n"
    path = hub.outbox / name
    path.write_text(lines, "utf-8")
    hub("drop", "alpha-in", path)
    hub("run", "--once", *as_of)


def test_a_refund_is_opened_checked_signed_sent_back_corrected_and_paid(hub):
    shown = ready(hub)
    papers = {kind: hub.outbox / f"{kind}.pdf" for kind in NEEDED["tax"]}
    for kind, path in papers.items():
        path.write_text(kind, "utf-8")
    opening = [
        "refund", "open", shown["id"], "--cause", "tax", "--amount", "500.00",
        "--payer-name", "示范制造有限公司", "--bank", "alpha", "--account-no", account(1),
        "--person", "周登",
    ]  # fmt: skip
    opened = hub.json(*opening, "--document", f"application={papers['application']}", expect=1)
    assert list(opened["missing"]) == ["proof", "voucher"]
    assert hub.json(*opening, expect=2)["error"]["code"] == "refund_exists"
    early = hub.json("refund", "check", 1, "--person", "吴核", expect=2)
    assert early["error"]["code"] == "refund_documents_missing"
    hub("refund", "document", 1, f"proof={papers['proof']}", f"voucher={papers['voucher']}",
        "--person", "周登")  # fmt: skip
    assert hub.json("refund", "check", 1, "--person", "吴核")["state"] == "checked"

    form = hub.json("refund", "form", 1, "--person", "郑编", *AS_OF)
    assert (form["kind"], form["needs"]) == ("refund", 2)
    assert sign(hub, 1, AS_OF)["state"] == "approved"
    send(hub, form["id"], AS_OF)
    answer(hub, "6|户名不符", AS_OF, "HP_1.txt")
    assert hub.json("refund", "list", "--state", "returned")[0]["number"] == "TF000001"

    again = hub.json("refund", "correct", 1, "--account-no", account(2), "--person", "郑编", *NEXT)
    sign(hub, 1, NEXT)
    send(hub, again["id"], NEXT)
    answer(hub, "7|", NEXT, "HP_2.txt")

    data = hub.json("refund", "show", 1)
    assert (data["state"], [one["state"] for one in data["attempts"]]) == (
        "paid", ["returned", "paid"]
    )  # fmt: skip
    assert data["discrepancy_state"] == "closed"
    assert data["payer_name"] == "示范制造有限公司"
    assert account(2) not in str(data) + hub("refund", "show", 1)
    checks = {one["name"]: one["ok"] for one in hub.json("verify")["checks"]}
    assert checks["refunds"]
    assert all(checks.values())


def test_a_case_is_cancelled_and_documents_must_be_files(hub):
    shown = ready(hub)
    hub("refund", "open", shown["id"], "--cause", "agency", "--amount", "500", "--payer-name", "厂",
        "--bank", "alpha", "--account-no", account(1), "--person", "周登", expect=1)  # fmt: skip
    hub("refund", "document", 1, "confirmation=nothing.pdf", "--person", "周登", expect=2)
    ended = hub.json("refund", "cancel", 1, "--person", "周登", "--reason", "单位放弃")
    assert ended["state"] == "cancelled"
