"""A restore drill (恢复演练): back up, pay on, lose everything, restore, reconcile, go on paying.

Real processes and two scripted banks, through the public command line. What the banks' own logs
say at the end is the proof: nobody was paid twice, nobody forgotten, and the books are those of
before the loss. It says how long the hub could not pay.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any, Final

import psycopg
from commands import ROOT, hub, hub_json, refusal, say
from paid_month import BANKS, CITY, FIRST, ISO, PARTNERS, Month, summary

LOST: Final = ("hub.db", "archive", "work")
PENSIONS: Final = 200


class Drill(Month):
    """A month that is lost in the middle; its marks are also kept elsewhere."""

    def __init__(self, home: Path, pensions: int, url: str | None) -> None:
        self.home = home
        self.url = url
        self.pensions = pensions
        self.day = FIRST
        shutil.copytree(ROOT / "config", home / "config")
        for path in (home / "config" / "partners").glob("*.toml"):
            if path.stem not in PARTNERS:
                path.unlink()
        toml = home / "config" / "hub.toml"
        text = toml.read_text("utf-8").replace("[folders]\n", '[folders]\nmark = "elsewhere"\n')
        if url is not None:
            text = text.replace('url = "sqlite:///var/hub.db"', f'url = "{url}"')
        toml.write_text(text, "utf-8")
        self.config = ("--config", str(home / "config"))
        for bank, script in zip(BANKS, (CITY, ISO), strict=True):
            (home / f"{bank}.toml").write_text(script, "utf-8")
        hub("check", "--create", *self.config)

    def sign(self, list_id: int) -> None:
        """Let people sign a list, as `pay` does."""
        seen = hub_json("payout", "show", list_id, *self.config)
        for person in ("李初", "周复", "王审")[: seen["needs"]]:
            hub("payout", "sign", list_id, "--person", person, "--digest", seen["digest"],
                *self.at())  # fmt: skip

    def books(self) -> list[dict[str, Any]]:
        """Return the balance of every account, and how many payments are in which state."""
        balance = hub_json("voucher", "balance", *self.config)
        shown = hub_json("payout", "show", 1, *self.config)
        return [*balance, *sorted(shown["states"], key=lambda one: str(one["state"]))]

    def lose(self) -> None:
        """Lose database, archive and work folder; channels and the mark elsewhere are others'."""
        for name in LOST:
            path = self.home / "var" / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if self.url is not None:
            address = self.url.replace("postgresql+psycopg://", "postgresql://")
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")

    def recover(self, backup: str) -> None:
        """Restore, reconcile what is outside, and end the block by two people."""
        hub("restore", "from", backup, "--by", "运维", *self.config)
        hub("run", "--once", *self.at())
        blocked = refusal_unavailable("payout", "release", 1, "--person", "赵出", *self.at())
        say(f"  恢复后 restored: {blocked}")
        first = hub_json("restore", "scan", *self.at(), may_find=True)
        say(f"  库外 outside: {len(first['open'])}，重新收入 taken in {len(first['taken_in'])}")
        hub("restore", "adopt", 1, "--person", "赵出", *self.at())
        hub("run", "--once", *self.at())
        again = hub_json("restore", "scan", *self.at(), may_find=True)
        say(f"  认领后 adopted: {len(again['open'])} 未明 open")
        for person in ("陈查", "王审"):
            hub("restore", "lift", "--person", person, "--reason", "已与银行逐笔核对", *self.at())
        hub("run", "--once", *self.at())


def refusal_unavailable(*words: object) -> str:
    """Run a command that must be refused for now; return the code of the refusal."""
    return refusal(*words, code=3)


def main(home: Path, pensions: int = PENSIONS, url: str | None = None) -> float:
    """Live the drill in `home`; return the seconds from the loss to the end of the block."""
    say(f"\n== 恢复演练 · a restore drill: {pensions} 人, {url or 'SQLite'} ==")
    month = Drill(home, pensions, url)
    month.hand_in()
    month.sign(1)
    backup = hub_json("backup", "make", "--to", home / "backups", *month.config)
    proof = hub_json("backup", "verify", backup["folder"], "--deep")
    say(f"  备份 backup: 流水 journal {backup['head_n']}, whole: {proof['ok']}")
    hub("payout", "release", 1, "--person", "赵出", *month.at())
    hub("run", "--once", *month.at())
    month.live()
    month.next_day()
    month.live()
    before = month.books()
    month.lose()
    begun_s = time.monotonic()
    month.recover(str(backup["folder"]))
    took_s = time.monotonic() - begun_s
    same = month.books() == before
    say(f"  账与恢复前一致 same books as before the loss: {same}; {took_s:.0f} s")
    if not same:
        raise SystemExit("the books are not those of before the loss")
    month.settle_unknown()
    for list_id in month.correct():
        month.pay(list_id)
    month.next_day()
    month.live()
    summary(month)
    return took_s


if __name__ == "__main__":
    if len(sys.argv) < 2:  # noqa: PLR2004
        raise SystemExit("restore_drill.py HOME [PENSIONS [URL OF AN EMPTY POSTGRESQL]]")
    number = int(sys.argv[2]) if len(sys.argv) > 2 else PENSIONS  # noqa: PLR2004
    main(Path(sys.argv[1]).resolve(), number, sys.argv[3] if len(sys.argv) > 3 else None)  # noqa: PLR2004
