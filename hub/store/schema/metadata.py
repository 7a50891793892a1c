"""Column types that mean the same on SQLite and PostgreSQL, and the metadata of every table.

SQLite tables are STRICT, so an integer column refuses text instead of keeping it. Amounts are
integers (fen) on both: SQLAlchemy's Numeric is a float on SQLite and loses money.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

metadata: Final = sa.MetaData()

Text: Final = sa.Text()
Number: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # 64 bits on both


class DayType(TypeDecorator[date]):
    """A calendar day: DATE on PostgreSQL, `2026-11-24` on SQLite, where text orders the same."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database itself knows."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Refuse an instant where a day is meant: which day it is depends on the place."""
        if isinstance(value, datetime):
            raise TypeError("a day is wanted, not an instant")
        return value if value is None or dialect.name != "sqlite" else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:  # noqa: ANN401
        """Return the day."""
        return date.fromisoformat(value) if dialect.name == "sqlite" and value else value


class InstantType(TypeDecorator[datetime]):
    """An aware instant, read back in UTC: TIMESTAMPTZ on PostgreSQL, fixed-width text on SQLite."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database itself knows."""
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(sa.Text() if sqlite else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Refuse a naive time: nobody knows when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant must be aware")
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: Any,  # noqa: ANN401 -- text or datetime, by database
        dialect: Dialect,
    ) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        found = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return found.astimezone(UTC)


Day: Final = DayType()
Instant: Final = InstantType()


def instant_text(value: datetime) -> str:
    """Return an instant as text of fixed width, in UTC, so that text order is time order."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def identity() -> sa.Column[int]:
    """Return the column `id` that numbers the rows of a table."""
    return sa.Column("id", Number, sa.Identity(), primary_key=True)


def table(name: str, *parts: Any) -> sa.Table:  # noqa: ANN401 -- columns, constraints, indexes
    """Return a new table of the hub; STRICT on SQLite."""
    return sa.Table(name, metadata, *parts, sqlite_strict=True)
