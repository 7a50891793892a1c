"""What a twin bank does, as its TOML script says: which payments fail and how answers arrive.

The dataclasses are the schema. A script that asks for what the partner's own formats cannot say is
refused before anything is taken.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date  # noqa: TC003 -- read at run time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.payout_answer import Standing
from hub.settings.keys import key
from hub.settings.problems import ConfigErrors
from hub.settings.protection import ProtectionSettings, check_protection
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table
from hub.twins.carriers import carriers

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.catalog import Catalog, Partner

PERMILLE: Final = 1000


class Takes(StrEnum):
    """How the bank fetches what lies in its folder."""

    MOVES = "moves"  # at once: the file is gone a moment after it came
    LEAVES = "leaves"  # reads it and leaves it where it is
    NEVER = "never"  # goes silent: fetches nothing


class Outcome(StrEnum):
    """What becomes of a payment."""

    PAID = "paid"
    REJECTED = "rejected"  # never left the bank
    RETURNED = "returned"  # first paid, then it comes back
    OPEN = "open"  # neither posted nor returned; if `after_days` is not 0, paid after that time
    SILENT = "silent"  # the bank never says anything about it


class First(StrEnum):
    """What the first answer of each kind looks like; the right one comes the next time."""

    WHOLE = "whole"
    HALF = "half"  # half of the file, under its final name
    WRONG_TOTALS = "wrong_totals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """Some payments of a file, drawn by the seed, and what becomes of them.

    `count` and `permille` of the file add up. `files` are the files of payments that it is for, by
    the order in which the bank got them, from 1; none means all. `after_days` counts calendar days
    from the day on which the file was taken to the end of the matter.
    """

    outcome: Outcome
    count: int = key(0, minimum=0, maximum=1_000_000)
    permille: int = key(0, minimum=0, maximum=PERMILLE)
    reason: str | None = None  # as the bank writes it: code or text
    after_days: int = key(0, minimum=0, maximum=400)
    files: tuple[int, ...] = ()

    def of(self, items: int, number: int) -> int:
        """Return how many of `items` payments it is for, in the n-th file."""
        if self.files and number not in self.files:
            return 0
        return self.count + items * self.permille // PERMILLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How answers are given: in how many parts, in which order, how often, how well at first.

    `returns` are the layouts that tell of returned payments; the first possible one if empty.
    """

    parts: int = key(1, minimum=1, maximum=1000)
    reversed: bool = False
    twice: bool = False
    first: First = First.WHOLE
    returns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something else that moves our account on a day: receipts positive (fen), and its words."""

    on: date
    fen: int = key(required=True, minimum=-(10**15), maximum=10**15)
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPlay:
    """The statements of our account: by which layout, from which balance, how payments show."""

    layout: str = "statement"
    opening_fen: int = key(0, minimum=-(10**15), maximum=10**15)
    per_item: bool = False
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One bank's behaviour; `sha256` is that of the file which describes it.

    `protection` is the bank's side of the partner's: its private keys, our public ones.
    """

    sha256: str
    partner: str
    seed: int = key(1, minimum=0, maximum=2**63 - 1)
    takes: Takes = Takes.MOVES
    paid_after_days: int = key(0, minimum=0, maximum=400)
    outcomes: tuple[Some, ...] = ()
    answers: Answers = Answers()
    statement: StatementPlay | None = None
    protection: ProtectionSettings | None = None


def load_script(path: Path, catalog: Catalog) -> tuple[Script, Partner]:
    """Return a script and the partner that it plays; `ConfigErrors` holds every problem.

    `partner_unknown` for a partner that the configuration lacks.
    """
    reader = Reader(path.name, path.parent)
    script: Script | None = None
    content, table = read_table(path, reader)
    if not reader.problems:
        given = {"sha256": hashlib.sha256(content).hexdigest()}
        script = reader.read(Script, table, given=given)
    if script is None:
        raise ConfigErrors(reader.problems)
    partner = catalog.partner(script.partner)
    _check(script, partner, reader)
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return script, partner


def _check(script: Script, partner: Partner, reader: Reader) -> None:
    if partner.payout is None:
        reader.report("partner", f'"{partner.code}" has no [payout]: nothing is paid through it')
    known = carriers(partner, Standing.RETURNED)
    for name in script.answers.returns:
        if name not in {layout.name for layout in known}:
            reader.report("answers.returns", f'"{name}" is no layout that tells of returns')
    if not carriers(partner, Standing.PAID):
        reader.report("partner", f'no layout of "{partner.code}" can say that a payment was made')
    if script.protection is not None:
        check_protection(script.protection, reader.report)
    play = script.statement
    if play is not None and play.layout not in partner.layouts:
        reader.report("statement.layout", f'"{play.layout}" is no layout of "{partner.code}"')
    for number, one in enumerate(script.outcomes):
        at = f"outcomes.{number}"
        if one.outcome is not Outcome.SILENT and not carriers(partner, Standing(one.outcome)):
            reader.report(at, f'no layout of "{partner.code}" can say "{one.outcome}"')
        if one.outcome in (Outcome.REJECTED, Outcome.RETURNED) and not one.reason:
            reader.report(f"{at}.reason", "is missing")
