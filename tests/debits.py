"""Lists of direct debits and two banks that carry them out, for tests of flows.

`gamma` takes text files and pays too, `delta` takes pain.008.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.way import Way
from hub.flows.payout_approval import sign
from hub.flows.payout_release import release
from tests import payouts

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = "".join(
    f'[{name}]\nkind = "folder"\ndirection = "{name.rpartition("-")[2]}"\n'
    f'path = "channels/{name}"\npoll_interval_s = 0.05\n\n'
    for name in ("contributions-in", "gamma-in", "gamma-out", "delta-in", "delta-out")
)

_LIST = """
kind = "core"
name = "保险费征缴"
channel = "contributions-in"

[layouts.debit_list]
form = "delimited"
file_name = "DSMX_{day:%Y%m%d}_{sequence:03d}.csv"
names = true

[[layouts.debit_list.records]]
name = "item"
repeat = true
fields = [
  { name = "fund", type = "text" },
  { name = "person_id", type = "text" },
  { name = "person_name", type = "text" },
  { name = "benefit", type = "text" },
  { name = "period", type = "period" },
  { name = "amount_fen", type = "amount_fen" },
  { name = "bank", type = "text" },
  { name = "bank_no", type = "text", required = false },
  { name = "account_no", type = "text" },
  { name = "account_name", type = "text" },
  { name = "mandate_no", type = "text", required = false },
  { name = "mandate_on", type = "date", required = false },
  { name = "mandate_until", type = "date", required = false },
]
"""

_COLLECTION = """
[layouts.collection]
form = "delimited"
direction = "out"
file_name = "DS_{day:%Y%m%d}_{sequence:03d}.txt"
encoding = "gb18030"
delimiter = "|"
controls = [
  { field = "header.item_count", equals = "count", of = "item" },
  { field = "header.total_fen", equals = "sum", of = "item.amount_fen" },
]
[[layouts.collection.records]]
name = "header"
tag = "H"
fields = [
  { name = "message_id", type = "text" },
  { name = "debit_account_no", type = "text" },
  { name = "business_on", type = "date" },
  { name = "purpose", type = "text" },
  { name = "item_count", type = "count" },
  { name = "total_fen", type = "amount_fen" },
]
[[layouts.collection.records]]
name = "item"
tag = "D"
repeat = true
fields = [
  { name = "item_no", type = "count" },
  { name = "end_to_end_id", type = "text" },
  { name = "account_no", type = "text", chars_max = 32 },
  { name = "account_name", type = "text", chars_max = 10 },
  { name = "amount_fen", type = "amount_fen" },
  { name = "mandate_no", type = "text", chars_max = 20 },
  { name = "mandate_on", type = "date" },
]
"""

_PAIN = """
[layouts.collection]
form = "pain008"
direction = "out"
file_name = "PAIN008_{day:%Y%m%d}_{sequence:04d}.xml"
options = { version = "008.001.08", category_purpose = "GOVT" }

[layouts.return_advice]
form = "camt_returns"
file_name = "CR_{any}.xml"
options = { currency = "CNY", credits = "collected" }
"""

_ACCOUNTS = """
[layouts.result_accounts]
form = "delimited"
file_name = "ZH_{day:%Y%m%d}.txt"
delimiter = "|"
[[layouts.result_accounts.records]]
name = "item"
repeat = true
fields = [
  { name = "account_no", type = "text" },
  { name = "amount_fen", type = "amount_fen" },
  { name = "result", type = "text", constant = "rejected" },
  { name = "reason_text", type = "text" },
]
[layouts.result_accounts.maps.reasons]
"户名不符" = "BE01"
"""

_INCOME = """
[payout.income]
number = "8010000000000027"
name = "示范市社会保险基金收入户"
"""

COLUMNS = (
    "fund", "person_id", "person_name", "benefit", "period", "amount_fen", "bank", "bank_no",
    "account_no", "account_name", "mandate_no", "mandate_on", "mandate_until",
)  # fmt: skip


def write_debit_partners(folder: Path, *, items_max: int = 3) -> None:
    """Write the partner files of the contribution desk and of the banks gamma and delta."""
    (folder / "contributions.toml").write_text(_LIST, "utf-8")
    for code, name, layouts in (("gamma", "丙银行", _COLLECTION), ("delta", "丁银行", _PAIN)):
        bank = payouts._BANK.format(code=code, name=name, items_max=items_max)
        bank = bank.replace("[payout]\n", '[payout]\ncollection = "collection"\n')
        bank = bank.replace("\n[layouts.payout]", f"{_INCOME}\n[layouts.payout]", 1)
        text = bank + layouts + payouts.ANSWERS + _ACCOUNTS
        (folder / f"{code}.toml").write_text(text, "utf-8")


def row(number: int, **values: object) -> dict[str, object]:
    """Return the n-th family's row of a list."""
    return {
        "fund": "medical", "person_id": payouts.person(number),
        "person_name": f"李{'甲乙丙丁戊己庚辛'[number % 8]}", "benefit": "城乡居民医保",
        "period": 202611, "amount_fen": 38_000 + number, "bank": "gamma", "bank_no": "",
        "account_no": payouts.account(500 + number), "account_name": f"李父{number}",
        "mandate_no": f"SQ{number:06d}", "mandate_on": "20260301", "mandate_until": "",
        **values,
    }  # fmt: skip


def list_bytes(rows: list[dict[str, object]]) -> bytes:
    """Return a list as the desk sends it."""
    lines = [",".join(COLUMNS), *(",".join(str(one[name]) for name in COLUMNS) for one in rows)]
    return ("\n".join(lines) + "\n").encode()


def of_debits(office):
    """Return the services of an office for direct debits."""
    return office.services.on(Way.DEBIT)


def reading(office):
    """Open a unit that reads debits."""
    return of_debits(office).store.read()


def take_list(office, rows, sequence=1):
    """Send a list and work it off; return it as it is then."""
    name = f"DSMX_20261124_{sequence:03d}.csv"
    received = office.send("contributions-in", name, list_bytes(rows))
    office.work()
    with reading(office) as uow:
        return uow.payouts.of_inbox(received.id)


def approve(office, listed, signers=("李初", "王审")):
    """Sign a list by as many people as are named; return it as it is then."""
    for who in signers:
        listed = sign(listed.id, person=who, services=of_debits(office))
    return listed


def debit(office, rows, sequence=1):
    """Take, sign, release and deliver a list; return it as it is then."""
    listed = approve(office, take_list(office, rows, sequence))
    send(office, listed)
    with reading(office) as uow:
        return uow.payouts.get(listed.id)


def send(office, listed, **options):
    """Release an approved list and work off what is due; return its batches as they are then."""
    release(listed.id, person="赵出", services=of_debits(office), **options)
    office.work()
    return batches_of(office, listed)


def batches_of(office, listed):
    with reading(office) as uow:
        return uow.payout_batches.list(list_id=listed.id)


def items_of(office, listed):
    with reading(office) as uow:
        return list(uow.payout_items.of_list(listed.id))


def states_of(office, listed):
    return [one.state.value for one in items_of(office, listed)]


def codes_of(office, listed):
    """Return what was found about a list's items: number, code, whether it refuses."""
    with reading(office) as uow:
        return [
            (one.item_no, one.code, one.refuses)
            for one in uow.payout_checks.of_list(listed.id, limit=100)
        ]


def booked(office):
    """Return event, amount and account of every voucher's bank line, in their order."""
    from hub.store.vouchers import Span

    with office.store.read() as uow:
        return [
            (one.event, one.amount_fen, one.lines[0].account)
            for one in uow.vouchers.list(Span())
        ]  # fmt: skip
