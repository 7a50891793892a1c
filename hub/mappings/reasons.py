"""Reads `config/reasons.toml`: the office's reasons, what each asks for, and the ISO statuses."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from hub.domain.payout_answer import Standing
from hub.domain.reasons import Reason, Reasons
from hub.settings import ConfigErrors, suggest
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "reasons.toml"


def load_reasons(config_dir: Path) -> Reasons:
    """Return the reasons of a configuration folder; `ConfigErrors` holds every problem."""
    config_dir = config_dir.resolve()
    reader = Reader(f"{config_dir.name}/{FILE}", config_dir)
    content, table = read_table(config_dir / FILE, reader)
    reasons = _reasons(reader.take(table, "reasons"), reader)
    statuses = _statuses(reader.take(table, "statuses"), reader)
    absent = str(table.pop("absent", ""))
    if absent not in reasons:
        reader.report("absent", f'"{absent}" is none of the reasons', suggest(absent, reasons))
    for name in table:
        reader.report(name, f'"{name}" is not known')
    if reader.problems:
        raise ConfigErrors(reader.problems)
    sha256 = hashlib.sha256(content).hexdigest()
    return Reasons(reasons=reasons, statuses=statuses, absent=absent, sha256=sha256)


def _reasons(table: dict[str, Any], reader: Reader) -> dict[str, Reason]:
    found: dict[str, Reason] = {}
    for code, one in table.items():
        if len(code) != 4 or not code.isalnum() or code != code.upper():  # noqa: PLR2004 -- ISO
            reader.report(f"reasons.{code}", "is no ISO 20022 code of four characters")
            continue
        reason = reader.read(Reason, one, at=f"reasons.{code}", given={"code": code})
        if reason is not None:
            found[code] = reason
    return found


def _statuses(table: dict[str, Any], reader: Reader) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for code, one in table.items():
        if isinstance(one, str) and one in set(Standing):
            found[code] = Standing(one)
        else:
            reader.report(
                f"statuses.{code}", f"must be one of {', '.join(Standing)}",
                suggest(str(one), list(Standing)),
            )  # fmt: skip
    return found
