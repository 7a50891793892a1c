"""Bookkeeping (记账): every event posts a balanced voucher, once, within the unit that decides it.

`book` is what other flows call: in the same unit of work as their own change, so that an event
without its voucher cannot be. `replace` is for sums that grow, such as a day's contributions: it
reverses in red what it had booked and books the new sum.
"""

from __future__ import annotations

from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any, Final

from hub.domain.voucher import Cause, Occurrence, key_of, post, reversal
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from hub.domain.books import Books
    from hub.domain.voucher import Document, Voucher
    from hub.store.engine import UnitOfWork

HUB: Final = "hub"


def book(
    uow: UnitOfWork,
    event: str,
    *,
    subject: str,
    fund: str,
    amount_fen: int,
    on: date,
    documents: Sequence[Document],
    books: Books,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    choice: str | None = None,
    actor: str = HUB,
) -> Voucher:
    """Book an event of a subject (`payout_batch:12`) once, and return its voucher.

    The same event of the same subject again is the voucher that is there, even one that was
    reversed meanwhile; `Rejected("voucher_differs")` when its amount is another one. `facts`
    fill the template (`title`, `benefit`, `bank`); no identity or account numbers. `choice`
    overrides the policy of the day: a re-issue passes the `choice` of the return's voucher.
    """
    occurrence = Occurrence(
        event=event, subject=subject, fund=fund, amount_fen=amount_fen, on=on,
        documents=tuple(documents), facts=facts or {}, choice=choice,
    )  # fmt: skip
    return book_once(occurrence, books, uow, cause=Cause(at=at, actor=actor))


def book_once(occurrence: Occurrence, books: Books, uow: UnitOfWork, *, cause: Cause) -> Voucher:
    """Book an occurrence unless it is booked, and return its voucher."""
    key = key_of(occurrence.fund, occurrence.event, occurrence.subject, occurrence.revision)
    uow.vouchers.lock(occurrence.fund)
    known = uow.vouchers.of_key(key)
    if known is not None:
        if known.amount_fen != occurrence.amount_fen:
            raise Rejected(
                "voucher_differs", event=known.event, subject=known.subject, no=known.no,
                found_fen=known.amount_fen, amount_fen=occurrence.amount_fen,
            )  # fmt: skip
        uow.vouchers.attach(known.no, occurrence.documents, at=cause.at)
        return known
    return _add(post(occurrence, books, cause), uow)


def replace(occurrence: Occurrence, books: Books, uow: UnitOfWork, *, cause: Cause) -> None:
    """Make what is booked of an event and subject equal to an occurrence; zero books nothing.

    What is booked with another amount is reversed in red and booked anew as the next revision.
    Originals that are new are added.
    """
    uow.vouchers.lock(occurrence.fund)
    known = uow.vouchers.latest(occurrence.fund, occurrence.event, occurrence.subject)
    revision = known.revision + 1 if known else 1
    if known is not None and uow.vouchers.reversal_of(known.no) is None:
        if known.amount_fen == occurrence.amount_fen:
            uow.vouchers.attach(known.no, occurrence.documents, at=cause.at)
            return
        _reverse(
            known, uow, on=max(occurrence.on, known.booked_on), reason="金额变更",
            documents=occurrence.documents, cause=cause,
        )  # fmt: skip
    if occurrence.amount_fen != 0:
        _add(post(changed(occurrence, revision=revision), books, cause), uow)


def reverse(
    no: str,
    uow: UnitOfWork,
    *,
    on: date,
    reason: str,
    documents: Sequence[Document],
    cause: Cause,
) -> Voucher:
    """Reverse a voucher in red (红字冲销); `Rejected("voucher_reversed")` when it was before."""
    voucher = uow.vouchers.get(no)
    uow.vouchers.lock(voucher.fund)
    if uow.vouchers.reversal_of(no) is not None:
        raise Rejected("voucher_reversed", no=no)
    return _reverse(voucher, uow, on=on, reason=reason, documents=documents, cause=cause)


def _reverse(
    voucher: Voucher,
    uow: UnitOfWork,
    *,
    on: date,
    reason: str,
    documents: Sequence[Document],
    cause: Cause,
) -> Voucher:
    undoing = reversal(voucher, on=on, reason=reason, documents=documents, cause=cause)
    return _add(undoing, uow)


def _add(voucher: Voucher, uow: UnitOfWork) -> Voucher:
    added = uow.vouchers.add(voucher)
    uow.journal.note(
        "voucher.reversed" if added.reverses_no else "voucher.booked",
        f"voucher:{added.no}",
        at=added.booked_at,
        actor=added.actor,
        person=added.reviewed_by,
        about=added.subject,
        amount_fen=added.amount_fen,
        sha256=added.sha256,
    )
    return added
