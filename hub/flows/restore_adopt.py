"""A list whose files left after the backup is released as what already left (认领已发文件).

The list came in again and people signed it again. Its file is made on trial under the numbers of
each file that is outside; where the bytes are the same, the batch takes these numbers. Nothing is
sent: what is made is what the bank has, and the scan finds it to be delivered.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from hub.domain.approval import named
from hub.domain.payout import ListState, PayoutBatch
from hub.domain.payout_form import message_id, split
from hub.domain.restore import OutsideState
from hub.errors import Rejected
from hub.flows.conservation import require_lane
from hub.flows.debit_due import require_debits_due
from hub.flows.payout_approval import void_if_changed
from hub.flows.payout_banks import Banks, terms
from hub.flows.payout_books import guard_release
from hub.flows.payout_file import digest_as
from hub.flows.payout_release import QUEUE, Numbers, Released, allocated, note_released, slot_at
from hub.flows.refund_follow import require_refunds_due
from hub.flows.transfer_follow import require_transfers_due, sends_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.payout import PayoutList
    from hub.domain.restore import OutsideFile
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def adopt(list_id: int, *, person: str, services: Services) -> Released:
    """Release an approved list as the files that left; what did not leave waits for the end.

    `Rejected("adopt_nothing")` when no file outside has the bytes of one of its batches.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.APPROVED)
        banks = uow.payout_items.banks(list_id)
        cuts = {
            bank: list(split(uow.payout_items.sizes(list_id, bank), _items_max(bank, services)))
            for bank in banks
        }
        files = uow.restores.files(state=OutsideState.OPEN)
        back = sends_back(payout, uow)
    found = {bank: _found(payout, bank, cuts[bank], files, services) for bank in banks}
    if not any(found.values()):
        raise Rejected("adopt_nothing", id=list_id)
    slots = {bank: slot_at(bank, services, at=at, next_day=True) for bank in banks}
    for bank in banks:
        guard_release(payout, slots[bank].business_on, services, sends_back=back)
        require_lane(payout.fund, bank, services)

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
            for batch in allocated(
                payout, bank, slots[bank], services, uow, at=at, adopted=found[bank]
            )
        ]
        released = uow.payouts.save(payout.release())
        note_released(released, batches, slots, uow, person=who, at=at)
        for batch in batches:
            uow.tasks.add(queue=QUEUE, step=uow.way.step("build"), subject_id=str(batch.id), at=at)
        uow.journal.note(
            "store.adopted", uow.way.list(list_id), at=at, actor="person", person=who,
            files=sorted(one.file_name for mine in found.values() for one in mine.values()),
        )  # fmt: skip
        return Released(payout=released, batches=tuple(batches))

    done = services.store.transact(unit)
    if done is None:
        raise Rejected("payout_approval_void", id=list_id)
    return done


def _found(
    payout: PayoutList,
    bank: str,
    cuts: Sequence[tuple[int, int, int, int]],
    files: Sequence[OutsideFile],
    services: Services,
) -> dict[int, Numbers]:
    """Return, by first item, the numbers of the files outside that have a batch's very bytes."""
    mine = [
        one
        for one in files
        if one.facts.get("bank") == bank
        and one.facts.get("way") == services.way.value
        and "sequence" in one.facts
        and one.facts.get("kind", payout.kind.value) == payout.kind.value
    ]
    found: dict[int, Numbers] = {}
    for first, last, count, total in cuts:
        for file in mine:
            numbers = _numbers(file, payout, services)
            trial = PayoutBatch(
                id=0, list_id=payout.id, bank=bank, kind=payout.kind, fund=payout.fund,
                business_on=numbers.business_on, sequence=numbers.sequence,
                message_id=numbers.message_id, file_name=numbers.file_name, item_count=count,
                total_fen=total, created_at=numbers.created_at,
            )  # fmt: skip
            if digest_as(payout, trial, first, last, services) == file.plain_sha256:
                found[first] = numbers
                mine.remove(file)
                break
    return found


def _numbers(file: OutsideFile, payout: PayoutList, services: Services) -> Numbers:
    facts: dict[str, Any] = dict(file.facts)
    made, region = facts.get("created_at"), services.settings.agency.region
    day, sequence = date.fromisoformat(facts["business_on"]), int(facts["sequence"])
    return Numbers(
        business_on=day,
        sequence=sequence,
        message_id=facts.get("message_id") or message_id(region, payout.kind, day, sequence),
        file_name=file.name,
        created_at=datetime.fromisoformat(made) if made else services.now(),
    )


def _items_max(bank: str, services: Services) -> int:
    return terms(Banks(services.catalog, services.way).partner(bank)).items_max
