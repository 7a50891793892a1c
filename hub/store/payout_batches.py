"""Payout batches in the store: numbered by bank, kind and business day, one file each."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import select

from hub.domain.payout import BatchState, PayoutBatch, PayoutKind
from hub.domain.way import Way
from hub.errors import Rejected
from hub.store.schema.payouts import payout_batches, payout_sequences
from hub.store.writes import insert_new, next_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row, Table

_PLAIN: Final = tuple(f.name for f in fields(PayoutBatch) if f.name not in ("id", "kind", "state"))


class PayoutBatches:
    """The payout batches that one unit of work sees."""

    _table: ClassVar[Table] = payout_batches
    _sequences: ClassVar[Table] = payout_sequences
    _way: ClassVar[Way] = Way.PAYOUT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_sequence(self, bank: str, scope: str, business_on: date) -> int:
        """Return the next number of a bank, scope (a kind, or all) and business day, from 1.

        Others wait until this unit has ended; a unit that fails gives its number back.
        """
        return next_number(
            self._connection,
            self._sequences,
            number="last",
            bank=bank,
            scope=scope,
            business_on=business_on,
        )

    def reserve(self, bank: str, scope: str, business_on: date, sequence: int) -> None:
        """Give no number up to this one any more: a file outside has it."""
        s = self._sequences.c
        key = {"bank": bank, "scope": scope, "business_on": business_on}
        insert_new(self._connection, self._sequences, **key, last=sequence)
        self._connection.execute(
            self._sequences.update()
            .where(*(s[name] == value for name, value in key.items()), s.last < sequence)
            .values(last=sequence)
        )

    def add(self, batch: PayoutBatch) -> PayoutBatch:
        """Add a batch; its number must be one that `next_sequence` gave to this unit."""
        row = {name: getattr(batch, name) for name in _PLAIN}
        row |= {"kind": batch.kind.value, "state": batch.state.value}
        if not insert_new(self._connection, self._table, **row):
            raise ValueError("a batch's number was not allocated")
        c = self._table.c
        return next(self._where(c.bank == batch.bank, c.message_id == batch.message_id))

    def get(self, batch_id: int) -> PayoutBatch:
        """Return one batch; `Rejected` when there is none."""
        found = next(self._where(self._table.c.id == batch_id), None)
        if found is None:
            raise Rejected("payout_batch_missing", id=batch_id, way=self._way.value)
        return found

    def of_message(self, bank: str, message_id: str) -> PayoutBatch | None:
        """Return the batch that a bank knows under a message id, if there is one."""
        c = self._table.c
        return next(self._where(c.bank == bank, c.message_id == message_id), None)

    def of_file(self, bank: str, file_name: str) -> PayoutBatch | None:
        """Return the batch that went to a bank in a file of a name, if there is one."""
        c = self._table.c
        return next(self._where(c.bank == bank, c.file_name == file_name), None)

    def of_sequence(
        self, bank: str, kind: PayoutKind, business_on: date, sequence: int
    ) -> PayoutBatch | None:
        """Return the batch of a number, if there is one."""
        c = self._table.c
        mine = (c.bank == bank, c.kind == kind.value, c.business_on == business_on)
        return next(self._where(*mine, c.sequence == sequence), None)

    def of_outgoing(self, outgoing_id: int) -> PayoutBatch | None:
        """Return the batch whose file an outgoing file is, if it is one."""
        return next(self._where(self._table.c.outgoing_id == outgoing_id), None)

    def list(
        self, *, list_id: int | None = None, state: BatchState | None = None
    ) -> list[PayoutBatch]:
        """Return batches, oldest first."""
        c = self._table.c
        wanted = [c.list_id == list_id] if list_id is not None else []
        wanted += [c.state == state.value] if state is not None else []
        return list(self._where(*wanted))

    def any_of(self, bank: str) -> bool:
        """Tell whether a bank ever had a batch."""
        c = self._table.c
        return (
            self._connection.execute(select(c.id).where(c.bank == bank).limit(1)).first()
            is not None
        )

    def built(self, batch_id: int, *, content_sha256: str, outgoing_id: int) -> None:
        """Note the file of a batch; it has one for ever."""
        c = self._table.c
        self._change(
            batch_id,
            c.outgoing_id.is_(None),
            content_sha256=content_sha256,
            outgoing_id=outgoing_id,
        )

    def sent(self, outgoing_id: int, *, at: datetime) -> PayoutBatch | None:
        """Note that an outgoing file was delivered; `None` when it is no batch's, or was noted."""
        c = self._table.c
        done = self._connection.execute(
            self._table.update()
            .where(c.outgoing_id == outgoing_id, c.state == BatchState.READY.value)
            .values(state=BatchState.SENT.value, sent_at=at)
        )
        return self.of_outgoing(outgoing_id) if done.rowcount == 1 else None

    def withdrawn(self, batch_id: int) -> None:
        """Note that a batch that was not sent never will be."""
        state = BatchState.WITHDRAWN.value
        self._change(batch_id, self._table.c.state == BatchState.READY.value, state=state)

    def move(self, batch: PayoutBatch, state: BatchState) -> None:
        """Bring a batch into a later state; one that is in it stays."""
        order = list(BatchState)
        if order.index(state) > order.index(batch.state):
            self._change(batch.id, self._table.c.state == batch.state.value, state=state.value)

    def _change(
        self,
        batch_id: int,
        expected: ColumnElement[bool],
        **values: Any,  # noqa: ANN401 -- values by column
    ) -> None:
        done = self._connection.execute(
            self._table.update().where(self._table.c.id == batch_id, expected).values(**values)
        )
        if done.rowcount != 1:
            raise Rejected("payout_batch_changed", id=batch_id)

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[PayoutBatch]:
        query = select(self._table).where(*conditions).order_by(self._table.c.id)
        return (_batch_of(row) for row in self._connection.execute(query))


def _batch_of(row: Row[Any]) -> PayoutBatch:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
    return PayoutBatch(
        **{**values, "kind": PayoutKind(values["kind"]), "state": BatchState(values["state"])}
    )
