"""Settings (配置): `config/*.toml` as frozen dataclasses, read once, every problem at once.

`load_settings` is the only way in. Nothing else in the hub reads the environment or a
configuration file of ours (partner files belong to `hub.mappings.catalog`, the calendar's
override to `hub.adapters.china_calendar`; both report in the same words).
"""

from __future__ import annotations

from hub.settings.channels import ChannelSettings, FolderSettings, SftpSettings
from hub.settings.console import ConsoleSettings, OidcSettings
from hub.settings.load import load_settings
from hub.settings.model import (
    Agency,
    ExchangeSettings,
    Folders,
    LetterSettings,
    Limits,
    LogSettings,
    NodeSettings,
    ReconciliationSettings,
    ResolveSettings,
    Settings,
    StoreSettings,
)
from hub.settings.problems import ConfigErrors, Problem, suggest
from hub.settings.roads import FolderRoadSettings, RabbitSettings, RoadSettings
from hub.settings.secrets import Secret

__all__ = [
    "Agency",
    "ChannelSettings",
    "ConfigErrors",
    "ConsoleSettings",
    "ExchangeSettings",
    "FolderRoadSettings",
    "FolderSettings",
    "Folders",
    "LetterSettings",
    "Limits",
    "LogSettings",
    "NodeSettings",
    "OidcSettings",
    "Problem",
    "RabbitSettings",
    "ReconciliationSettings",
    "ResolveSettings",
    "RoadSettings",
    "Secret",
    "Settings",
    "SftpSettings",
    "StoreSettings",
    "load_settings",
    "suggest",
]
