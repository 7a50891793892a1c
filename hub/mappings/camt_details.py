"""What an entry of a camt message says beyond its amount: whom it is about, and which payments.

Read only for statements of our own accounts, whose lines are compared with our books. An entry
that stands for many payments names each by its end-to-end id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.mappings.pain002 import end_to_end_of

if TYPE_CHECKING:
    from datetime import date

    from hub.mappings.camt_entries import Entry
    from hub.mappings.camt_node import Node

IDS_MAX: Final = 10_000  # end-to-end ids kept of one entry

_MESSAGES: Final = (
    ("NtryDtls", "Btch", "MsgId"),
    ("NtryDtls", "Btch", "PmtInfId"),
    ("NtryDtls", "TxDtls", "Refs", "MsgId"),
    ("NtryDtls", "TxDtls", "Refs", "PmtInfId"),
)
_CODES: Final = (
    ("BkTxCd", "Prtry", "Cd"),
    ("BkTxCd", "Domn", "Fmly", "SubFmlyCd"),
)


def read_details(node: Node, entry: Entry) -> dict[str, str | int | date | None]:
    """Return an entry's place, payments, other side and code; ids are joined by blanks."""
    details = list(node.all("NtryDtls", "TxDtls"))
    ids = (end_to_end_of(one.words("Refs", "EndToEndId")) for one in details[:IDS_MAX])
    side = "Dbtr" if entry.credit else "Cdtr"
    party = _party(details[0], side) if len(details) == 1 else (None, None)
    return {
        "place_line": entry.place.line,
        "reference": node.words("AcctSvcrRef")
        or node.words("NtryDtls", "TxDtls", "Refs", "AcctSvcrRef")
        or node.words("NtryRef"),
        "end_to_end_ids": " ".join(one for one in ids if one),
        "message_id": next((t for path in _MESSAGES if (t := node.words(*path))), None),
        "code": next((t for path in _CODES if (t := node.words(*path))), None),
        "party_name": party[0],
        "party_account": party[1],
        "is_return": int(any(one.child("RtrInf") is not None for one in details)),
    }


def _party(detail: Node, side: str) -> tuple[str | None, str | None]:
    """Return the other side's name and account; a payment that comes back keeps its own roles."""
    for role in (side, "Cdtr" if side == "Dbtr" else "Dbtr"):
        name = detail.words("RltdPties", role, "Nm") or detail.words("RltdPties", role, "Pty", "Nm")
        number = detail.account("RltdPties", f"{role}Acct")
        if name is not None or number is not None:
            return name, number
    return None, None
