"""Three business days of a finance desk and a month of pensions: what `./run` shows.

Everything lies in one fresh folder: a copy of the configuration, what partners "send", what the
hub makes of it. Nothing here reaches into the hub: files are put into its folders, and the rest are
commands that could be typed by hand.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, Final

import demo_console
from commands import ROOT, hub, hub_json, put, say, yuan
from paid_month import PENSIONS
from paid_month import main as pay_a_month
from refund import main as refund

FIRST: Final = date(2026, 11, 23)  # a Monday
MISSING: Final = "3:treasury"  # the treasury sends nothing on the third day
CHANNELS: Final = {
    "tax": "tax-in", "treasury": "treasury-in", "bank": "bank-in", "core": "core-in",
}  # fmt: skip


def main(home: Path, rows: int, pensions: int, *, console: bool = False) -> None:
    """Live the three days in `home`, which is emptied first, then pay a month in a part of it.

    With `console` that month stays open in the browser; the console of an earlier run ends first.
    """
    if home.exists():
        demo_console.stop(home)
        if not (home / "days").is_dir():
            raise SystemExit(
                f"{home} 不是演示目录，不予清空 · is no demo folder and is not emptied"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    shutil.copytree(ROOT / "config", home / "config")
    config = ("--config", str(home / "config"))
    say(f"准备 · preparing {home}")
    hub("check", "--create", *config)
    hub(
        "simulate", "days", "--first", FIRST, "--days", 3, "--rows", rows, "--seed", 20261123,
        "--missing", MISSING, "--out", home / "days", *config,
    )  # fmt: skip
    day = FIRST
    for number in (1, 2, 3):
        folder = home / "days" / f"day-{number}"
        day = date.fromordinal(FIRST.toordinal() + number - 1)
        live(number, day, folder, home, config)
    write_letter(day, home, config)
    refund(home, day)
    say("")
    say("审计流水 · journal: " + hub("journal", "verify", *config).strip().splitlines()[-1])
    show_places(day, home)
    last = pay_a_month(home / "month", pensions)
    if console:
        demo_console.start(home / "month", last, home)


def live(number: int, day: date, folder: Path, home: Path, config: tuple[str, ...]) -> None:
    """Put a day's files into the folders, let the hub live the day, say what it found."""
    say(f"\n== 第 {number} 天 · day {number}: {day} ==")
    for sender, channel in CHANNELS.items():
        files = sorted((folder / sender).glob("*"))
        for file in files:
            put(file, home / "var" / "channels" / channel)
        names = ", ".join(f.name for f in files) or "— (没有来 · nothing came)"
        say(f"  {sender:<9} {names}")
    hub("run", "--once", "--as-of", day, *config)
    made = home / "var" / "work" / str(day) / "summary.json"
    if not made.exists():
        say(hub("tasks", "list", "--state", "parked", *config, may_find=True))
        raise SystemExit(f"{day} 未能对账 · was not reconciled")
    summary = json.loads(made.read_text("utf-8"))
    alive = hub_json("discrepancy", "list", "--as-of", day, *config, may_find=True)
    transit = f"{summary['in_transit_count']} 笔, {yuan(summary['in_transit_fen'])} 元"
    say(f"  在途 · in transit: {transit}")
    counts = Counter((line["verdict"], line["name"]) for line in alive)
    sums: Counter[tuple[str, str]] = Counter()
    for line in alive:
        sums[line["verdict"], line["name"]] += line["amount_fen"]
    for (verdict, name), count in sorted(counts.items()):
        say(f"  {name:　<10} {verdict:<20} {count:>4} 项 {yuan(sums[verdict, name]):>16} 元")
    compare(folder, counts, summary)


def compare(folder: Path, found: Counter[tuple[str, str]], summary: dict[str, Any]) -> None:
    """Say whether the hub found what was planted; events of files are not in the truth."""
    planted = Counter(e["verdict"] for e in json.loads((folder / "truth.json").read_text("utf-8")))
    seen = Counter({verdict: n for (verdict, _), n in found.items() if verdict in planted})
    seen["in_transit"] = summary["in_transit_count"]
    right = +seen == planted
    say(
        f"  {'✓' if right else '✗'} 与预置的 {planted.total()} 项"
        f"{'完全一致' if right else '不一致'} · "
        f"{'exactly the' if right else 'NOT the'} {planted.total()} planted ones"
    )
    if not right:
        raise SystemExit(f"planted {dict(planted)}, found {dict(+seen)}")


def write_letter(day: date, home: Path, config: tuple[str, ...]) -> None:
    """Draft the letter as one person, sign it as another, let the hub deliver it."""
    say("\n== 发函 · the letter ==")
    month = f"{day:%Y-%m}"
    at = ("--as-of", day)
    drafted = hub_json("letter", "draft", "--month", month, "--person", "王芳", *at, *config)
    signed = hub_json("letter", "sign", drafted["id"], "--person", "李强", *at, *config)
    hub("run", "--once", *at, *config)
    say(
        f"  {signed['number']}：拟稿 drafted by {signed['drafted_by']}，"
        f"签发 signed by {signed['signed_by']}，请于 {signed['due_on']} 前回复 (reply due)"
    )
    for path in sorted((home / "var" / "channels" / "letters-out").iterdir()):
        say(f"  已发出 · sent: {path.name}")


def show_places(day: date, home: Path) -> None:
    """Say where a clerk finds everything."""
    work = home / "var" / "work"
    say("\n== 结果 · where things lie ==")
    for what, path in (
        ("函件 letter", work / "letters"),
        ("工作簿 workbook", work / str(day) / "discrepancies.xlsx"),
        ("原件 originals", home / "var" / "archive"),
        ("流水 journal, database", home / "var" / "hub.db"),
    ):
        say(f"  {what:<26} {shown(path)}")
    config = shown(home / "config")
    say("\n接着试试 · try next:")
    for words in ("discrepancy list", "discrepancy aging", "status", "letter show 1"):
        say(f"  .venv/bin/hub {words} --config {config}")


def shown(path: Path) -> Path:
    """Return a path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "--no-console"]
    main(
        Path(given[0] if given else "demo").resolve(),
        int(given[1]) if len(given) > 1 else 400,
        int(given[2]) if len(given) > 2 else PENSIONS,  # noqa: PLR2004
        console=demo_console.wanted(sys.argv[1:]),
    )
