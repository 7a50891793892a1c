"""A re-issue (补发): returned items become a new list, which points at what it repairs.

Failed debits are tried again (再次扣款) in the same way.

The proof is the return itself; the desk brings the corrected account, or says that the same one is
to be tried again. The new list is checked and signed like any other, by other people than the one
who made it.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from hub.domain.approval import named
from hub.domain.chinese import month_text
from hub.domain.correction import Correction
from hub.domain.debit import DebitItem, item_words
from hub.domain.payout import BACK, ItemState, ListState, PayoutList
from hub.domain.payout_form import end_to_end_id
from hub.domain.way import Way
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.flows.payout_check import record
from hub.flows.repair_rules import note_repairs, require_remedy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from hub.domain.payout import PayoutItem
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


AGAIN: Final = {Way.PAYOUT: "补发", Way.DEBIT: "再次扣款"}

CORRECTED: Final = ("account_no", "account_name", "bank", "bank_no")
"""What a CSV of corrections of payments may have beside the item and an explanation."""


def draft_reissue(
    corrections: Sequence[Correction], *, person: str, services: Services, title: str | None = None
) -> PayoutList:
    """Make a list that pays returned items again; it is CHECKED, or REFUSED if none may be.

    All of them are of one kind and fund. `Rejected("payout_not_returned")` for an item that did
    not come back, `debit_not_failed` for a debit that did not fail, `payout_reissue_mixed`,
    `payout_reissue_empty`.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        items = [_returned(one.item_id, uow) for one in corrections]
        lists = [uow.payouts.get(list_id) for list_id in {one.list_id for one in items}]
    if not items:
        raise Rejected("payout_reissue_empty")
    if len({(one.kind, one.fund) for one in lists}) != 1:
        raise Rejected("payout_reissue_mixed")
    source = _source(corrections, who, at)
    sha256 = services.archive.put_bytes(source).sha256
    paid = min(lists, key=lambda one: one.id)
    month = max(one.month for one in lists)
    draft = PayoutList(
        id=0,
        key=f"reissue/{sha256[:16]}",
        kind=paid.kind,
        fund=paid.fund,
        title=title or f"{month_text(month)}{paid.kind.zh}{AGAIN[services.way]}",
        month=month,
        state=ListState.DRAFT,
        item_count=0,
        total_fen=0,
        stated_count=len(items),
        stated_fen=sum(one.amount_fen for one in items),
        source_sha256=sha256,
        made_by=who,
        added_at=at,
    )
    again = [
        _again(item, correction, number, sha256)
        for number, (item, correction) in enumerate(zip(items, corrections, strict=True), start=1)
    ]

    def unit(uow: UnitOfWork) -> PayoutList:
        for one in corrections:
            require_remedy(_returned(one.item_id, uow), one, services, uow)
        made = record(draft, again, services, uow, at=at)
        note_repairs(items, services, uow, at=at)
        return made

    return services.store.transact(unit)


def read_corrections(path: Path) -> list[Correction]:
    """Read corrections from a CSV with `item_id` and any of the other names of a correction.

    `Rejected("payout_corrections_unreadable")` names the line.
    """
    names = ["item_id", *CORRECTED, "explanation"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames is None or not {"item_id"} <= set(rows.fieldnames) <= set(names):
                raise _unreadable(path, 1)
            return [_correction(row, path, rows.line_num) for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, None) from error


def _correction(row: dict[str, str], path: Path, line: int) -> Correction:
    item_id = whole(row.pop("item_id"))
    if item_id is None or None in row or None in row.values():
        raise _unreadable(path, line)
    given: dict[str, Any] = {k: v.strip() or None for k, v in row.items()}
    return Correction(item_id=item_id, **given)


def _unreadable(path: Path, line: int | None) -> Rejected:
    return Rejected("payout_corrections_unreadable", place=Place(file=path.name, line=line))


def _returned(item_id: int, uow: UnitOfWork) -> PayoutItem:
    item = uow.payout_items.get(item_id)
    if item.state not in BACK:
        if isinstance(item, DebitItem):
            found = item_words(item.state)[1]
            raise Rejected("debit_not_failed", id=item_id, found=found)
        raise Rejected("payout_not_returned", id=item_id, found=item.state.value)
    return item


def _again(item: PayoutItem, correction: Correction, number: int, sha256: str) -> PayoutItem:
    attempt = item.attempt + 1
    if isinstance(item, DebitItem):
        renewed = correction.mandate_no is not None or correction.mandate_on is not None
        item = replace(
            item,
            mandate_no=correction.mandate_no or item.mandate_no,
            mandate_on=correction.mandate_on or item.mandate_on,
            mandate_until=correction.mandate_until or (None if renewed else item.mandate_until),
        )
    return replace(
        item,
        id=0,
        item_no=number,
        attempt=attempt,
        repairs_id=item.id,
        end_to_end_id=end_to_end_id(sha256, number, attempt),
        account_no=correction.account_no or item.account_no,
        account_name=correction.account_name or item.account_name,
        bank=correction.bank or item.bank,
        bank_no=correction.bank_no or item.bank_no,
        state=ItemState.LISTED,
        batch_id=None,
        outcome_code=None,
        outcome_raw=None,
        outcome_version=None,
        evidence=None,
        settled_on=None,
    )


def _source(corrections: Sequence[Correction], person: str, at: datetime) -> bytes:
    """Return what was asked for, as it is archived; each request is another one."""
    asked = {
        "request": uuid4().hex,
        "at": at.isoformat(),
        "by": person,
        "items": [asdict(one) for one in corrections],
    }
    return (json.dumps(asked, ensure_ascii=False, indent=1, default=str) + "\n").encode()
