"""What only the whole of all lists can tell about an item: paid before, listed twice, stopped."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import and_, cast, exists, func, literal, null, or_, select, text

from hub.domain.payout import BACK, LIVE, Finding, Stop, Stopped
from hub.store.payout_items import CHUNK_ROWS
from hub.store.schema.metadata import Number
from hub.store.schema.payouts import benefit_stops, payout_findings, payout_items

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Alias, ColumnElement, Connection, Row, Select, Table

_LOCK: Final = 0x6875625F706179  # "hub_pay": lists are checked against each other one at a time
NOTHING: Final = cast(null(), Number)
_LIVE: Final = sorted(state.value for state in LIVE)
_BACK: Final = sorted(state.value for state in BACK)


class PayoutChecks:
    """Checks over all lists, and what they found, as one unit of work sees it."""

    _items: ClassVar[Table] = payout_items
    _findings: ClassVar[Table] = payout_findings
    _stops: ClassVar[Table] = benefit_stops
    _codes: ClassVar[Mapping[str, str]] = {
        "twice": "payout_item_twice",
        "live": "payout_item_live",
        "returned_before": "payout_item_returned_before",
        "repairs_nothing": "payout_item_repairs_nothing",
        "stopped": "payout_item_stopped",
        "indistinct": "payout_item_indistinct",
    }

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, list_id: int, findings: Iterable[Finding]) -> None:
        """Keep findings about a list's items."""
        rows = (
            {
                "list_id": list_id, "item_no": one.item_no, "code": one.code,
                "refuses": int(one.refuses), "field": one.field, "other_no": one.other_no,
                "other_list_id": one.other_list_id,
            }
            for one in findings
        )  # fmt: skip
        while chunk := list(islice(rows, CHUNK_ROWS)):
            self._connection.execute(self._findings.insert(), chunk)

    def of_list(self, list_id: int, *, limit: int) -> list[Finding]:
        """Return what was found about a list's items, in their order."""
        c = self._findings.c
        query = select(self._findings).where(c.list_id == list_id)
        rows = self._connection.execute(query.order_by(c.item_no, c.id).limit(limit))
        return [_finding_of(row) for row in rows]

    def counts(self, list_id: int) -> dict[str, int]:
        """Return how often each code was found in a list."""
        c = self._findings.c
        query = select(c.code, func.count()).where(c.list_id == list_id).group_by(c.code)
        return {code: int(count) for code, count in self._connection.execute(query)}

    def check(self, list_id: int, *, nameless: Collection[str] = ()) -> None:
        """Find what the list's new items have in common with each other and with earlier ones.

        One unit at a time does so: what it finds must still hold when it accepts the items.
        `nameless` are the banks whose file has no room for a number of ours: they cannot tell
        two payments of one amount to one account apart, nor could we in their answer.
        """
        self._lock()
        self._of_entitlements(list_id)
        self._shared_accounts(list_id)
        if nameless:
            self._indistinct(list_id, nameless)

    def _of_entitlements(self, list_id: int) -> None:
        """Find what may not be paid, or not again."""
        self._twice(list_id)
        self._earlier(list_id, self._codes["live"], self._items.c.state.in_(_LIVE))
        self._returned(list_id)
        self._repairs(list_id)
        self._stopped(list_id)

    def _lock(self) -> None:
        """Wait until no other unit checks a list; held to the end of this unit."""
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer anyway
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

    def _twice(self, list_id: int) -> None:
        """Of an entitlement that is there more than once, only the first may stay."""
        c = self._items.c
        several = (
            select(c.person_id, c.benefit, c.period, func.min(c.item_no).label("first"))
            .where(c.list_id == list_id)
            .group_by(c.person_id, c.benefit, c.period)
            .having(func.count() > 1)
            .subquery()
        )
        query = select(c.item_no, several.c.first, NOTHING).where(
            c.list_id == list_id,
            *_same_entitlement(self._items, several),
            c.item_no > several.c.first,
        )
        self._note(list_id, self._codes["twice"], query)

    def _earlier(self, list_id: int, code: str, condition: ColumnElement[bool]) -> None:
        mine, other = self._items.alias(), self._items
        self._note(
            list_id,
            code,
            select(mine.c.item_no, other.c.item_no, other.c.list_id).where(
                mine.c.list_id == list_id, other.c.list_id != list_id,
                *_same_entitlement(mine, other), condition,
            ),
        )  # fmt: skip

    def _returned(self, list_id: int) -> None:
        """What came back is paid again as a repair of the returned item, and in no other way."""
        mine, other = self._items.alias(), self._items.alias()
        again = self._items.alias()
        query = select(mine.c.item_no, other.c.item_no, other.c.list_id).where(
            mine.c.list_id == list_id, other.c.list_id != list_id,
            *_same_entitlement(mine, other), other.c.state.in_(_BACK),
            or_(
                mine.c.attempt <= other.c.attempt,
                and_(mine.c.attempt == other.c.attempt + 1, mine.c.repairs_id != other.c.id),
            ),
            ~exists().where(
                *_same_entitlement(other, again), again.c.attempt > other.c.attempt,
                again.c.state.in_([*_LIVE, *_BACK]),
            ),
        )  # fmt: skip
        self._note(list_id, self._codes["returned_before"], query)

    def _repairs(self, list_id: int) -> None:
        """A repair is of the attempt before it, to pay the same, and that one came back."""
        mine, other = self._items.alias(), self._items.alias()
        came_back = exists().where(
            other.c.id == mine.c.repairs_id, other.c.state.in_(_BACK),
            other.c.attempt == mine.c.attempt - 1, other.c.amount_fen == mine.c.amount_fen,
            *_same_entitlement(mine, other),
        )  # fmt: skip
        query = select(mine.c.item_no, NOTHING, NOTHING).where(
            mine.c.list_id == list_id, mine.c.attempt > 1, ~came_back
        )
        self._note(list_id, self._codes["repairs_nothing"], query)

    def _stopped(self, list_id: int) -> None:
        c, s = self._items.c, self._stops.c
        stopped = exists().where(
            s.person_id == c.person_id, s.lifted_at.is_(None),
            or_(s.benefit.is_(None), s.benefit == c.benefit),
        )  # fmt: skip
        self._note(
            list_id,
            self._codes["stopped"],
            select(c.item_no, NOTHING, NOTHING).where(c.list_id == list_id, stopped),
        )

    def _shared_accounts(self, list_id: int) -> None:
        """Look-alikes: one account for several people is a doubt, not a mistake."""
        c = self._items.c
        shared = (
            select(c.account_no, func.min(c.item_no).label("first"),
                   func.min(c.account_name).label("low"), func.max(c.account_name).label("high"))
            .where(c.list_id == list_id)
            .group_by(c.account_no)
            .having(func.count(c.person_id.distinct()) > 1)
            .subquery()
        )  # fmt: skip
        of_one_name = shared.c.low == shared.c.high
        for code, which in (
            ("payout_account_other_id", of_one_name),
            ("payout_account_shared", ~of_one_name),
        ):
            query = select(c.item_no, shared.c.first, NOTHING).where(
                c.list_id == list_id, c.account_no == shared.c.account_no, which
            )
            self._note(list_id, code, query, refuses=False)

    def _indistinct(self, list_id: int, banks: Collection[str]) -> None:
        c = self._items.c
        same = (
            select(c.bank, c.account_no, c.amount_fen, func.min(c.item_no).label("first"))
            .where(c.list_id == list_id, c.bank.in_(banks))
            .group_by(c.bank, c.account_no, c.amount_fen)
            .having(func.count() > 1)
            .subquery()
        )
        query = select(c.item_no, same.c.first, NOTHING).where(
            c.list_id == list_id, c.bank == same.c.bank, c.account_no == same.c.account_no,
            c.amount_fen == same.c.amount_fen, c.item_no > same.c.first,
        )  # fmt: skip
        self._note(list_id, self._codes["indistinct"], query)

    def stop(self, stop: Stop) -> None:
        """Stop a benefit; the same evidence twice is one stop."""
        s = self._stops.c
        known = select(s.id).where(s.person_id == stop.person_id, s.evidence == stop.evidence)
        if self._connection.execute(known).first() is None:
            self._connection.execute(
                self._stops.insert().values(
                    person_id=stop.person_id, benefit=stop.benefit, reason=stop.reason,
                    evidence=stop.evidence, at=stop.at,
                )
            )  # fmt: skip

    def lift(self, person_id: str, *, person: str, at: datetime) -> int:
        """Lift a person's stops, by somebody's decision; returns how many there were."""
        s = self._stops.c
        return self._connection.execute(
            self._stops.update()
            .where(s.person_id == person_id, s.lifted_at.is_(None))
            .values(lifted_by=person, lifted_at=at)
        ).rowcount

    def stops_of(self, person_id: str) -> list[Stopped]:
        """Return every stop of a person, lifted ones too, the earliest first."""
        s = self._stops.c
        query = select(self._stops).where(s.person_id == person_id).order_by(s.id)
        return [
            Stopped(
                stop=Stop(person_id=row.person_id, benefit=row.benefit, reason=row.reason,
                          evidence=row.evidence, at=row.at),
                lifted_by=row.lifted_by, lifted_at=row.lifted_at,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip

    def _note(self, list_id: int, code: str, found: Select[Any], *, refuses: bool = True) -> None:
        """Keep a finding for each row of a query of item number, other number, other list."""
        source = found.subquery()
        item_no, other_no, other_list = source.c
        self._connection.execute(
            self._findings.insert().from_select(
                ["list_id", "item_no", "code", "refuses", "other_no", "other_list_id"],
                select(
                    literal(list_id), item_no, literal(code), literal(int(refuses)),
                    other_no, other_list,
                ),
            )
        )  # fmt: skip


def _same_entitlement(one: Any, other: Alias | Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401
    return (
        one.c.person_id == other.c.person_id,
        one.c.benefit == other.c.benefit,
        one.c.period == other.c.period,
    )


def _finding_of(row: Row[Any]) -> Finding:
    return Finding(
        item_no=row.item_no, code=row.code, refuses=bool(row.refuses), field=row.field,
        other_no=row.other_no, other_list_id=row.other_list_id,
    )  # fmt: skip
