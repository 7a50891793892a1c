"""A month of business in three days: lists, approvals, payments, answers, corrections, letters.

Each step has a name, so that a kill can be told and repeated by name: `26 run after the banks`.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tests.conftest import ROOT
from tests.proof.world import BANKS, World, read_table, write_table

FIRST = date(2026, 11, 25)
DAYS = 3
PENSIONS = 40
ROWS = 40
SIGNERS = ("李初", "周复", "王审")
UNCLEAR = "单位编号或账号信息错误"
SENDERS = {"tax": "tax-in", "treasury": "treasury-in"}


class Month:
    """Lives the month in a world."""

    def __init__(self, world: World, *, days: int = DAYS, letters: bool = True) -> None:
        self.world, self.days, self.letters = world, days, letters and not world.place.pays_only
        self.day = FIRST
        self.made = None

    def live(self) -> None:
        self._prepare()
        for number in range(1, self.days + 1):
            self._receive_lists(number)
            if number == 1:
                self._hand_in()
                self._pay(1)
            else:
                self.world.banks(self.day)
                self._run("after the banks")
            if number == 2:
                self._decide()
                for list_id in self._correct():
                    self._pay(list_id)
            if number == DAYS and self.letters:
                self._letter()
            self.day += timedelta(days=1)
        self.day -= timedelta(days=1)

    def _at(self):
        return ("--as-of", self.day)

    def _run(self, what: str) -> None:
        self.world.live(f"{self.day:%d} run {what}", self.day)

    def _person(self, what, *words, done, **options) -> None:
        self.world.person(f"{self.day:%d} {what}", *words, done=done, **options)

    def _prepare(self) -> None:
        """Make what others send: no part of the hub that is proven."""
        world = self.world
        self.made = world.json(
            "simulate", "benefits", "--pensions", PENSIONS, "--banks", ",".join(BANKS),
            "--date", FIRST, "--seed", world.seed, "--out", world.home / "lists",
        )  # fmt: skip
        (world.home / "拨款凭证.txt").write_text("财政专户拨入支出户", "utf-8")
        if not world.place.pays_only:
            self._simulate_lists()

    def _simulate_lists(self) -> None:
        world = self.world
        world.elsewhere(
            "simulate", "days", "--first", FIRST, "--days", DAYS, "--rows", ROWS, "--seed",
            world.seed, "--out", world.home / "days", "--config", ROOT / "config",
        )  # fmt: skip

    def _receive_lists(self, number: int) -> None:
        for sender, channel in SENDERS.items():
            for file in sorted((self.world.home / "days" / f"day-{number}" / sender).glob("*")):
                self.world.put(file, channel)

    def _hand_in(self) -> None:
        for bank, sums in sorted(self.made["banks"].items()):
            self._fund(bank, sums["total_fen"])
        self.world.put(Path(self.made["file"]), "benefits-in")
        self._run("takes lists")

    def _fund(self, bank: str, fen: int) -> None:
        yuan = f"{fen // 100}.{fen % 100:02d}"

        def drafts():
            return [one for one in self.world.json("voucher", "drafts") if one["amount"] == yuan]

        self._person(
            f"book {bank}",
            "voucher", "book", "account.funded", "--fund", "pension", "--on", self.day,
            "--subject", f"2026-11/{bank}", "--amount", yuan,
            "--fact", f"bank={bank}", "--document", self.world.home / "拨款凭证.txt",
            "--person", "王芳", done=lambda: bool(drafts()),
        )  # fmt: skip
        (draft,) = drafts()
        self._person(
            f"confirm {bank}", "voucher", "confirm", draft["id"], "--person", "李强",
            done=lambda: drafts()[0]["state"] != "open",
        )  # fmt: skip

    def _shown(self, list_id: int):
        return self.world.json("payout", "show", list_id)

    def _pay(self, list_id: int) -> None:
        seen = self._shown(list_id)
        for person in SIGNERS[: seen["needs"]]:
            self._person(
                f"sign {list_id} {person}", "payout", "sign", list_id, "--person", person,
                "--digest", seen["digest"], *self._at(),
                done=lambda p=person: p in {
                    one["person"] for one in self._shown(list_id)["signatures"]
                },
            )  # fmt: skip
        self._person(
            f"release {list_id}",
            "payout",
            "release",
            list_id,
            "--person",
            "赵出",
            *self._at(),
            done=lambda: self._shown(list_id)["state"] == "released",
        )
        self._run("sends")
        self.world.banks(self.day)
        self._run("reads answers")

    def _decide(self) -> None:
        for one in self._unpaid():
            if one["state"] == "unknown" and one["raw"] == UNCLEAR:
                self._decide_one(one["item"])

    def _unpaid(self):
        return self.world.json("payout", "unpaid", *self._at(), may_find=True)

    def _decide_one(self, item: int) -> None:
        def decided(person):
            text = self.world.calm("journal", "list", "--subject", f"payout_item:{item}",
                                   "--json", may_find=True)  # fmt: skip
            return person in text

        for person in ("陈查", "王审"):
            self._person(
                f"decide {person}", "payout", "decide", item, "--outcome", "returned",
                "--person", person, "--reason", "电话询问银行：账号错误，未入账", *self._at(),
                done=lambda p=person: decided(p),
            )  # fmt: skip

    def _correct(self) -> list[int]:
        """Let the desk fill in the work list; return the lists that its corrections became."""
        work = self.world.home / "work.csv"
        before = {one["id"] for one in self.world.json("payout", "list")}
        returned = self.world.json("payout", "returns", "--out", work, *self._at(), may_find=True)
        names, rows = read_table(work)
        remedies = {str(one["item"]): one["remedy"] for one in returned}
        for number, row in enumerate(rows):
            if remedies[row["明细号"]] != "stop":
                row["新账号"] = f"62284810{number:011d}"
                row["说明"] = "已电话核实，本人提供新账户"
        write_table(work, names, rows)

        def new():
            return sorted({one["id"] for one in self.world.json("payout", "list")} - before)

        self._person("correct", "payout", "correct", work, "--person", "张发", *self._at(),
                     done=lambda: bool(new()))  # fmt: skip
        return new()

    def _letter(self) -> None:
        def letters():
            return self.world.json("letter", "list")

        self._person(
            "letter draft", "letter", "draft", "--month", f"{self.day:%Y-%m}", "--person", "王芳",
            *self._at(), done=lambda: bool(letters()),
        )  # fmt: skip
        (letter,) = letters()
        self._person(
            "letter sign",
            "letter",
            "sign",
            letter["id"],
            "--person",
            "李强",
            *self._at(),
            done=lambda: letters()[0]["number"] is not None,
        )
        self._run("sends the letter")
