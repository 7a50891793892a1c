"""A payout list becomes rows: every item checked, what fails struck, the rest ready to be signed.

One unit holds it all, so that a list is there whole or not at all. What an item means only beside
all others (paid before, listed twice) the database finds, in that same unit.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from hub.domain import debit_preflight, preflight
from hub.domain.approval import Approval
from hub.domain.debit import DebitItem
from hub.domain.payout import Finding, ListState
from hub.domain.payout_change import COMPARED
from hub.domain.payout_form import digest
from hub.domain.way import Way
from hub.flows.payout_banks import Banks, targets
from hub.store.payout_items import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from hub.domain.payout import PayoutItem, PayoutKind, PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

    Seen = tuple[PayoutItem, list[Finding]]

UNKNOWN_BANK: Final = {Way.PAYOUT: "payout_item_bank", Way.DEBIT: "debit_item_bank"}


def record(
    payout: PayoutList,
    items: Iterable[PayoutItem],
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> PayoutList:
    """Check items and add them as a list; see `record_seen`."""
    return record_seen(payout, seen(items, payout.kind, services, uow.way), services, uow, at=at)


def seen(
    items: Iterable[PayoutItem], kind: PayoutKind, services: Services, way: Way
) -> Iterator[Seen]:
    """Yield items in the form that they are kept in, with what is wrong or odd about each."""
    banks, on = Banks(services.catalog, way), services.today()
    for one in items:
        item = preflight.normal(one)
        if isinstance(item, DebitItem):
            findings = list(debit_preflight.check(item, on))
        else:
            findings = list(preflight.check(item, kind))
        bank = banks.code(item.bank)
        if bank is None:
            code = UNKNOWN_BANK[way]
            findings.append(Finding(item_no=item.item_no, code=code, refuses=True, field="bank"))
        else:
            item = item if item.bank == bank else replace(item, bank=bank)
            findings += banks.check(item, kind)
        yield item, findings


def record_seen(
    payout: PayoutList,
    found: Iterable[Seen],
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> PayoutList:
    """Add a list with its items, and leave it CHECKED, or REFUSED if the checks left none.

    The items' `list_id` is set here. `Rejected` when there is a list of this key already.
    """
    added = uow.payouts.add(replace(payout, state=ListState.DRAFT))
    stream = iter(found)
    while chunk := list(islice(stream, CHUNK_ROWS)):
        uow.payout_items.add((item for item, _ in chunk), list_id=added.id)
        uow.payout_checks.add(added.id, (one for _, findings in chunk for one in findings))
    nameless = Banks(services.catalog, uow.way).nameless(added.kind)
    uow.payout_checks.check(added.id, nameless=nameless)
    count, total = uow.payout_items.accept(added.id)
    checked = replace(added, item_count=count, total_fen=total, state=ListState.REFUSED)
    if count:
        levels = signers(uow.way, total, services)
        checked = replace(checked, state=ListState.CHECKED, approval=Approval(levels=levels))
        checked = replace(checked, digest=digest_of(checked, services, uow)[0])
    saved = uow.payouts.save(checked)
    if count and saved.kind in COMPARED and saved.made_by is None:
        uow.payout_changes.compare(saved)
    uow.journal.note(
        uow.way.event(saved.state.value), uow.way.list(saved.id), at=at,
        actor="person" if saved.made_by else uow.way.value, person=saved.made_by, key=saved.key,
        kind=saved.kind.value, fund=saved.fund, month=saved.month, items=count, total_fen=total,
        stated_items=saved.stated_count, stated_fen=saved.stated_fen, digest=saved.digest,
        source_sha256=saved.source_sha256, findings=uow.payout_checks.counts(saved.id),
    )  # fmt: skip
    return saved


def digest_of(payout: PayoutList, services: Services, uow: UnitOfWork) -> tuple[str, int, int]:
    """Return the digest of what is signed as it is now, and count and total (fen) of its items."""
    codes = uow.payout_items.banks(payout.id)
    banks = targets(codes, services.catalog, uow.way, kind=payout.kind)
    return digest(payout, uow.payout_items.signed(payout.id), banks)


def signers(way: Way, total_fen: int, services: Services) -> int:
    """Return how many people must sign a list of payments or debits of a total (fen)."""
    settings = services.settings
    if way is Way.DEBIT:
        return settings.debits.signers(total_fen, settings.payouts)
    return settings.payouts.signers(total_fen)
