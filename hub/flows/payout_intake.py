"""The desk's list of what is to be paid (明细清单), or debited (代收清单), comes in as a file.

It is read to its end and checked before anything is written, so its totals hold or it is refused
whole. Its items wait in a scratch file for the unit that also says that the file was read: that
unit only writes, and holds the database's write lock no longer than that takes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from hub.domain import debit_preflight, preflight
from hub.domain.chinese import month_text
from hub.domain.debit import DebitItem
from hub.domain.payout import Finding, ListState, PayoutItem, PayoutKind, PayoutList
from hub.domain.payout_form import end_to_end_id
from hub.domain.preflight import Place as ItemPlace
from hub.domain.way import Way, way_of
from hub.errors import Place, Rejected
from hub.flows import received_file
from hub.flows.payout_check import record_seen, seen
from hub.flows.routed import Routed
from hub.flows.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from hub.flows.payout_check import Seen
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.mappings.record import Row
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received

SPOOL: Final = "items"
LAYOUTS: Final = {Way.PAYOUT: "payout_list", Way.DEBIT: "debit_list"}
"""How the layouts of such lists are named, or begin."""

_BOTH: Final = frozenset(
    {"fund", "person_id", "person_name", "benefit", "period", "amount_fen", "bank", "account_no"}
)
NEEDED: Final = {
    Way.PAYOUT: _BOTH | {"kind"},
    Way.DEBIT: _BOTH | {"account_name", "mandate_no", "mandate_on"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRead:
    """What a list says of itself; every row of it has this kind and fund."""

    kind: PayoutKind
    fund: str
    month: int
    title: str
    rows: int
    total_fen: int
    business_key: str | None


def routed(received: Received, layout: Layout, services: Services, folder: Path) -> Routed:
    """Read a list; its effect are the list and its items.

    `folder` is a scratch folder that stays until the effect has come about.
    """
    spool: Spool[Seen] = Spool(folder / SPOOL, PayoutItem, DebitItem, Finding)
    said = read_list(received, layout, services, folder, spool)
    way = way_of(said.kind)
    return Routed(
        rows=said.rows,
        business_key=said.business_key,
        effect=lambda uow, at: record_list(
            said, spool, received, layout, services.on(way), uow.on(way), at=at
        ),
    )


def is_list(layout: Layout) -> bool:
    """Tell whether files of a layout are lists of payments or debits."""
    return _way(layout) is not None


def _way(layout: Layout) -> Way | None:
    for way, name in LAYOUTS.items():
        if layout.name == name or layout.name.startswith(f"{name}_"):
            return way
    return None


def read_list(
    received: Received, layout: Layout, services: Services, folder: Path, spool: Spool[Seen]
) -> ListRead:
    """Read a list to its end, check its items into `spool`, and return what it says.

    `Rejected` when it does not add up; `payout_list_mixed` when its rows are of several kinds or
    funds, `payout_list_kind` when the money of their kind goes the other way.
    """
    way = _way(layout) or Way.PAYOUT
    with received_file.reading(received, layout, services, folder) as reading:
        rows = _Rows(reading.rows, received, way)
        first = next(rows.items, None)
        if first is None:
            raise Rejected("payout_list_empty", place=Place(file=received.name))
        kind = _kind(rows.named, way)
        # of a kind that is not ours the rest is only read, so that its own faults come first
        items = chain([first], rows.items)
        if kind is None:
            deque(items, maxlen=0)
            raise Rejected(
                "payout_list_kind", place=Place(file=received.name), found=rows.named[:20]
            )
        spool.fill(seen(items, kind, services.on(way), way))
        head = dict(reading.head)
    keys = [str(head[name]) for name in layout.business_key]
    month = int(str(head.get("header.month") or rows.month))
    return ListRead(
        kind=kind,
        fund=rows.fund,
        month=month,
        title=str(head.get("header.title") or f"{month_text(month)}{kind.zh}"),
        rows=rows.count,
        total_fen=rows.total_fen,
        business_key="/".join(keys) if keys else None,
    )


def _kind(named: str, way: Way) -> PayoutKind | None:
    """Return the kind that a list names, if its money goes this way."""
    known = named in set(PayoutKind) and way_of(PayoutKind(named)) is way
    return PayoutKind(named) if known else None


class _Rows:
    """The rows of a list as items, and what they come to; all are of one kind and fund."""

    def __init__(self, rows: Iterator[Row], received: Received, way: Way) -> None:
        self.count = self.total_fen = self.month = 0
        self.named = self.fund = ""
        self._needed = NEEDED[way]
        self._item_of = debit_preflight.item_of if way is Way.DEBIT else preflight.item_of
        self.items = self._items(rows, received)

    def _items(self, rows: Iterator[Row], received: Received) -> Iterator[PayoutItem]:
        for row in rows:
            values: dict[str, Any] = row.values
            if self.count == 0 and not values.keys() >= self._needed:
                missing = ", ".join(sorted(self._needed - values.keys()))
                raise Rejected("payout_list_layout", missing=missing)
            named = values.get("kind") or PayoutKind.COLLECTION.value
            if self.count == 0:
                self.named, self.fund = named, values["fund"]
            if (named, values["fund"]) != (self.named, self.fund):
                place = Place(file=received.name, line=row.line)
                raise Rejected("payout_list_mixed", place=place)
            self.count, self.total_fen = self.count + 1, self.total_fen + values["amount_fen"]
            self.month = max(self.month, values["period"])
            name = end_to_end_id(received.sha256, self.count, 1)
            at = ItemPlace(list_id=0, item_no=self.count, end_to_end_id=name)
            yield self._item_of(values, at)


def record_list(  # noqa: PLR0917 -- what is said, what waits, and where it is from
    said: ListRead,
    spool: Spool[Seen],
    received: Received,
    layout: Layout,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> None:
    """Turn a list that was read into rows; one that is there already stays as it is."""
    if uow.payouts.of_inbox(received.id) is not None:
        return
    payout = PayoutList(
        id=0,
        key=f"{layout.partner}/{said.business_key or received.name}",
        kind=said.kind,
        fund=said.fund,
        title=said.title,
        month=said.month,
        state=ListState.DRAFT,
        item_count=0,
        total_fen=0,
        stated_count=said.rows,
        stated_fen=said.total_fen,
        source_sha256=received.sha256,
        inbox_id=received.id,
        added_at=at,
    )
    record_seen(payout, spool, services, uow, at=at)
