"""《一次性待遇现付通知单》 printed (规程 10-11), and a printed form found again by its code.

A payee draws cash with a notice, so every print is in the journal with who printed it and archived
as it was, and a further print of the same payment says that it is one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.documents.notice_form import notice_form
from hub.domain.approval import named
from hub.domain.form_code import FormKind, read_code
from hub.domain.payout import ItemState, PayoutKind
from hub.domain.whole import whole
from hub.errors import Rejected
from hub.flows.forms import office_of, write_forms
from hub.flows.payout_banks import Banks
from hub.flows.stop_forms import digest_of_stops
from hub.flows.transfer_assess import assessed

if TYPE_CHECKING:
    from pathlib import Path

    from hub.domain.form_code import FormCode
    from hub.flows.forms import Printed
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.journal import Entry

NOTICES_MAX: Final = 500  # of one file; the next part is asked for with `after`
EVENT: Final = "payout.notice_printed"
PRINTS_SHOWN: Final = 20  # of one payment, shown
DRAWN: Final = frozenset({ItemState.LISTED, ItemState.IN_FLIGHT, ItemState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The case of a printed form: its command, its state, and whether the paper is of it."""

    code: FormCode
    subject: str
    state: str
    state_zh: str
    digest: str | None
    show: str

    @property
    def is_same(self) -> bool:
        """Tell whether the paper shows what is there now."""
        return self.code.is_of(self.digest)


def print_notices(
    list_id: int,
    out: Path,
    *,
    person: str,
    services: Services,
    item_no: int | None = None,
    after: int = 0,
) -> Printed:
    """Print the notices of a list of instant payments, or of one item; two copies each.

    `Rejected("form_wrong_kind")` for another kind of list, `form_notice_none` when no payment is
    to be drawn: what is paid, returned or cancelled gets no notice.
    """
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Printed:
        payout = uow.payouts.get(list_id)
        if payout.kind is not PayoutKind.INSTANT:
            raise Rejected("form_wrong_kind", form=FormKind.NOTICE.zh, found=payout.kind.zh)
        start, limit = (after, NOTICES_MAX) if item_no is None else (item_no - 1, 1)
        page = uow.payout_items.page(list_id=list_id, after=start, limit=limit)
        wanted = [i for i in page if i.state in DRAWN and item_no in (None, i.item_no)]
        if not wanted:
            raise Rejected("form_notice_none", id=list_id)
        banks, office = Banks(services.catalog), office_of(services)
        forms = [
            notice_form(
                one, payout, office, bank=banks.partner(one.bank).name,
                earlier=len(uow.journal.list(event=EVENT, subject=f"payout_item:{one.id}")),
            )
            for one in wanted
        ]  # fmt: skip
        made_on = at.astimezone(office.zone).date()
        printed = write_forms(
            forms, FormKind.NOTICE, out, services, digest=payout.digest, made_on=made_on
        )
        if printed.is_valid:  # a draft draws no cash
            sha256 = services.archive.put_file(out).sha256
            for one in wanted:
                uow.journal.note(EVENT, f"payout_item:{one.id}", at=at, actor="person",
                                 person=who, amount_fen=one.amount_fen, sha256=sha256)  # fmt: skip
        return printed

    return services.store.transact(unit)


def prints_of(item_id: int, uow: UnitOfWork) -> list[Entry]:
    """Return the prints of a payment's notice, the latest first."""
    return uow.journal.list(event=EVENT, subject=f"payout_item:{item_id}", limit=PRINTS_SHOWN)


def printed_notice(item_id: int, *, person: str, services: Services) -> Path:
    """Return the archived file of a payment's last print, to whoever made it, while it holds.

    A print that a further one has made void, somebody else's, and one of a payment that is no
    longer to be drawn are not given out again: `Rejected("notice_missing")`.
    """
    with services.store.read() as uow:
        item, prints = uow.payout_items.get(item_id), prints_of(item_id, uow)
    if not prints or prints[0].person != named(person) or item.state not in DRAWN:
        raise Rejected("notice_missing", id=item_id)
    return services.archive.path(json.loads(prints[0].facts)["sha256"])


def find_form(text: str, services: Services) -> Found:
    """Return the case that the code of a printed form names.

    `Rejected("form_code_unreadable")`, or `form_other_region` for the form of another office.
    """
    code = read_code(text)
    if code.region != services.settings.agency.region:
        raise Rejected("form_other_region", region=code.region)
    with services.store.read() as uow:
        if code.kind is FormKind.VOUCHER:
            voucher = uow.vouchers.get(code.number)
            return Found(code=code, subject=f"voucher:{voucher.no}", state="booked",
                         state_zh="已记账", digest=voucher.sha256,
                         show=f"hub voucher show {voucher.no}")  # fmt: skip
        number = whole(code.number) or 0
        if code.kind is FormKind.ASSESSMENT:
            case = uow.transfers.get(number)
            return Found(code=code, subject=f"transfer:{number}", state=case.state.value,
                         state_zh=case.state.zh, digest=assessed(number, uow).digest,
                         show=f"hub case show {number}")  # fmt: skip
        if code.kind is FormKind.ENTRUST:
            batch = uow.payout_batches.get(number)
            return Found(code=code, subject=f"payout_batch:{number}", state=batch.state.value,
                         state_zh=batch.state.zh, digest=batch.content_sha256,
                         show=f"hub payout batches --list {batch.list_id}")  # fmt: skip
        if code.kind in (FormKind.STOP, FormKind.RESUME):
            stopped = uow.payout_items.get(number)
            return Found(code=code, subject=f"payout_item:{number}", state=stopped.state.value,
                         state_zh=stopped.state.zh, show=f"hub payout show {stopped.list_id}",
                         digest=digest_of_stops(code.kind, number, uow))  # fmt: skip
        item = uow.payout_items.get(number) if code.kind is FormKind.NOTICE else None
        payout = uow.payouts.get(item.list_id if item else number)
    state = item.state if item else payout.state
    subject = f"payout_item:{number}" if item else f"payout:{number}"
    return Found(code=code, subject=subject, state=state.value, state_zh=state.zh,
                 digest=payout.digest, show=f"hub payout show {payout.id}")  # fmt: skip
