"""What came out of `./run --regions`: cases, orders, money, reminders, and whether it holds."""  # noqa: INP001

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from commands import ROOT, hub, say, yuan

if TYPE_CHECKING:
    from region_days import Move, World
    from region_office import Office

ZH: Final = {"consent": "函", "form": "表", "funds": "款"}
PARTS: Final = {
    "sent_fen": ("confirmed_fen", "on_its_way_fen", "returned_fen"),
    "received_fen": ("joined_fen", "suspense_fen", "sent_back_fen"),
}
"""What was sent and what was received is the sum of these, for each region."""


def summary(world: World, begun_s: float) -> None:
    """Say it all, and stop where something does not hold."""
    say("\n== 结果 · what came out ==")
    for office in (world.new, world.old):
        states = Counter(one["state_zh"] for one in office.ask("case", "list", "--limit", 1000))
        told = "，".join(f"{state} {count}" for state, count in states.items())
        say(f"  {office.region} {office.name}：{told}")
    show_orders(world)
    show_money(world)
    show_late(world)
    show_proofs(world)
    export(world)
    say(f"  用时 took {time.monotonic() - begun_s:.0f} s；目录 folder: {world.home}")


def show_orders(world: World) -> None:
    """Say how many moved by each order in which consent, form and money came."""
    done = {one["id"]: one["state"] for one in world.new.ask("case", "list", "--limit", 1000)}
    told = {one["id"]: one["state"] for one in world.old.ask("case", "list", "--limit", 1000)}
    orders: dict[tuple[str, ...], list[Move]] = {}
    for one in world.moves:
        if not one.mover.overdue:
            orders.setdefault(one.mover.order, []).append(one)
    for order, moves in orders.items():
        moved = sum(done[one.new_case] == told[one.old_case] == "done" for one in moves)
        _require(moved == len(moves), f"{' '.join(order)}: {moved} of {len(moves)} moved")
        arrows = "→".join(ZH[what] for what in order)
        held = sum(one.held for one in moves)
        waited = f"，{held} 笔先列暂收款，两人认领 · held, then matched by two" if held else ""
        say(f"  ✓ {arrows} {' → '.join(order)}: {moved} 人{waited}")


def show_money(world: World) -> None:
    """Say where the money is by both offices' own books; each must agree with the other's."""
    sums = {}
    for office in (world.old, world.new):
        totals: Counter[str] = Counter()
        for row in office.ask("case", "balance"):
            for whole, parts in PARTS.items():
                _require(row[whole] == sum(row[part] for part in parts), f"{whole}: {row}")
            totals.update({name: row[name] for name in row if name.endswith("_fen")})
        sums[office.region] = totals
    sent, received = sums[world.old.region], sums[world.new.region]
    say(f"  {world.old.region} 转出 sent {yuan(sent['sent_fen'])} = 已办结 confirmed "
        f"{yuan(sent['confirmed_fen'])} + 在途 on its way {yuan(sent['on_its_way_fen'])} + "
        f"退单 returned {yuan(sent['returned_fen'])}")  # fmt: skip
    say(f"  {world.new.region} 到账 received {yuan(received['received_fen'])} = 入案 joined "
        f"{yuan(received['joined_fen'])} + 暂收 suspense {yuan(received['suspense_fen'])} + "
        f"退回 sent back {yuan(received['sent_back_fen'])}")  # fmt: skip
    _require(sent["sent_fen"] == received["received_fen"], "sent and received differ")
    say("  ✓ 两地相等 · both sides are equal")
    again = [one for one in world.old.ask("case", "remittances") if _attempts(world, one) > 1]
    for one in again:
        say(f"  退单重付 returned, paid again: {one['number']} {one['yuan']} 元，{one['state_zh']}")


def show_late(world: World) -> None:
    """Say which office is late with what, under which article, and how often it was told."""
    for row in world.new.ask("case", "due", "--late", "--as-of", world.new.day):
        told = reminders(world.new, row["id"])
        say(f"  逾期 overdue: {row['ref']} {row['step_zh']} {row['counterpart']}，应于 due "
            f"{row['due_on']}（{row['article']}），已催办 reminded {len(told)} 次")  # fmt: skip


def show_proofs(world: World) -> None:
    """Check both hubs' books, journals, messages and signatures."""
    for office in (world.new, world.old):
        found = office.ask("verify", "--deep")
        broken = [one["name"] for one in found["checks"] if not one["ok"]]
        _require(found["ok"], f"hub verify of {office.region}: {broken}")
        balance = [r for r in office.ask("voucher", "balance") if r["account"] == "合计"]
        _require(all(row["balance_fen"] == 0 for row in balance), f"{balance}")
        say(f"  ✓ {office.region} hub verify: {len(found['checks'])} 项检查；"
            f"试算平衡 trial balance 0.00 × {len(balance)}")  # fmt: skip


def export(world: World) -> None:
    """Export the evidence of one case, and check it with nothing but its own file and the key."""
    move = world.moves[-1]
    pack = world.home / f"证据-{move.ref}.zip"
    hub("case", "export", move.new_case, "--out", pack, "--person", "王五", *world.new.config)
    done = subprocess.run(
        [sys.executable, "-m", "hub_verify", pack, "--key", world.new.public_key],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    _require(done.returncode == 0, done.stdout + done.stderr)
    say(f"  ✓ 证据包 evidence pack {pack.name}: hub-verify {len(done.stdout.splitlines())} 行通过")


def reminders(office: Office, case_id: int) -> list[str]:
    """Return the reminders of a case, as `hub case show` has them."""
    shown: dict[str, Any] = office.ask("case", "show", case_id)
    return [
        f"{one['on']} {one['key'].partition(':')[2]}"
        for one in shown["timeline"] if one["key"].startswith("reminded:")
    ]  # fmt: skip


def _attempts(world: World, row: dict[str, Any]) -> int:
    shown = world.old.ask("case", "show", row["case"])
    return sum(one["key"].startswith(f"funds:{row['number']}-") for one in shown["timeline"])


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"✗ {what}")
