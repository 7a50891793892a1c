"""Tells other systems what happened, in the unit of work in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.store.engine import UnitOfWork


def announce(uow: UnitOfWork, type: str, facts: Mapping[str, Any], at: datetime) -> None:  # noqa: A002
    """Queue an event such as `batch.sent`; it leaves if the unit is committed.

    Where no road carries events this does nothing. `KeyError` for a type that is not in
    `hub.domain.event.EVENT_VERSIONS`. `facts` must fit the type's JSON Schema.
    """
    uow.messages.announce(type, facts, at)
