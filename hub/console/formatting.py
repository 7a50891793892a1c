"""How values are written for people: amounts, days, instants, states, masked numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.console.context import console, viewer
from hub.console.language import gettext, language
from hub.domain.codes.shape import mask
from hub.domain.money import yuan_display
from hub.store.views.home import COUNTED_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from hub.console.registry import Kind

NOTHING: Final = "–"
_GOOD: Final = frozenset(
    {"paid", "delivered", "closed", "matched", "arrived", "approved", "accepted", "confirmed"}
    | {"done", "answered", "active"}
)
_WARN: Final = frozenset(
    {"awaited", "waiting", "in_transit", "in_flight", "reviewed", "checked", "held", "ambiguous"}
    | {"paused", "late", "draft"}
)
_BAD: Final = frozenset(
    {"missing", "overdue", "short", "over", "unknown", "refused", "returned", "failed"}
    | {"reversed", "blocked", "parked", "quarantined", "rejected", "breach"}
)
_TONES: Final[Mapping[str, frozenset[str]]] = {"good": _GOOD, "warn": _WARN, "bad": _BAD}
_SHOWN_AT_ENDS: Final = {"id_no": (3, 2), "account_no": (4, 4)}


def money(amount_fen: int | None) -> str:
    """Return fen as `1,234.56`; a dash for nothing."""
    return NOTHING if amount_fen is None else yuan_display(amount_fen)


def yuan(amount_fen: int | None) -> str:
    """Return fen as `1,234.56 yuan` in the reader's language, where no heading says the unit."""
    return NOTHING if amount_fen is None else gettext("%(sum)s yuan", sum=yuan_display(amount_fen))


def count(number: int | None) -> str:
    """Return a number with thousands separators."""
    return NOTHING if number is None else f"{number:,}"


def counted(number: int) -> str:
    """Return a number that was counted up to a limit: `10,000+` when there are more."""
    return f"{COUNTED_MAX:,}+" if number > COUNTED_MAX else count(number)


def day(on: date | str | None) -> str:
    """Return a business date as 2026-11-24."""
    return NOTHING if on is None else str(on)


def days(number: int | None) -> str:
    """Return a number of working days in words."""
    return NOTHING if number is None else gettext("%(number)s working days", number=number)


def instant(at: datetime | None) -> str:
    """Return an instant on the agency's clock, to the minute."""
    if at is None:
        return NOTHING
    return f"{at.astimezone(console().services.settings.time_zone):%Y-%m-%d %H:%M}"


def word(thing: Any) -> str:  # noqa: ANN401
    """Return the reader's word for a state or kind: its `.zh` or `.en`, else its code in words."""
    if thing is None:
        return NOTHING
    said = getattr(thing, language(), None)
    return str(said) if said is not None else str(getattr(thing, "value", thing)).replace("_", " ")


def tone(thing: object) -> str:
    """Return how a state is felt, for its colour: good, warn, bad or plain."""
    value = str(getattr(thing, "value", thing))
    return next((name for name, states in _TONES.items() if value in states), "plain")


def masked(value: str | None, kind: str) -> str:
    """Return an identity or account number of which only the ends can be read."""
    if not value:
        return NOTHING
    head, tail = _SHOWN_AT_ENDS[kind]
    return mask(value, head=head, tail=tail)


def id_no(value: str | None) -> str:
    """Return an identity number, masked unless this look at it is allowed and on record."""
    return _personal(value, "id_no")


def account_no(value: str | None) -> str:
    """Return an account number, masked unless this look at it is allowed and on record."""
    return _personal(value, "account_no")


def text(value: object) -> str:
    """Return anything else as text; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    return value if type(value) is str else word(value)  # a name keeps its underscores


CELLS: Final[Mapping[Kind, Callable[[Any], str]]] = {
    "text": text,
    "money": money,
    "count": count,
    "days": days,
    "date": day,
    "instant": instant,
    "state": word,
    "id_no": id_no,
    "account_no": account_no,
}


def install(app: Flask) -> None:
    """Give templates a filter for each way of writing."""
    app.jinja_env.filters.update({kind: way for kind, way in CELLS.items() if kind != "state"})
    app.jinja_env.filters.update(
        day=day, word=word, tone=tone, yuan=yuan, counted=counted,
        cell=lambda value, kind: CELLS[kind](value),
    )  # fmt: skip


def _personal(value: str | None, kind: str) -> str:
    from hub.console.access import unmasks  # noqa: PLC0415 -- access needs the language as well

    return value or NOTHING if unmasks(viewer()) else masked(value, kind)
