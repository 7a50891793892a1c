"""A payout list becomes rows: every item checked, what fails struck, the rest ready to be signed.

One unit holds it all, so that a list is there whole or not at all. What an item means only beside
all others (paid before, listed twice) the database finds, in that same unit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.domain import preflight
from hub.domain.approval import Approval
from hub.domain.payout import Finding, ListState
from hub.domain.payout_form import digest
from hub.flows.payout_banks import Banks, targets
from hub.store.payout_items import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hub.domain.payout import PayoutItem, PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def record(
    payout: PayoutList,
    items: Iterable[PayoutItem],
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> PayoutList:
    """Add a list with its items, check them, and leave it CHECKED, or REFUSED if none is left.

    The items' `list_id` is set here. `Rejected` when there is a list of this key already.
    """
    added = uow.payouts.add(replace(payout, state=ListState.DRAFT))
    banks = Banks(services.catalog)
    chunk: list[PayoutItem] = []
    for one in items:
        chunk.append(replace(one, list_id=added.id))
        if len(chunk) == CHUNK_ROWS:
            _take(added, chunk, banks, uow)
            chunk = []
    _take(added, chunk, banks, uow)
    uow.payout_checks.check(added.id, nameless=banks.nameless())
    count, total = uow.payout_items.accept(added.id)
    checked = replace(added, item_count=count, total_fen=total, state=ListState.REFUSED)
    if count:
        levels = services.settings.payouts.signers(total)
        checked = replace(checked, state=ListState.CHECKED, approval=Approval(levels=levels))
        checked = replace(checked, digest=digest_of(checked, services, uow)[0])
    saved = uow.payouts.save(checked)
    uow.journal.note(
        f"payout.{saved.state.value}", f"payout:{saved.id}", at=at,
        actor="person" if saved.made_by else "payout", person=saved.made_by, key=saved.key,
        kind=saved.kind.value, fund=saved.fund, month=saved.month, items=count, total_fen=total,
        stated_items=saved.stated_count, stated_fen=saved.stated_fen, digest=saved.digest,
        source_sha256=saved.source_sha256, findings=uow.payout_checks.counts(saved.id),
    )  # fmt: skip
    return saved


def digest_of(payout: PayoutList, services: Services, uow: UnitOfWork) -> tuple[str, int, int]:
    """Return the digest of what is signed as it is now, and count and total (fen) of its items."""
    banks = targets(uow.payout_items.banks(payout.id), services.catalog)
    return digest(payout, uow.payout_items.signed(payout.id), banks)


def _take(payout: PayoutList, items: list[PayoutItem], banks: Banks, uow: UnitOfWork) -> None:
    normal: list[PayoutItem] = []
    findings: list[Finding] = []
    for one in items:
        item = preflight.normal(one)
        findings += preflight.check(item, payout.kind)
        bank = banks.code(item.bank)
        if bank is None:
            findings.append(
                Finding(item_no=item.item_no, code="payout_item_bank", refuses=True, field="bank")
            )
        else:
            item = replace(item, bank=bank)
            findings += banks.check(item)
        normal.append(item)
    uow.payout_items.add(normal)
    uow.payout_checks.add(payout.id, findings)
