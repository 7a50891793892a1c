"""A batch of three payments, for tests: the head, the items, and what a file of them says."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from hub.errors import Rejected
from hub.mappings.payout_file import render_payout
from tests.mappings.reading import CATALOG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout

CHINA = timezone(timedelta(hours=8))
TOTAL_FEN = 1009001

HEAD: dict[str, Any] = {
    "message_id": "2026112600000001",
    "batch_no": "2026112600001",
    "business_on": date(2026, 11, 26),
    "created_at": datetime(2026, 11, 26, 9, 30, 15, 123000, tzinfo=CHINA),
    "sequence": 1,
    "item_count": 3,
    "total_fen": TOTAL_FEN,
    "purpose": "养老金",
    "file_name": "SIGN20261126_0001.txt",
}
ITEMS: tuple[dict[str, Any], ...] = (
    {
        "item_no": 1,
        "end_to_end_id": "P202611000001",
        "account_no": "6222000000000000011",
        "account_name": "张三",
        "bank_no": "102100000458",
        "amount_fen": 352050,
        "person_id": "P1000001",
        "purpose": "2026年11月养老金",
        "period": 202611,
    },
    {
        "item_no": 2,
        "end_to_end_id": "P202611000002",
        "account_no": "6222000000000000029",
        "account_name": "阿依古丽·买买提",
        "bank_no": "103100021092",
        "amount_fen": 1,
        "person_id": "P1000002",
        "period": 202611,
    },
    {
        "item_no": 3,
        "end_to_end_id": "P202611000003",
        "account_no": "6222000000000000037",
        "account_name": "欧阳春晓",
        "bank_no": "102100000458",
        "amount_fen": 656950,
        "person_id": "P1000003",
        "period": 202611,
    },
)

WRITTEN: list[tuple[Partner, Layout]] = [
    (partner, layout)
    for partner in CATALOG.partners.values()
    if partner.payout is not None
    for layout in partner.layouts.values()
    if layout.direction == "out" and layout.name != partner.payout.request
]


def with_item(**changes: object) -> list[dict[str, Any]]:
    """Return the items, the second of them changed."""
    return [ITEMS[0], {**ITEMS[1], **changes}, ITEMS[2]]


def refusal(
    partner: Partner, layout: Layout, items: Iterable[dict[str, Any]] = ITEMS, **head: object
) -> Rejected:
    """Return why a batch cannot be written."""
    with pytest.raises(Rejected) as caught:
        render_payout(partner, layout, {**HEAD, **head}, items)
    return caught.value
