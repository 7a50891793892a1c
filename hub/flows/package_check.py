"""The check of packages (包核对, 3200): what the exchange says it sent us, and what has come.

A package that is named and not there is somebody's to ask for (9111). Only messages that a layout
of the partner reads are looked for; the exchange also names what other systems receive.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.bulk.packages import Package, stated_packages
from hub.domain.discrepancy import Difference, Event, Level, State, key_of
from hub.domain.facts import Source
from hub.flows.events import end_event, open_event
from hub.store.arrivals import incomplete_packages
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hub.flows.services import Services
    from hub.mappings.catalog import Partner
    from hub.store.engine import UnitOfWork

CHECKED_DAYS: Final = 31  # how far back the lists of packages are compared again
MESSAGE_NOS: Final = "message_nos"  # the map by which a layout says which messages it reads


def check_packages(as_of: date, services: Services, uow: UnitOfWork, *, at: datetime) -> None:
    """Open a discrepancy for each package that is named and not there; end those that came."""
    for partner, package in _stated(as_of, services, uow):
        if not _is_there(partner, package, uow):
            open_event(_difference(partner, package), uow, on=as_of, at=at)
    alive = frozenset({State.OPEN, State.PROPOSED})
    for known in uow.discrepancies.list(Wanted(states=alive, cause=Event.PACKAGE_MISSING)):
        partner, package = _named(known.difference)
        if _is_there(partner, package, uow):
            end_event(known.difference, uow, at=at)


def _stated(as_of: date, services: Services, uow: UnitOfWork) -> Iterator[tuple[str, Package]]:
    first = as_of - timedelta(days=CHECKED_DAYS)
    for arrival in uow.arrivals.since(Source.PACKAGES, first, until=as_of):
        read_here = _messages(services.catalog.partners.get(arrival.partner))
        for package in stated_packages([services.archive.path(arrival.facts_sha256)]):
            if package.message_no in read_here:
                yield arrival.partner, package


def _messages(partner: Partner | None) -> set[str]:
    layouts = partner.layouts.values() if partner else ()
    return {
        number
        for layout in layouts
        if layout.part is not None and layout.source is not None
        for number in layout.maps.get(MESSAGE_NOS, ())
    }


def _is_there(partner: str, package: Package, uow: UnitOfWork) -> bool:
    found = [
        arrival
        for source in Source
        for arrival in uow.arrivals.of_day(package.day, partner=partner, source=source)
        if arrival.part is not None and arrival.part.pack_no == package.pack_no
    ]
    return bool(found) and not incomplete_packages(found)


def _difference(partner: str, package: Package) -> Difference:
    day = package.day.isoformat()
    parts = (partner, package.message_no, day, package.pack_no)
    return Difference(
        key=key_of(Level.EVENT, Event.PACKAGE_MISSING, *parts),
        level=Level.EVENT,
        cause=Event.PACKAGE_MISSING,
        amount_fen=0,
        partner=partner,
        note=f"{package.message_no} {day} {package.pack_no}",
    )


def _named(difference: Difference) -> tuple[str, Package]:
    message_no, day, pack_no = (difference.note or "").split(" ", 2)
    return difference.partner or "", Package(message_no, date.fromisoformat(day), pack_no)
