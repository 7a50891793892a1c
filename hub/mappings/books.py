"""Reads the books (账套): `accounts.toml`, `vouchers.toml` and `fund_accounts.toml`, judged whole.

What cannot be right is refused before anything is booked: an account that the chart lacks, a
template that does not balance, two templates for one event and day, a bank account moved for no
purpose, or for one that its guard forbids.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from hub.domain.books import Account, Books, Choice, Template
from hub.domain.fund_account import AccountRule, Direction, FundAccount, Movement, guard
from hub.errors import Rejected
from hub.settings import ConfigErrors, suggest
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from hub.domain.books import TemplateLine

ACCOUNTS_FILE: Final = "accounts.toml"
VOUCHERS_FILE: Final = "vouchers.toml"
FUND_ACCOUNTS_FILE: Final = "fund_accounts.toml"

_NAME: Final = r"[^\s:|\"]{1,40}"
_EVENT: Final = r"[a-z][a-z_]*\.[a-z][a-z_]*"


def load_books(config_dir: Path) -> Books:
    """Return the books of a configuration folder; `ConfigErrors` holds every problem."""
    config_dir = config_dir.resolve()
    readers = {
        name: Reader(f"{config_dir.name}/{name}", config_dir)
        for name in (ACCOUNTS_FILE, VOUCHERS_FILE, FUND_ACCOUNTS_FILE)
    }
    tables = {name: read_table(config_dir / name, reader)[1] for name, reader in readers.items()}
    chart, vouchers, funds = readers.values()
    entries = chart.take(tables[ACCOUNTS_FILE], "accounts")
    accounts = chart.read_each(Account, entries, pattern=_NAME, what="account")
    rules = funds.take_list(AccountRule, tables[FUND_ACCOUNTS_FILE], "rules")
    choices = vouchers.take_list(Choice, tables[VOUCHERS_FILE], "choices")
    templates = vouchers.take_list(Template, tables[VOUCHERS_FILE], "templates")
    for name, reader in readers.items():
        _refuse_others(tables[name], reader)
    books = Books(
        accounts=accounts,
        templates=tuple(templates),
        choices=tuple(choices),
        account_rules=tuple(rules),
    )
    _check_templates(books, vouchers)
    _check_choices(books, vouchers)
    problems = [problem for reader in readers.values() for problem in reader.problems]
    if problems:
        raise ConfigErrors(problems)
    return books


def _check_templates(books: Books, reader: Reader) -> None:
    seen: defaultdict[tuple[str, str | None], list[Template]] = defaultdict(list)
    for template in books.templates:
        at = template.rule
        if (template.policy is None) is not (template.choice is None):
            reader.report(at, "needs both policy and choice, or neither")
        for other in seen[template.event, template.choice]:
            if _overlap(template, other):
                reader.report(at, f"applies on the same days as {other.rule}")
        seen[template.event, template.choice].append(template)
        if not template.is_balanced:
            reader.report(at, "does not balance")
        for number, line in enumerate(template.lines, start=1):
            _check_line(line, template, books, f"{at}.lines[{number}]", reader)


def _check_choices(books: Books, reader: Reader) -> None:
    policies: defaultdict[str, set[str]] = defaultdict(set)
    for template in books.templates:
        if template.policy is not None and template.choice is not None:
            policies[template.policy].add(template.choice)
    for choice in books.choices:
        if choice.choice not in policies[choice.policy]:
            reader.report(
                f"choices.{choice.policy}",
                f'no template has the choice "{choice.choice}"',
                suggest(choice.choice, policies[choice.policy]),
            )
    for policy in sorted(policies.keys() - {choice.policy for choice in books.choices}):
        reader.report("choices", f'nothing is chosen for the policy "{policy}"')


def _check_line(
    line: TemplateLine, template: Template, books: Books, at: str, reader: Reader
) -> None:
    account = books.accounts.get(line.account)
    if account is None:
        message = f'"{line.account}" is no account of {ACCOUNTS_FILE}'
        reader.report(at, message, suggest(line.account, books.accounts))
        return
    if account.fund_account is None:
        if line.purpose is not None:
            reader.report(at, "has a purpose, but moves no bank account")
        return
    if line.purpose is None:
        reader.report(at, "moves a bank account and must say for which purpose")
        return
    movement = Movement(
        direction=Direction.IN if line.sign > 0 else Direction.OUT,
        purpose=line.purpose,
        amount_fen=1,
    )
    try:
        guard(
            FundAccount(kind=account.fund_account, fund="any"),
            movement,
            template.since,
            books.account_rules,
        )
    except Rejected as error:
        reader.report(at, error.explain("en"))


def _overlap(one: Template, other: Template) -> bool:
    first, last = (one, other) if one.since <= other.since else (other, one)
    return first.until is None or last.since <= first.until


def _refuse_others(table: dict[str, Any], reader: Reader) -> None:
    for name in table:
        reader.report(name, f'"{name}" is not known')
