"""What files say around their rows: numbers of lists and messages, organisations, packages.

The codes of organisations are invented. Keys are the hub's names of head fields
(`header.list_no`); a layout takes those that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hub.mappings.layout import Layout
    from hub.simulate.lists import Fact

TIPS: Final = "100000000000"
AGENCY: Final = "244010000012"
TAX_ORG: Final = "14401000000"
TREASURY: Final = "1901000000"
SOCIAL_INSURANCE: Final = "1"  # OrgType of the agencies

_ROW: Final = {
    "tax_org": TAX_ORG,
    "voucher_type": "1",
    "budget_type": "1",
    "budget_level": "4",
    "origin": "1",
    "sender": TAX_ORG,
    "message_no": "1102",  # the message that the receipt went through: a batch of deductions
    "op_state": "not_booked",  # unless the fact says otherwise
}


def head_of(layout: Layout, day: date, sent_on: date, rows: Sequence[Fact]) -> dict[str, object]:
    """Return the values of a file's records that occur once; its controls are worked out later."""
    number = _message_no(layout)
    total_fen = sum(row.get("amount_fen", 0) for row in rows)
    envelope = {
        "version": "1.0",
        "source": TIPS,
        "destination": AGENCY,
        "application": "TIPS",
        "message_no": number,
        "message_id": f"{day:%Y%m%d}{number}{1:08d}",
        "worked_on": sent_on,
    }
    header = {
        "list_no": f"{day:%Y%m%d}001",
        "business_on": day,
        "booked_on": day,
        "checked_on": day,
        "finance_org": TREASURY,
        "treasury_code": TREASURY,
        "tax_org": TAX_ORG,
        "org": AGENCY,
        "org_type": SOCIAL_INSURANCE,
        "pack_no": f"{number}{1:04d}",
        "part_count": 1,
        "part_no": 1,
        "item_count": len(rows),
        "all_count": len(rows),
        "total_fen": total_fen,
        "drawback_count": "0",
        "correction_count": "0",
        "exemption_count": "0",
    }
    return {
        **{f"envelope.{name}": value for name, value in envelope.items()},
        **{f"header.{name}": value for name, value in header.items()},
    }


def row_of(day: date, fact: Fact) -> Fact:
    """Return a fact with what messages say besides."""
    return {**_ROW, "entrusted_on": day, **fact}


def package_of(layout: Layout, head: Mapping[str, object], rows: Sequence[Fact]) -> list[Fact]:
    """Return how the daily check of packages (3200) names a message; nothing for other files."""
    if not _message_no(layout):
        return []
    return [
        {
            "message_no": _message_no(layout),
            "sender": TIPS,
            "entrusted_on": head["header.booked_on"],
            "pack_no": head["header.pack_no"],
            "item_count": len(rows),
            "amount_fen": sum(row["amount_fen"] for row in rows),
        }
    ]


def _message_no(layout: Layout) -> str:
    """Return the number of the message that a layout describes; empty for other files."""
    return next(iter(layout.maps.get("message_nos", {}).values()), "")
