"""Reads `config/retention.toml`: how many years an archive office keeps what (会计档案保管期限)."""

from __future__ import annotations

# The reader resolves the annotations at run time, so none of them may hide.
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.settings import ConfigErrors
from hub.settings.keys import key
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "retention.toml"
YEARS_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Years by what is kept; 0 is for ever."""

    years: Mapping[str, int] = key(required=True, minimum=0, maximum=YEARS_MAX)


def load_retention(config_dir: Path) -> Mapping[str, int]:
    """Return the years of a configuration folder; none without the file.

    `ConfigErrors` holds every problem.
    """
    path = config_dir.resolve() / FILE
    if not path.exists():
        return {}
    reader = Reader(f"{path.parent.name}/{FILE}", path.parent)
    retention = reader.read(Retention, read_table(path, reader)[1])
    if retention is None:
        raise ConfigErrors(reader.problems)
    return retention.years
