"""《社会保险基金拨付审批表》: signed by different people, void when anything changes, or cancelled.

A signature covers the digest of what is there at that moment. So the digest is computed again at
each signature and once more at release; if it differs, all signatures are taken back, and the
journal says what was signed and what was found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.domain.approval import Approval, named
from hub.domain.payout import BEFORE_RELEASE, ListState
from hub.domain.payout_form import step_name
from hub.errors import Rejected
from hub.flows.payout_check import digest_of, signers
from hub.flows.refund_follow import follow_list, require_refunds_due
from hub.flows.repair_rules import put_back
from hub.flows.transfer_follow import follow_list as follow_transfers
from hub.flows.transfer_follow import require_transfers_due

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.payout import PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def sign(
    list_id: int,
    *,
    person: str,
    services: Services,
    digest: str | None = None,
    step: int | None = None,
) -> PayoutList:
    """Sign a list as the next person (初审, 复核, 审批).

    `digest` is what the person saw; without it, it is what the list shows now. `Rejected` when it
    is another, when this person made or signed the list, or `payout_approval_void` when the list
    is not any more what the persons before have signed: then it starts anew. `step` (from 1) is
    the signature that the person may give; `payout_list_changed` when it is another's turn.
    """
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> PayoutList | None:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.CHECKED, ListState.REVIEWED)
        if step not in (None, len(payout.approval.signatures) + 1):
            raise Rejected("payout_list_changed", id=list_id)
        if void_if_changed(payout, services, uow, at=at):
            return None
        require_refunds_due(payout, uow, signer=who)
        require_transfers_due(payout, uow)
        signed = uow.payouts.save(payout.sign(who, digest=digest or str(payout.digest), at=at))
        number = len(signed.approval.signatures)
        uow.journal.note(
            uow.way.event("signed"), uow.way.list(list_id), at=at, actor="person", person=who,
            step=step_name(signed.approval.levels, number), digest=signed.digest,
            items=signed.item_count, total_fen=signed.total_fen, state=signed.state.value,
        )  # fmt: skip
        return signed

    return _unless_void(list_id, services.store.transact(unit))


def decline(list_id: int, *, person: str, reason: str, services: Services) -> PayoutList:
    """Take all signatures back (退回), as when somebody who should sign does not agree."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> PayoutList:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.REVIEWED, ListState.APPROVED)
        declined = uow.payouts.save(payout.void(str(payout.digest)))
        uow.journal.note(
            uow.way.event("declined"), uow.way.list(list_id), at=at, actor="person", person=who,
            reason=reason, digest=payout.digest,
        )  # fmt: skip
        return declined

    return services.store.transact(unit)


def cancel(list_id: int, *, person: str, reason: str, services: Services) -> PayoutList:
    """Cancel a list that was not released; its entitlements are free again."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> PayoutList:
        payout = uow.payouts.get(list_id)
        payout.require_state(*BEFORE_RELEASE)
        cancelled = uow.payouts.save(payout.cancel(person=who, reason=reason))
        items = uow.payout_items.cancel_list(list_id)
        follow_list(cancelled, uow, at=at)
        follow_transfers(cancelled, services, uow, at=at)
        put_back(list_id, services, uow, at=at)
        uow.journal.note(
            uow.way.event("cancelled"), uow.way.list(list_id), at=at, actor="person", person=who,
            reason=reason, items=items, total_fen=payout.total_fen, digest=payout.digest,
        )  # fmt: skip
        return cancelled

    return services.store.transact(unit)


def void_if_changed(
    payout: PayoutList, services: Services, uow: UnitOfWork, *, at: datetime
) -> bool:
    """Void the signatures when the list is not what they cover; tell whether it was so.

    The caller ends its unit then, so that the void is committed.
    """
    found, count, total = digest_of(payout, services, uow)
    if (found, count, total) == (payout.digest, payout.item_count, payout.total_fen):
        return False
    levels = signers(uow.way, total, services)
    void = replace(payout.void(found), item_count=count, total_fen=total)
    uow.payouts.save(replace(void, approval=Approval(levels=levels)))
    uow.journal.note(
        uow.way.event("voided"), uow.way.list(payout.id), at=at, actor=uow.way.value,
        signed=payout.digest, found=found,
        signatures=[one.person for one in payout.approval.signatures],
    )  # fmt: skip
    return True


def _unless_void(list_id: int, payout: PayoutList | None) -> PayoutList:
    if payout is None:
        raise Rejected("payout_approval_void", id=list_id)
    return payout
