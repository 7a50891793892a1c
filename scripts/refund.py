"""One refund of over-collection (多收退款): from the difference to the employer's account."""  # noqa: INP001 -- a script

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from commands import hub, hub_json, plain_yuan, say, yuan

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

BANK: Final = "city_bank"
PAPERS: Final = {
    "application": "退款申请函", "proof": "多收证明", "voucher": "原缴费凭证",
}  # fmt: skip
ACCOUNT: Final = "6228480000000010011"


def main(home: Path, day: date) -> None:
    """Refund the first receipt that the treasury was credited with twice."""
    say("\n== 多收退款 · a refund of over-collection ==")
    config = ("--config", str(home / "config"))
    at = ("--as-of", day, *config)
    duplicates = hub_json("discrepancy", "list", "--verdict", "duplicate", *at, may_find=True)
    found = next((one for one in duplicates if is_paid_twice(one)), None)
    if found is None:
        say("  没有重复入库 · nothing was credited twice")
        return
    folder = home / "papers"
    folder.mkdir()
    documents: list[object] = []
    for kind, name in PAPERS.items():
        (folder / f"{name}.txt").write_text(f"{name}：{found['receipt_no']}\n", "utf-8")
        documents += ["--document", f"{kind}={folder / name}.txt"]
    case = hub_json(
        "refund", "open", found["id"], "--cause", "tax", "--amount",
        plain_yuan(found["amount_fen"]), "--payer-name", "示范制造有限公司", "--bank", BANK,
        "--account-no", ACCOUNT, *documents, "--person", "周登", *at,
    )  # fmt: skip
    hub("refund", "check", case["id"], "--person", "吴核", *at)
    form = hub_json("refund", "form", case["id"], "--person", "郑编", *at)
    for person in ("李初", "王审", "孙批")[: form["needs"]]:
        hub("refund", "sign", case["id"], "--person", person, *at)
    hub("payout", "release", form["id"], "--person", "赵出", *at)
    hub("run", "--once", *at)
    script = home / f"{BANK}.toml"
    script.write_text(f'partner = "{BANK}"\n', "utf-8")
    hub("twin", "bank", script, "--home", home / BANK, "--on", day, *config)
    hub("run", "--once", *at)
    done = hub_json("refund", "show", case["id"], *config)
    ended = {one["id"] for one in hub_json("discrepancy", "list", "--state", "closed", *at,
                                           may_find=True)}  # fmt: skip
    closed = found["id"] in ended
    say(
        f"  {done['number']}，税票 {found['receipt_no']}，{yuan(found['amount_fen'])} 元："
        f"{done['state']}；差异 {found['id']} {'已了结 closed' if closed else '未了结 open'}"
    )
    if done["state"] != "paid" or not closed:
        raise SystemExit("the refund did not reach its end")


def is_paid_twice(one: dict[str, Any]) -> bool:
    """Tell whether a difference is money of a known payer that came in more than once."""
    collected, deposited = one["collected_fen"], one["deposited_fen"]
    return bool(one["payer_id"] and collected and deposited and deposited > collected)
