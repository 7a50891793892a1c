"""Payout lists and two banks for tests of flows: who is paid, by whom it is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.codes import bank_account, person_id
from hub.flows.payout_approval import sign
from hub.flows.payout_release import release

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = "".join(
    f'[{name}]\nkind = "folder"\ndirection = "{name.rpartition("-")[2]}"\n'
    f'path = "channels/{name}"\npoll_interval_s = 0.05\n\n'
    for name in ("benefits-in", "alpha-in", "alpha-out", "beta-in", "beta-out")
)

_LIST = """
kind = "core"
name = "待遇核发环节"
channel = "benefits-in"

[layouts.payout_list]
form = "delimited"
file_name = "FFMX_{day:%Y%m%d}_{sequence:03d}.csv"
names = true

[[layouts.payout_list.records]]
name = "item"
repeat = true
fields = [
  { name = "kind", type = "text" },
  { name = "fund", type = "text" },
  { name = "person_id", type = "text" },
  { name = "person_name", type = "text" },
  { name = "benefit", type = "text" },
  { name = "period", type = "period" },
  { name = "amount_fen", type = "amount_fen" },
  { name = "bank", type = "text" },
  { name = "bank_no", type = "text", required = false },
  { name = "account_no", type = "text" },
  { name = "account_name", type = "text", required = false },
]
"""

_BANK = """
kind = "bank"
name = "{name}"
channel = "{code}-in"

[payout]
channel = "{code}-out"
cutoff = "15:30"
deadline = "16:30"
items_max = {items_max}
account = "8010000000000019"
account_name = "示范市社会保险事业管理局"
agency_code = "SB001"

[layouts.payout]
form = "fixed"
direction = "out"
file_name = "DF_{{day:%Y%m%d}}_{{any}}_{{sequence:03d}}.txt"
encoding = "gb18030"
controls = [
  {{ field = "header.item_count", equals = "count", of = "item" }},
  {{ field = "header.total_fen", equals = "sum", of = "item.amount_fen" }},
]

[[layouts.payout.records]]
name = "header"
tag = "H"
fields = [
  {{ name = "message_id", type = "text", width = 35 }},
  {{ name = "business_on", type = "date", width = 8 }},
  {{ name = "item_count", type = "count", width = 8 }},
  {{ name = "total_fen", type = "amount_fen", width = 16 }},
]

[[layouts.payout.records]]
name = "item"
tag = "D"
repeat = true
fields = [
  {{ name = "item_no", type = "count", width = 8 }},
  {{ name = "end_to_end_id", type = "text", width = 20 }},
  {{ name = "account_no", type = "text", width = 32 }},
  {{ name = "account_name", type = "text", width = 20 }},
  {{ name = "amount_fen", type = "amount_fen", width = 12 }},
]
"""

ANSWERS = """
[layouts.result]
form = "delimited"
file_name = "HP_{any}.txt"
delimiter = "|"
controls = [
  { field = "header.item_count", equals = "count", of = "item" },
  { field = "header.total_fen", equals = "sum", of = "item.amount_fen" },
]
[[layouts.result.records]]
name = "header"
tag = "H"
fields = [
  { name = "agency_code", type = "text", required = false },
  { name = "item_count", type = "count" },
  { name = "total_fen", type = "amount_fen" },
]
[[layouts.result.records]]
name = "item"
tag = "D"
repeat = true
fields = [
  { name = "end_to_end_id", type = "text" },
  { name = "amount_fen", type = "amount_fen" },
  { name = "result", type = "text" },
  { name = "reason_text", type = "text", required = false },
  { name = "settled_on", type = "date", required = false },
  { name = "reference", type = "text", required = false },
]
[layouts.result.maps.results]
"0" = "received"
"1" = "accepted"
"7" = "paid"
"6" = "rejected"
"8" = "returned"
"9" = "open"
[layouts.result.maps.reasons]
"户名不符" = "BE01"
"账户已销户" = "AC04"
"收款人死亡" = "MD07"
"余额不足" = "AM04"
"没有授权" = "MD01"
"拒绝扣款" = "MS02"

[layouts.result_named]
form = "delimited"
file_name = "1{any}"
delimiter = "|"
[[layouts.result_named.records]]
name = "item"
repeat = true
fields = [
  { name = "account_no", type = "text" },
  { name = "amount_fen", type = "amount_fen" },
  { name = "result", type = "text", constant = "rejected" },
  { name = "reason_text", type = "text" },
  { name = "batch_no", type = "text", required = false },
]
[layouts.result_named.maps.reasons]
"户名不符" = "BE01"

[layouts.status]
form = "pain002"
file_name = "ZT_{any}.xml"
options = { currency = "CNY" }

[layouts.return]
form = "pacs004"
file_name = "TH_{any}.xml"
options = { currency = "CNY" }

[layouts.return_statement]
form = "camt_returns"
file_name = "DZ_{any}.xml"
options = { currency = "CNY" }
"""
"""What banks answer: see tests/answers.py."""

COLUMNS = (
    "kind", "fund", "person_id", "person_name", "benefit", "period", "amount_fen", "bank",
    "bank_no", "account_no", "account_name",
)  # fmt: skip


def write_payout_partners(folder: Path, *, items_max: int = 3) -> None:
    """Write the partner files of the benefit desk and of the banks alpha and beta."""
    (folder / "benefits.toml").write_text(_LIST, "utf-8")
    for code, name in (("alpha", "甲银行"), ("beta", "乙银行")):
        text = _BANK.format(code=code, name=name, items_max=items_max)
        (folder / f"{code}.toml").write_text(text + ANSWERS, "utf-8")


def person(number: int) -> str:
    """Return the n-th valid identity number."""
    body = f"330106195803{number // 1000 + 1:02d}{number % 1000:03d}"
    return body + person_id.check_digit(body)


def account(number: int) -> str:
    """Return the n-th account: a card that passes its check digit."""
    body = f"622202{number:012d}"
    return body + bank_account.check_digit(body)


def row(number: int, **values: object) -> dict[str, object]:
    """Return the n-th person's row of a list."""
    return {
        "kind": "social", "fund": "pension", "person_id": person(number),
        "person_name": f"王{'甲乙丙丁戊己庚辛'[number % 8]}", "benefit": "基本养老金",
        "period": 202611, "amount_fen": 300_000 + number, "bank": "alpha", "bank_no": "",
        "account_no": account(number), "account_name": "", **values,
    }  # fmt: skip


def list_bytes(rows: list[dict[str, object]]) -> bytes:
    """Return a list as the desk sends it."""
    lines = [",".join(COLUMNS), *(",".join(str(one[name]) for name in COLUMNS) for one in rows)]
    return ("\n".join(lines) + "\n").encode()


def take_list(office, rows, sequence=1):
    """Send a list and work it off; return it as it is then."""
    received = office.send("benefits-in", f"FFMX_20261124_{sequence:03d}.csv", list_bytes(rows))
    office.work()
    with office.store.read() as uow:
        return uow.payouts.of_inbox(received.id)


def approve(office, payout, signers=("李初", "王审")):
    """Sign a list by as many people as are named; return it as it is then."""
    for who in signers:
        payout = sign(payout.id, person=who, services=office.services)
    return payout


def pay(office, rows, sequence=1):
    """Take, sign, release and deliver a list; return its batches as they are then."""
    payout = approve(office, take_list(office, rows, sequence))
    release(payout.id, person="赵出", services=office.services)
    office.work()
    return batches_of(office, payout)


def batches_of(office, payout):
    """Return a list's batches."""
    with office.store.read() as uow:
        return uow.payout_batches.list(list_id=payout.id)


def items_of(office, payout):
    """Return a list's items."""
    with office.store.read() as uow:
        return list(uow.payout_items.of_list(payout.id))


def codes_of(office, payout):
    """Return what was found about a list's items: number, code, whether it refuses."""
    with office.store.read() as uow:
        return [
            (one.item_no, one.code, one.refuses)
            for one in uow.payout_checks.of_list(payout.id, limit=100)
        ]


def sent_files(office, bank="alpha"):
    """Return what a bank's folder holds: bytes by name."""
    folder = office.services.settings.channels[f"{bank}-out"].path
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
