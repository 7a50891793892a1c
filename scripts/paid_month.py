"""A month's pensions at two scripted banks, through the public command line: what `./run` shows.

The benefit desk hands over a list, three people sign it, two banks get their files. Some payees'
accounts are wrong, one has died, one answer is open and one unintelligible; what came back is
corrected and paid again. At the end it is counted where every fen is.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import csv
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from commands import ROOT, hub, hub_json, plain_yuan, put, say, yuan

BANKS: Final = ("city_bank", "iso_bank")
PARTNERS: Final = ("benefits", *BANKS)
FIRST: Final = date(2026, 11, 25)
PENSIONS: Final = 2000
SEED: Final = 20261125
SIGNERS: Final = ("李初", "周复", "王审")
UNCLEAR: Final = "单位编号或账号信息错误"  # means either of two things, so no map has it
NEW_CARD: Final = "62284810"  # how the accounts begin that payees give instead

CITY: Final = """\
partner = "city_bank"
seed = 1

[[outcomes]]
outcome = "rejected"
count = 4
reason = "账户已销户"
files = [1]

[[outcomes]]
outcome = "rejected"
count = 2
reason = "户名不符"
files = [1]

[[outcomes]]
outcome = "rejected"
count = 1
reason = "单位编号或账号信息错误"
files = [1]

[answers]
first = "wrong_totals"                 # the right files come the next day
parts = 2
twice = true
"""

ISO: Final = """\
partner = "iso_bank"
seed = 2

[[outcomes]]
outcome = "rejected"
count = 3
reason = "AC01"
files = [1]

[[outcomes]]                           # paid first, and back a day later
outcome = "returned"
count = 2
reason = "AC04"
after_days = 1
files = [1]

[[outcomes]]
outcome = "returned"
count = 1
reason = "MD07"
after_days = 1
files = [1]

[[outcomes]]                           # the bank does not know at first
outcome = "open"
count = 1
after_days = 2
files = [1]

[answers]
parts = 3
reversed = true
twice = true
returns = ["return", "return_advice"]
"""


class Month:
    """One agency that only pays, in a folder of its own, and its two banks."""

    def __init__(self, home: Path, pensions: int) -> None:
        self.home = home
        self.pensions = pensions
        self.day = FIRST
        shutil.copytree(ROOT / "config", home / "config")
        for path in (home / "config" / "partners").glob("*.toml"):
            if path.stem not in PARTNERS:
                path.unlink()
        self.config = ("--config", str(home / "config"))
        for bank, script in zip(BANKS, (CITY, ISO), strict=True):
            (home / f"{bank}.toml").write_text(script, "utf-8")
        hub("check", "--create", *self.config)

    def at(self) -> tuple[object, ...]:
        """Return the words that say on which day a command is given, and in which deployment."""
        return ("--as-of", self.day, *self.config)

    def live(self) -> None:
        """Let both banks, then the hub do what is due today."""
        for bank in BANKS:
            done = hub_json(
                "twin", "bank", self.home / f"{bank}.toml", "--home", self.home / bank,
                "--on", self.day, *self.config,
            )  # fmt: skip
            for one in done["got"]:
                say(f"  → {bank:<10} {one['name']} {one['items']} 笔 {yuan(one['total_fen'])} 元")
            counts: dict[str, int] = {}
            for one in done["said"]:
                if one["how"] == "whole":
                    for outcome, number in one["outcomes"].items():
                        counts[outcome] = counts.get(outcome, 0) + number
            odd = sorted({one["how"] for one in done["said"]} - {"whole"})
            if done["said"]:
                told = ", ".join(f"{number} {what}" for what, number in counts.items()) or "—"
                say(
                    f"  ← {bank:<10} {len(done['said'])} files ({', '.join(odd) or 'once'}): {told}"
                )
        hub("run", "--once", *self.at())

    def hand_in(self) -> dict[str, Any]:
        """Simulate the desk's list, fund the account and let the list come in."""
        made: dict[str, Any] = hub_json(
            "simulate", "benefits", "--pensions", self.pensions, "--banks", ",".join(BANKS),
            "--date", self.day, "--seed", SEED, "--out", self.home / "lists", *self.config,
        )  # fmt: skip
        slip = self.home / "拨款凭证.txt"
        slip.write_text("财政专户拨入支出户", "utf-8")
        for bank, sums in made["banks"].items():
            draft = hub_json(
                "voucher", "book", "account.funded", "--fund", "pension", "--on", self.day,
                "--subject", f"2026-11/{bank}", "--amount", plain_yuan(sums["total_fen"]),
                "--fact", f"bank={bank}", "--document", slip, "--person", "王芳", *self.config,
            )  # fmt: skip
            hub("voucher", "confirm", draft["id"], "--person", "李强", *self.config)
        put(Path(made["file"]), self.home / "var" / "channels" / "benefits-in")
        hub("run", "--once", *self.at())
        return made

    def pay(self, list_id: int) -> None:
        """Let people sign a list and release it, then let the day pass."""
        seen = hub_json("payout", "show", list_id, *self.config)
        for person in SIGNERS[: seen["needs"]]:
            hub("payout", "sign", list_id, "--person", person, "--digest", seen["digest"],
                *self.at())  # fmt: skip
        hub("payout", "release", list_id, "--person", "赵出", *self.at())
        say(
            f"  清单 {list_id} {seen['title']}：{seen['item_count']} 笔 {seen['yuan']} 元，"
            f"{seen['needs']} 人签署 signed, 已拨付 released"
        )
        hub("run", "--once", *self.at())
        self.live()

    def settle_unknown(self) -> None:
        """Two people decide what became of the payments whose answer nobody can read."""
        for one in self.unpaid():
            if one["state"] == "unknown" and one["raw"] == UNCLEAR:
                for person in ("陈查", "王审"):
                    hub(
                        "payout", "decide", one["item"], "--outcome", "returned", "--person",
                        person, "--reason", "电话询问银行：账号错误，未入账", *self.at(),
                    )  # fmt: skip
                say(f"  付款 {one['item']}：{one['raw']} → 两人认定退回 two people: returned")

    def correct(self) -> list[int]:
        """Let the desk fill in the work list; return the lists that its corrections became."""
        work = self.home / "work.csv"
        returned = hub_json(
            "payout", "returns", "--out", work, *self.at(), may_find=True
        )  # fmt: skip
        with work.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, names = list(reader), list(reader.fieldnames or ())
        remedies = {str(one["item"]): one["remedy"] for one in returned}
        for number, row in enumerate(rows):
            if remedies[row["明细号"]] != "stop":
                row["新账号"] = f"{NEW_CARD}{number:011d}"
                row["说明"] = "已电话核实，本人提供新账户"
        with work.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        done = hub_json("payout", "correct", work, "--person", "张发", *self.at())
        say(
            f"  退单 {len(returned)} 笔，更正 {sum(o['items'] for o in done['lists'])} 笔 corrected"
        )
        return [one["id"] for one in done["lists"]]

    def unpaid(self) -> list[dict[str, Any]]:
        """Return who waits for money today."""
        found: list[dict[str, Any]] = hub_json("payout", "unpaid", *self.at(), may_find=True)
        return found

    def next_day(self) -> None:
        """Go on to the next day."""
        self.day += timedelta(days=1)
        say(f"-- {self.day}")


def main(home: Path, pensions: int = PENSIONS) -> date:
    """Pay a month in `home`, which must not exist yet; return the day on which it ends."""
    say(f"\n== 发放一个月养老金 · a month of pensions: {pensions} 人, {len(BANKS)} 家银行 ==")
    month = Month(home, pensions)
    say(f"-- {month.day}")
    month.hand_in()
    month.pay(1)
    month.next_day()
    month.live()
    month.settle_unknown()
    for list_id in month.correct():
        month.pay(list_id)
    month.next_day()
    month.live()
    summary(month)
    return month.day


def summary(month: Month) -> None:
    """Say who is not paid and why, then where the money is; stop if anything does not hold."""
    for one in month.unpaid():
        say(
            f"  未到账 {one['days']} 天 unpaid: 付款 {one['item']}，{one['desk']}，"
            f"{one['code']} {one['reason']}：{one['todo']}"
        )
    for one in hub_json("discrepancy", "list", *month.at(), may_find=True):
        say(f"  未了结 still open: {one['name']}，{one['count']} 笔 {yuan(one['amount_fen'])} 元，"
            f"{one['owner']}，{one['note']}")  # fmt: skip
    lines = hub_json("payout", "success", FIRST.strftime("%Y%m"), *month.config)
    for one in lines:
        say(f"  {one['title']}：发出 sent {one['sent']}，到账 paid {one['paid']}，"
            f"退回 returned {one['returned']}，未明 open {one['open']}")  # fmt: skip
    for bank in BANKS:
        audit = hub_json("twin", "audit", "--home", month.home / bank)
        say(f"  {bank} 自己的账 its own log: {audit['payments']} 笔, {audit['outcomes']}, "
            f"同一标识两次 ids twice: {len(audit['twice'])}")  # fmt: skip
    checks = {one["name"]: one for one in hub_json("verify", "--deep", *month.config)["checks"]}
    for name in ("paid_once", "conservation", "trial_balance"):
        say(f"  ✓ {checks[name]['zh']} · {name}: {checks[name]['looked']}")
    balance = hub("voucher", "balance", *month.config)
    say(balance.rstrip())


if __name__ == "__main__":
    if len(sys.argv) < 2:  # noqa: PLR2004
        raise SystemExit("paid_month.py HOME [PENSIONS]")
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else PENSIONS)  # noqa: PLR2004
