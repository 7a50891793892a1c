"""Reads `hub.toml` and `channels.toml` into `Settings`, or reports everything that is wrong."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hub.errors import Rejected
from hub.settings.channels import ChannelSettings, FolderSettings, SftpSettings
from hub.settings.host_key import host_key_blob
from hub.settings.model import Settings
from hub.settings.problems import ConfigErrors, suggest
from hub.settings.reader import Reader
from hub.settings.roads import ROADS_FILE, read_roads
from hub.settings.secrets import Secret
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

HUB_FILE: Final = "hub.toml"
CHANNELS_FILE: Final = "channels.toml"
CHANNEL_NAME: Final = r"[a-z][a-z0-9-]{0,39}"
CHANNEL_KINDS: Final[Mapping[str, type[ChannelSettings]]] = {
    "folder": FolderSettings,
    "sftp": SftpSettings,
}
HOST_KEYS_MAX: Final = 2  # the present one and, while it is changed, the next

_SQLITE: Final = "sqlite:///"


def load_settings(config_dir: Path) -> Settings:
    """Return the settings of a configuration folder; `ConfigErrors` holds every problem.

    Nothing is started, opened or created. Relative paths refer to the folder's parent.
    """
    config_dir = config_dir.resolve()
    home = config_dir.parent
    hub_reader = Reader(f"{config_dir.name}/{HUB_FILE}", home)
    channel_reader = Reader(f"{config_dir.name}/{CHANNELS_FILE}", home)
    channels = _channels(read_table(config_dir / CHANNELS_FILE, channel_reader)[1], channel_reader)
    road_reader = Reader(f"{config_dir.name}/{ROADS_FILE}", home)
    roads = read_roads(config_dir / ROADS_FILE, road_reader)
    settings = hub_reader.read(
        Settings,
        read_table(config_dir / HUB_FILE, hub_reader)[1],
        given={"config_dir": config_dir, "home": home, "channels": channels, "roads": roads},
    )
    if settings is not None:
        settings = _with_store_url(settings, hub_reader)
        _check_engine(settings, hub_reader)
    problems = [*hub_reader.problems, *channel_reader.problems, *road_reader.problems]
    if problems or settings is None:
        raise ConfigErrors(problems)
    return settings


def _with_store_url(settings: Settings, reader: Reader) -> Settings:
    """Resolve the store's URL: a secret reference, a path below home, never a written password."""
    url = settings.store.url
    try:
        if url.startswith(("env:", "file:")):
            url = Secret(url).reveal()
        elif urlsplit(url).password:
            reader.report("store.url", 'must not hold a password; write "env:NAME" instead')
    except ValueError as error:
        reader.report("store.url", str(error))
    except Rejected as error:
        reader.report("store.url", error.explain("en"))
    if not url.startswith((_SQLITE, "postgresql+psycopg://", "env:", "file:")):
        reader.report("store.url", f'must begin with "{_SQLITE}" or "postgresql+psycopg://"')
    elif url.startswith(_SQLITE) and not url.startswith(f"{_SQLITE}/"):
        url = f"{_SQLITE}{settings.home / url.removeprefix(_SQLITE)}"
    return replace(settings, store=replace(settings.store, url=url))


def _check_engine(settings: Settings, reader: Reader) -> None:
    """Report an address that is missing, useless or written out: it may hold a token."""
    said, at = settings.reconciliation, "reconciliation.spark_url"
    if said.spark_url is None:
        if said.engine == "spark":
            reader.report(at, 'is missing; write "env:NAME" or "file:/path"')
        return
    if said.engine != "spark":
        reader.report(at, 'is only for engine = "spark"')
    try:
        Secret(said.spark_url)
    except ValueError as error:
        reader.report(at, str(error))


def _channels(tables: dict[str, Any], reader: Reader) -> dict[str, ChannelSettings]:
    channels: dict[str, ChannelSettings] = {}
    for name, table in tables.items():
        channels |= reader.read_each(
            _class_of(table), {name: table}, pattern=CHANNEL_NAME, what="channel"
        )
    for channel in channels.values():
        if isinstance(channel, SftpSettings):
            _check_sftp(channel, reader)
    _refuse_shared_places(channels, reader)
    return channels


def _class_of(table: object) -> type[ChannelSettings]:
    """Return what a channel's table is to be read as; a kind misspelt is read as it was meant."""
    kind = str(table.get("kind")) if isinstance(table, dict) else ""
    return CHANNEL_KINDS[kind if kind in CHANNEL_KINDS else _meant(kind)]


def _meant(kind: str) -> str:
    return suggest(kind, CHANNEL_KINDS) or "folder"


def _check_sftp(channel: SftpSettings, reader: Reader) -> None:
    count = len(channel.host_keys)
    if not 1 <= count <= HOST_KEYS_MAX:
        message = f"must have 1 to {HOST_KEYS_MAX} entries, not {count}"
        reader.report(f"{channel.name}.host_keys", message)
    for number, line in enumerate(channel.host_keys, start=1):
        try:
            host_key_blob(line)
        except ValueError as error:
            reader.report(f"{channel.name}.host_keys[{number}]", str(error))


def _refuse_shared_places(channels: dict[str, ChannelSettings], reader: Reader) -> None:
    """Refuse two channels on one folder: each would take the other's files."""
    first: dict[Hashable, str] = {}
    for name, channel in channels.items():
        key, place = _place(channel)
        earlier = first.setdefault(place, name)
        if earlier != name:
            reader.report(f"{name}.{key}", f'is the folder of the channel "{earlier}" too')


def _place(channel: ChannelSettings) -> tuple[str, Hashable]:
    if isinstance(channel, SftpSettings):
        folder = posixpath.normpath(channel.folder)
        return "folder", (channel.host.lower(), channel.port, channel.user, folder)
    if isinstance(channel, FolderSettings):
        return "path", channel.path.resolve()
    raise TypeError(channel.kind)
