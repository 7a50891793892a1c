"""Two agencies move people's relations and money over RabbitMQ: what `./run --regions` shows.

Two hubs, a broker and a bank run as processes of their own, in one fresh folder. Nothing here
reaches into a hub: the rest are commands that could be typed by hand. It is November 2026; each
business day is lived by both hubs with a clock that begins at its opening.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import secrets
import shutil
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commands import say, warm_up
from rabbit_node import RabbitNode, require_server
from region_days import (
    Move,
    World,
    agree,
    apply_in,
    apply_out,
    bank_of,
    enter,
    find_old,
    fund_accounts,
    go_on,
    join,
    offer,
    pay_again,
    refuse_unapproved,
    remit,
    wait_for_bank,
)
from region_office import ROAD, Office, is_quiet, living, wait_until, write_secret
from region_people import movers
from region_summary import reminders, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE: Final = 50
MARK: Final = ".hub-regions"  # in a folder that is ours to empty
NEW, OLD = ("330100", "杭州市社会保险管理中心"), ("510100", "成都市社会保险管理中心")
ASKED, OFFERED, REMINDED, LATE, MONTH_END, AFTER = (
    date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 18), date(2026, 11, 24),
    date(2026, 11, 30), date(2026, 12, 1),
)  # fmt: skip
CFM, FCM, FMC, CFM_LATE, MCF, MFC = (
    "consent form funds", "form consent funds", "form funds consent", "consent funds form",
    "funds consent form", "funds form consent",
)  # fmt: skip
DIRECTORY: Final = """\
[[office]]
code = "{region}"
valid_from = 2026-01-01
name = "{name}"
road = "{road}"
broker_user = "hub-{region}"

[[key]]
code = "{region}"
valid_from = 2026-01-01
public_key = "{key}"
"""
ACCOUNT: Final = """
[[account]]
code = "{region}"
valid_from = 2026-01-01
fund = "{fund}"
account_no = "1202020{region}000{number:03d}"
account_name = "{name}财政专户"
bank_no = "{bank_no}"
bank_name = "中国工商银行"
"""


def main(home: Path, people: int) -> None:
    """Move people in `home`, which is emptied first."""
    begun_s = time.monotonic()
    require_server()
    prepare(home)
    password = secrets.token_urlsafe(24)
    secret = home / "broker.secret"
    write_secret(secret, password)
    say(f"准备 · preparing {home}")
    with RabbitNode(home / "rabbitmq", password) as node:
        new, old = offices = [Office(home / code, code, name) for code, name in (NEW, OLD)]
        for one in offices:
            one.make(node, secret)
        warm_up("case", "list", *new.config)
        directory = home / "directory.toml"
        directory.write_text("\n".join(entries(one) for one in offices), "utf-8")
        for one in offices:
            one.learn(directory)
        say("  两个枢纽、一个替身银行、一个 RabbitMQ，各为独立进程；地区目录由两人录入复核")
        say(
            "  two hubs, a twin bank and a RabbitMQ, each a process of its own; keys entered by two"
        )
        world = World(home, new, old, [Move(one) for one in movers(people)])
        live(world)
        summary(world, begun_s)


def prepare(home: Path) -> None:
    """Make the folder anew; one that is not ours is left alone."""
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise SystemExit(
                f"{home} 不是演示目录，不予清空 · is no demo folder and is not emptied"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).touch()


def entries(office: Office) -> str:
    """Return what every region enters in its directory about one."""
    from hub.domain.codes import cnaps  # noqa: PLC0415 -- the path is set by `commands`

    body = f"102{office.region[:4]}0001"
    bank_no = body + cnaps.check_digit(body)
    text = DIRECTORY.format(
        region=office.region, name=office.name, road=ROAD, key=office.public_key
    )
    for number, fund in enumerate(("pension", "medical"), start=1):
        text += ACCOUNT.format(
            region=office.region, fund=fund, number=number, name=office.name, bank_no=bank_no
        )
    return text


def live(world: World) -> None:
    """Live the month: everything comes in each of the six orders, and one office is late."""
    old = world.old
    late = [one for one in world.moves if one.mover.overdue]
    with day(world, ASKED, "申请与同意转入 · people apply, the new place agrees"):
        asking = world.of(CFM, CFM_LATE, overdue=True)
        apply_in(world, asking)
        agree(world, asking)
        apply_out(world, world.of(FCM, FMC, MCF, MFC))
        say(f"  {len(asking)} 封联系函经报文发出，{len(world.moves) - len(asking)} 人持纸质证明")
    with day(world, OFFERED, "转出地出具转移表 · the old place makes its forms"):
        find_old(world, world.of(CFM, CFM_LATE))
        offer(world, world.of(CFM, FCM, FMC))
        wait_until(lambda: is_quiet(old), [], "forms")
        first = world.of(FCM)
        apply_in(world, first)
        agree(world, first)
        say(f"  {len(first)} 人表先到、后申请；联系函未答复 1 件 · {len(first)} forms came first; "
            "one letter stays without an answer")  # fmt: skip
    for on, count in ((REMINDED, 1), (LATE, 2)):
        with day(world, on, "催办 · a reminder is due"):
            say(f"  {wait_for_reminder(world, late[0], count)}")
    pay_month(world)
    with day(world, AFTER, "退汇重付，办理接续 · the returned money again, relations go on"):
        with bank_of(world, AFTER) as bank:
            returned = [row for row in old.ask("case", "remittances") if row["state"] == "returned"]
            pay_again(world, returned)
            wait_for_bank(world, bank)
        wait_until(lambda: is_quiet(old), [], "notices")
        enter(world, world.moves)
        done = [one for one in world.moves if not one.mover.overdue]
        go_on(world, done)
        say(f"  {len(done)} 人接续完毕 · {len(done)} relations continued")


@contextmanager
def day(world: World, on: date, title: str) -> Iterator[None]:
    """Let both hubs live a day."""
    say(f"\n== {on} {title} ==")
    with living(on, world.new, world.old):
        yield


def wait_for_reminder(world: World, move: Move, count: int) -> str:
    """Wait until an office that is late was reminded so often; return the last reminder."""
    wait_until(lambda: len(reminders(world.new, move.new_case)) >= count, [], "the reminder")
    return reminders(world.new, move.new_case)[-1]


def pay_month(world: World) -> None:
    """Month end: the money leaves, and comes to the new place before much of the paper does."""
    new, old = world.new, world.old
    held = world.of(FMC, CFM_LATE, MCF, MFC)
    say(f"\n== {MONTH_END} 月结：{new.name}停机，款先于报文到 · month end: {new.region} is down ==")
    new.day = MONTH_END
    with living(MONTH_END, old):
        offer(world, world.of(CFM_LATE, MCF, MFC))
        fund_accounts(world)
        with bank_of(world, MONTH_END) as bank:
            for made in remit(world, world.of(CFM, FCM), held):
                say(f"  审批表 {made['list']} {made['title']}：{made['items']} 笔 "
                    f"{made['yuan']} 元，{made['needs']} 人签署 signed")  # fmt: skip
            for row in wait_for_bank(world, bank):
                say(f"  退单 {row['number']} {row['yuan']} 元：支出户余额不足 · returned")
        enter(world, held)
        say(
            f"  {sum(one.held for one in held)} 笔到账无从认定，列暂收款 · credits held in suspense"
        )
        apply_in(world, world.of(MCF))
        agree(world, world.of(MCF))
        join(world, world.of(CFM_LATE, MCF))
        say("  枢纽重新启动，转移表、汇款通知随即到达 · it starts again, and the messages come")
        with living(MONTH_END, new, quiet=[old]):
            wait_until(lambda: is_quiet(old), [], "forms and notices")
            solve_unapproved(world, world.of(MFC)[0])
            apply_in(world, world.of(FMC, MFC))
            agree(world, world.of(FMC, MFC))
            join(world, world.of(FMC, MFC))
            enter(world, world.moves)


def solve_unapproved(world: World, move: Move) -> None:
    """Say what the hub answers when somebody wants to use money that nobody has approved."""
    code = refuse_unapproved(world, move)
    say(f"  未经批准的到账：认给该案被拒 {code}；申请、三级审批后由两人认领")
    say(
        "  an unapproved receipt: refused to its case until that is approved, then two people match"
    )


if __name__ == "__main__":
    main(
        Path(sys.argv[1] if len(sys.argv) > 1 else "demo-regions").resolve(),
        int(sys.argv[2]) if len(sys.argv) > 2 else PEOPLE,  # noqa: PLR2004
    )
