"""What filters of these tables may say, read strictly, and what they offer."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from hub.domain.whole import whole
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from hub.flows.services import Services


def number(filters: Mapping[str, str], name: str) -> int | None:
    """Return the number that a filter names; `Rejected("filter_number_unusable")`."""
    text = filters.get(name)
    if text is None:
        return None
    number = whole(text)
    if not number:
        raise Rejected("filter_number_unusable", filter=name, found=text[:20])
    return number


def code(filters: Mapping[str, str], name: str, known: Mapping[str, Any]) -> str | None:
    """Return the code that a filter names; `Rejected("filter_value_unknown")`."""
    found = filters.get(name)
    if found is not None and found not in known:
        raise Rejected(
            "filter_value_unknown", filter=name, found=found[:40], known=", ".join(known)
        )
    return found


def fixed(known: Mapping[str, Any]) -> Callable[[Services], Mapping[str, Any]]:
    """Return the choices of a filter that are the same everywhere."""
    return lambda _services: known


def banks(services: Services) -> Mapping[str, str]:
    """Return the banks of this deployment by code."""
    found = sorted(services.catalog.partners.items())
    return {name: partner.name for name, partner in found if partner.kind == "bank"}


def day_starts(day: date, services: Services, *, after: bool = False) -> datetime:
    """Return when a day begins where the agency is, or the one after it."""
    start = day + timedelta(days=1) if after else day
    return datetime.combine(start, time.min, tzinfo=services.settings.time_zone)
