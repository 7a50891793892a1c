"""Vouchers by hand (手工凭证): interest, late fees, subsidies, reversals; two people for each.

One person prepares (制单) with the original, which is kept in the archive; another one confirms
(复核), and only that books it. The draft is tried when it is prepared, so that its mistakes come
back to the person who can correct them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.discrepancy import worded
from hub.domain.voucher import Cause, Document, Occurrence, post, reversal
from hub.domain.voucher_draft import Manual, Undoing
from hub.errors import Rejected
from hub.flows.bookkeeping import book_once, reverse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from hub.domain.voucher import Voucher
    from hub.domain.voucher_draft import VoucherDraft
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

PERSON: Final = "person"


def prepare(
    event: str,
    *,
    subject: str,
    fund: str,
    amount_fen: int,
    on: date,
    files: Sequence[Path],
    facts: Mapping[str, str],
    person: str,
    services: Services,
) -> VoucherDraft:
    """Prepare an event that people book, with its originals; another person confirms it.

    `Rejected` for what the hub books itself (`event_not_manual`), what the books refuse, or what
    is booked already (`voucher_exists`).
    """
    who, at = named(person), services.now()
    if event in services.books.events(manual=False):
        raise Rejected("event_not_manual", event=event)
    manual = Manual(
        event=event, subject=subject, fund=fund, amount_fen=amount_fen, on=on, facts=facts,
        documents=_kept(files, services),
    )  # fmt: skip
    post(_occurrence(manual), services.books, Cause(at=at, actor=PERSON))

    def unit(uow: UnitOfWork) -> VoucherDraft:
        known = uow.vouchers.latest(fund, event, subject)
        if known is not None:
            raise Rejected("voucher_exists", no=known.no, event=event, subject=subject)
        return _draft(manual, who, uow, services)

    return services.store.transact(unit)


def prepare_reversal(
    no: str, *, on: date, reason: str, files: Sequence[Path], person: str, services: Services
) -> VoucherDraft:
    """Prepare the reversal (红字冲销) of a voucher; another person confirms it."""
    who, at, why = named(person), services.now(), worded(reason)
    documents = _kept(files, services)

    def unit(uow: UnitOfWork) -> VoucherDraft:
        voucher = uow.vouchers.get(no)
        if uow.vouchers.reversal_of(no) is not None:
            raise Rejected("voucher_reversed", no=no)
        cause = Cause(at=at, actor=PERSON)
        reversal(voucher, on=on, reason=why, documents=documents, cause=cause)
        undoing = Undoing(no=no, fund=voucher.fund, on=on, reason=why, documents=documents)
        return _draft(undoing, who, uow, services)

    return services.store.transact(unit)


def confirm(draft_id: int, *, person: str, services: Services) -> Voucher:
    """Confirm a draft as another person than its maker: it becomes a voucher."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Voucher:
        draft = uow.voucher_drafts.get(draft_id)
        draft.require_other(who)
        cause = Cause(at=at, actor=PERSON, prepared_by=draft.prepared_by, reviewed_by=who)
        content = draft.content
        if isinstance(content, Manual):
            known = uow.vouchers.latest(content.fund, content.event, content.subject)
            if known is not None:
                raise Rejected(
                    "voucher_exists", no=known.no, event=content.event, subject=content.subject
                )
            voucher = book_once(_occurrence(content), services.books, uow, cause=cause)
        else:
            voucher = reverse(
                content.no, uow, on=content.on, reason=content.reason,
                documents=content.documents, cause=cause,
            )  # fmt: skip
        uow.voucher_drafts.end(draft.confirmed(who, no=voucher.no, at=at))
        return voucher

    return services.store.transact(unit)


def withdraw(draft_id: int, *, person: str, services: Services) -> VoucherDraft:
    """Withdraw a draft (退回): nothing is booked."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> VoucherDraft:
        ended = uow.voucher_drafts.get(draft_id).withdrawn(who, at=at)
        uow.voucher_drafts.end(ended)
        uow.journal.note(
            "voucher.withdrawn", f"voucher_draft:{draft_id}", at=at, actor=PERSON, person=who
        )
        return ended

    return services.store.transact(unit)


def _draft(
    content: Manual | Undoing, who: str, uow: UnitOfWork, services: Services
) -> VoucherDraft:
    at = services.now()
    draft = uow.voucher_drafts.add(content, person=who, at=at)
    uow.journal.note(
        "voucher.prepared", f"voucher_draft:{draft.id}", at=at, actor=PERSON, person=who,
        fund=content.fund,
        what=content.event if isinstance(content, Manual) else f"reversal of {content.no}",
        documents=[document.sha256 for document in content.documents],
    )  # fmt: skip
    return draft


def _occurrence(manual: Manual) -> Occurrence:
    return Occurrence(
        event=manual.event, subject=manual.subject, fund=manual.fund,
        amount_fen=manual.amount_fen, on=manual.on, documents=manual.documents, facts=manual.facts,
    )  # fmt: skip


def _kept(files: Sequence[Path], services: Services) -> tuple[Document, ...]:
    limit = services.settings.limits.file_bytes_max
    kept = []
    for path in files:
        with path.open("rb") as content:
            stored = services.archive.put(content, size_bytes_max=limit)
        kept.append(Document(name=path.name, sha256=stored.sha256))
    return tuple(kept)
