"""Facts as the files that partners send, in the forms that the catalog of partners describes.

Whatever `hub.mappings` can write comes from the partner files themselves, so that a changed
layout changes the simulation with it; statements of banks come from `hub.simulate.bank`. Every
business day has its own list, also when nothing happened: a list without rows is not the same as
no list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.mappings.file_names import fill
from hub.mappings.rendering import RENDERED, render
from hub.simulate import bank
from hub.simulate.dates import Sender
from hub.simulate.messages import head_of, package_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from hub.mappings.catalog import Catalog, Partner
    from hub.mappings.layout import Layout
    from hub.simulate.lists import Fact

PartnerFile = tuple[Sender, str, bytes]

_DATED_BY: Final = {
    Source.COLLECTIONS: "collected_on",
    Source.DEPOSITS: "credited_on",
    Source.CREDITS: "credited_on",
    Source.DENIALS: "stated_on",
}
"""Which column says on which day's list a row stands; the other sources come with the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What arrives on one day: its own lists, and those of `earlier` days that come only now.

    `every_form` asks for each list in every form of its partner; otherwise it comes once, as the
    hub is to receive it. `opening_fen` is the balance of the treasury account before.
    """

    day: date
    facts: Mapping[Source, Sequence[Fact]]
    earlier: frozenset[tuple[date, Sender]] = frozenset()
    every_form: bool = False
    opening_fen: int = bank.OPENING_FEN

    def days_of(self, sender: Sender) -> list[date]:
        """Return the business days whose lists a sender delivers, in order."""
        return sorted({day for day, who in self.earlier if who is sender} | {self.day})

    def rows_of(self, source: Source, sender: Sender, day: date) -> list[Fact]:
        """Return the rows on the list of one business day; a row of no such day is on today's."""
        column, days = _DATED_BY.get(source), self.days_of(sender)
        rows = self.facts.get(source, ())
        on = (row[column] if column and row[column] in days else self.day for row in rows)
        return [row for row, own in zip(rows, on, strict=True) if own == day]


def partner_files(delivery: Delivery, catalog: Catalog) -> Iterator[PartnerFile]:
    """Yield each file with its sender and its name.

    `simulate_partner_missing` when the catalog has nobody who could send a list.
    """
    for sender in Sender:
        partner = _partner(sender, catalog)
        balance = delivery.opening_fen
        for day in delivery.days_of(sender):
            if sender is Sender.BANK:
                rows = delivery.rows_of(Source.CREDITS, sender, day)
                statement = bank.Statement(day=day, credits=rows, opening_fen=balance)
                balance = statement.closing_fen
                yield from _statements(partner, statement, every_form=delivery.every_form)
            else:
                yield from _lists(partner, sender, delivery, day)


def _partner(sender: Sender, catalog: Catalog) -> Partner:
    for partner in catalog.partners.values():
        if partner.kind == sender.value and any(map(_can_write, partner.layouts.values())):
            return partner
    raise Rejected("simulate_partner_missing", kind=sender.value)


def _can_write(layout: Layout) -> bool:
    return layout.source is not None and (layout.form in RENDERED or layout.name in bank.WRITERS)


def _lists(
    partner: Partner, sender: Sender, delivery: Delivery, day: date
) -> Iterator[PartnerFile]:
    packages: list[Fact] = []
    for source in Source:  # packages come last: they count the messages before them
        layouts = [
            layout
            for layout in partner.layouts.values()
            if layout.source is source and layout.form in RENDERED
        ]
        rows = delivery.rows_of(source, sender, day)
        if source is Source.PACKAGES:
            rows = [*packages]
        elif source is Source.DENIALS:
            rows = [*_checked(delivery.rows_of(Source.DEPOSITS, sender, day)), *rows]
        for layout, own in _shared_out(layouts, rows, every_form=delivery.every_form):
            head = head_of(layout, day, delivery.day, own)
            packages += package_of(layout, head, own)
            content = render(layout, head, (row_of(day, row) for row in own))
            yield sender, fill(layout.file_name, day=day, any=f"{day:%Y%m%d}_001"), content


def _shared_out(
    layouts: Sequence[Layout], rows: list[Fact], *, every_form: bool
) -> list[tuple[Layout, list[Fact]]]:
    """Return which layout carries which rows: all of them in every form, or each row once.

    Messages without an own number for a row (3139) carry money with a receipt number; money without
    one can only be spoken of by its deposit number and comes with the split list.
    """
    if every_form or not layouts:
        return [(layout, rows) for layout in layouts]
    first = layouts[0]
    other = next((layout for layout in layouts if _holds(layout, "deposit_no")), None)
    if first.source is not Source.DEPOSITS or _holds(first, "deposit_no") or other is None:
        return [(first, rows)]
    numbered = [row for row in rows if row["receipt_no"] is not None]
    return [(first, numbered), (other, [row for row in rows if row["receipt_no"] is None])]


def _checked(deposits: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the receipts that the treasury did book, as its check of receipts (3122) has them."""
    for row in deposits:
        if row["receipt_no"] is not None:
            yield {
                "receipt_no": row["receipt_no"],
                "amount_fen": row["amount_fen"],
                "reason": None,
                "op_state": "booked",
            }


def _holds(layout: Layout, name: str) -> bool:
    return any(field.name == name for field in layout.item.stored)


def _statements(
    partner: Partner, statement: bank.Statement, *, every_form: bool
) -> Iterator[PartnerFile]:
    layouts = [layout for layout in partner.layouts.values() if layout.name in bank.WRITERS]
    for layout in layouts if every_form else layouts[:1]:
        day = statement.day
        name = fill(layout.file_name, day=day, any=f"{day:%Y%m%d}_001")
        yield Sender.BANK, name, bank.WRITERS[layout.name](statement)


def write_into(folder: Path, sender: Sender, name: str, content: bytes) -> str:
    """Write a file into its sender's folder and return its name as `<sender>/<name>`."""
    path = folder / sender.value / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return f"{sender.value}/{name}"
