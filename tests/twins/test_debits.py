"""A month of contributions through the real hub and two twin banks, judged by the banks' logs."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from hub.domain.codes import bank_account, person_id
from hub.twins.ledger import Ledger
from tests.adapters.conftest import sshd  # noqa: F401 -- a fixture
from tests.twins.paying import DAY, PayingHub
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]

NEXT_DAY = "2026-11-26"
COLUMNS = (
    "险种", "社会保障号码", "姓名", "缴费项目", "费款所属期", "金额", "经办银行", "开户行行号",
    "账号", "户名", "授权协议号", "签订日期", "有效期至",
)  # fmt: skip
ISO = """
partner = "iso_bank"
[[outcomes]]
outcome = "rejected"
count = 3
reason = "AM04"
files = [1]
[[outcomes]]
outcome = "returned"
count = 1
reason = "MD06"
after_days = 1
files = [1]
[answers]
twice = true
returns = ["return_collections"]
"""
CITY = """
partner = "city_bank"
[[outcomes]]
outcome = "rejected"
count = 2
reason = "账户已销户"
"""


class DebitingHub(PayingHub):
    """An agency that only debits."""

    partners = ("contributions", "city_bank", "iso_bank")

    def states(self, listed=1):
        shown = self.json("debit", "show", listed)["states"]
        return {one["state"]: one["items"] for one in shown}

    def collect(self, path, listed=1, day=DAY):
        self("debit", "import", path, "--as-of", day)
        self.sign_and_release(listed, day)

    def sign_and_release(self, listed, day):
        for person in ("李初", "王审"):
            self("debit", "sign", listed, "--person", person, "--as-of", day)
        self("debit", "release", listed, "--person", "赵出", "--as-of", day)
        self("run", "--once", "--as-of", day)


def families(path, count, banks):
    """Write a list of as many families, in turn at the banks; return its sum in fen."""
    lines, total = [], 0
    for number in range(1, count + 1):
        body = f"330106201503{number // 1000 + 1:02d}{number % 1000:03d}"
        card = f"622202{number:012d}"
        fen = 38_000 + number
        total += fen
        lines.append((
            "基本医疗保险", body + person_id.check_digit(body), "王小芳", "城乡居民医保", "202611",
            f"{fen // 100}.{fen % 100:02d}", banks[number % len(banks)], "",
            card + bank_account.check_digit(card), "王芳", f"SQ{number:08d}", "2026-03-01", "",
        ))  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *lines])
    return total


def fill_in(path, text):
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for one in rows:
            wanted = one["失败代码"] == "AM04"
            writer.writerow(one | ({"说明": text} if wanted else {}))


def balance(hub, account):
    lines = [one for one in hub.json("voucher", "balance") if one["account"] == account]
    return sum(one["debit_fen"] - one["credit_fen"] for one in lines)


def test_a_month_is_collected_and_what_failed_is_tried_the_next_day(tmp_path):
    hub = DebitingHub(tmp_path / "hub")
    listed = tmp_path / "DSMX_20261125_001.csv"
    total = families(listed, 60, ("iso_bank", "city_bank"))
    scripts = {"iso_bank": ISO, "city_bank": CITY}

    def banks_live(day):
        for bank, script in scripts.items():
            (tmp_path / f"{bank}.toml").write_text(script, "utf-8")
            hub("twin", "bank", tmp_path / f"{bank}.toml", "--home", tmp_path / bank, "--on", day)
        hub("run", "--once", "--as-of", day)

    hub.collect(listed)
    banks_live(DAY)
    assert hub.states() == {"succeeded": 55, "failed": 5}
    banks_live(NEXT_DAY)  # one that was collected is given back
    assert hub.states() == {"succeeded": 54, "failed": 5, "reversed": 1}

    work = tmp_path / "work.csv"
    assert len(hub.json("debit", "work", "--out", work, expect=1)) == 6
    fill_in(work, "已提醒存款")
    made = hub.json("debit", "again", work, "--person", "张征", "--as-of", NEXT_DAY)
    assert (made["lists"][0]["items"], len(made["left"])) == (3, 3)
    hub.sign_and_release(2, NEXT_DAY)
    banks_live(NEXT_DAY)

    assert hub.states(2) == {"succeeded": 3}
    said = {bank: Ledger(tmp_path / bank) for bank in scripts}
    assert {bank: one.audit().twice for bank, one in said.items()} == {b: [] for b in scripts}
    taken = sum(
        got.items[number][2]
        for one in said.values()
        for got in one.taken
        for (about, number), outcome in one.outcomes().items()
        if outcome == "paid" and about == got.sha256
    )
    assert balance(hub, "收入户存款") == taken  # the banks' own logs say what is on the account
    assert taken < total
    assert hub.json("verify", "--deep")["ok"]
    assert hub.json("payout", "list") == []


def test_a_bank_over_sftp_gets_each_debit_once(tmp_path, sshd):  # noqa: F811
    takes, gives = tmp_path / "server" / "takes", tmp_path / "server" / "gives"
    for folder in (takes, gives):
        folder.mkdir(parents=True)
    hub = DebitingHub(
        tmp_path / "hub",
        sftp={"iso-bank-out": sshd.settings(takes), "bank-in": sshd.settings(gives)},
    )
    (tmp_path / "bank.toml").write_text(ISO, "utf-8")
    listed = tmp_path / "DSMX_20261125_001.csv"
    families(listed, 20, ("iso_bank",))
    twin = hub.start(
        "twin", "bank", tmp_path / "bank.toml", "--home", tmp_path / "own", "--takes", takes,
        "--gives", gives, "--on", DAY, "--watch",
    )  # fmt: skip
    try:
        hub.collect(listed)
        eventually(
            lambda: len(Ledger(tmp_path / "own").said) == 2 or twin.poll() is not None,
            timeout_s=60,
        )
    finally:
        twin.terminate()
        said, log = twin.communicate(timeout=30)
    assert twin.returncode == 0, log
    assert said.startswith("← PAIN008_20261125_0001.xml: taken")
    hub("run", "--once", "--as-of", DAY)

    audit = Ledger(tmp_path / "own").audit()
    assert hub.states() == {"succeeded": 17, "failed": 3}
    assert (audit.files, audit.payments, audit.twice) == (1, 20, [])
    assert hub.json("verify")["ok"]
    assert date.fromisoformat(DAY)
