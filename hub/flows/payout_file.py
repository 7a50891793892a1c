"""The file of a batch (代发文件): built from its row, read back, recounted, queued to be sent.

Everything it is made of was written down before, so building it twice gives the same bytes. The
file, its place in the outbox, the order to deliver it and the voucher are one unit.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.domain.debit import DebitItem
from hub.domain.payout import ItemState, PayoutBatch, PayoutKind
from hub.domain.payout_form import batch_no, letter, message_id, split
from hub.domain.transfer_remittance import number_in
from hub.domain.way import Way
from hub.flows.outgoing import put_out
from hub.flows.payout_banks import Banks, channel_of, terms
from hub.flows.payout_books import book_release
from hub.flows.protect import seal
from hub.flows.scratch import scratch
from hub.mappings.file_names import fill
from hub.mappings.payout_file import prove, render_request, write_payout
from hub.store.payout_items import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from hub.domain.payout import PayoutItem, PayoutList
    from hub.flows.protect import Outward
    from hub.flows.services import Services
    from hub.mappings.catalog import Partner
    from hub.settings import Settings
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

FILE: Final = "payout"


def build(task: Task, services: Services) -> None:
    """Build the file of the batch that the task names, and have it delivered.

    A second run finds it built and does nothing.
    """
    with services.store.read() as uow:
        batch = uow.payout_batches.get(int(task.subject_id))
    if batch.outgoing_id is not None:
        return
    at = services.now()
    partner = Banks(services.catalog, services.way).partner(batch.bank)
    with _written(batch, partner, services) as path:
        sha256 = services.archive.put_file(path).sha256
    request = _request(batch, partner, services)
    # sealed once: what is queued is what every attempt and every retry sends
    outward = [
        seal(batch.bank, *one, services) for one in ((batch.file_name, sha256), request) if one
    ]

    def unit(uow: UnitOfWork) -> None:
        if uow.payout_batches.get(batch.id).outgoing_id is not None:
            return
        moved = uow.payout_items.move_batch(
            batch.id, before=ItemState.LISTED, after=ItemState.IN_FLIGHT
        )
        if moved != batch.item_count:
            raise ValueError(f"batch {batch.id} has {moved} items instead of {batch.item_count}")
        outgoing_id, *_ = [_queue(batch, one, services, uow, at=at) for one in outward]
        uow.payout_batches.built(batch.id, content_sha256=sha256, outgoing_id=outgoing_id)
        if uow.way is Way.PAYOUT:  # of debits the books know what was collected, not what is asked
            book_release(batch, sha256, services, uow, at=at)
        uow.journal.note(
            uow.way.event("built"), uow.way.batch(batch.id), at=at, actor=uow.way.value,
            bank=batch.bank,
            file_name=batch.file_name, sha256=sha256, items=batch.item_count,
            total_fen=batch.total_fen, message_id=batch.message_id, outgoing_id=outgoing_id,
        )  # fmt: skip

    services.store.transact(unit)


def try_to_write(payout: PayoutList, bank: str, business_on: date, services: Services) -> None:
    """Write a bank's items as one file on trial; `payout_item_refused` if the bank could not."""
    partner = Banks(services.catalog, services.way).partner(bank)
    trial = PayoutBatch(
        id=0,
        list_id=payout.id,
        bank=bank,
        kind=payout.kind,
        fund=payout.fund,
        business_on=business_on,
        sequence=1,
        message_id=message_id(services.settings.agency.region, payout.kind, business_on, 1),
        file_name=FILE,
        item_count=0,
        total_fen=0,
        created_at=services.now(),
    )
    size = terms(partner).items_max
    with services.store.read() as uow:
        cut = list(split(uow.payout_items.sizes(payout.id, bank), size))
    for first, last, count, total in cut:
        items = _paged(services, list_id=payout.id, bank=bank, after=first - 1)
        mine = _until(items, last)
        sized = replace(trial, item_count=count, total_fen=total)
        with scratch(services) as folder, (folder / FILE).open("w+b") as out:
            _write(sized, partner, mine, out, services)


def _queue(
    batch: PayoutBatch, outward: Outward, services: Services, uow: UnitOfWork, *, at: datetime
) -> int:
    """Put a file into the bank's outbox, to be delivered on its business day and not before.

    Its signature follows it, as a marker would: who sees the signature has the whole file.
    """
    channel = channel_of(Banks(services.catalog, services.way).partner(batch.bank), services)
    settings = services.settings
    opens = settings.reconciliation.opens_at
    opens_at = datetime.combine(batch.business_on, opens, settings.time_zone)
    today = at.astimezone(settings.time_zone).date()
    ids: list[int] = []
    for name, sha256, original in outward.files:
        outgoing = put_out(
            uow, channel=channel, name=name, sha256=sha256, at=at, original_sha256=original,
            due_at=opens_at if batch.business_on > today else at,
        )  # fmt: skip
        ids.append(outgoing.id)
    return ids[0]


def digest_as(
    payout: PayoutList, batch: PayoutBatch, first: int, last: int, services: Services
) -> str:
    """Return the SHA-256 that the file of a list's waiting items would have as a batch."""
    partner = Banks(services.catalog, services.way).partner(batch.bank)
    items = _until(_paged(services, list_id=payout.id, bank=batch.bank, after=first - 1), last)
    with scratch(services) as folder, (folder / FILE).open("w+b") as out:
        _write(batch, partner, items, out, services)
        out.seek(0)
        return hashlib.file_digest(out, "sha256").hexdigest()


@contextmanager
def _written(batch: PayoutBatch, partner: Partner, services: Services) -> Iterator[Path]:
    """Write a batch's file below the work folder, proven; it goes when the caller is done."""
    with scratch(services) as folder:
        path = folder / FILE
        items = _paged(services, list_id=batch.list_id, batch_id=batch.id, after=0)
        with path.open("w+b") as out:
            _write(batch, partner, items, out, services)
        yield path


def _write(
    batch: PayoutBatch,
    partner: Partner,
    items: Iterable[PayoutItem],
    out: BinaryIO,
    services: Services,
) -> None:
    layout = Banks(services.catalog, services.way).layout(batch.bank, batch.kind)
    head = _head(batch, services)
    written = write_payout(partner, layout, head, map(_values, items), out)
    prove(layout, out, written)


def _request(batch: PayoutBatch, partner: Partner, services: Services) -> tuple[str, str] | None:
    """Return name and SHA-256 of the message that goes with the file, if the bank wants one."""
    name = terms(partner).request
    if name is None or services.way is Way.DEBIT:
        return None
    layout = partner.layout(name)
    content = render_request(partner, _head(batch, services))
    file_name = fill(
        layout.file_name,
        day=batch.business_on,
        sequence=batch.sequence,
        any=letter(batch.kind),
    )
    return file_name, services.archive.put_bytes(content).sha256


def _head(batch: PayoutBatch, services: Services) -> Mapping[str, Any]:
    settings = services.settings
    return {
        "message_id": batch.message_id,
        "batch_no": batch_no(batch.kind, batch.business_on, batch.sequence),
        "business_on": batch.business_on,
        "created_at": batch.created_at.astimezone(settings.time_zone),
        "sequence": batch.sequence,
        "item_count": batch.item_count,
        "total_fen": batch.total_fen,
        "purpose": _purpose(batch.kind, settings),
        "file_name": batch.file_name,
    }


def _purpose(kind: PayoutKind, settings: Settings) -> str:
    if kind is PayoutKind.COLLECTION:
        return settings.debits.purpose
    return settings.refunds.purpose if kind is PayoutKind.REFUND else settings.payouts.purpose


def _values(item: PayoutItem) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        "item_no": item.item_no,
        "end_to_end_id": item.end_to_end_id,
        "account_no": item.account_no,
        "account_name": item.account_name,
        "bank_no": item.bank_no,
        "amount_fen": item.amount_fen,
        "person_id": item.person_id,
        "period": item.period,
    }
    if number_in(item.benefit) is not None:  # the words by which the other office finds its case
        values["purpose"] = f"{item.benefit}-{item.attempt}"
    if isinstance(item, DebitItem):
        values |= {
            "person_id": item.holder_id,  # of whose account it is, as in a file of payments
            "mandate_no": item.mandate_no,
            "mandate_on": item.mandate_on,
            "mandate_until": item.mandate_until,
        }
    return values


def _until(items: Iterable[PayoutItem], last: int) -> Iterator[PayoutItem]:
    return takewhile(lambda one: one.item_no <= last, items)


def _paged(
    services: Services,
    *,
    list_id: int,
    batch_id: int | None = None,
    bank: str | None = None,
    after: int,
) -> Iterator[PayoutItem]:
    """Stream items in short reads; nobody changes them between approval and delivery."""
    while True:
        with services.store.read() as uow:
            page = uow.payout_items.page(
                list_id=list_id, batch_id=batch_id, bank=bank, after=after, limit=CHUNK_ROWS
            )
        yield from page
        if len(page) < CHUNK_ROWS:
            return
        after = page[-1].item_no
