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
from hub.domain.restore import OutsideState
from hub.errors import Rejected
from hub.flows.conservation import require_lane
from hub.flows.debit_due import require_debits_due
from hub.flows.payout_approval import void_if_changed
from hub.flows.payout_banks import Banks, channel_of, terms
from hub.flows.payout_books import guard_release
from hub.flows.payout_file import try_to_write
from hub.flows.refund_follow import require_refunds_due
from hub.flows.restored import before_leaving
from hub.flows.transfer_follow import require_transfers_due, sends_back
from hub.flows.verify_records import payments_digest
from hub.mappings.file_names import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from hub.domain.payout import PayoutKind, PayoutList
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork

QUEUE: Final = "payout"
SHARED: Final = "any"  # whose sequence counts for all kinds, when file names cannot tell them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a batch is called for ever: day, sequence, message id, file name, and when."""

    business_on: date
    sequence: int
    message_id: str
    file_name: str
    created_at: datetime


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
    before_leaving(services)
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
    adopted: Mapping[int, Numbers] | None = None,
) -> list[PayoutBatch]:
    """Cut what waits for a bank into batches that have their numbers for ever.

    `adopted` are the numbers, by first item, that files outside have already; only with them is
    anything given a number while the store is not reconciled.
    """
    if adopted is None:
        uow.restores.require_none()
    partner = Banks(services.catalog, services.way).partner(bank)
    layout = Banks(services.catalog, services.way).layout(bank, payout.kind)
    cut = list(split(uow.payout_items.sizes(payout.id, bank), terms(partner).items_max))
    batches = []
    for first, last, count, total in cut:
        given = (adopted or {}).get(first)
        if given is None:
            require_not_outside(payout, bank, first, last, uow)
            given = _next_numbers(payout, bank, when.business_on, layout, services, uow=uow, at=at)
        batch = uow.payout_batches.add(
            PayoutBatch(
                id=0,
                list_id=payout.id,
                bank=bank,
                kind=payout.kind,
                fund=payout.fund,
                business_on=given.business_on,
                sequence=given.sequence,
                message_id=given.message_id,
                file_name=given.file_name,
                item_count=count,
                total_fen=total,
                created_at=given.created_at,
            )
        )
        assigned = uow.payout_items.assign(
            batch.id, list_id=payout.id, bank=bank, first=first, last=last
        )
        if assigned != count:
            raise ValueError(f"batch {batch.id} got {assigned} items instead of {count}")
        batches.append(batch)
    return batches


def scope_of(kind: PayoutKind, layout: Layout) -> str:
    """Return whose sequence counts: the kind's own, or one for all."""
    return kind.value if "{any" in layout.file_name else SHARED


def require_not_outside(
    payout: PayoutList, bank: str, first: int, last: int, uow: UnitOfWork
) -> None:
    """Refuse to pay what a file outside pays: `Rejected("payment_is_outside")`."""
    for file in uow.restores.files():
        facts = file.facts
        same = (facts.get("list_sha256"), facts.get("bank")) == (payout.source_sha256, bank)
        if file.state is OutsideState.KNOWN or not same:
            continue
        if int(facts["first"]) <= last and first <= int(facts["last"]):
            raise Rejected("payment_is_outside", list=payout.id, name=file.name)


def _next_numbers(
    payout: PayoutList,
    bank: str,
    day: date,
    layout: Layout,
    services: Services,
    *,
    uow: UnitOfWork,
    at: datetime,
) -> Numbers:
    kind = payout.kind
    sequence = uow.payout_batches.next_sequence(bank, scope_of(kind, layout), day)
    return Numbers(
        business_on=day,
        sequence=sequence,
        message_id=message_id(services.settings.agency.region, kind, day, sequence),
        file_name=fill(layout.file_name, day=day, sequence=sequence, any=letter(kind)),
        created_at=at,
    )


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
        payments_digest=payments_digest(uow.payout_items.approved(payout.id)),
        batches=[batch.id for batch in batches],
    )  # fmt: skip
    for batch in batches:
        uow.journal.note(
            uow.way.event("allocated"), uow.way.batch(batch.id), at=at, actor=uow.way.value,
            bank=batch.bank, business_on=batch.business_on, sequence=batch.sequence,
            message_id=batch.message_id, file_name=batch.file_name, items=batch.item_count,
            total_fen=batch.total_fen, rolled_over=slots[batch.bank].rolled_over,
        )  # fmt: skip
