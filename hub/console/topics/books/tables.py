"""Lists of the books: vouchers, drafts, and the payout lists whose money is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.console import asked
from hub.console.language import N_
from hub.console.registry import Column, Filter, Rows, Table
from hub.console.words import FUNDS, Word, fund, words
from hub.domain.payout_state import ListState, PayoutKind
from hub.domain.permission import Permission
from hub.domain.voucher_draft import Manual
from hub.store.views import books

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.console.registry import Query
    from hub.domain.voucher_draft import VoucherDraft
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

DRAFT_STATES: Final = words(
    ("open", "待复核", "to be signed", "warn"),
    ("booked", "已记账", "booked", "good"),
    ("withdrawn", "已退回", "withdrawn", "plain"),
)
_LIST_TONES: Final = {ListState.RELEASED: "warn", ListState.CLOSED: "good"}


def event_words(services: Services) -> Mapping[str, Word]:
    """Return what events of the books are called: their titles, and their codes in English."""
    return {t.event: Word(t.event, t.title, t.event) for t in services.books.templates}


def funds(_services: Services) -> Mapping[str, Any]:
    """Return the funds to choose from."""
    return FUNDS


def list_state(code: str) -> Word:
    """Return the word of a payout list's state."""
    state = ListState(code)
    return Word(code, state.zh, code, _LIST_TONES.get(state, "plain"))  # type: ignore[arg-type]


def draft_row(draft: VoucherDraft, services: Services) -> dict[str, Any]:
    """Return what a list or a page shows of a draft."""
    content = draft.content
    known = event_words(services)
    return {
        "id": draft.id,
        "state": DRAFT_STATES[draft.state.value],
        "what": known.get(content.event, content.event) if isinstance(content, Manual)
        else Word("reversal", f"冲销 {content.no}", f"reversal of {content.no}"),
        "fund": fund(content.fund),
        "amount_fen": content.amount_fen if isinstance(content, Manual) else None,
        "on": content.on,
        "prepared_by": draft.prepared_by,
        "prepared_at": draft.prepared_at,
        "ended_by": draft.ended_by,
        "voucher_no": draft.voucher_no,
        "subject": content.subject if isinstance(content, Manual) else None,
        "_href": f"/books/drafts/{draft.id}",
    }  # fmt: skip


def _vouchers(uow: UnitOfWork, query: Query) -> Rows:
    wanted = books.Asked(
        fund=query.filters.get("fund"),
        event=query.filters.get("event"),
        subject=query.filters.get("subject"),
        since=asked.day(query.filters, "since"),
        until=asked.day(query.filters, "until"),
        amount_fen=asked.fen(query.filters, "amount"),
    )
    found, after = books.voucher_page(uow, wanted, after=query.after, limit=query.limit)
    known = event_words(query.services)
    rows = [
        {
            **row._mapping,  # noqa: SLF001 -- SQLAlchemy's documented access by name
            "fund": fund(row.fund),
            "event": known.get(row.event, row.event),
            "_href": f"/books/vouchers/{row.no}",
        }
        for row in found
    ]
    return Rows(rows=rows, after=after)


def _drafts(uow: UnitOfWork, query: Query) -> Rows:
    state = query.filters.get("state")
    found, after = books.draft_page(uow, state=state, after=query.after, limit=query.limit)
    drafts = [uow.voucher_drafts.get(row.id) for row in found]
    return Rows(rows=[draft_row(draft, query.services) for draft in drafts], after=after)


def _conservation(uow: UnitOfWork, query: Query) -> Rows:
    fund_wanted = query.filters.get("fund")
    found, after = books.paid_lists(uow, fund=fund_wanted, after=query.after, limit=query.limit)
    rows = [
        {
            "id": row.id, "title": row.title, "kind": PayoutKind(row.kind).zh,
            "fund": fund(row.fund), "month": f"{row.month // 100}-{row.month % 100:02d}",
            "state": list_state(row.state), "item_count": row.item_count,
            "total_fen": row.total_fen, "_href": f"/books/conservation/{row.id}",
        }
        for row in found
    ]  # fmt: skip
    return Rows(rows=rows, after=after)


_FUND: Final = Filter(name="fund", label=N_("Fund"), kind="choice", choices=funds)
TABLES: Final = (
    Table(
        name="vouchers",
        title=N_("Vouchers"),
        permission=Permission.VOUCHER_SEE,
        columns=(
            Column(name="no", label=N_("Voucher")),
            Column(name="booked_on", label=N_("Day of the voucher"), kind="date"),
            Column(name="fund", label=N_("Fund"), kind="state"),
            Column(name="event", label=N_("Event"), kind="state"),
            Column(name="summary", label=N_("Summary")),
            Column(name="amount_fen", label=N_("Amount"), kind="money"),
            Column(name="subject", label=N_("Subject")),
            Column(name="prepared_by", label=N_("Prepared by")),
            Column(name="reviewed_by", label=N_("Checked by")),
            Column(name="reverses_no", label=N_("Reverses")),
        ),
        fetch=_vouchers,
        filters=(
            _FUND,
            Filter(name="event", label=N_("Event"), kind="choice", choices=event_words),
            Filter(name="since", label=N_("From"), kind="date"),
            Filter(name="until", label=N_("Until"), kind="date"),
            Filter(name="amount", label=N_("Amount"), kind="money"),
            Filter(name="subject", label=N_("Subject")),
        ),
    ),
    Table(
        name="voucher_drafts",
        title=N_("Voucher drafts"),
        permission=Permission.VOUCHER_SEE,
        columns=(
            Column(name="id", label=N_("Draft"), kind="count"),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="what", label=N_("Event"), kind="state"),
            Column(name="fund", label=N_("Fund"), kind="state"),
            Column(name="amount_fen", label=N_("Amount"), kind="money"),
            Column(name="on", label=N_("Day"), kind="date"),
            Column(name="prepared_by", label=N_("Prepared by")),
            Column(name="prepared_at", label=N_("Prepared at"), kind="instant"),
            Column(name="ended_by", label=N_("Ended by")),
            Column(name="voucher_no", label=N_("Voucher")),
        ),
        fetch=_drafts,
        filters=(
            Filter(name="state", label=N_("State"), kind="choice", choices=lambda _s: DRAFT_STATES),
        ),
        note=N_("One person prepares a voucher, another one signs it; only then it is booked."),
    ),
    Table(
        name="conservation",
        title=N_("Conservation of money"),
        permission=Permission.VOUCHER_SEE,
        columns=(
            Column(name="id", label=N_("List"), kind="count"),
            Column(name="title", label=N_("Title")),
            Column(name="kind", label=N_("Kind")),
            Column(name="fund", label=N_("Fund"), kind="state"),
            Column(name="month", label=N_("Month")),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="item_count", label=N_("Number of payments"), kind="count"),
            Column(name="total_fen", label=N_("Approved"), kind="money"),
        ),
        fetch=_conservation,
        filters=(_FUND,),
        note=N_(
            "Lists that were released. Open one to see where its money is, batch by batch, and"
            " whether the books say the same."
        ),
    ),
)
