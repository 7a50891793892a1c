"""Search over everything: an index lookup for each kind of thing and each way to look for it.

Numbers are looked for as a whole, names by their beginning, file names by any part. No table of
words is kept beside the records, so intake writes nothing more than two small indexes; each lookup
stops after a page of hits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, literal, select

from hub.store.payout_items import counted
from hub.store.schema.bank import bank_lines
from hub.store.schema.debits import debit_items, debit_lists
from hub.store.schema.payouts import payout_items, payout_lists
from hub.store.schema.reconciliation import discrepancies, letters
from hub.store.schema.refunds import refunds
from hub.store.schema.spine import inbox, outbox
from hub.store.schema.transfer_funds import transfer_receipts
from hub.store.schema.transfers import transfers
from hub.store.schema.vouchers import voucher_documents, vouchers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, ColumnElement, Select, Table

    from hub.store.unit_of_work import UnitOfWork

HITS_MAX: Final = 20  # of one kind
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody looks for: as text, and as an amount in fen where it can be one.

    `is_name`: it has characters that only names have, so it is looked for as their beginning too.
    """

    text: str
    amount_fen: int | None = None
    is_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found: its kind, its number, and what tells it apart.

    `owner` is the number of the list that an item is in. Identity and account numbers are whole.
    """

    kind: str
    id: str
    name: str | None = None
    number: str | None = None
    id_no: str | None = None
    amount_fen: int | None = None
    state: str | None = None
    owner: int | None = None


def items(uow: UnitOfWork, words: Words, *, debit: bool = False) -> list[Hit]:
    """Return payments (or direct debits): by person, account, payment number, name, amount."""
    table = debit_items if debit else payout_items
    c = table.c
    columns = (c.id, c.person_name, c.end_to_end_id, c.person_id, c.amount_fen, c.state, c.list_id)
    queries = [
        select(*columns).where(c.person_id == words.text),
        select(*columns).where(c.account_no == words.text),
        select(*columns).where(c.end_to_end_id == words.text, counted(table)),
    ]
    if words.is_name:
        queries.append(select(*columns).where(_begins(uow, c.person_name, words.text)))
    if words.amount_fen is not None:
        amount = select(*columns).where(c.amount_fen == words.amount_fen)
        queries.append(amount.order_by(c.id.desc()))
    kind = "debit_item" if debit else "payout_item"
    return _hits(uow, kind, queries)


def lists(uow: UnitOfWork, words: Words, *, debit: bool = False) -> list[Hit]:
    """Return lists of payments by their key; lists are few."""
    c = (debit_lists if debit else payout_lists).c
    query = select(c.id, c.title, c.key, literal(None), c.total_fen, c.state, literal(None))
    found = query.where(c.key == words.text)
    return _hits(uow, "debit_list" if debit else "payout_list", [found])


def differences(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return discrepancies: by payer, receipt, deposit, amount."""
    c = discrepancies.c
    query = select(c.id, c.cause, c.receipt_no, c.payer_id, c.amount_fen, c.state, literal(None))
    by = _equal(words, c.payer_id, c.receipt_no, c.deposit_no, amount=c.amount_fen)
    return _hits(uow, "discrepancy", [query.where(one) for one in by])


def cases(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return transfers of relations: by number, the other side's number, person, name."""
    c = transfers.c
    query = select(c.id, c.person_name, c.ref, c.person_id, literal(None), c.state, literal(None))
    by = [*_equal(words, c.ref, c.peer_ref, c.person_id)]
    if words.is_name:
        by.append(_begins(uow, c.person_name, words.text))
    return _hits(uow, "case", [query.where(one) for one in by])


def credits(uow: UnitOfWork, words: Words) -> list[Hit]:  # noqa: A001 -- 到账
    """Return credits of transferred money: by their number at the bank, amount."""
    c = transfer_receipts.c
    query = select(
        c.id, c.payer_name, c.credit_no, literal(None), c.amount_fen, c.state, literal(None)
    )
    by = _equal(words, c.credit_no, amount=c.amount_fen)
    return _hits(uow, "suspense", [query.where(one) for one in by])


def repayments(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return refunds: by payer, amount."""
    c = refunds.c
    query = select(
        c.id, c.payer_name, c.receipt_no, c.payer_id, c.amount_fen, c.state, literal(None)
    )
    by = _equal(words, c.payer_id, amount=c.amount_fen)
    return _hits(uow, "refund", [query.where(one) for one in by])


def postings(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return vouchers: by number, amount, and the digest of an original."""
    c = vouchers.c
    query = select(c.no, c.summary, c.no, literal(None), c.amount_fen, literal(None), literal(None))
    by = [*_equal(words, c.no, amount=c.amount_fen)]
    if _is_digest(words.text):
        d = voucher_documents.c
        by.append(c.no.in_(select(d.voucher_no).where(d.sha256 == words.text)))
    return _hits(uow, "voucher", [query.where(one) for one in by])


def papers(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return letters by any part of their number; they are some hundreds a year."""
    c = letters.c
    query = select(c.id, c.to_party, c.number, literal(None), literal(None), c.state, literal(None))
    by = c.number.contains(words.text, autoescape=True)
    return _hits(uow, "letter", [query.where(by)])


def lines(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return lines of bank statements: by reference, amount (either sign)."""
    c = bank_lines.c
    query = select(
        c.id, c.party_name, c.reference, literal(None), c.amount_fen, c.account, literal(None)
    )
    by = [*_equal(words, c.reference, amount=c.amount_fen)]
    if words.amount_fen:
        by.append(c.amount_fen == -words.amount_fen)
    return _hits(uow, "bank_line", [query.where(one) for one in by])


def received(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return received files: by any part of their name, and by digest."""
    return _files(uow, words, "inbox", inbox, name=inbox.c.name, digest=inbox.c.sha256)


def sent(uow: UnitOfWork, words: Words) -> list[Hit]:
    """Return files to send: by any part of their name, and by digest."""
    return _files(
        uow, words, "outbox", outbox, name=outbox.c.file_name, digest=outbox.c.content_sha256
    )


def _files(
    uow: UnitOfWork,
    words: Words,
    kind: str,
    table: Table,
    *,
    name: Column[Any],
    digest: Column[Any],
) -> list[Hit]:
    c = table.c
    query = select(c.id, name, c.channel, literal(None), literal(None), c.state, literal(None))
    if _is_digest(words.text):
        return _hits(uow, kind, [query.where(digest == words.text)])
    # names alone are read, from their index, whatever part of them is looked for
    part = select(c.id).where(name.contains(words.text, autoescape=True)).limit(HITS_MAX + 1)
    ids = list(uow.connection.execute(part).scalars())
    return _hits(uow, kind, [query.where(c.id.in_(ids))]) if ids else []


def _equal(
    words: Words, *columns: Column[Any], amount: Column[Any] | None = None
) -> Iterable[ColumnElement[bool]]:
    yield from (column == words.text for column in columns)
    if amount is not None and words.amount_fen is not None:
        yield amount == words.amount_fen


def _begins(uow: UnitOfWork, column: Column[Any], text: str) -> ColumnElement[bool]:
    """Select what begins so, in the form for which the database reads a part of its index."""
    if uow.connection.dialect.name == "postgresql":
        return column.startswith(text, autoescape=True)
    return and_(column >= text, column < text + _LAST)


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text)  # noqa: PLR2004


def _hits(uow: UnitOfWork, kind: str, queries: Sequence[Select[Any]]) -> list[Hit]:
    """Return the first hits of several queries, each thing once."""
    found: dict[str, Hit] = {}
    for query in queries:
        if len(found) > HITS_MAX:
            break
        for row in uow.connection.execute(query.limit(HITS_MAX + 1)):
            values = dict(zip(_FIELDS, row, strict=True))
            found.setdefault(str(row[0]), Hit(kind=kind, **{**values, "id": str(row[0])}))
    return list(found.values())[: HITS_MAX + 1]


_FIELDS: Final = ("id", "name", "number", "id_no", "amount_fen", "state", "owner")
