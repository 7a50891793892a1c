"""Reads `config/rules/*.toml`: one rule pack of transfers per file, judged together."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_kinds import Kind, Step
from hub.domain.transfer_rules import DAYS_MAX, LEVELS_MAX, Pack, RulePacks, StepRule
from hub.domain.transfer_sums import BASIS, Sum
from hub.settings import ConfigErrors
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "rules"
_FIRST_RATE: Final = 1986
_LAST_RATE: Final = 2100
_CODE: Final = r"[a-z][a-z0-9-]{0,39}"


def load_rules(config_dir: Path) -> RulePacks:
    """Return the packs of a configuration folder; `ConfigErrors` holds every problem.

    A folder without packs is a hub without transfers: its first case is refused.
    """
    config_dir = config_dir.resolve()
    packs: dict[str, Pack] = {}
    problems = []
    for path in sorted((config_dir / FOLDER).glob("*.toml")):
        reader = Reader(f"{config_dir.name}/{FOLDER}/{path.name}", config_dir)
        pack = _pack(path, reader)
        if pack is not None:
            packs[pack.code] = pack
        problems += reader.problems
    if problems:
        raise ConfigErrors(problems)
    return RulePacks(packs=packs)


def _pack(path: Path, reader: Reader) -> Pack | None:
    content, table = read_table(path, reader)
    if reader.problems:
        return None
    if not re.fullmatch(_CODE, path.stem):
        reader.report("", f"a rule pack's file is named like {_CODE}.toml")
    given = {"code": path.stem, "sha256": hashlib.sha256(content).hexdigest()}
    pack = reader.read(Pack, table, given=given)
    if pack is not None:
        _check(pack, reader)
    return pack


def _check(pack: Pack, reader: Reader) -> None:
    if pack.valid_until is not None and pack.valid_until < pack.valid_from:
        reader.report("valid_until", "is before valid_from")
    seen: set[tuple[Kind, Step]] = set()
    for number, rule in enumerate(pack.steps, start=1):
        at = f"steps[{number}]"
        _check_numbers(rule, at, reader)
        for kind in rule.kinds:
            if (kind, rule.step) in seen:
                reader.report(at, f"{kind} {rule.step} is there twice")
            seen.add((kind, rule.step))
    _check_sums(pack, reader)


def _check_sums(pack: Pack, reader: Reader) -> None:
    for number, one in enumerate(pack.sums, start=1):
        is_fen = one.sum in (Sum.ROUNDING_FEN, Sum.TOLERANCE_FEN)
        lowest, highest = (int(one.sum is Sum.ROUNDING_FEN), 100) if is_fen else (0, BASIS)
        if not lowest <= one.value <= highest:
            reader.report(f"sums[{number}].value", f"must be between {lowest} and {highest}")
        if any(one.sum is other.sum for other in pack.sums[: number - 1]):
            reader.report(f"sums[{number}]", f"{one.sum} is there twice")
    for number, rate in enumerate(pack.rates, start=1):
        if not (0 <= rate.rate_bp <= BASIS and _FIRST_RATE <= rate.year <= _LAST_RATE):
            reader.report(f"rates[{number}]", f"{rate.year}: {rate.rate_bp} is no yearly rate")
        if any(rate.year == other.year for other in pack.rates[: number - 1]):
            reader.report(f"rates[{number}]", f"{rate.year} is there twice")


def _check_numbers(rule: StepRule, at: str, reader: Reader) -> None:
    if rule.days is not None and not 1 <= rule.days <= DAYS_MAX:
        reader.report(f"{at}.days", f"must be between 1 and {DAYS_MAX}, not {rule.days}")
    if rule.levels is not None and not 1 <= rule.levels <= LEVELS_MAX:
        reader.report(f"{at}.levels", f"must be between 1 and {LEVELS_MAX}, not {rule.levels}")
    if rule.application is not None and rule.step is not Step.OFFER:
        reader.report(f"{at}.application", 'belongs to the step "offer"')
    if rule.month_end is not None and rule.step is not Step.FUNDS:
        reader.report(f"{at}.month_end", 'belongs to the step "funds"')
