"""The read model of conservation: where each list's and batch's money is, from its rows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import func, select

from hub.domain.conservation import (
    BOOKED_BACK,
    BOOKED_OUT,
    Conservation,
    Scope,
)
from hub.domain.payout import BatchState, ItemState, ListState
from hub.domain.payout_answer import Effect, Standing
from hub.store.schema.payout_answers import payout_answers
from hub.store.schema.payouts import payout_batches, payout_items, payout_lists
from hub.store.schema.vouchers import vouchers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, Select, Table

_TERMS: Final = {
    ItemState.PAID: "paid_fen",
    ItemState.RETURNED: "returned_fen",
    ItemState.IN_FLIGHT: "in_flight_fen",
    ItemState.LISTED: "waiting_fen",
    ItemState.UNKNOWN: "unknown_fen",
    ItemState.CANCELLED: "cancelled_fen",
}
_GONE: Final = (ListState.RELEASED, ListState.CLOSED)


class Conservations:
    """Accounts of where the money is, as one unit of work sees it."""

    _lists: ClassVar[Table] = payout_lists
    _batches: ClassVar[Table] = payout_batches
    _items: ClassVar[Table] = payout_items
    _scopes: ClassVar[tuple[Scope, Scope]] = (Scope.LIST, Scope.BATCH)
    _ways: ClassVar[Mapping[str, str]] = dict.fromkeys(BOOKED_OUT, "out") | dict.fromkeys(
        BOOKED_BACK, "back"
    )
    _terms_of: ClassVar[Mapping[ItemState, str]] = _TERMS

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_lists(
        self, fund: str | None = None, *, list_id: int | None = None, open_only: bool = False
    ) -> Iterator[Conservation]:
        """Yield an account of every list that was released, of one fund's, or of one list.

        `open_only` leaves out those that are closed: years of payments that have come to an end.
        """
        c = self._lists.c
        wanted = [c.fund == fund] if fund is not None else []
        wanted += [c.id == list_id] if list_id is not None else []
        states = (ListState.RELEASED,) if open_only else _GONE
        gone = c.state.in_([state.value for state in states])
        mine = select(c.id).where(gone, *wanted)
        terms = self._terms(self._items.c.list_id, mine)
        query = select(c.id, c.fund, c.total_fen).where(gone, *wanted).order_by(c.id)
        for row in self._connection.execute(query):
            yield Conservation(
                scope=self._scopes[0], id=row.id, fund=row.fund, bank=None,
                approved_fen=row.total_fen, **terms[row.id],
            )  # fmt: skip

    def of_batches(
        self,
        *,
        fund: str | None = None,
        bank: str | None = None,
        list_id: int | None = None,
        open_only: bool = False,
    ) -> Iterator[Conservation]:
        """Yield an account of every batch, of a lane's, or of a list's; or of open lists only."""
        c = self._batches.c
        wanted = [c.fund == fund] if fund is not None else []
        wanted += [c.bank == bank] if bank is not None else []
        wanted += [c.list_id == list_id] if list_id is not None else []
        of = self._lists.c
        released = of.state == ListState.RELEASED.value
        wanted += [c.list_id.in_(select(of.id).where(released))] if open_only else []
        mine = select(c.id).where(*wanted)
        terms, booked = self._terms(self._items.c.batch_id, mine), self._booked()
        query = select(c.id, c.fund, c.bank, c.state, c.total_fen).where(*wanted).order_by(c.id)
        for row in self._connection.execute(query):
            sums = booked[row.id]
            withdrawn = row.state == BatchState.WITHDRAWN.value  # nothing of it is left
            went = row.state != BatchState.READY.value or sums["out"] != 0
            yield Conservation(
                scope=self._scopes[1], id=row.id, fund=row.fund, bank=row.bank,
                approved_fen=0 if withdrawn else row.total_fen, **terms[row.id],
                **self._of_books(sums, went=went),
            )  # fmt: skip

    def _of_books(self, sums: Mapping[str, int], *, went: bool) -> dict[str, int]:
        """Return what vouchers say of a batch; nothing while it has not gone out."""
        return {"booked_out_fen": sums["out"], "booked_back_fen": sums["back"]} if went else {}

    def _terms(
        self, owner: ColumnElement[int], mine: Select[Any]
    ) -> defaultdict[int, dict[str, int]]:
        c = self._items.c
        counted = (owner.in_(mine), c.state != ItemState.REFUSED.value)
        query = select(owner, c.state, func.sum(c.amount_fen)).where(*counted)
        terms: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for of, state, fen in self._connection.execute(query.group_by(owner, c.state)):
            terms[of][self._terms_of[ItemState(state)]] = int(fen)
        for of, state, fen in self._partly_back(owner, mine):
            terms[of][_TERMS[ItemState(state)]] -= int(fen)
            terms[of]["suspense_fen"] = terms[of].get("suspense_fen", 0) + int(fen)
        return terms

    def _partly_back(
        self, owner: ColumnElement[int], mine: Select[Any]
    ) -> Iterable[tuple[int, str, int]]:
        rows = self._connection.execute(_partly_back(owner, mine))
        return ((int(of), str(state), int(fen)) for of, state, fen in rows)

    def _booked(self) -> defaultdict[int, defaultdict[str, int]]:
        """Return what vouchers say of each batch; a reversal takes its amount back by itself."""
        c = vouchers.c
        ways, prefix = self._ways, f"{self._scopes[1].value}:"
        query = (
            select(c.event, c.subject, func.sum(c.amount_fen))
            .where(c.event.in_(sorted(ways)), c.subject.startswith(prefix))
            .group_by(c.event, c.subject)
        )
        booked: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for event, subject, fen in self._connection.execute(query):
            number = subject.removeprefix(prefix).partition("/")[0]
            if number.isdecimal():
                booked[int(number)][ways[event]] += int(fen)
        return booked


def _partly_back(owner: ColumnElement[int], mine: Select[Any]) -> Select[Any]:
    """Select what came back of payments, in sums that are not theirs, and so is in suspense.

    Answers are found by their batches, so that no other answer is read.
    """
    c, a, b = payout_items.c, payout_answers.c, payout_batches.c
    batches = mine if owner is c.batch_id else select(b.id).where(b.list_id.in_(mine))
    out = [state.value for state in (ItemState.IN_FLIGHT, ItemState.PAID, ItemState.UNKNOWN)]
    return (
        select(owner, c.state, func.sum(a.amount_fen))
        .join_from(payout_items, payout_answers, a.item_id == c.id)
        .where(
            a.batch_id.in_(batches), c.state.in_(out), a.amount_fen > 0,
            a.effect == Effect.DIFFERS.value, a.standing == Standing.RETURNED.value,
        )
        .group_by(owner, c.state)
    )  # fmt: skip
