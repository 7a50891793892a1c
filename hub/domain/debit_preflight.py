"""Checks of one direct debit by itself (代收前校验), before anybody signs.

Numbers are checked as those of payments are; a debit also needs a mandate (授权协议) that counts on
the day. That somebody else of the family pays is usual, and no doubt.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from hub.domain import preflight
from hub.domain.debit import DebitItem
from hub.domain.payout import Finding, PayoutItem, PayoutKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

_MANDATE: Final = re.compile(r"(?!/)(?!.*//)[0-9A-Za-z/\-?:().,'+ ]{1,35}(?<!/)", re.ASCII)
"""What ISO 20022 has room for (Max35Text, SWIFT set); banks' text files have no more."""


def item_of(values: Mapping[str, Any], place: preflight.Place) -> DebitItem:
    """Return the debit that a desk's row describes, as it was written; nothing is checked here."""
    item = preflight.item_of(values, place)
    mandate = str(values.get("mandate_no") or "").strip()
    return DebitItem(
        **{one.name: getattr(item, one.name) for one in fields(PayoutItem)},
        mandate_no=mandate or None,
        mandate_on=values.get("mandate_on"),
        mandate_until=values.get("mandate_until"),
    )


def check(item: DebitItem, on: date) -> Iterator[Finding]:
    """Yield what is wrong or odd about a normal item by itself, on a day."""
    yield from preflight.check(item, PayoutKind.COLLECTION)
    if item.mandate_no is None or item.mandate_on is None:
        missing = "mandate_no" if item.mandate_no is None else "mandate_on"
        yield _refusal(item, "debit_mandate_missing", missing)
        return
    if _MANDATE.fullmatch(item.mandate_no) is None:
        yield _refusal(item, "debit_mandate_malformed", "mandate_no")
    if item.mandate_on > on:
        yield _refusal(item, "debit_mandate_not_signed", "mandate_on")
    elif not item.is_covered(on):
        yield _refusal(item, "debit_mandate_expired", "mandate_until")


def _refusal(item: DebitItem, code: str, field: str) -> Finding:
    return Finding(item_no=item.item_no, code=code, refuses=True, field=field)
