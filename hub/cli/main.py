"""Assembles the `hub` command from its groups; each group lives in a module of its own name."""

from __future__ import annotations

import sys

import typer

from hub import __version__
from hub.cli import (
    actors,
    archive,
    assist,
    backup,
    bank,
    bank_work,
    broker,
    case,
    console,
    debit,
    debit_results,
    debit_work,
    discrepancies,
    errors,
    exchange,
    forms,
    inbox,
    journal,
    letter,
    messages,
    payout,
    payout_orders,
    payout_returns,
    payout_work,
    reconcile,
    refund,
    region,
    replay,
    restore,
    rules,
    service,
    simulate,
    tasks,
    twin,
    user,
    verify,
    voucher,
    voucher_book,
)
from hub.cli import (
    format as format_,
)

app = typer.Typer(
    name="hub",
    help="社保经办机构数据交换枢纽 · Integration hub of a social-insurance agency.\n\n"
    "Mailboxes carry wakes; the database carries work.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold names and account numbers
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Hold the options that every command shares."""


# The order here is the order in `hub --help`: the service, then the work, then the workshop.
for _group in (
    service,
    console,
    inbox,
    tasks,
    actors,
    replay,
    journal,
    backup,
    restore,
    archive,
    broker,
    messages,
    discrepancies,
    reconcile,
    letter,
    payout,
    payout_work,
    payout_orders,
    payout_returns,
    debit,
    debit_work,
    debit_results,
    refund,
    case,
    assist,
    rules,
    region,
    exchange,
    voucher,
    voucher_book,
    bank,
    bank_work,
    forms,
    user,
    verify,
    format_,
    simulate,
    twin,
    errors,
):
    _group.register(app)


def main() -> None:
    """Run the command line."""
    _keep_named(sys.argv[1:2])
    app()


def _keep_named(names: list[str]) -> None:
    """Leave out all but what the command line names, if there is such a command or group.

    Typer makes every command that it has, which takes longer than most commands do.
    """
    commands = [one for one in app.registered_commands if one.name in names]
    groups = [one for one in app.registered_groups if one.name in names]
    if commands or groups:
        app.registered_commands, app.registered_groups = commands, groups
