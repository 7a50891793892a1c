"""Keyset paging: a page begins behind the last row of the one before, so that all cost the same.

Where a page ended travels in the address as text: the values of the sorting columns. Nobody counts
rows and nobody skips them.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_

from hub.errors import Rejected
from hub.store.schema.metadata import DayType, InstantType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Row, Select

POSITION_CHARS_MAX: Final = 500


def page(
    connection: Connection,
    query: Select[Any],
    keys: Sequence[Column[Any]],
    *,
    after: str | None,
    limit: int,
    newest_first: bool = True,
) -> tuple[list[Row[Any]], str | None]:
    """Return a page of a query's rows in the order of `keys`, and where it ended.

    `keys` are selected by `query`, tell rows apart together, and are not null. The second value is
    `None` when that was all; `Rejected("page_position_unusable")` for an `after` of another table.
    """
    if after is not None:
        query = query.where(_behind(keys, position(keys, after), newest_first=newest_first))
    order = [key.desc() if newest_first else key.asc() for key in keys]
    rows = list(connection.execute(query.order_by(*order).limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]._mapping  # noqa: SLF001 -- SQLAlchemy's documented access by name
    ended = json.dumps([last[key.name] for key in keys], default=_text, ensure_ascii=False)
    return rows[:limit], ended


def position(keys: Sequence[Column[Any]], after: str) -> list[Any]:
    """Return the values that a page ended with, from the address."""
    try:
        given = json.loads(after[:POSITION_CHARS_MAX])
        return [_value(key, one) for key, one in zip(keys, given, strict=True)]
    except (ValueError, TypeError) as error:
        raise Rejected("page_position_unusable") from error


def _behind(
    keys: Sequence[Column[Any]], values: Sequence[Any], *, newest_first: bool
) -> ColumnElement[bool]:
    """Select what comes behind some values: a bound that an index uses, and the exact rest."""

    def beyond(n: int) -> ColumnElement[bool]:
        further: ColumnElement[bool] = keys[n] < values[n] if newest_first else keys[n] > values[n]
        return further

    if len(keys) == 1:
        return beyond(0)
    bound = keys[0] <= values[0] if newest_first else keys[0] >= values[0]
    steps = [and_(*(keys[i] == values[i] for i in range(n)), beyond(n)) for n in range(len(keys))]
    return and_(bound, or_(*steps))


def _value(key: Column[Any], given: Any) -> Any:  # noqa: ANN401 -- a column's own kind
    if isinstance(key.type, DayType):
        return date.fromisoformat(given)
    if isinstance(key.type, InstantType):
        at = datetime.fromisoformat(given)
        if at.tzinfo is None:
            raise ValueError("an instant must be aware")
        return at
    if type(given) is not key.type.python_type:
        raise TypeError(type(given).__name__)
    return given


def _text(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value).__name__)
