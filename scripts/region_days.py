"""What happens in `./run --regions`: people apply, offices agree, send, enter, go on."""  # noqa: INP001

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from commands import hub, plain_yuan, refusal
from region_office import BANK, FUNDS, SIGNERS, Service, wait_until
from region_people import Mover, write_form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from region_office import Office

CLERK, MAKER, CASHIER, FINANCE, REVIEWER = "周受", "郑编", "赵出", "钱财", "孙核"
OLD_ACCOUNT: Final = "6010000000000000019"  # that of [payout] in the bank's file
PAIN: Final = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
TWIN: Final = """\
partner = "iso_bank"
seed = 3

[[outcomes]]                           # our account is short for the last one
outcome = "rejected"
count = 1
reason = "AM04"
files = [1]
"""


@dataclass(slots=True)
class Move:
    """One person on the way: the case at each office, and the credit that came."""

    mover: Mover
    amount_fen: int = 0
    ref: str = ""
    new_case: int = 0
    old_case: int = 0
    receipt: int = 0
    held: bool = False  # the credit was 暂收款 first


@dataclass(slots=True)
class World:
    """Both offices, the bank of the old one, and everybody who moves."""

    home: Path
    new: Office
    old: Office
    moves: list[Move]

    def of(self, *orders: str, overdue: bool = False) -> list[Move]:
        """Return who has one of these orders, without the one that is never answered."""
        return [
            one for one in self.moves
            if " ".join(one.mover.order) in orders and one.mover.overdue <= overdue
        ]  # fmt: skip


def apply_in(world: World, moves: Sequence[Move]) -> None:
    """People apply at the new place; a case that a message began is joined."""
    done = world.new.each(
        [_application("in", one.mover, world.old.region) for one in moves], person=CLERK
    )
    for one, case in zip(moves, done, strict=True):
        one.new_case, one.ref = case["id"], case["ref"]


def agree(world: World, moves: Sequence[Move]) -> None:
    """The new place agrees (联系函): proposed, then signed on three levels."""
    proposed = world.new.each([("case", "consent", one.new_case) for one in moves], person=CLERK)
    world.new.sign_all(proposed)


def apply_out(world: World, moves: Sequence[Move]) -> None:
    """People hand in the new place's consent on paper at the old place."""
    done = world.old.each(
        [_application("out", one.mover, world.new.region) for one in moves], person=CLERK
    )
    for one, case in zip(moves, done, strict=True):
        one.old_case = case["id"]
    world.old.each(
        [("case", "consent", one.old_case, "--number", f"纸-{one.mover.number}") for one in moves],
        person=CLERK,
    )


def find_old(world: World, moves: Sequence[Move]) -> None:
    """Find the cases that letters opened at the old place; medical wants an application there."""
    known = {case["ref"]: case for case in world.old.ask("case", "list", "--limit", 1000)}
    for one in moves:
        one.old_case = known[one.ref]["id"]
    world.old.each(
        [
            _application("out", one.mover, world.new.region) for one in moves
            if known[one.ref]["state"] == "unasked"
        ],
        person=CLERK,
    )  # fmt: skip


def offer(world: World, moves: Sequence[Move]) -> None:
    """The old place finds no arrears and makes its form (转移表), signed by two."""
    world.old.each([("case", "arrears", one.old_case, "0") for one in moves], person=CLERK)
    lines = []
    for one in moves:
        path, one.amount_fen = write_form(one.mover, world.home)
        amount = plain_yuan(one.amount_fen)
        lines.append(("case", "form", one.old_case, "--amount", amount, "--file", path))
    world.old.sign_all(world.old.each(lines, person=CLERK))


def bank_of(world: World, day: date) -> Service:
    """Start the twin bank for a day, as a process of its own."""
    script = world.home / f"{BANK}.toml"
    script.write_text(TWIN, "utf-8")
    words = ("twin", "bank", script, "--home", world.home / "bank", "--on", day, "--watch")
    return Service((*words, *world.old.config), world.home / "bank.log")


def fund_accounts(world: World) -> None:
    """The treasury puts into 支出户 what the fund list asks for."""
    slip = world.home / "拨款凭证.txt"
    slip.write_text("财政专户拨入支出户", "utf-8")
    rows = world.old.ask("case", "fund-list", "--as-of", world.old.day)
    for fund in FUNDS:
        total = sum(row["amount_fen"] for row in rows if row["fund"] == fund)
        draft = world.old.ask(
            "voucher", "book", "account.funded", "--fund", fund, "--on", world.old.day,
            "--subject", f"2026-11/{fund}", "--amount", plain_yuan(total), "--fact",
            f"bank={BANK}", "--document", slip, "--person", "王芳",
        )  # fmt: skip
        hub("voucher", "confirm", draft["id"], "--person", "李强", *world.old.config)


def remit(world: World, *groups: Sequence[Move]) -> list[dict[str, Any]]:
    """Month end: a form for each group and fund whose money is due, signed and released."""
    due = {row["case"]: row for row in world.old.ask("case", "fund-list", "--as-of", world.old.day)}
    lists = []
    for group in groups:
        for fund in FUNDS:
            cases = [one.old_case for one in group if due[one.old_case]["fund"] == fund]
            if cases:
                made = world.old.do("case", "remit", *cases, "--bank", BANK, person=MAKER)
                pay(world.old, made["list"])
                lists.append(made)
    return lists


def pay(office: Office, list_id: int) -> None:
    """Let others than the maker sign a form, then release it."""
    seen = office.ask("payout", "show", list_id)
    for signer in SIGNERS[: seen["needs"]]:
        office.do("payout", "sign", list_id, "--digest", seen["digest"], person=signer)
    office.do("payout", "release", list_id, person=CASHIER)


def wait_for_bank(world: World, bank: Service) -> list[dict[str, Any]]:
    """Wait until the bank has answered for every payment; return those that it sent back."""
    rows: list[dict[str, Any]] = []

    def is_answered() -> bool:
        rows[:] = world.old.ask("case", "remittances")
        return all(row["state"] in ("paid", "returned") for row in rows)

    wait_until(is_answered, [bank], "the bank's answers")
    return [row for row in rows if row["state"] == "returned"]


def pay_again(world: World, returned: Sequence[dict[str, Any]]) -> None:
    """Pay what came back again, under the same case, once the account is funded."""
    for row in returned:
        why = "支出户余额已补足，账号核实无误"
        made = world.old.do("case", "remit-again", row["id"], "--explanation", why, person=MAKER)
        pay(world.old, made["list"])


def credited(world: World) -> dict[int, str]:
    """Return what the bank's own log says that it paid: sums (fen), with the words of each.

    The words are those in the bytes that the bank got. Every sum is another one: it names a person.
    """
    got, paid = {}, set()
    for line in (world.home / "bank" / "ledger.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["what"] == "got":
            content = (world.home / "bank" / "received" / entry["sha256"]).read_bytes()
            words = [
                one.findtext(f"{PAIN}RmtInf/{PAIN}Ustrd") or ""
                for one in ET.fromstring(content).iter(f"{PAIN}CdtTrfTxInf")  # noqa: S314 -- ours
            ]
            got[entry["sha256"]] = [
                (item[2], text) for item, text in zip(entry["items"], words, strict=True)
            ]
        elif entry["how"] == "whole":
            paid |= {(entry["about"], at) for at, what in entry["steps"] if what == "paid"}
    return dict(got[about][at] for about, at in paid)


def enter(world: World, moves: Sequence[Move]) -> None:
    """Finance at the new place enters the bank's credits one by one (逐笔), as they came."""
    paid = credited(world)
    there = [one for one in moves if one.amount_fen in paid and not one.receipt]
    lines = [
        (
            "case", "receipt", "--number", f"LS{one.mover.number:06d}", "--fund", one.mover.kind,
            "--amount", plain_yuan(one.amount_fen), "--payer", world.old.name, "--account-no",
            OLD_ACCOUNT, "--words", f"{paid[one.amount_fen]} {one.mover.name}",
        )
        for one in there
    ]  # fmt: skip
    for one, entered in zip(there, world.new.each(lines, person=FINANCE), strict=True):
        one.receipt, one.held = entered["id"], entered["state"] == "held"


def join(world: World, moves: Sequence[Move]) -> None:
    """Two people say which case each held credit is for."""
    world.new.each(
        [("case", "match", one.receipt, "--case", one.new_case) for one in moves], person=FINANCE
    )
    world.new.each([("case", "confirm-match", one.receipt) for one in moves], person=REVIEWER)


def refuse_unapproved(world: World, move: Move) -> str:
    """Try to give a credit to a case that nobody has approved; return the refusal's code."""
    known = {case["ref"]: case["id"] for case in world.new.ask("case", "list", "--limit", 1000)}
    old = world.old.ask("case", "show", move.old_case)
    words = ("case", "match", move.receipt, "--case", known[old["ref"]])
    return refusal(*world.new.words(*words, person=FINANCE))


def go_on(world: World, moves: Sequence[Move]) -> None:
    """The new place continues the relations (接续): proposed, then signed by two."""
    proposed = world.new.each([("case", "continue", one.new_case) for one in moves], person=CLERK)
    world.new.sign_all(proposed)


def _application(direction: str, mover: Mover, other: str) -> tuple[object, ...]:
    return (
        "case", "apply", direction, "--kind", mover.kind, "--person-id", mover.person_id,
        "--name", mover.name, "--other", other,
    )  # fmt: skip
