"""The desk's list of what is to be paid (明细清单) comes in as a file.

It is read to its end before anything is written, so its totals hold or it is refused whole. Then
it is read once more, into rows, in the unit that also says that the file was read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.domain.chinese import month_text
from hub.domain.payout import ListState, PayoutKind, PayoutList
from hub.domain.payout_form import end_to_end_id
from hub.domain.preflight import Place as ItemPlace
from hub.domain.preflight import item_of
from hub.errors import Place, Rejected
from hub.flows.payout_check import record
from hub.flows.routed import Routed
from hub.flows.scratch import scratch
from hub.mappings.reading import read
from hub.mappings.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hub.domain.payout import PayoutItem
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received

LAYOUT: Final = "payout_list"  # how the layouts of such lists are named, or begin
NEEDED: Final = frozenset(
    {"kind", "fund", "person_id", "person_name", "benefit", "period", "amount_fen", "bank",
     "account_no"}
)  # fmt: skip


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


def routed(received: Received, layout: Layout, services: Services) -> Routed:
    """Read a payout list; its effect are the list and its items."""
    said = read_list(received, layout, services)
    return Routed(
        rows=said.rows,
        business_key=said.business_key,
        effect=lambda uow, at: record_list(said, received, layout, services, uow, at=at),
    )


def is_list(layout: Layout) -> bool:
    """Tell whether files of a layout are payout lists."""
    return layout.name == LAYOUT or layout.name.startswith(f"{LAYOUT}_")


def read_list(received: Received, layout: Layout, services: Services) -> ListRead:
    """Read a list to its end, and return what it says; `Rejected` when it does not add up.

    `payout_list_mixed` when its rows are of several kinds or funds.
    """
    seen: set[tuple[str, str]] = set()
    rows = total_fen = month = 0
    with _opened(received, layout, services) as reading:
        for row in reading.rows:
            values: dict[str, Any] = row.values
            if not rows and not values.keys() >= NEEDED:
                raise Rejected("payout_list_layout", missing=", ".join(NEEDED - values.keys()))
            rows, total_fen = rows + 1, total_fen + values["amount_fen"]
            month = max(month, values["period"])
            seen.add((values["kind"], values["fund"]))
            if len(seen) > 1:
                place = Place(file=received.name, line=row.line)
                raise Rejected("payout_list_mixed", place=place)
        head = dict(reading.head)
    if not rows:
        raise Rejected("payout_list_empty", place=Place(file=received.name))
    kind, fund = seen.pop()
    keys = [str(head[name]) for name in layout.business_key]
    month = int(str(head.get("header.month") or month))
    return ListRead(
        kind=PayoutKind(kind),
        fund=fund,
        month=month,
        title=str(head.get("header.title") or f"{month_text(month)}{PayoutKind(kind).zh}"),
        rows=rows,
        total_fen=total_fen,
        business_key="/".join(keys) if keys else None,
    )


def record_list(
    said: ListRead,
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
    with _opened(received, layout, services) as reading:
        record(payout, _items(reading, received), services, uow, at=at)


def _items(reading: Reading, received: Received) -> Iterator[PayoutItem]:
    for number, row in enumerate(reading.rows, start=1):
        name = end_to_end_id(received.sha256, number, 1)
        yield item_of(row.values, ItemPlace(list_id=0, item_no=number, end_to_end_id=name))


@contextmanager
def _opened(received: Received, layout: Layout, services: Services) -> Iterator[Reading]:
    limits = services.settings.limits
    with (
        scratch(services) as folder,
        unpacked(
            services.archive.path(received.sha256),
            file=received.name,
            size_bytes_max=limits.file_bytes_max,
            work_dir=folder,
        ) as path,
        path.open("rb") as content,
    ):
        yield read(
            layout,
            content,
            file=received.name,
            items_max=limits.items_max,
            line_bytes_max=limits.line_bytes_max,
        )
