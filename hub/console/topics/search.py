"""Archive search (检索): one box for any number, name, amount or file name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, request, url_for

from hub.console.access import may_open
from hub.console.context import console, viewer
from hub.console.language import N_
from hub.console.pages import render
from hub.console.registry import Page, Topic
from hub.console.words import Word
from hub.domain.discrepancy import State as DiscrepancyState
from hub.domain.letter import LetterState
from hub.domain.money import parse_yuan
from hub.domain.payout_state import ItemState, ListState
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.store.views import search

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.store.engine import UnitOfWork
    from hub.store.views.search import Hit, Words

CHARS_MIN: Final = 2
CHARS_MAX: Final = 200
_AMOUNT: Final = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")
_DIGIT: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of thing that is found: who may find it, and where it is shown.

    `href`: the endpoint of its page, which takes its number alone.
    """

    title: str
    permission: Permission
    find: Callable[[UnitOfWork, Words], list[Hit]]
    href: str | None = None
    word: Callable[[str], Word] | None = None


def find() -> str:
    """Show what was found, by kind, each no more than a page."""
    text = normal(request.args.get("q", ""))
    if not text:
        return render("search/results.html", text="", found=[], most=search.HITS_MAX)
    if len(text) < CHARS_MIN:
        raise Rejected("search_too_short", found=text, least=CHARS_MIN)
    words = words_of(text)
    found = []
    with console().services.store.read() as uow:
        for kind in KINDS:
            if viewer().may(kind.permission):
                hits = kind.find(uow, words)
                if hits:
                    found.append((kind.title, [_shown(kind, hit) for hit in hits]))
    return render("search/results.html", text=text, found=found, most=search.HITS_MAX)


def normal(text: str) -> str:
    """Return what somebody typed or pasted, full-width signs as the narrow ones."""
    return unicodedata.normalize("NFKC", text).strip()[:CHARS_MAX]


def words_of(text: str) -> Words:
    """Return what a text can be: an amount, the beginning of a name, a number."""
    plain = text.replace(",", "")
    amount = parse_yuan(plain) if _AMOUNT.fullmatch(plain) else None
    # an identity number ends with a capital X; digests and our numbers stay as they are
    number = text.upper() if re.fullmatch(r"[0-9]{17}x", text) else text
    return search.Words(text=number, amount_fen=amount, is_name=_DIGIT.search(text) is None)


def _shown(kind: Kind, hit: Hit) -> dict[str, Any]:
    state = kind.word(hit.state) if kind.word is not None and hit.state is not None else hit.state
    return {"hit": hit, "state": state, "href": _href(kind, hit)}


def _href(kind: Kind, hit: Hit) -> str | None:
    if kind.href is None:
        return None
    rule = next(current_app.url_map.iter_rules(kind.href), None)
    if rule is None or len(rule.arguments) != 1:
        return None
    values: dict[str, Any] = {next(iter(rule.arguments)): hit.id}
    return url_for(kind.href, **values) if may_open(kind.href, values, viewer()) else None


def _of(states: Any) -> Callable[[str], Word]:  # noqa: ANN401 -- an enum with Chinese words
    def word(code: str) -> Word:
        return Word(code, getattr(states(code), "zh", code), code.replace("_", " "))

    return word


KINDS: Final = (
    Kind(title=N_("Benefit payments"), permission=Permission.PAYOUT_SEE, find=search.items,
         href="payout_item", word=_of(ItemState)),
    Kind(title=N_("Direct debits"), permission=Permission.PAYOUT_SEE,
         find=lambda uow, words: search.items(uow, words, debit=True),
         href="debit_item", word=_of(ItemState)),
    Kind(title=N_("Payout lists"), permission=Permission.PAYOUT_SEE, find=search.lists,
         href="payout_list", word=_of(ListState)),
    Kind(title=N_("Discrepancies"), permission=Permission.RECONCILIATION_SEE,
         find=search.differences, href="discrepancy",
         word=_of(DiscrepancyState)),
    Kind(title=N_("Refunds"), permission=Permission.RECONCILIATION_SEE, find=search.repayments,
         href="refund"),
    Kind(title=N_("Letters"), permission=Permission.RECONCILIATION_SEE, find=search.papers,
         href="letter", word=_of(LetterState)),
    Kind(title=N_("Transfer cases"), permission=Permission.TRANSFER_SEE, find=search.cases,
         href="transfer"),
    Kind(title=N_("Transferred money"), permission=Permission.TRANSFER_SEE, find=search.credits,
         href="credit"),
    Kind(title=N_("Vouchers"), permission=Permission.VOUCHER_SEE, find=search.postings,
         href="voucher"),
    Kind(title=N_("Bank lines"), permission=Permission.BANK_SEE, find=search.lines),
    Kind(title=N_("Received files"), permission=Permission.ARCHIVE_SEARCH, find=search.received,
         href="received_file"),
    Kind(title=N_("Files to send"), permission=Permission.ARCHIVE_SEARCH, find=search.sent),
)  # fmt: skip

TOPIC = Topic(
    name="search",
    title=N_("Search"),
    order=90,
    pages=(
        Page(rule="/search", endpoint="search", permission=Permission.ARCHIVE_SEARCH, view=find),
    ),
    menu=((N_("Search"), "/search"),),
)
