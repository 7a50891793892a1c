"""Banks' answers in the store: each there once, in bulk, with the payment that it is about."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import func, select, update

from hub.domain.payout_answer import COUNTED, Answer, Effect, Scope, Standing
from hub.store.bulk_writes import insert_rows
from hub.store.schema.payout_answers import payout_answers
from hub.store.schema.payouts import payout_items

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Table

CHUNK: Final = 500  # ids in one query; SQLite takes some thousands

_PLAIN: Final = tuple(f.name for f in fields(Answer))
_AS_IT_IS: Final = tuple(name for name in _PLAIN if name not in ("scope", "standing"))
_WRITTEN: Final = (
    *_AS_IT_IS, "scope", "standing", "inbox_id", "layout", "effect", "identity", "item_id",
    "batch_id", "at",
)  # fmt: skip
_plain_of: Final = attrgetter(*_AS_IT_IS)
_COUNTED: Final = sorted(effect.value for effect in COUNTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An answer with its place and its effect; `item_id` is the payment that it is about."""

    answer: Answer
    inbox_id: int
    layout: str
    effect: Effect
    identity: str
    item_id: int | None = None
    batch_id: int | None = None
    id: int = 0

    @property
    def evidence(self) -> str:
        """Return what proves what the answer says."""
        return f"inbox:{self.inbox_id}/line:{self.answer.line}"


class PayoutAnswers:
    """The answers that one unit of work sees."""

    _table: ClassVar[Table] = payout_answers
    _items: ClassVar[Table] = payout_items

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, identities: Sequence[str]) -> set[str]:
        """Return which of some identities are there already."""
        c = self._table.c
        query = select(c.identity).where(c.identity.in_(identities))
        return set(self._connection.execute(query).scalars())

    def about(
        self, item_ids: Sequence[int], *, but: Collection[int] = ()
    ) -> dict[int, list[Answer]]:
        """Return the answers about each of some items that say something of its standing.

        `but` are answers that do not count, because they are being taken anew.
        """
        c = self._table.c
        found: dict[int, list[Answer]] = {}
        for one in self._where(c.item_id.in_(item_ids), c.effect.in_(_COUNTED)):
            if one.id not in but:
                found.setdefault(int(one.item_id or 0), []).append(one.answer)
        return found

    def add(self, new: Iterable[Stored], *, at: datetime) -> None:
        """Add answers that are not there."""
        rows = (
            (
                *_plain_of(one.answer), one.answer.scope.value, one.answer.standing.value,
                one.inbox_id, one.layout, one.effect.value, one.identity, one.item_id,
                one.batch_id, at,
            )
            for one in new
        )  # fmt: skip
        insert_rows(self._connection, self._table, _WRITTEN, rows)

    def change(self, answer_id: int, answer: Answer, effect: Effect) -> None:
        """Note what an answer did after all, and how it is mapped now."""
        self._connection.execute(
            update(self._table)
            .where(self._table.c.id == answer_id)
            .values(
                effect=effect.value, standing=answer.standing.value, reason=answer.reason,
                mapping_sha256=answer.mapping_sha256,
            )
        )  # fmt: skip

    def named(self, inbox_id: int, batch_id: int) -> set[int]:
        """Return the items of a batch that a file speaks of one by one."""
        c = self._table.c
        query = select(c.item_id).where(
            c.inbox_id == inbox_id, c.batch_id == batch_id, c.scope == Scope.ITEM.value
        )
        return {int(one) for one in self._connection.execute(query).scalars() if one is not None}

    def list(
        self,
        *effects: Effect,
        inbox_id: int | None = None,
        batch_id: int | None = None,
        item_id: int | None = None,
        limit: int | None = None,
    ) -> list[Stored]:
        """Return answers of some effects (all, if none is named), oldest first."""
        c = self._table.c
        wanted: list[ColumnElement[bool]] = []
        wanted += [c.effect.in_([one.value for one in effects])] if effects else []
        wanted += [c.inbox_id == inbox_id] if inbox_id is not None else []
        wanted += [c.batch_id == batch_id] if batch_id is not None else []
        wanted += [c.item_id == item_id] if item_id is not None else []
        return list(self._where(*wanted, limit=limit))

    def counts(self, inbox_id: int) -> dict[Effect, tuple[int, int]]:
        """Return number and sum (fen) of a file's answers by effect.

        An answer without an amount counts with its payment's.
        """
        c, i = self._table.c, self._items.c
        query = (
            select(c.effect, func.count(), func.sum(func.coalesce(c.amount_fen, i.amount_fen, 0)))
            .select_from(self._table.outerjoin(self._items, c.item_id == i.id))
            .where(c.inbox_id == inbox_id)
            .group_by(c.effect)
        )
        rows = self._connection.execute(query)
        return {Effect(effect): (int(n), int(fen)) for effect, n, fen in rows}

    def _where(
        self, *conditions: ColumnElement[bool], limit: int | None = None
    ) -> Iterator[Stored]:
        query = select(self._table).where(*conditions).order_by(self._table.c.id).limit(limit)
        return (_stored(row) for row in self._connection.execute(query))


def _stored(row: Row[Any]) -> Stored:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
    answer = Answer(
        **{
            **{name: values[name] for name in _PLAIN},
            "standing": Standing(values["standing"]),
            "scope": Scope(values["scope"]),
        }
    )
    return Stored(
        answer=answer, inbox_id=values["inbox_id"], layout=values["layout"],
        effect=Effect(values["effect"]), identity=values["identity"], item_id=values["item_id"],
        batch_id=values["batch_id"], id=values["id"],
    )  # fmt: skip
