"""Payout lists (明细清单) in the store: once per key, changed by compare-and-set."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import select

from hub.domain.approval import Approval, Signature
from hub.domain.payout import ListState, PayoutKind, PayoutList
from hub.domain.way import Way
from hub.errors import Rejected
from hub.store.schema.payouts import payout_lists
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Row, Table

_NESTED: Final = frozenset({"id", "version", "kind", "state", "approval"})
_PLAIN: Final = tuple(f.name for f in fields(PayoutList) if f.name not in _NESTED)
_SIGNED: Final = (1, 2, 3)


class Payouts:
    """The payout lists that one unit of work sees."""

    _table: ClassVar[Table] = payout_lists
    _way: ClassVar[Way] = Way.PAYOUT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, payout: PayoutList) -> PayoutList:
        """Add a list; `Rejected` when there is one of its key already."""
        if not insert_new(self._connection, self._table, **_row_of(payout), version=1):
            raise Rejected("payout_list_exists", key=payout.key)
        return next(self._where(self._table.c.key == payout.key))

    def get(self, list_id: int) -> PayoutList:
        """Return one list; `Rejected` when there is none."""
        found = next(self._where(self._table.c.id == list_id), None)
        if found is None:
            raise Rejected("payout_list_missing", id=list_id, way=self._way.value)
        return found

    def of_key(self, key: str) -> PayoutList | None:
        """Return the list of a key, if there ever was one."""
        return next(self._where(self._table.c.key == key), None)

    def of_inbox(self, inbox_id: int) -> PayoutList | None:
        """Return the list that came in a received file, if it did."""
        return next(self._where(self._table.c.inbox_id == inbox_id), None)

    def list(self, *states: ListState) -> list[PayoutList]:
        """Return lists in some states (all, if none is named), oldest first."""
        wanted = (self._table.c.state.in_([s.value for s in states]),) if states else ()
        return list(self._where(*wanted))

    def save(self, changed: PayoutList) -> PayoutList:
        """Write a changed list; `Rejected` when somebody else changed it meanwhile."""
        c = self._table.c
        done = self._connection.execute(
            self._table.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**_row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("payout_list_changed", id=changed.id)
        return replace(changed, version=changed.version + 1)

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[PayoutList]:
        query = select(self._table).where(*conditions).order_by(self._table.c.id)
        return (_list_of(row) for row in self._connection.execute(query))


def _row_of(payout: PayoutList) -> dict[str, Any]:
    """Return every column of a list except `id` and `version`."""
    row: dict[str, Any] = {name: getattr(payout, name) for name in _PLAIN}
    signatures = payout.approval.signatures
    for number in _SIGNED:
        signed = signatures[number - 1] if number <= len(signatures) else None
        row[f"signed{number}_by"] = signed.person if signed else None
        row[f"signed{number}_at"] = signed.at if signed else None
    return {
        **row,
        "kind": payout.kind.value,
        "state": payout.state.value,
        "levels": payout.approval.levels,
    }


def _list_of(row: Row[Any]) -> PayoutList:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    signatures = tuple(
        Signature(person=values[f"signed{n}_by"], at=values[f"signed{n}_at"])
        for n in _SIGNED
        if values[f"signed{n}_by"] is not None
    )
    return PayoutList(
        **{name: values[name] for name in _PLAIN},
        id=values["id"],
        version=values["version"],
        kind=PayoutKind(values["kind"]),
        state=ListState(values["state"]),
        approval=Approval(levels=values["levels"], signatures=signatures),
    )
