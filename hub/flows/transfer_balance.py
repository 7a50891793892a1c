"""Where the money of transfers is, by region and month, and what must hold of it (资金守恒).

Sent = confirmed by the other office + on its way + returned; received = joined to cases + in
suspense + sent back. Both are checked against cases and vouchers, which were written apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_facts import Funds
from hub.domain.transfer_receipt import ReceiptState
from hub.domain.transfer_remittance import RemittanceState
from hub.domain.voucher import month_of
from hub.store.audit import Answer
from hub.store.vouchers import Span

if TYPE_CHECKING:
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_receipt import Receipt
    from hub.domain.transfer_remittance import Remittance
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

UNKNOWN_REGION: Final = "-"
_GONE: Final = (RemittanceState.SENT, RemittanceState.PAID)


@dataclass(slots=True, kw_only=True)
class RegionMonth:
    """The money between us and one region (`-`: nobody knows which) in one month, in fen."""

    region: str
    month: int
    sent_fen: int = 0
    confirmed_fen: int = 0
    on_its_way_fen: int = 0
    returned_fen: int = 0
    received_fen: int = 0
    joined_fen: int = 0
    suspense_fen: int = 0
    sent_back_fen: int = 0


def by_region(services: Services, *, month: int | None = None) -> list[RegionMonth]:
    """Return where the money is, by region and month; all months if none is named."""
    rows: dict[tuple[str, int], RegionMonth] = {}

    def row(region: str, of: int) -> RegionMonth:
        return rows.setdefault((region, of), RegionMonth(region=region, month=of))

    with services.store.read() as uow:
        for one in uow.remittances.list(month=month):
            _add_remittance(row(one.counterpart, one.month), one, _latest(one.case_id, uow))
        for receipt in uow.receipts.list():
            of = month_of(receipt.credited_on)
            if month in (None, of):
                _add_receipt(row(_region_of(receipt, uow), of), receipt)
    return [rows[key] for key in sorted(rows)]


def sent_as_noted(uow: UnitOfWork) -> Answer:
    """What left and did not come back is what the cases say that they sent, payment by payment."""
    looked = 0
    for one in uow.remittances.list():
        looked += 1
        case = _latest(one.case_id, uow)
        prefix = f"{one.number}-"
        noted = [fact for fact in case.valid(Funds) if fact.number.startswith(prefix)]
        expected = [one.amount_fen] if one.state in _GONE else []
        if [fact.amount_fen for fact in noted] != expected:
            return Answer(looked=looked, first=f"remittance:{one.id}")
    return Answer(looked=looked)


def credits_joined_once(uow: UnitOfWork) -> Answer:
    """A credit counts in the case that it is joined to, and in no other."""
    counted: dict[str, set[str]] = defaultdict(set)
    for case in uow.transfers.list():
        for fact in case.valid(Funds):
            counted[fact.number].add(case.ref)
    looked = 0
    for receipt in uow.receipts.list():
        looked += 1
        found = counted.get(receipt.payment_number, set())
        joined = receipt.state is ReceiptState.JOINED
        wanted = {uow.transfers.get(int(receipt.case_id or 0)).ref} if joined else set()
        if found != wanted:
            return Answer(looked=looked, first=f"transfer_receipt:{receipt.id}")
    return Answer(looked=looked)


def received_as_booked(uow: UnitOfWork) -> Answer:
    """By fund, vouchers have as much received, joined and set apart as there are credits."""
    entered: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for receipt in uow.receipts.list():
        joined = receipt.state is ReceiptState.JOINED
        entered[receipt.fund][0 if joined else 1] += receipt.amount_fen
    booked: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for event, (joined_sign, apart_sign) in _SIGNS.items():
        for voucher in uow.vouchers.list(Span(event=event)):
            booked[voucher.fund][0] += joined_sign * voucher.amount_fen
            booked[voucher.fund][1] += apart_sign * voucher.amount_fen
    funds = sorted(set(entered) | set(booked))
    wrong = (fund for fund in funds if entered[fund] != booked[fund])
    first = next(wrong, None)
    return Answer(looked=len(funds), first=None if first is None else f"fund:{first}")


_SIGNS: Final = {
    "transfer.received": (1, 0),
    "transfer.held": (0, 1),
    "transfer.recognised": (1, -1),
    "transfer.unrecognised": (-1, 1),
}
"""What each event adds to what cases have, and to what was ever set apart for the sender."""


def _add_remittance(row: RegionMonth, one: Remittance, case: TransferCase) -> None:
    if one.state in (RemittanceState.LISTED, RemittanceState.CANCELLED):
        return
    row.sent_fen += one.amount_fen
    if one.state is RemittanceState.RETURNED:
        row.returned_fen += one.amount_fen
    elif case.state_is_done:
        row.confirmed_fen += one.amount_fen
    else:
        row.on_its_way_fen += one.amount_fen


def _add_receipt(row: RegionMonth, receipt: Receipt) -> None:
    row.received_fen += receipt.amount_fen
    if receipt.state is ReceiptState.JOINED:
        row.joined_fen += receipt.amount_fen
    elif receipt.state is ReceiptState.SENT_BACK:
        row.sent_back_fen += receipt.amount_fen
    else:
        row.suspense_fen += receipt.amount_fen


def _latest(case_id: int, uow: UnitOfWork) -> TransferCase:
    case = uow.transfers.get(case_id)
    return uow.transfers.of_ref(case.ref) or case


def _region_of(receipt: Receipt, uow: UnitOfWork) -> str:
    if receipt.case_id is not None:
        return uow.transfers.get(receipt.case_id).counterpart
    return receipt.region or UNKNOWN_REGION
