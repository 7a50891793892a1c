"""Roads for messages as a deployment decides them: `config/roads.toml`, a table for each road.

A hub without that file has no messages, and events cost it nothing.
"""

from __future__ import annotations

# The reader resolves annotations at run time, so those of fields may not hide in TYPE_CHECKING.
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Any, Final, Literal

from hub.settings.keys import key
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.settings.reader import Reader

ROADS_FILE: Final = "roads.toml"
ROAD_NAME: Final = r"[a-z][a-z0-9-]{0,39}"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_REFERENCE: Final = r"(env|file):.+"
_NAME: Final = r"[A-Za-z0-9._-]{1,64}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadSettings:
    """What every road has.

    `events`: the hub's events leave by this road; at most one road says so. `command_channels`:
    into which inbound channels a command may put a file. `command_decisions`: whether a command
    may carry what people decided; the system that sends it must have asked them who they are, as
    the hub can only write down the names that it gives. `window`: how many messages are under
    way at once, and how many are committed in one transaction on arrival.
    """

    name: str
    kind: Literal["rabbitmq", "folder"]
    events: bool = False
    command_channels: tuple[str, ...] = ()
    command_decisions: bool = False
    window: int = key(500, minimum=1, maximum=5000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRoadSettings(RoadSettings):
    """A road without a broker: a folder that all of its hubs share, on one machine."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitSettings(RoadSettings):
    """A RabbitMQ broker. `password` is a secret reference; `user` is this agency's own account.

    With `ca_file` the connection is TLS 1.2 or newer and the broker's certificate is checked;
    only a broker on this machine may be without. `certificate_file` and `key_file` are our own
    certificate; with `login = "certificate"` it is the login too (the broker takes the user from
    it). `core_user` is the account of the agency's own core system (核心业务系统), which may post
    commands and read events. `management_url` with `admin_user` and `admin_password` is for
    `hub broker setup` and `check` only. Times are in seconds: between heartbeats; how long the
    broker may be out of memory or disk before we give the connection up; to get in; without a
    confirmation of anything.
    """

    host: str = key(required=True, pattern=r"[A-Za-z0-9.:_-]{1,253}")
    port: int = key(required=True, minimum=1, maximum=65_535)
    vhost: str = key(required=True, pattern=r"[^\x00-\x1f]{1,64}")
    user: str = key(required=True, pattern=_NAME)
    password: str | None = key(pattern=_REFERENCE)
    login: Literal["password", "certificate"] = "password"
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    core_user: str | None = key(pattern=_NAME)
    core_password: str | None = key(pattern=_REFERENCE)
    management_url: str | None = key(pattern=r"https?://[^\s@]{1,300}")
    admin_user: str | None = key(pattern=_NAME)
    admin_password: str | None = key(pattern=_REFERENCE)
    queue_length_max: int = key(1_000_000, minimum=1, maximum=100_000_000)
    delivery_limit: int = key(20, minimum=5, maximum=1000)
    heartbeat_s: int = key(30, minimum=2, maximum=600)
    blocked_timeout_s: float = key(30.0, minimum=0.1, maximum=600)
    connect_timeout_s: float = key(10.0, minimum=0.1, maximum=120)
    confirm_timeout_s: float = key(30.0, minimum=0.1, maximum=600)
    reconnect_max_s: float = key(30.0, minimum=0.05, maximum=600)


ROAD_KINDS: Final[Mapping[str, type[RoadSettings]]] = {
    "folder": FolderRoadSettings,
    "rabbitmq": RabbitSettings,
}


def read_roads(path: Path, reader: Reader) -> dict[str, RoadSettings]:
    """Return the roads of a file, none when there is no such file; problems go to the reader."""
    roads: dict[str, RoadSettings] = {}
    for name, table in _tables(path, reader).items():
        kind = table.get("kind") if isinstance(table, dict) else None
        cls = ROAD_KINDS.get(str(kind), RabbitSettings)
        roads |= reader.read_each(cls, {name: table}, pattern=ROAD_NAME, what="road")
    for road in roads.values():
        if isinstance(road, RabbitSettings):
            _check_rabbit(road, reader)
    speakers = [road.name for road in roads.values() if road.events]
    for name in speakers[1:]:
        reader.report(f"{name}.events", f'events leave by the road "{speakers[0]}" already')
    return roads


def _tables(path: Path, reader: Reader) -> dict[str, Any]:
    return read_table(path, reader)[1] if path.exists() else {}


def _check_rabbit(road: RabbitSettings, reader: Reader) -> None:
    if road.ca_file is None and road.host not in LOOPBACK:
        reader.report(f"{road.name}.ca_file", "is missing: messages leave this machine by TLS only")
    if (road.certificate_file is None) != (road.key_file is None):
        reader.report(f"{road.name}.key_file", "and certificate_file belong together")
    if road.login == "password" and road.password is None:
        reader.report(f"{road.name}.password", "is missing")
    if road.login == "certificate" and (road.ca_file is None or road.certificate_file is None):
        reader.report(f"{road.name}.login", '"certificate" needs ca_file and certificate_file')
    if road.management_url and not (road.admin_user and road.admin_password):
        reader.report(f"{road.name}.management_url", "needs admin_user and admin_password")
