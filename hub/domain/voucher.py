"""Vouchers (记账凭证): balanced, numbered, never changed; a mistake is reversed in red.

Amounts are fen; a red line (红字) has a negative amount on the side it corrects, as Chinese
books write it. The sum of debits less the sum of credits is zero in every voucher, so it is zero
in every fund's books.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from hub.domain.fund_account import Direction, FundAccount, Movement, guard
from hub.domain.money import FEN_MAX
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from hub.domain.books import Books, Side, Template

REVERSAL: Final = "reversal"
DOCUMENTS_MAX: Final = 1000  # originals of one voucher
_LINES_MIN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line (分录) of a voucher: a side of an account and an amount, negative in red."""

    side: Side
    account: str
    amount_fen: int
    detail: str = ""

    @property
    def signed_fen(self) -> int:
        """Return the amount as a debit: credits are negative."""
        return self.side.sign * self.amount_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One original (原始凭证): what it is, and its bytes by SHA-256 in the archive."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """One voucher of one fund's books.

    `no` is `fund-month-number`, without gaps within a month; 0 while it is not booked. `subject`
    is what the event happened to (`payout_batch:12`), so that an event is booked once. `rule` is
    the template that posted it, `choice` the policy that it belongs to. `reverses_no` is the
    voucher that a reversal undoes. `prepared_by` and `reviewed_by` are people; `actor` is
    the part of the hub that booked it, or `person`. `amount_fen` is the event's, negative when it
    undoes one.
    """

    fund: str
    month: int
    number: int
    booked_on: date
    event: str
    subject: str
    revision: int
    summary: str
    amount_fen: int
    lines: tuple[Line, ...]
    rule: str
    choice: str | None
    actor: str
    prepared_by: str | None
    reviewed_by: str | None
    facts: Mapping[str, Any]
    booked_at: datetime
    documents: tuple[Document, ...] = ()
    reverses_no: str | None = None
    no: str = field(default="")

    @property
    def key(self) -> str:
        """Return what it can be booked once under."""
        if self.reverses_no is not None:
            return f"{REVERSAL}|{self.reverses_no}"
        return key_of(self.fund, self.event, self.subject, self.revision)

    @property
    def sha256(self) -> str:
        """Return the digest of what it says; the journal keeps it. Documents may be added."""
        kept = {name: value for name, value in asdict(self).items() if name != "documents"}
        kept["booked_at"] = self.booked_at.astimezone(UTC).isoformat()
        text = json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def numbered(self, number: int) -> Voucher:
        """Return it with its number."""
        return replace(self, number=number, no=f"{self.fund}-{self.month}-{number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who or what caused a voucher, and when."""

    at: datetime
    actor: str
    prepared_by: str | None = None
    reviewed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An event that happened to a subject, with its amount (fen) and its originals.

    `facts` fill the braces of the template: no identity or account numbers.
    """

    event: str
    subject: str
    fund: str
    amount_fen: int
    on: date
    documents: tuple[Document, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    choice: str | None = None
    revision: int = 1


def key_of(fund: str, event: str, subject: str, revision: int) -> str:
    """Return the key of an event's voucher."""
    return "|".join((event, subject, fund, str(revision)))


def month_of(on: date) -> int:
    """Return a day's month as `yyyymm`."""
    return on.year * 100 + on.month


def post(occurrence: Occurrence, books: Books, cause: Cause) -> Voucher:
    """Return the voucher of an event, not numbered yet.

    `Rejected` when its template does not apply, an original is missing, the amount is none, or
    an account's guard forbids the movement.
    """
    template = books.template(occurrence.event, occurrence.on, choice=occurrence.choice)
    _check(occurrence, template)
    lines = tuple(
        Line(
            side=line.side,
            account=books.account(line.account).name,
            detail=_filled(line.detail, occurrence),
            amount_fen=-occurrence.amount_fen if line.red else occurrence.amount_fen,
        )
        for line in template.lines
    )
    _guard(occurrence, template, books)
    return balanced(
        Voucher(
            fund=occurrence.fund,
            month=month_of(occurrence.on),
            number=0,
            booked_on=occurrence.on,
            event=occurrence.event,
            subject=occurrence.subject,
            revision=occurrence.revision,
            summary=_filled(template.summary, occurrence),
            amount_fen=occurrence.amount_fen,
            lines=lines,
            documents=occurrence.documents,
            rule=template.rule,
            choice=template.choice,
            actor=cause.actor,
            prepared_by=cause.prepared_by,
            reviewed_by=cause.reviewed_by,
            facts=occurrence.facts,
            booked_at=cause.at,
        )
    )


def reversal(
    voucher: Voucher, *, on: date, reason: str, documents: Sequence[Document], cause: Cause
) -> Voucher:
    """Return the reversal (红字冲销) of a voucher: the same lines with the opposite sign.

    `Rejected` for a reversal itself: what was undone by mistake is booked again, not re-undone.
    """
    if voucher.reverses_no is not None:
        raise Rejected("voucher_is_reversal", no=voucher.no)
    if on < voucher.booked_on:
        raise Rejected("voucher_reversal_earlier", no=voucher.no, on=on.isoformat())
    return balanced(
        replace(
            voucher,
            month=month_of(on),
            number=0,
            no="",
            booked_on=on,
            summary=f"冲销 {voucher.no}：{reason}",
            amount_fen=-voucher.amount_fen,
            lines=tuple(replace(line, amount_fen=-line.amount_fen) for line in voucher.lines),
            documents=tuple(documents),
            actor=cause.actor,
            prepared_by=cause.prepared_by,
            reviewed_by=cause.reviewed_by,
            booked_at=cause.at,
            reverses_no=voucher.no,
        )
    )


def balanced(voucher: Voucher) -> Voucher:
    """Return a voucher that balances; anything else is a bug, whoever wrote it."""
    if len(voucher.lines) < _LINES_MIN or sum(line.signed_fen for line in voucher.lines) != 0:
        raise ValueError(f"the voucher of {voucher.event} does not balance")
    return voucher


def _check(occurrence: Occurrence, template: Template) -> None:
    amount = occurrence.amount_fen
    if amount == 0 or abs(amount) > FEN_MAX or (amount < 0 and not template.negative):
        raise Rejected("voucher_amount_unusable", event=occurrence.event, amount_fen=amount)
    if not occurrence.documents:
        needed = "、".join(template.documents)
        raise Rejected("voucher_without_documents", event=occurrence.event, needed=needed)
    if len(occurrence.documents) > DOCUMENTS_MAX:
        raise Rejected("voucher_documents_too_many", maximum=DOCUMENTS_MAX)


def _guard(occurrence: Occurrence, template: Template, books: Books) -> None:
    for line in template.lines:
        kind = books.account(line.account).fund_account
        if kind is None or line.purpose is None:
            continue
        guard(
            FundAccount(kind=kind, fund=occurrence.fund),
            Movement(
                direction=Direction.IN if line.sign > 0 else Direction.OUT,
                purpose=line.purpose,
                amount_fen=abs(occurrence.amount_fen),
            ),
            occurrence.on,
            books.account_rules,
        )


def _filled(words: str, occurrence: Occurrence) -> str:
    known = {
        "fund": occurrence.fund,
        "subject": occurrence.subject,
        "on": occurrence.on.isoformat(),
        **occurrence.facts,
    }
    try:
        return words.format_map(known)
    except (KeyError, IndexError, ValueError) as error:
        fact = str(error.args[0]) if error.args else words
        raise Rejected("voucher_fact_missing", event=occurrence.event, fact=fact) from error
