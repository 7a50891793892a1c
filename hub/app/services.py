"""Opens what steps and commands use: store, archive, catalog, calendar, channels."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from hub.adapters import china_calendar
from hub.adapters.credentials import SealedCredentials
from hub.adapters.folder import FolderChannel
from hub.adapters.protecting import open_protection
from hub.adapters.retrying import RetryingChannel
from hub.adapters.signing import Signer
from hub.adapters.spool import SpoolRoad
from hub.flows.restored import notice
from hub.flows.services import Services
from hub.mappings.bank_accounts import load_banking
from hub.mappings.books import load_books
from hub.mappings.catalog import load_catalog
from hub.mappings.reasons import load_reasons
from hub.mappings.rules import load_rules
from hub.ports import SteppedClock, SystemClock
from hub.settings import FolderRoadSettings, FolderSettings, RabbitSettings, SftpSettings
from hub.store.archive import Archive
from hub.store.engine import Store
from hub.store.messages import EventRoad

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, time

    from hub.domain.calendar import WorkingDays
    from hub.mappings.catalog import Catalog
    from hub.ports import Clock, FileChannel, MessageRoad, Protection
    from hub.settings import ChannelSettings, RoadSettings, Settings

CALENDAR_FILE: Final = "calendar.toml"


def _open_folder(settings: FolderSettings) -> FileChannel:
    return FolderChannel(settings.path)


def _open_sftp(settings: SftpSettings) -> FileChannel:
    # most commands and deployments need not wait the half second that paramiko's import takes
    from hub.adapters.sftp import SftpChannel  # noqa: PLC0415

    return SftpChannel(settings)


CHANNEL_KINDS: Final[Mapping[type[ChannelSettings], Callable[..., FileChannel]]] = {
    FolderSettings: _open_folder,
    SftpSettings: _open_sftp,
}
"""A new transport is one module in `hub.adapters`, its settings, and one line here."""


def open_road(settings: RoadSettings, region: str) -> MessageRoad:
    """Return a road of its kind; connects to nobody. A folder's own queues are made if missing."""
    if isinstance(settings, FolderRoadSettings):
        spool = SpoolRoad(settings.path, region, name=settings.name)
        spool.declare()
        return spool
    if isinstance(settings, RabbitSettings):
        from hub.adapters.rabbit import RabbitRoad  # noqa: PLC0415 -- as paramiko's

        return RabbitRoad(settings)
    raise TypeError(settings.kind)


def open_channel(settings: ChannelSettings) -> FileChannel:
    """Return a channel of its kind, with the one retry policy; connects to nobody."""
    return RetryingChannel(CHANNEL_KINDS[type(settings)](settings))


def open_protections(catalog: Catalog, settings: Settings) -> dict[str, Protection]:
    """Return what protects each partner's files, for those that protect them; reads no key."""
    size_bytes_max = settings.limits.file_bytes_max
    return {
        code: open_protection(partner.protection, size_bytes_max=size_bytes_max)
        for code, partner in catalog.partners.items()
        if partner.protection is not None
    }


def open_calendar(settings: Settings) -> WorkingDays:
    """Return China's working days with the deployment's own corrections."""
    override = settings.config_dir / CALENDAR_FILE
    return china_calendar.load(override if override.exists() else None)


def open_store(settings: Settings) -> Store:
    """Open the store and bring its schema up to date; the caller closes it."""
    file = settings.store.sqlite_file
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.store.url, pool_size=settings.store.pool_size)
    store.migrate()
    speaking = [road.name for road in settings.roads.values() if road.events]
    if speaking:
        store.events = EventRoad(road=speaking[0], region=settings.agency.region)
    return store


def clock_of(settings: Settings, day: date, hour: time) -> SteppedClock:
    """Return a clock that stands at an hour of a business day and runs on from there."""
    return SteppedClock(datetime.combine(day, hour, settings.time_zone))


def open_services(settings: Settings, *, clock: Clock | None = None) -> Services:
    """Return what steps may use. Starts nothing; the caller closes `.store`."""
    catalog = load_catalog(settings.config_dir)
    books = load_books(settings.config_dir)
    reasons = load_reasons(settings.config_dir)
    banking = load_banking(settings.config_dir, books=books, partners=catalog.partners)
    calendar = open_calendar(settings)
    settings.folders.work.mkdir(parents=True, exist_ok=True)
    services = Services(
        store=open_store(settings),
        archive=Archive(settings.folders.archive),
        catalog=catalog,
        calendar=calendar,
        clock=clock or SystemClock(),
        settings=settings,
        books=books,
        reasons=reasons,
        channels={name: open_channel(channel) for name, channel in settings.channels.items()},
        work_dir=settings.folders.work,
        roads={
            name: open_road(road, settings.agency.region) for name, road in settings.roads.items()
        },
        signing=Signer(settings.exchange.private_key),
        rules=load_rules(settings.config_dir),
        banking=banking,
        protections=open_protections(catalog, settings),
        credentials=SealedCredentials(settings.console.key),
    )
    notice(services)  # a store that went back is known as one to every command
    return services
