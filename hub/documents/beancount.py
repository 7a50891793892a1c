"""Vouchers as a Beancount file: plain-text double entry that an independent program can check.

`bean-check` recomputes every transaction and every closing balance. Each fund has accounts of its
own. A voucher's number is a link (`^`), and a reversal also carries the link of what it reverses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.books import AccountClass
from hub.domain.money import yuan_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hub.domain.books import Books
    from hub.domain.voucher import Voucher

CURRENCY: Final = "CNY"

_ROOTS: Final = {
    AccountClass.ASSET: "Assets",
    AccountClass.LIABILITY: "Liabilities",
    AccountClass.BALANCE: "Equity",
    AccountClass.INCOME: "Income",
    AccountClass.EXPENSE: "Expenses",
}
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9\u0080-\U0010ffff]+")


def write_beancount(path: Path, vouchers: Iterable[Voucher], books: Books, *, title: str) -> int:
    """Write vouchers as a Beancount file and return how many there were."""
    count = 0
    sums: defaultdict[str, int] = defaultdict(int)
    days: list[date] = []
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'option "title" {_quoted(title)}\n')
        file.write(f'option "operating_currency" "{CURRENCY}"\n\n')
        for voucher in vouchers:
            count += 1
            days = [min([*days, voucher.booked_on]), max([*days, voucher.booked_on])]
            file.writelines(_transaction(voucher, books, sums))
        if days:
            first, after = days[0], days[1] + timedelta(days=1)
            for account, fen in sorted(sums.items()):
                file.write(f"{first} open {account} {CURRENCY}\n")
                file.write(f"{after} balance {account} {yuan_text(fen)} {CURRENCY}\n")
    return count


def account_name(fund: str, name: str, books: Books) -> str:
    """Return an account's Beancount name: `Assets:Pension:支出户存款`."""
    root = _ROOTS[books.account(name).kind]
    return f"{root}:{_component(fund.replace('_', ' ').title())}:{_component(name)}"


def _transaction(voucher: Voucher, books: Books, sums: defaultdict[str, int]) -> Iterator[str]:
    links = f" ^{voucher.no}" + (f" ^{voucher.reverses_no}" if voucher.reverses_no else "")
    yield f"{voucher.booked_on} * {_quoted(voucher.event)} {_quoted(voucher.summary)}{links}\n"
    yield f"  subject: {_quoted(voucher.subject)}\n"
    yield f"  rule: {_quoted(voucher.rule)}\n"
    for number, document in enumerate(voucher.documents, start=1):
        yield f"  original{number}: {_quoted(f'{document.name} sha256:{document.sha256}')}\n"
    for line in voucher.lines:
        account = account_name(voucher.fund, line.account, books)
        sums[account] += line.signed_fen
        yield f"  {account}  {yuan_text(line.signed_fen)} {CURRENCY}\n"
        if line.detail:
            yield f"    detail: {_quoted(line.detail)}\n"
    yield "\n"


def _component(text: str) -> str:
    """Return text as a component of an account: letters and digits, not a small one first."""
    safe = _UNSAFE.sub("", text)
    return safe[:1].upper() + safe[1:]


def _quoted(text: str) -> str:
    plain = " ".join(text.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
