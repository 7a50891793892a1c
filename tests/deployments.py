"""A small deployment in a temporary folder: real store, real archive, folders as channels."""

from __future__ import annotations

import shutil
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from hub.adapters import china_calendar
from hub.adapters.folder import FolderChannel
from hub.flows.services import Services
from hub.mappings.books import load_books
from hub.mappings.reasons import load_reasons
from hub.mappings.rules import load_rules
from hub.settings import FolderSettings, load_settings
from hub.store.archive import Archive
from tests.conftest import ROOT
from tests.doubles import FrozenClock
from tests.servers import migrated_store

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = """
[tax-in]
kind = "folder"
direction = "in"
path = "channels/tax-in"
poll_interval_s = 0.05

[marked-in]
kind = "folder"
direction = "in"
path = "channels/marked-in"
settle_marker = ".ok"
poll_interval_s = 0.05

[letters-out]
kind = "folder"
direction = "out"
path = "channels/letters-out"
"""


class NoPartners:
    """A catalog without partners, for tests of the spine."""

    partners = MappingProxyType({})

    def for_channel(self, _channel):
        return []


def write_config(home: Path, *, channels: str = CHANNELS) -> Path:
    """Write a configuration below `home` and its channels' folders; return its folder."""
    config = home / "config"
    config.mkdir(parents=True)
    for name in ("hub", "accounts", "vouchers", "fund_accounts", "reasons", "roles"):
        shutil.copy(ROOT / "config" / f"{name}.toml", config)
    shutil.copytree(ROOT / "config" / "rules", config / "rules")
    (config / "channels.toml").write_text(channels, "utf-8")
    for channel in load_settings(config).channels.values():
        if isinstance(channel, FolderSettings):
            channel.path.mkdir(parents=True)
    return config


def make_services(
    home: Path, *, clock=None, catalog=None, limits=None, channels=None, channels_toml=CHANNELS
) -> Services:
    """Return services over a migrated SQLite store in `home`; the caller closes the store."""
    settings = load_settings(write_config(home, channels=channels_toml))
    settings = replace(settings, limits=replace(settings.limits, **(limits or {})))
    (home / "var" / "work").mkdir(parents=True)
    store = migrated_store(settings.store.sqlite_file)
    folders = {
        name: FolderChannel(c.path)
        for name, c in settings.channels.items()
        if isinstance(c, FolderSettings)
    }
    return Services(
        store=store,
        archive=Archive(settings.folders.archive),
        catalog=catalog or NoPartners(),
        calendar=china_calendar.load(),
        clock=clock or FrozenClock(),
        settings=settings,
        books=load_books(settings.config_dir),
        reasons=load_reasons(settings.config_dir),
        channels={**folders, **(channels or {})},
        work_dir=settings.folders.work,
        rules=load_rules(settings.config_dir),
    )
