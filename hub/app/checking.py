"""Proves a configuration without starting anything: every problem, and what is only odd.

Problems make the hub unusable; warnings do not: a folder that is not there yet, a store that
will be brought up to date at the first start, a calendar that ends soon.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hub.app.checking_console import check_console
from hub.app.checking_engine import check_engine
from hub.app.services import CALENDAR_FILE, open_calendar, open_protections, open_store
from hub.errors import HubError, Rejected
from hub.flows.schedule import expected_by
from hub.mappings.bank_accounts import load_banking
from hub.mappings.books import load_books
from hub.mappings.catalog import load_catalog
from hub.mappings.person_names import load_names
from hub.mappings.reasons import load_reasons
from hub.mappings.retention import load_retention
from hub.mappings.roles import load_roles
from hub.mappings.rules import load_rules
from hub.ports import SystemClock
from hub.settings import (
    ConfigErrors,
    FolderSettings,
    Problem,
    RabbitSettings,
    SftpSettings,
    load_settings,
    suggest,
)
from hub.settings.roads import ROADS_FILE
from hub.store.engine import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hub.mappings.catalog import Catalog
    from hub.settings import Settings

T = TypeVar("T")

NEXT_YEAR_FROM_MONTH: Final = 12  # next year's days of rest are published before December


@dataclass(slots=True)
class Report:
    """What is wrong, and what is only worth knowing."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for `--json`."""
        problems = [{**asdict(p), "text": p.text()} for p in self.problems]
        return {"ok": not self.problems, "problems": problems, "warnings": self.warnings}


def check(config_dir: Path, *, create: bool = False, connect: bool = False) -> Report:
    """Return everything that is wrong or odd. `create` makes missing folders and the store.

    `connect` logs in to every SFTP server and broker too, one try each.
    """
    report = Report()
    settings = _collect(lambda: load_settings(config_dir), report)
    catalog = _collect(lambda: load_catalog(config_dir), report)
    books = _collect(lambda: load_books(config_dir), report)
    _collect(lambda: load_reasons(config_dir), report)
    _collect(lambda: load_rules(config_dir), report)
    _collect(lambda: load_roles(config_dir), report)
    _collect(lambda: load_names(config_dir), report)
    _collect(lambda: load_retention(config_dir), report)
    if books is not None and catalog is not None:
        partners = catalog.partners
        _collect(lambda: load_banking(config_dir, books=books, partners=partners), report)
    if settings is None:
        return report
    _check_calendar(settings, report)
    _check_folders(settings, report, create=create)
    _check_sftp(settings, report, connect=connect)
    _check_signing_key(settings, report)
    _check_store(settings, report, create=create)
    _check_roads(settings, report, connect=connect)
    problems, warnings = check_console(settings)
    report.problems += [*problems, *check_engine(settings, connect=connect)]
    report.warnings += warnings
    _check_letters(settings, report)
    _check_payout_levels(settings, report)
    if catalog is not None:
        _check_partners(catalog, settings, report)
        _check_payout_channels(catalog, settings, report)
        _check_protections(catalog, settings, report)
    return report


def _collect(load: Callable[[], T], report: Report) -> T | None:
    try:
        return load()
    except ConfigErrors as errors:
        report.problems += errors.problems
    return None


def _check_calendar(settings: Settings, report: Report) -> None:
    where = f"{settings.config_dir.name}/{CALENDAR_FILE}"
    today = SystemClock().now().astimezone(settings.time_zone).date()
    try:
        calendar = open_calendar(settings)
        calendar.is_working(today)
    except Rejected as error:
        report.problems.append(Problem(file=where, key="", message=error.explain("en")))
        return
    if today.month >= NEXT_YEAR_FROM_MONTH:
        try:
            calendar.is_working(today.replace(year=today.year + 1, month=1, day=1))
        except Rejected:
            report.warnings.append(f"{where}: working days of {today.year + 1} are not known yet")


def _check_folders(settings: Settings, report: Report, *, create: bool) -> None:
    folders = {"folders.archive": settings.folders.archive, "folders.work": settings.folders.work}
    folders |= {
        f"{c.name}.path": c.path
        for c in settings.channels.values()
        if isinstance(c, FolderSettings)
    }
    for key, path in folders.items():
        if create:
            path.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            report.warnings.append(f"{key}: the folder {path} is not there (hub check --create)")
        elif not path.is_dir():
            report.problems.append(
                Problem(file=settings.config_dir.name, key=key, message=f"{path} is no folder")
            )


def _check_sftp(settings: Settings, report: Report, *, connect: bool) -> None:
    channels = [c for c in settings.channels.values() if isinstance(c, SftpSettings)]
    if not channels:
        return
    from hub.adapters.sftp import SftpChannel  # noqa: PLC0415 -- see hub.app.services
    from hub.adapters.sftp_connection import load_key  # noqa: PLC0415

    for channel in channels:
        key = f"{channel.name}.private_key"
        try:
            load_key(channel)
            if connect:
                key = channel.name
                SftpChannel(channel).probe()
        except HubError as error:
            where = f"{settings.config_dir.name}/channels.toml"
            report.problems.append(Problem(file=where, key=key, message=error.explain("en")))


def _check_signing_key(settings: Settings, report: Report) -> None:
    reference = settings.exchange.private_key
    if reference is None:
        return
    from hub.adapters.signing import is_readable_by_others, own_public_key  # noqa: PLC0415

    try:
        own_public_key(reference)
    except HubError as error:
        where = f"{settings.config_dir.name}/hub.toml"
        message = error.explain("en")
        report.problems.append(Problem(file=where, key="exchange.private_key", message=message))
    else:
        if is_readable_by_others(reference):
            report.warnings.append("exchange.private_key: others may read the file; chmod 600 it")


def _check_roads(settings: Settings, report: Report, *, connect: bool) -> None:
    """Look for channels that are not there; with `connect`, log in to every broker once."""
    where = f"{settings.config_dir.name}/{ROADS_FILE}"
    inbound = {c.name for c in settings.channels.values() if c.direction == "in"}
    for road in settings.roads.values():
        for channel in road.command_channels:
            if channel not in inbound:
                report.problems.append(
                    Problem(
                        file=where,
                        key=f"{road.name}.command_channels",
                        message=f'"{channel}" is no inbound channel of channels.toml',
                        suggestion=suggest(channel, inbound),
                    )
                )
        if isinstance(road, RabbitSettings) and connect:
            from hub.adapters.rabbit_setup import depth  # noqa: PLC0415 -- see hub.app.services

            try:
                depth(road, settings.agency.region)
            except HubError as error:
                problem = Problem(file=where, key=road.name, message=error.explain("en"))
                report.problems.append(problem)


def _check_store(settings: Settings, report: Report, *, create: bool) -> None:
    where = f"{settings.config_dir.name}/hub.toml"
    try:
        if create:
            open_store(settings).close()
            return
        file = settings.store.sqlite_file
        if file is not None and not file.exists():
            report.warnings.append("store.url: the database will be created at the first start")
            return
        store = Store.open(settings.store.url, pool_size=settings.store.pool_size)
        try:
            store.require_current()
        finally:
            store.close()
    except HubError as error:
        if error.code == "store_schema_old":  # the first start brings it up to date
            report.warnings.append(f"store.url: {error.explain('en')}")
        else:
            problem = Problem(file=where, key="store.url", message=error.explain("en"))
            report.problems.append(problem)


def _check_letters(settings: Settings, report: Report) -> None:
    outbound = {c.name for c in settings.channels.values() if c.direction == "out"}
    if settings.letters.channel not in outbound:
        report.problems.append(
            Problem(
                file=f"{settings.config_dir.name}/hub.toml",
                key="letters.channel",
                message=f'"{settings.letters.channel}" is no outbound channel of channels.toml',
                suggestion=suggest(settings.letters.channel, outbound),
            )
        )


def _check_payout_levels(settings: Settings, report: Report) -> None:
    levels = settings.payouts.levels
    amounts = [level.from_fen for level in levels]
    if not levels or amounts[0] != 0 or amounts != sorted(set(amounts)):
        report.problems.append(
            Problem(
                file=f"{settings.config_dir.name}/hub.toml",
                key="payouts.levels",
                message="the first from_fen must be 0, and each one larger than the one before",
            )
        )


def _check_payout_channels(catalog: Catalog, settings: Settings, report: Report) -> None:
    outbound = {c.name for c in settings.channels.values() if c.direction == "out"}
    for code, partner in catalog.partners.items():
        channel = partner.payout.channel if partner.payout else None
        if channel is not None and channel not in outbound:
            report.problems.append(
                Problem(
                    file=f"{settings.config_dir.name}/partners/{code}.toml",
                    key="payout.channel",
                    message=f'"{channel}" is no outbound channel of channels.toml',
                    suggestion=suggest(channel, outbound),
                )
            )


def _check_protections(catalog: Catalog, settings: Settings, report: Report) -> None:
    """Try every key that protects a partner's files."""
    for code, protection in open_protections(catalog, settings).items():
        file = f"{settings.config_dir.name}/partners/{code}.toml"
        try:
            report.warnings += [f"{file}: {odd}" for odd in protection.prove()]
        except HubError as error:
            report.problems.append(
                Problem(file=file, key="protection", message=error.explain("en"))
            )


def _check_partners(catalog: Catalog, settings: Settings, report: Report) -> None:
    inbound = {c.name for c in settings.channels.values() if c.direction == "in"}
    folder = settings.config_dir.name
    for partner in catalog.partners.values():
        if partner.channel not in inbound:
            report.problems.append(
                Problem(
                    file=f"{folder}/partners/{partner.code}.toml",
                    key="channel",
                    message=f'"{partner.channel}" is no inbound channel of channels.toml',
                    suggestion=suggest(partner.channel, inbound),
                )
            )
        report.problems += [
            Problem(
                file=f"{folder}/partners/{partner.code}.toml",
                key=f"expects.{source.value}",
                message="names no hour, and reconciliation.required in hub.toml has none for it",
            )
            for source in partner.expects
            if expected_by(partner, source, settings) is None
        ]
