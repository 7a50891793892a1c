"""Printed forms (表单): gathered from the store, laid out as PDF, with their details as a workbook.

A form says what was signed: it is not printed when the rows are not what the digest covers. The
annex is archived, because the paper names its SHA-256.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.documents import approval_form as approval
from hub.documents import entrust_form as entrust
from hub.documents import fonts
from hub.documents.approval_form import Annex, BankSum, Case, Office
from hub.documents.detail_annex import write_detail_annex
from hub.documents.form_pdf import render_forms
from hub.documents.voucher_form import voucher_form
from hub.domain.form_code import FormKind, form_number
from hub.domain.payout import BEFORE_RELEASE, ListState, PayoutKind
from hub.errors import Rejected
from hub.flows.letter_papers import OWN_FONTS
from hub.flows.payout_banks import Banks, terms
from hub.flows.payout_check import digest_of
from hub.flows.scratch import scratch
from hub.store.payout_items import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from hub.documents.form import Form
    from hub.domain.payout import PayoutItem, PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

ANNEX: Final = "明细.xlsx"
_SIGNABLE: Final = BEFORE_RELEASE - {ListState.DRAFT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A form on disk: which one, the digest on it, its files, whether it is valid."""

    kind: FormKind
    number: str
    digest: str | None
    code: str
    is_valid: bool
    file: Path
    annex: Path | None = None
    annex_sha256: str | None = None


def print_approval(list_id: int, out: Path, services: Services, *, copies: int = 1) -> Printed:
    """Print 《社会保险基金拨付审批表》 of a list to `out`, its annex beside it.

    `copies` of it stand one behind the other.
    `Rejected("form_differs")` when the rows are not what the digest covers.
    """
    with services.store.read() as uow:
        payout = uow.payouts.get(list_id)
        sums = uow.payout_items.by_bank(list_id)
        _require_same(payout, sums, services, uow)
        cases = _cases(payout, services, uow)
        few = uow.payout_items.page(list_id=list_id, after=0, limit=approval.ROWS_MAX + 1)
    names = _names(services)
    annex, path = _annex(
        form_number(FormKind.APPROVAL, list_id), out, _items(services, list_id=list_id),
        payout, services,
    )  # fmt: skip
    form = approval.approval_form(
        payout,
        [BankSum(bank=names[b], benefit=x, count=n, total_fen=f) for b, x, n, f in _merged(sums)],
        few if len(few) <= approval.ROWS_MAX else [],
        annex,
        office_of(services),
        cases=cases,
    )
    printed = write_forms([form] * copies, FormKind.APPROVAL, out, services, digest=payout.digest,
                          made_on=_day(payout, services))  # fmt: skip
    return replace(printed, annex=path, annex_sha256=annex.sha256)


def print_refund(refund_id: int, out: Path, services: Services) -> Printed:
    """Print the approval form that a refund case is on, or was on last."""
    with services.store.read() as uow:
        refund = uow.refunds.get(refund_id)
        if refund.item_id is None:
            raise Rejected("form_refund_unlisted", id=refund_id)
        list_id = uow.payout_items.get(refund.item_id).list_id
    return print_approval(list_id, out, services)


def print_entrust(batch_id: int, out: Path, services: Services, *, copies: int = 1) -> Printed:
    """Print the order to a bank (银行托付单) of a batch to `out`, its annex beside it."""
    with services.store.read() as uow:
        batch = uow.payout_batches.get(batch_id)
        payout = uow.payouts.get(batch.list_id)
    partner = Banks(services.catalog).partner(batch.bank)
    layout = Banks(services.catalog).layout(batch.bank, batch.kind)
    mine = {"list_id": payout.id, "batch_id": batch_id}
    annex, path = _annex(
        form_number(FormKind.ENTRUST, batch_id), out, _items(services, **mine), payout, services
    )
    details = entrust.details_of(_items(services, **mine))
    if (details.count, details.benefit_fen.total()) != (batch.item_count, batch.total_fen):
        raise Rejected("form_differs", number=form_number(FormKind.ENTRUST, batch_id))
    form = entrust.entrust_form(
        batch, payout, details, annex, office_of(services), bank=partner.name,
        payer=terms(partner).head(layout),
    )  # fmt: skip
    printed = write_forms([form] * copies, FormKind.ENTRUST, out, services,
                          digest=batch.content_sha256, made_on=batch.business_on)  # fmt: skip
    return replace(printed, annex=path, annex_sha256=annex.sha256)


def print_voucher(no: str, out: Path, services: Services) -> Printed:
    """Print a voucher (记账凭证) with the list of its originals to `out`."""
    with services.store.read() as uow:
        voucher = uow.vouchers.get(no)
        undone = uow.vouchers.reversal_of(no)
    form = voucher_form(voucher, office_of(services), reversed_by=undone.no if undone else None)
    return write_forms([form], FormKind.VOUCHER, out, services, digest=voucher.sha256,
                       made_on=voucher.booked_on)  # fmt: skip


def write_forms(
    forms: Sequence[Form],
    kind: FormKind,
    out: Path,
    services: Services,
    *,
    digest: str | None,
    made_on: date,
) -> Printed:
    """Write forms of one kind to a file as one PDF."""
    typeface = fonts.find(services.settings.config_dir / OWN_FONTS)
    out.write_bytes(render_forms(forms, typeface, made_on=made_on))
    first = forms[0]
    return Printed(kind=kind, number=first.number, digest=digest, code=first.code,
                   is_valid=all(form.is_valid for form in forms), file=out)  # fmt: skip


def office_of(services: Services) -> Office:
    """Return who prints."""
    settings = services.settings
    return Office(
        agency=settings.agency.name, region=settings.agency.region, zone=settings.time_zone
    )


def _require_same(
    payout: PayoutList,
    sums: Sequence[tuple[str, str, int, int]],
    services: Services,
    uow: UnitOfWork,
) -> None:
    """Refuse to print a list that is not what its digest, count and total say."""
    found = (sum(n for *_, n, _ in sums), sum(fen for *_, fen in sums))
    same = found == (payout.item_count, payout.total_fen)
    if same and payout.state in _SIGNABLE:  # later the items have other states
        same = digest_of(payout, services, uow)[0] == payout.digest
    if not same:
        raise Rejected("form_differs", number=form_number(FormKind.APPROVAL, payout.id))


def _merged(sums: Sequence[tuple[str, str, int, int]]) -> list[tuple[str, str, int, int]]:
    """Return sums with the many benefits of a bank, such as one for each refund, as one line."""
    banks = {bank for bank, *_ in sums}
    if len(sums) <= approval.ROWS_MAX:
        return list(sums)
    return [
        (bank, "（多个项目）", sum(n for b, _, n, _ in sums if b == bank),
         sum(fen for b, *_, fen in sums if b == bank))
        for bank in sorted(banks)
    ]  # fmt: skip


def _cases(payout: PayoutList, services: Services, uow: UnitOfWork) -> list[Case]:
    if payout.kind is not PayoutKind.REFUND:
        return []
    cases = []
    for item in list(uow.payout_items.of_list(payout.id)):
        refund = uow.refunds.of_item(item)
        if refund is None:
            continue
        names = services.settings.refunds.of(refund.cause.value)
        papers = uow.refunds.documents(refund.id)
        discrepancy = uow.discrepancies.get(refund.discrepancy_id)
        documents = tuple((names.get(one.kind, "其他材料"), one) for one in papers)
        cases.append(
            Case(refund=refund, documents=documents, discrepancy_id=discrepancy.id,
                 difference=discrepancy.difference)
        )  # fmt: skip
    return cases


def _annex(
    number: str, out: Path, items: Iterator[PayoutItem], payout: PayoutList, services: Services
) -> tuple[Annex, Path]:
    """Write the details beside the form, and keep them under the SHA-256 that the form names."""
    name = f"{number}-{ANNEX}"
    with scratch(services) as folder:
        made = folder / name
        rows = write_detail_annex(
            made, items, title=f"{number} {payout.title}", author=services.settings.agency.name,
            made_on=_day(payout, services),
        )  # fmt: skip
        sha256 = services.archive.put_file(made).sha256
        path = out.with_name(name)
        shutil.copyfile(made, path)
    return Annex(name=name, rows=rows, sha256=sha256), path


def _items(
    services: Services, *, list_id: int, batch_id: int | None = None
) -> Iterator[PayoutItem]:
    """Stream accepted items in short reads."""
    after = 0
    while True:
        with services.store.read() as uow:
            page = uow.payout_items.page(
                list_id=list_id, batch_id=batch_id, after=after, limit=CHUNK_ROWS
            )
        yield from page
        if len(page) < CHUNK_ROWS:
            return
        after = page[-1].item_no


def _names(services: Services) -> Mapping[str, str]:
    return {code: partner.name for code, partner in services.catalog.partners.items()}


def _day(payout: PayoutList, services: Services) -> date:
    return payout.added_at.astimezone(services.settings.time_zone).date()
