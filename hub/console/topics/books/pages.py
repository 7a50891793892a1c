"""Pages of the books: a voucher, a draft, the trial balance, where a list's money is, exports."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import request, send_file

from hub.console import asked
from hub.console.access import record_export, record_look, require
from hub.console.context import console
from hub.console.language import N_
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.books.tables import draft_row, event_words
from hub.console.words import FUNDS, Word, fund
from hub.documents.beancount import write_beancount
from hub.documents.voucher_export import write_csv, write_workbook
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.store.vouchers import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

    from hub.domain.conservation import Conservation
    from hub.domain.voucher import Document
    from hub.store.vouchers import Balance

_TERMS: Final = (
    (N_("Paid"), "paid_fen"),
    (N_("Returned"), "returned_fen"),
    (N_("In flight"), "in_flight_fen"),
    (N_("Waiting"), "waiting_fen"),
    (N_("Outcome unknown"), "unknown_fen"),
    (N_("In suspense"), "suspense_fen"),
    (N_("Cancelled"), "cancelled_fen"),
)


def voucher(no: str) -> str:
    """Show a voucher: lines, originals, signatures, what it reverses or what reversed it."""
    services = console().services
    with services.store.read() as uow:
        found = uow.vouchers.get(no)
        undone = uow.vouchers.reversal_of(no)
    return render(
        "books/voucher.html",
        voucher=found,
        fund=fund(found.fund),
        event=event_words(services).get(found.event, found.event),
        undone_by=undone,
    )


def draft(draft_id: int) -> str:
    """Show a draft with what it would book, and let another person sign it."""
    services = console().services
    with services.store.read() as uow:
        found = uow.voucher_drafts.get(draft_id)
    return render(
        "books/draft.html", draft=found, row=draft_row(found, services), content=found.content
    )


def document(no: str, sha256: str) -> Response:
    """Give an original of a voucher; it may name people, so the look is on record."""
    services = console().services
    with services.store.read() as uow:
        papers = uow.vouchers.get(no).documents
    return _original(papers, sha256, f"voucher:{no}")


def draft_document(draft_id: int, sha256: str) -> Response:
    """Give an original of a draft to the person who signs it."""
    with console().services.store.read() as uow:
        papers = uow.voucher_drafts.get(draft_id).content.documents
    return _original(papers, sha256, f"voucher_draft:{draft_id}")


def balance() -> str:
    """Show the trial balance of each fund up to a day."""
    span = _span()
    with console().services.store.read() as uow:
        found = uow.vouchers.balances(span)
    by_fund: dict[str, list[Balance]] = {}
    for one in found:
        by_fund.setdefault(one.fund, []).append(one)
    parts = [
        {"fund": fund(name), "rows": rows, "sums": _sums(rows)} for name, rows in by_fund.items()
    ]
    return render("books/balance.html", parts=parts, span=span, funds=FUNDS)


def conservation(list_id: int) -> str:
    """Show where the money of one list is, in whole and batch by batch."""
    with console().services.store.read() as uow:
        payout = uow.payouts.get(list_id)
        whole = list(uow.conservations.of_lists(list_id=list_id))
        batches = list(uow.conservations.of_batches(fund=payout.fund, list_id=list_id))
    return render(
        "books/conservation.html",
        payout=payout,
        fund=fund(payout.fund),
        accounts=[*whole, *batches],
        terms=_TERMS,
        breach_word=_breach_word,
    )


def new() -> str:
    """Show what people book by hand, and what each event needs."""
    books = console().services.books
    manual = [t for t in books.templates if t.manual]
    return render("books/new.html", templates=manual)


def export(kind: str) -> Response:
    """Give the vouchers of a span as CSV, workbook, or Beancount."""
    require(Permission.EXPORT)
    services, span = console().services, _span()
    if kind not in ("csv", "xlsx", "beancount"):
        raise Rejected("page_missing")
    with tempfile.TemporaryDirectory(prefix="hub-books-") as folder:
        path = Path(folder) / f"vouchers.{kind}"
        with services.store.read() as uow:
            found = uow.vouchers.list(span)
            if kind == "beancount":
                title = services.settings.agency.name
                count = write_beancount(path, found, services.books, title=title)
            else:
                write = write_csv if kind == "csv" else write_workbook
                count = write(path, found, services.books)
        record_export("vouchers", kind, count)
        # an open file outlives its name
        return send_file(path.open("rb"), as_attachment=True, download_name=path.name)


def _original(papers: Iterable[Document], sha256: str, subject: str) -> Response:
    require(Permission.PERSONAL_SEE)
    for paper in papers:
        if paper.sha256 == sha256:
            record_look("original", f"{subject} {sha256}")
            content = console().services.archive.open(sha256)
            return send_file(
                content, mimetype="application/octet-stream", as_attachment=True,
                download_name=paper.name,
            )  # fmt: skip
    raise Rejected("original_missing", sha256=sha256[:12])


def _span() -> Span:
    return Span(
        fund=request.args.get("fund") or None,
        since=asked.day(request.args, "since"),
        until=asked.day(request.args, "until"),
    )


def _sums(rows: list[Balance]) -> dict[str, int]:
    return {
        name: sum(getattr(row, name) for row in rows)
        for name in ("debit_fen", "credit_fen", "balance_fen")
    }


def _breach_word(account: Conservation) -> Word | None:
    breach = account.breach
    return None if breach is None else Word(breach.value, breach.zh, breach.value, "bad")


def _page(rule: str, endpoint: str, view: Any, needs: Permission = Permission.VOUCHER_SEE) -> Page:  # noqa: ANN401
    return Page(rule=rule, endpoint=endpoint, permission=needs, view=view)


PAGES: Final = (
    _page("/books/vouchers/<no>", "voucher", voucher),
    _page("/books/vouchers/<no>/originals/<sha256>", "voucher_original", document),
    _page("/books/drafts/<int:draft_id>", "voucher_draft", draft),
    _page("/books/drafts/<int:draft_id>/originals/<sha256>", "draft_original", draft_document),
    _page("/books/balance", "trial_balance", balance),
    _page("/books/conservation/<int:list_id>", "conservation", conservation),
    _page("/books/new", "voucher_new", new, Permission.VOUCHER_DRAFT),
    _page("/books/export/<kind>", "voucher_export", export),
)
