"""What must always hold in the database, asked in SQL; an answer names the first that does not.

Constraints and triggers keep most of it; this finds what got around them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import and_, case, cast, exists, func, literal, or_, select, text

from hub.domain.books import Side
from hub.domain.payout import BACK, LIVE
from hub.domain.way import Way
from hub.store.schema import metadata
from hub.store.schema.batch_orders import batch_orders
from hub.store.schema.metadata import Text
from hub.store.schema.payouts import payout_batches, payout_items
from hub.store.schema.spine import CONTENT_KEY, business_keys, inbox, outbox, tasks
from hub.store.schema.vouchers import voucher_lines, voucher_serials, vouchers
from hub.store.schema.ways import LIVE_ITEMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, ColumnElement, Connection, Select, Table

# digests of something else than bytes in the archive: a run's inputs, a partner's file, a secret
_NOT_ARCHIVED: Final = frozenset(
    {"inputs_sha256", "layout_sha256", "mapping_sha256", "token_sha256", "enrolment_sha256"}
)
# messages are kept in their own row, byte for byte
_BYTES_IN_THE_ROW: Final = frozenset({"messages_in", "quarantine", "region_messages"})
# what left after a backup: the archive may have been lost with the store
_LOST: Final = frozenset({"outside_files"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How many rows were looked at, and the first one that is wrong, if there is one."""

    looked: int
    first: str | None = None


def archived_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that are digests of archived bytes."""
    if table.name in _BYTES_IN_THE_ROW | _LOST:
        return []
    digests = [column for column in table.columns if column.name.endswith("sha256")]
    return [column for column in digests if column.name not in _NOT_ARCHIVED]


class Audit:
    """Questions about the whole database, as one unit of work sees it."""

    _items: ClassVar[Table] = payout_items
    _batches: ClassVar[Table] = payout_batches
    _way: ClassVar[Way] = Way.PAYOUT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unbalanced(self) -> Answer:
        """Every voucher has two lines or more that sum to nothing."""
        v, c = vouchers.c, voucher_lines.c
        signed = case((c.side == Side.DEBIT.value, c.amount_fen), else_=-c.amount_fen)
        wrong = (
            select(v.no)
            .join_from(vouchers, voucher_lines, v.no == c.voucher_no, isouter=True)
            .group_by(v.no)
            .having(or_(func.count(c.line) < 2, func.sum(signed) != 0))  # noqa: PLR2004
        )
        return self._answer(vouchers, wrong, "voucher")

    def gap_in_numbers(self) -> Answer:
        """Every fund and month has the numbers from 1 to the last one given, each once."""
        v, s = vouchers.c, voucher_serials.c
        months = (
            select(v.fund, v.month, func.count().label("count"), func.max(v.number).label("last"))
            .group_by(v.fund, v.month)
            .subquery()
        )
        m = months.c
        wrong = (
            select(s.fund + literal("-") + cast(s.month, Text))
            .join_from(
                voucher_serials, months, and_(s.fund == m.fund, s.month == m.month), isouter=True
            )
            .where(
                s.month > 0,
                or_(m["count"].is_(None), m["count"] != s.last, m["last"] != s.last),
            )
        )
        return self._answer(voucher_serials, wrong, "vouchers")

    def reversal_unlike(self) -> Answer:
        """Every reversal has the lines of what it reverses, with the opposite sign."""
        v, mine, other = vouchers.c, voucher_lines.alias(), voucher_lines.alias()
        like = and_(
            other.c.voucher_no == v.reverses_no, other.c.line == mine.c.line,
            other.c.side == mine.c.side, other.c.account == mine.c.account,
            other.c.amount_fen == -mine.c.amount_fen,
        )  # fmt: skip
        wrong = (
            select(v.no)
            .join_from(vouchers, mine, mine.c.voucher_no == v.no)
            .where(v.reverses_no.is_not(None), ~exists().where(like))
        )
        return self._answer(vouchers, wrong, "voucher")

    def paid_twice(self) -> Answer:
        """Every entitlement has one live attempt; each further one repairs a returned one."""
        c, earlier = self._items.c, self._items.alias()
        live, back = [state.value for state in LIVE], [state.value for state in BACK]
        same = (c.person_id, c.benefit, c.period)
        # as the index of live attempts has them: its order is read, and no payment
        several = select(*same).where(text(LIVE_ITEMS)).group_by(*same).having(func.count() > 1)
        looked = self._count(self._items)
        twice = self._connection.execute(several.order_by(*same).limit(1)).one_or_none()
        if twice is not None:
            mine = [column == value for column, value in zip(same, twice, strict=True)]
            last = select(func.max(c.id)).where(*mine, c.state.in_(live))
            found = self._connection.execute(last).scalar_one()
            return Answer(looked=looked, first=f"{self._way.item_noun}:{found}")
        proof = and_(
            earlier.c.id == c.repairs_id, earlier.c.state.in_(back),
            earlier.c.evidence.is_not(None), earlier.c.person_id == c.person_id,
            earlier.c.benefit == c.benefit, earlier.c.period == c.period,
        )  # fmt: skip
        again = (c.attempt > text("1"), c.state.in_([*live, *back]))  # of an index, in its words
        unproved = select(c.id).where(*again, ~exists().where(proof))
        return self._answer(self._items, unproved, self._way.item_noun, looked=looked)

    def batch_not_its_items(self) -> Answer:
        """Every batch has as many items, of the same sum, as its row and its file say."""
        b, c = self._batches.c, self._items.c
        count, fen = func.count(c.id), func.coalesce(func.sum(c.amount_fen), 0)
        withdrawn = b.state == "withdrawn"
        wrong = (
            select(b.id)
            .join_from(self._batches, self._items, c.batch_id == b.id, isouter=True)
            .group_by(b.id, b.item_count, b.total_fen, b.state)
            .having(
                or_(
                    and_(~withdrawn, or_(count != b.item_count, fen != b.total_fen)),
                    and_(withdrawn, count != 0),
                )
            )
        )
        return self._answer(self._batches, wrong, self._way.batch_noun)

    def batch_not_its_file(self) -> Answer:
        """Every batch with a file has its name and bytes, or what was made of them, to deliver."""
        b, o = self._batches.c, outbox.c
        plain = func.coalesce(o.original_sha256, o.content_sha256)
        same = and_(o.id == b.outgoing_id, plain == b.content_sha256, o.file_name == b.file_name)
        wrong = select(b.id).where(b.outgoing_id.is_not(None), ~exists().where(same))
        return self._answer(self._batches, wrong, self._way.batch_noun)

    def withdrawn_left(self) -> Answer:
        """Every withdrawn batch has its file held for ever, and two people with their proof."""
        b, o, w = payout_batches.c, outbox.c, batch_orders.c
        held = and_(o.id == b.outgoing_id, o.state == "withdrawn")
        ordered = and_(
            w.batch_id == b.id, w.kind == "withdraw", w.confirmed_by.is_not(None),
            w.proof_sha256.is_not(None),
        )  # fmt: skip
        wrong = select(b.id).where(
            b.state == "withdrawn", or_(~exists().where(held), ~exists().where(ordered))
        )
        return self._answer(payout_batches, wrong, "payout_batch")

    def debited_unauthorised(self) -> Answer:
        """Payments need no mandate; direct debits answer for themselves."""
        return Answer(looked=0)

    def outbox_forgotten(self) -> Answer:
        """Every outgoing file is delivered, blocked with a note, or has a task to do."""
        o = outbox.c
        waiting = and_(
            o.state.in_(["ready", "sending", "unknown"]), ~self._has_task("deliver", o.id)
        )
        silent = and_(o.state == "blocked", o.note.is_(None))
        return self._answer(outbox, select(o.id).where(or_(waiting, silent)), "outbox")

    def inbox_forgotten(self) -> Answer:
        """Every received file is to be read, was read, or says why not; a repeat has its twin."""
        i, twin = inbox.c, inbox.alias()
        waiting = and_(i.state == "received", ~self._has_task("ingest", i.id))
        silent = and_(i.state == "refused", i.error.is_(None))
        same_inside = and_(  # sealed anew, a repeat has other bytes than its twin
            business_keys.c.inbox_id == i.earlier_id,
            business_keys.c.business_key.like(f"{CONTENT_KEY}%"),
        )
        alone = and_(
            i.state == "duplicate",
            ~exists().where(twin.c.id == i.earlier_id, twin.c.sha256 == i.sha256),
            ~exists().where(same_inside),
        )
        return self._answer(inbox, select(i.id).where(or_(waiting, silent, alone)), "inbox")

    def digests(self) -> Iterator[tuple[str, str]]:
        """Stream every digest of archived bytes, and where it stands (`inbox.sha256`)."""
        for table in metadata.sorted_tables:
            for column in archived_columns(table):
                at = f"{table.name}.{column.name}"
                query = select(column).where(column.is_not(None)).distinct().order_by(column)
                for sha256 in self._connection.execute(query).scalars():
                    yield sha256, at

    def _has_task(self, step: str, subject_id: ColumnElement[int]) -> ColumnElement[bool]:
        t = tasks.c
        mine = (t.step == step, t.subject_id == cast(subject_id, Text), t.state != "done")
        return exists().where(*mine)

    def _count(self, table: Table) -> int:
        query = select(func.count()).select_from(table)
        return int(self._connection.execute(query).scalar_one())

    def _answer(
        self, table: Table, wrong: Select[Any], what: str, *, looked: int | None = None
    ) -> Answer:
        looked = self._count(table) if looked is None else looked
        found = wrong.subquery()
        (column,) = found.columns
        first = self._connection.execute(select(func.min(column))).scalar()
        return Answer(looked=looked, first=None if first is None else f"{what}:{first}")
