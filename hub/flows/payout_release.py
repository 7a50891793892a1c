"""An approved list goes to the banks (拨付): cut into batches that have their numbers for ever.

Everything that a file's bytes depend on - ids, sequence, business day, time - is written down in
one unit before any file is built. After that unit there is no way back; before it, every file is
written once on trial, so that no bank's rule can surprise a list that is already released.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.banking_day import Slot, slot
from hub.domain.payout import ListState, PayoutBatch
from hub.domain.payout_form import letter, message_id, split
from hub.errors import Rejected
from hub.flows.conservation import require_lane
from hub.flows.debit_due import require_debits_due
from hub.flows.payout_approval import void_if_changed
from hub.flows.payout_banks import Banks, channel_of, terms
from hub.flows.payout_books import guard_release
from hub.flows.payout_file import try_to_write
from hub.flows.refund_follow import require_refunds_due
from hub.flows.transfer_follow import require_transfers_due, sends_back
from hub.mappings.file_names import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from hub.domain.payout import PayoutKind, PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

QUEUE: Final = "payout"
SHARED: Final = "any"  # whose sequence counts for all kinds, when file names cannot tell them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A list that was released, and the batches that it became."""

    payout: PayoutList
    batches: tuple[PayoutBatch, ...]


def release(list_id: int, *, person: str, services: Services, next_day: bool = False) -> Released:
    """Release an approved list: its batches are allocated, and due to be built.

    `Rejected("payout_cutoff_passed")` when a bank's day is over, unless `next_day` says that the
    batches may be for the next banking day. `payout_approval_void` when the list is not what was
    signed.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.APPROVED)
        banks = uow.payout_items.banks(list_id)
        back = sends_back(payout, uow)
    slots = {bank: slot_at(bank, services, at=at, next_day=next_day) for bank in banks}
    for bank in banks:
        guard_release(payout, slots[bank].business_on, services, sends_back=back)
        require_lane(payout.fund, bank, services)
        try_to_write(payout, bank, slots[bank].business_on, services)

    def unit(uow: UnitOfWork) -> Released | None:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.APPROVED)
        if void_if_changed(payout, services, uow, at=at):
            return None
        require_refunds_due(payout, uow)
        require_transfers_due(payout, uow)
        require_debits_due(payout, {bank: slots[bank].business_on for bank in banks}, uow)
        batches = [
            batch
            for bank in banks
            for batch in allocated(payout, bank, slots[bank], services, uow, at=at)
        ]
        released = uow.payouts.save(payout.release())
        note_released(released, batches, slots, uow, person=who, at=at)
        for batch in batches:
            uow.tasks.add(queue=QUEUE, step=uow.way.step("build"), subject_id=str(batch.id), at=at)
        return Released(payout=released, batches=tuple(batches))

    done = services.store.transact(unit)
    if done is None:
        raise Rejected("payout_approval_void", id=list_id)
    return done


def slot_at(bank: str, services: Services, *, at: datetime, next_day: bool) -> Slot:
    """Return a bank's business day for a release now; `payout_cutoff_passed` after its hour."""
    partner = Banks(services.catalog, services.way).partner(bank)
    channel_of(partner, services)
    cutoff = terms(partner).cutoff
    local = at.astimezone(services.settings.time_zone)
    found = slot(local, cutoff=cutoff, calendar=services.calendar)
    if found.rolled_over and not next_day:
        raise Rejected(
            "payout_cutoff_passed",
            bank=bank,
            cutoff=f"{cutoff:%H:%M}",
            next=found.business_on.isoformat(),
        )
    return found


def allocated(
    payout: PayoutList,
    bank: str,
    when: Slot,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> list[PayoutBatch]:
    """Cut what waits for a bank into batches that have their numbers for ever."""
    partner = Banks(services.catalog, services.way).partner(bank)
    layout = Banks(services.catalog, services.way).layout(bank, payout.kind)
    cut = list(split(uow.payout_items.sizes(payout.id, bank), terms(partner).items_max))
    batches = []
    for first, last, count, total in cut:
        day, kind = when.business_on, payout.kind
        scope = kind.value if "{any" in layout.file_name else SHARED
        sequence = uow.payout_batches.next_sequence(bank, scope, day)
        batch = uow.payout_batches.add(
            PayoutBatch(
                id=0,
                list_id=payout.id,
                bank=bank,
                kind=kind,
                fund=payout.fund,
                business_on=day,
                sequence=sequence,
                message_id=message_id(services.settings.agency.region, kind, day, sequence),
                file_name=_file_name(layout.file_name, day, sequence, kind),
                item_count=count,
                total_fen=total,
                created_at=at,
            )
        )
        given = uow.payout_items.assign(
            batch.id, list_id=payout.id, bank=bank, first=first, last=last
        )
        if given != count:
            raise ValueError(f"batch {batch.id} got {given} items instead of {count}")
        batches.append(batch)
    return batches


def _file_name(template: str, day: date, sequence: int, kind: PayoutKind) -> str:
    return fill(template, day=day, sequence=sequence, any=letter(kind))


def note_released(
    payout: PayoutList,
    batches: list[PayoutBatch],
    slots: Mapping[str, Slot],
    uow: UnitOfWork,
    *,
    person: str,
    at: datetime,
) -> None:
    """Note a release and its batches in the journal."""
    uow.journal.note(
        uow.way.event("released"), uow.way.list(payout.id), at=at, actor="person", person=person,
        digest=payout.digest, items=payout.item_count, total_fen=payout.total_fen,
        batches=[batch.id for batch in batches],
    )  # fmt: skip
    for batch in batches:
        uow.journal.note(
            uow.way.event("allocated"), uow.way.batch(batch.id), at=at, actor=uow.way.value,
            bank=batch.bank, business_on=batch.business_on, sequence=batch.sequence,
            message_id=batch.message_id, file_name=batch.file_name, items=batch.item_count,
            total_fen=batch.total_fen, rolled_over=slots[batch.bank].rolled_over,
        )  # fmt: skip
