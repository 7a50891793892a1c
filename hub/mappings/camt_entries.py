"""One entry (`Ntry`) of a camt statement: its amount, dates, references and words.

Names of elements only, no namespaces and no versions: .01 to .14 differ in where they put a few
of them, and all places are looked at. Elements that are not named here are left out.

`CdtDbtInd` is the effect on the account also for a reversal: `RvslInd` says why an entry is there
and does not turn its sign (ISO 20022 message definition; real statements with reversals add up this
way and no other).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.domain.money import parse_yuan
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.mappings.codecs import shown

if TYPE_CHECKING:
    from hub.mappings.camt_node import Node

BOOKED: Final = "BOOK"
NOT_BOOKED: Final = frozenset({"PDNG", "INFO", "FUTR"})

_SURPLUS_ZEROS: Final = re.compile(r"(\.[0-9]{2})0+\Z", re.ASCII)
_DATE: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)
_DIRECTIONS: Final = {"CRDT": 1, "DBIT": -1}
_REFERENCES: Final = (
    ("AcctSvcrRef",),
    ("NtryRef",),
    ("NtryDtls", "TxDtls", "Refs", "AcctSvcrRef"),
    ("NtryDtls", "TxDtls", "Refs", "TxId"),
    ("NtryDtls", "TxDtls", "Refs", "EndToEndId"),
    ("NtryDtls", "TxDtls", "Refs", "InstrId"),
)
_NARRATIVES: Final = (
    ("AddtlNtryInf",),
    ("NtryDtls", "TxDtls", "RmtInf", "Ustrd"),
    ("NtryDtls", "TxDtls", "RmtInf", "Strd", "CdtrRefInf", "Ref"),
    ("NtryDtls", "TxDtls", "RmtInf", "Strd", "CdtrRefInf", "CdtrRef"),
    ("NtryDtls", "TxDtls", "RmtInf", "Strd", "AddtlRmtInf"),
    ("NtryDtls", "TxDtls", "AddtlTxInf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one `Ntry` says; `amount_fen` is signed."""

    place: Place
    amount_fen: int
    credit: bool
    currency: str | None
    booked: bool
    transactions: int  # how many the entry stands for, at least itself
    booked_on: date | None
    valued_on: date | None
    references: tuple[str, ...]
    narrative: str | None
    details_fen: int | None  # what its details add up to, if that is another sum
    oddity: str | None  # something that is not as the schema says, in words


def read_entry(node: Node, place: Place) -> Entry:
    """Return what an entry says; `Rejected` if its amount, direction or status cannot be read."""
    amount = node.only("Amt", place)
    if amount is None:
        raise Rejected("entry_without_amount", place=place)
    node.only("CdtDbtInd", place)
    fen = amount_fen(amount, replace(place, field="Amt"))
    sign = direction(node)
    if fen < 0:  # is it taken back, or is the direction said twice? both occur
        raise Rejected("entry_negative", place=replace(place, field="Amt"))
    if sign is None and fen != 0:
        raise Rejected("entry_without_direction", place=replace(place, field="CdtDbtInd"))
    status = status_of(node)
    if status not in ("", BOOKED) and status not in NOT_BOOKED:
        at = replace(place, field="Sts")
        raise Rejected("entry_status_unknown", place=at, found=shown(status))
    details = list(node.all("NtryDtls", "TxDtls"))
    announced = _announced(node)
    return Entry(
        place=place,
        amount_fen=fen * (sign or 1),
        credit=sign != -1,
        currency=amount.currency,
        booked=status in ("", BOOKED),
        transactions=max(1, announced, len(details)),
        booked_on=day(node, "BookgDt", place),
        valued_on=day(node, "ValDt", place),
        references=tuple(t for path in _REFERENCES if (t := node.words(*path)) is not None),
        narrative=_narrative(node),
        details_fen=_other_sum(node, fen, amount.currency, details, place)
        if len(details) >= announced
        else None,
        oddity=None if status else "the entry has no status (Sts); it counts as booked",
    )


def status_of(node: Node) -> str:
    """Return the status of an entry, the bank's own too; empty if it has none."""
    found = node.words("Sts", "Cd") or node.words("Sts", "Prtry") or node.words("Sts") or ""
    return found.upper()


def amount_fen(node: Node, place: Place) -> int:
    """Return an amount in hundredths; decimals beyond two must be zeros, so nothing is rounded.

    A comment inside would hide a part of the number.
    """
    if not node.plain:
        raise Rejected("xml_value_not_plain", place=place)
    return parse_yuan(_SURPLUS_ZEROS.sub(r"\1", node.text), place=place)


def unsigned_fen(node: Node, place: Place) -> int:
    """Return an amount that no sign may stand before; `Rejected("amount_negative")`."""
    fen = amount_fen(node, place)
    if fen < 0:
        raise Rejected("amount_negative", place=place, found=node.text[:40])
    return fen


def direction(node: Node) -> int | None:
    """Return 1 for a credit, -1 for a debit, `None` if there is no such indicator."""
    return _DIRECTIONS.get((node.words("CdtDbtInd") or "").upper())


def day(node: Node, name: str, place: Place) -> date | None:
    """Return the day of a `Dt` or `DtTm` below a child, as the bank wrote it, whatever its zone."""
    found = node.words(name, "Dt") or node.words(name, "DtTm") or node.words(name)
    return None if found is None else day_in(found, name, place)


def day_in(found: str, name: str, place: Place) -> date:
    """Return the day at the beginning of a text; `name` is the element's."""
    match = _DATE.match(found)
    try:
        return date(*map(int, match.groups())) if match else _no_day(found, name, place)
    except ValueError:
        return _no_day(found, name, place)


def _no_day(found: str, name: str, place: Place) -> date:
    at = replace(place, field=name)
    raise Rejected("date_malformed", place=at, found=shown(found), format="%Y-%m-%d")


def _narrative(node: Node) -> str | None:
    """Return all that is said of an entry, the entry's own words first, and nothing twice."""
    said = dict.fromkeys(text for path in _NARRATIVES for text in node.texts(*path))
    return " ".join(said) or None


def _other_sum(
    node: Node, fen: int, currency: str | None, details: list[Node], place: Place
) -> int | None:
    """Return what the details of an entry add up to, if they are complete and disagree with it.

    Details without amounts say nothing. Details with charges or exchanges may differ by right.
    Returned items in a batch may have the other direction.
    """
    if not details or any(name in ("Chrgs", "CcyXchg") for name, _ in node.below()):
        return None
    signed = total = 0
    for one in details:
        amount = one.child("Amt")  # since .04; before it one of the others
        for name in ("TxAmt", "InstdAmt"):
            amount = amount or one.child("AmtDtls", name, "Amt")
        part = amount_fen(amount, replace(place, field="TxDtls")) if amount is not None else 0
        others = {below.currency for _, below in one.below()} - {None, currency}
        if part == 0 or others:
            return None
        total += part
        signed += part * (direction(one) or direction(node) or 1)
    return None if fen in (total, abs(signed)) else total


def _announced(node: Node) -> int:
    """Return how many transactions the batches of an entry say they have."""
    numbers = node.texts("NtryDtls", "Btch", "NbOfTxs")
    return sum(whole(n) or 0 for n in numbers)
