"""Reads `config/bank_accounts.toml`: our own accounts, the rules that name lines, the terms.

A deployment without the file keeps no accounts here, and then nothing is asked of statements.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.domain.bank_account import BankAccount, Banking, LineRule, Terms, plain
from hub.domain.fund_account import AccountKind
from hub.errors import Rejected
from hub.settings import ConfigErrors, suggest
from hub.settings.reader import Reader
from hub.settings.secrets import Secret
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hub.domain.books import Books

FILE: Final = "bank_accounts.toml"
_NAME: Final = r"[a-z][a-z0-9-]{0,39}"


def load_banking(config_dir: Path, *, books: Books, partners: Iterable[str]) -> Banking:
    """Return the accounts of a configuration folder; `ConfigErrors` holds every problem."""
    path = config_dir / FILE
    if not path.exists():
        return Banking()
    reader = Reader(f"{config_dir.name}/{FILE}", config_dir)
    _, table = read_table(path, reader)
    entries = reader.take(table, "accounts")
    accounts = reader.read_each(BankAccount, entries, pattern=_NAME, what="account")
    rules = reader.take_list(LineRule, table, "rules")
    terms = reader.read(Terms, table.pop("terms", {}), at="terms")
    for name in table:
        reader.report(name, f'"{name}" is not known', suggest(name, ["accounts", "rules", "terms"]))
    accounts = {name: _revealed(one, reader) for name, one in accounts.items()}
    _check_accounts(accounts, set(partners), reader)
    _check_rules(rules, books, reader)
    if reader.problems or terms is None:
        raise ConfigErrors(reader.problems)
    return Banking(accounts=accounts, rules=tuple(rules), terms=terms)


def _revealed(account: BankAccount, reader: Reader) -> BankAccount:
    """Return an account with its number, which may be a reference to a secret."""
    if not account.number.startswith(("env:", "file:")):
        return account
    try:
        return replace(account, number=Secret(account.number).reveal())
    except Rejected as error:
        reader.report(f"accounts.{account.name}.number", error.explain("en"))
        return account


def _check_accounts(accounts: dict[str, BankAccount], partners: set[str], reader: Reader) -> None:
    numbers: dict[tuple[str, str], str] = {}
    places: dict[tuple[str, str, str], str] = {}
    for name, one in accounts.items():
        at = f"accounts.{name}"
        if one.partner not in partners:
            reader.report(
                f"{at}.partner", f'"{one.partner}" is no partner', suggest(one.partner, partners)
            )
        if not one.funds:
            reader.report(f"{at}.funds", "must name a fund")
        earlier = numbers.setdefault((one.partner, plain(one.number)), name)
        if earlier != name:
            reader.report(f"{at}.number", f'is the number of "{earlier}" too')
        for place in _places(one):
            first = places.setdefault(place, name)
            if first != name:
                reader.report(at, f'the books cannot tell it from "{first}": same fund and kind')


def _places(account: BankAccount) -> Iterator[tuple[str, str, str]]:
    """Yield where the books keep an account: 支出户 by bank, the others one a fund."""
    bank = account.partner if account.kind is AccountKind.EXPENDITURE else ""
    for fund in account.funds:
        yield account.kind.value, fund, bank


def _check_rules(rules: list[LineRule], books: Books, reader: Reader) -> None:
    seen: dict[str, int] = {}
    for number, rule in enumerate(rules, start=1):
        at = f"rules[{number}]"
        if seen.setdefault(rule.rule, number) != number:
            reader.report(at, f"has the id and version of rules[{seen[rule.rule]}]")
        if not rule.words and not rule.codes:
            reader.report(at, "needs words or codes")
        for kind, event in rule.events.items():
            if kind not in set(AccountKind):
                reader.report(f"{at}.events.{kind}", f"must be one of {', '.join(AccountKind)}")
            if event not in books.events():
                reader.report(
                    f"{at}.events.{kind}", f'"{event}" is no event of vouchers.toml',
                    suggest(event, books.events()),
                )  # fmt: skip
