"""Targets: the files of settings that people write, one of them damaged at a time."""

from __future__ import annotations

import shutil
from functools import cache, partial
from typing import TYPE_CHECKING

from hub.adapters import china_calendar
from hub.errors import Rejected
from hub.mappings.bank_accounts import load_banking
from hub.mappings.books import load_books
from hub.mappings.catalog import load_catalog
from hub.mappings.person_names import load_names
from hub.mappings.reasons import load_reasons
from hub.mappings.region_file import read_entries
from hub.mappings.retention import load_retention
from hub.mappings.roles import load_roles
from hub.mappings.rules import load_rules
from hub.settings import ConfigErrors, load_settings
from tests.conftest import ROOT
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run

CONFIG = ROOT / "config"
_books = cache(lambda: load_books(CONFIG))
FILES: dict[str, tuple[tuple[str, ...], Callable[[Path], object]]] = {
    "settings": (("hub.toml", "channels.toml", "roads.toml"), load_settings),
    "partners": (("partners/*.toml",), load_catalog),
    "rules": (("rules/*.toml",), load_rules),
    "books": (("accounts.toml", "vouchers.toml", "fund_accounts.toml"), load_books),
    "bank_accounts": (
        ("bank_accounts.toml",),
        lambda folder: load_banking(folder, books=_books(), partners=("alpha", "bank")),
    ),
    "roles": (("roles.toml",), load_roles),
    "reasons": (("reasons.toml",), load_reasons),
    "person_names": (("person_names.toml",), load_names),
    "retention": (("retention.toml",), load_retention),
    "calendar": (("calendar.toml",), lambda folder: china_calendar.load(folder / "calendar.toml")),
}
_MODULES = {
    "settings": ("hub.settings.load", "hub.settings.reader", "hub.settings.roads",
                 "hub.settings.toml_file", "hub.settings.host_key", "hub.settings.secrets"),
    "partners": ("hub.mappings.catalog",),
    "rules": ("hub.mappings.rules",),
    "books": ("hub.mappings.books",),
    "bank_accounts": ("hub.mappings.bank_accounts",),
    "roles": ("hub.mappings.roles",),
    "reasons": ("hub.mappings.reasons",),
    "person_names": ("hub.mappings.person_names",),
    "retention": ("hub.mappings.retention",),
    "calendar": ("hub.adapters.china_calendar",),
}  # fmt: skip


def _seeds(patterns: tuple[str, ...]) -> Iterator[Seed]:
    for pattern in patterns:
        for path in sorted(CONFIG.glob(pattern)):
            yield path.relative_to(CONFIG).as_posix(), path.read_bytes()


def _open(name: str, folder: Path) -> Run:
    patterns, load = FILES[name]
    config = folder / "config"
    shutil.copytree(CONFIG, config, dirs_exist_ok=True)
    if name == "partners":  # the one that is read alone: 1 ms instead of 40
        shutil.rmtree(config / "partners")
        (config / "partners").mkdir()
    sound = dict(_seeds(patterns))

    def run(label: str, content: bytes) -> None:
        path = config / label
        path.write_bytes(content)
        try:
            load(config)
        finally:
            path.unlink()
            if name != "partners":
                path.write_bytes(sound[label])

    return run


def _entries(label: str, content: bytes) -> None:
    first, again = (read_entries(content, file=f"x.{label}") for _ in range(2))
    assert first == again


def _entry_seeds() -> Iterator[Seed]:
    lines = (CONFIG / "regions.csv").read_bytes().splitlines(keepends=True)
    yield "csv", b"".join(lines[:12])
    yield (
        "csv",
        (
            "kind,code,valid_from,valid_until,name,road,fund,account_name,account_no,bank_name,bank_no\n"
            "office,510100,2026-01-01,,成都市社会保险事业管理局,regions,,,,,\n"
            "account,510100,2026-01-01,2027-01-01,,,pension,财政专户,1202020209900000123,工行,102331000019\n"
        ).encode(),
    )
    yield (
        "toml",
        (
            '[[region]]\ncode = "510100"\nvalid_from = 2026-01-01\nname = "成都市"\n'
            '[[key]]\ncode = "510100"\nvalid_from = "2026-01-01"\npublic_key = "ed25519:AAAA"\n'
        ).encode(),
    )


TARGETS = [
    Target(
        name=name,
        modules=_MODULES[name],
        seeds=partial(_seeds, patterns),
        open=partial(_open, name),
        refusals=(ConfigErrors, Rejected),
        ci_inputs=80,
    )
    for name, (patterns, _) in FILES.items()
] + [
    Target(
        name="region_file",
        modules=["hub.mappings.region_file"],
        seeds=_entry_seeds,
        open=lambda _folder: _entries,
        placed=True,
    )
]
