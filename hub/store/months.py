"""What belongs to one month in the store, table by table, and a store made of it to read.

A row belongs to the month in which it came about; what hangs on it goes with it. The journal is
cut without a gap: each segment goes on where the one before it ended.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, and_, create_engine, event, func, or_, select

from hub.errors import Rejected
from hub.store import migrating
from hub.store.audit import archived_columns
from hub.store.schema import metadata
from hub.store.schema.metadata import DayType, InstantType, Number, instant_text
from hub.store.schema.months import archived_months
from hub.store.schema.spine import journal
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from sqlalchemy import Column, ColumnElement, Connection, Table

NULL: Final = r"\N"  # what stands for nothing in a column of text
PAGE_ROWS: Final = 5_000

_OWN: Final[dict[str, tuple[str, ...]]] = {
    "arrivals": ("arrived_at",), "assistances": ("asked_on",), "bank_days": ("booked_on",),
    "bank_lines": ("booked_on",), "bank_matches": ("at",), "bank_statements": ("last_on",),
    "benefit_stops": ("at",), "debit_answers": ("at",), "debit_lists": ("added_at",),
    "debit_stops": ("at",), "discrepancies": ("opened_on", "closed_at"),
    "inbox": ("received_at",), "letters": ("month", "sent_on"), "outbox": ("added_at",),
    "outside_files": ("found_at",), "payout_answers": ("at",), "payout_lists": ("added_at",),
    "refunds": ("opened_at", "checked_at"), "region_messages": ("at",),
    "restores": ("found_at",), "runs": ("as_of",), "transfer_facts": ("noted_at",),
    "transfer_receipts": ("credited_on",), "transfer_remittances": ("drafted_at",),
    "transfers": ("opened_on",), "voucher_drafts": ("prepared_at",), "vouchers": ("month",),
}  # fmt: skip
_WITH: Final = {
    "bank_match_parts": ("line_id", "bank_matches", "line_id"),
    "batch_orders": ("batch_id", "payout_batches", "id"),
    "debit_batches": ("list_id", "debit_lists", "id"),
    "debit_changes": ("list_id", "debit_lists", "id"),
    "debit_comparisons": ("list_id", "debit_lists", "id"),
    "debit_findings": ("list_id", "debit_lists", "id"),
    "debit_items": ("list_id", "debit_lists", "id"),
    "discrepancy_notes": ("discrepancy_id", "discrepancies", "id"),
    "letter_items": ("letter_id", "letters", "id"),
    "payout_batches": ("list_id", "payout_lists", "id"),
    "payout_changes": ("list_id", "payout_lists", "id"),
    "payout_comparisons": ("list_id", "payout_lists", "id"),
    "payout_findings": ("list_id", "payout_lists", "id"),
    "payout_items": ("list_id", "payout_lists", "id"),
    "refund_documents": ("refund_id", "refunds", "id"),
    "run_totals": ("run_id", "runs", "id"),
    "transfer_approvals": ("case_id", "transfers", "id"),
    "voucher_documents": ("voucher_no", "vouchers", "no"),
    "voucher_lines": ("voucher_no", "vouchers", "no"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A month that was archived: the digest of its manifest, and of the one before it."""

    month: int
    manifest_digest: str
    previous_digest: str | None
    journal_first: int
    journal_last: int
    made_at: datetime
    made_by: str


class Months:
    """Archived months, and what belongs to a month, as one unit of work sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def every(self) -> list[Archived]:
        """Return the archived months, oldest first."""
        query = select(archived_months).order_by(archived_months.c.month)
        return [Archived(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def add(self, month: Archived) -> None:
        """Note an archived month; `Rejected("month_archived")` when it was archived before."""
        row = {name: getattr(month, name) for name in Archived.__slots__}
        if not insert_new(self._connection, archived_months, **row):
            raise Rejected("month_archived", month=month.month)

    def last_row(self, before: datetime) -> int:
        """Return the last row of the journal that was written before an instant; 0 if none."""
        query = select(func.max(journal.c.n)).where(journal.c.at < before)
        return int(self._connection.execute(query).scalar_one() or 0)

    def tables(self) -> list[str]:
        """Return the tables whose rows are archived, in an order in which they can be read back."""
        mine = {*_OWN, *_WITH, "journal"}
        return [one.name for one in metadata.sorted_tables if one.name in mine]

    def rows(
        self, name: str, month: int, zone: ZoneInfo, *, journal_rows: tuple[int, int]
    ) -> Iterator[dict[str, str]]:
        """Stream a table's rows of a month as text, in the order of its primary key."""
        table = metadata.tables[name]
        if name == "journal":
            where: ColumnElement[bool] = journal.c.n.between(*journal_rows)
        else:
            where = _of(table, month, zone)
        query = select(table).where(where).order_by(*table.primary_key.columns)
        found = self._connection.execute(query.execution_options(yield_per=PAGE_ROWS))
        for row in found:
            yield {c.name: _text(row._mapping[c]) for c in table.columns}  # noqa: SLF001


def columns_of(name: str) -> list[str]:
    """Return the columns of a table, in their order."""
    return [column.name for column in metadata.tables[name].columns]


def digests_in(name: str) -> list[str]:
    """Return the columns of a table that are digests of archived bytes."""
    return [column.name for column in archived_columns(metadata.tables[name])]


def bounds(month: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of a month where the agency is, and that of the next month."""
    year, number = divmod(month, 100)
    following = date(year + number // 12, number % 12 + 1, 1)
    return (
        datetime.combine(date(year, number, 1), time(), zone),
        datetime.combine(following, time(), zone),
    )


def write_store(file: Path, tables: Mapping[str, Iterable[Mapping[str, str]]]) -> int:
    """Make a SQLite store of archived rows, to be read; returns how many rows it has.

    It has one month only, so what a row refers to may not be in it.
    """
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
    written = 0
    try:
        with engine.begin() as connection:
            migrating.upgrade(connection)
        with engine.begin() as connection:
            triggers = _without_triggers(connection)
            for name in (one.name for one in metadata.sorted_tables if one.name in tables):
                table = metadata.tables[name]
                for page in _pages(tables[name]):
                    rows = [{c.name: _value(row[c.name], c) for c in table.columns} for row in page]
                    connection.execute(table.insert(), rows)
                    written += len(rows)
            for trigger in triggers:
                connection.exec_driver_sql(trigger)
    finally:
        engine.dispose()
    return written


def _without_triggers(connection: Connection) -> list[str]:
    """Take the triggers off, which want rows in the order in which they came about; return them."""
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    found = connection.exec_driver_sql(asked).all()
    for name, _sql in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return [str(sql) for _name, sql in found]


def _of(table: Table, month: int, zone: ZoneInfo) -> ColumnElement[bool]:
    """Return what a row of a table must be to belong to a month."""
    if table.name in _WITH:
        column, parent_name, key = _WITH[table.name]
        parent = metadata.tables[parent_name]
        mine = select(parent.c[key]).where(_of(parent, month, zone))
        return table.c[column].in_(mine)
    begins, ends = bounds(month, zone)
    found = []
    for name in _OWN[table.name]:
        column_of = table.c[name]
        if name == "month":
            found.append(column_of == month)
        elif isinstance(column_of.type, InstantType):
            found.append(and_(column_of >= begins, column_of < ends))
        else:
            found.append(and_(column_of >= begins.date(), column_of < ends.date()))
    return or_(*found)


def _text(value: Any) -> str:  # noqa: ANN401 -- of any column
    if value is None:
        return NULL
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(text: str, column: Column[Any]) -> Any:  # noqa: ANN401 -- of any column
    if text == NULL:
        return None
    if isinstance(column.type, InstantType):
        return datetime.fromisoformat(text)
    if isinstance(column.type, DayType):
        return date.fromisoformat(text)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(text)
    return int(text) if isinstance(column.type, type(Number)) else text


def _pages(rows: Iterable[Mapping[str, str]]) -> Iterator[Sequence[Mapping[str, str]]]:
    page: list[Mapping[str, str]] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE_ROWS:
            yield page
            page = []
    if page:
        yield page
