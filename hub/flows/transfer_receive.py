"""Credits of transferred money are entered one by one (逐笔录入, 规程 10-6) and find their case.

One that names an approved case, and is what that case expects, joins it at once. Any other is
booked as 暂收款 and opens a discrepancy with scored proposals; two people decide which case it is
for. What a credit means to the books is booked in the same unit.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.codes import bank_account
from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Ending
from hub.domain.region_directory import Kind as Entry
from hub.domain.transfer_arithmetic import Verdict
from hub.domain.transfer_facts import Funds
from hub.domain.transfer_kinds import Direction, Kind
from hub.domain.transfer_matching import Match, matches, outstanding
from hub.domain.transfer_receipt import Receipt, ReceiptState
from hub.domain.voucher import Cause, Document, Occurrence
from hub.errors import Rejected
from hub.flows.bookkeeping import book_once
from hub.flows.transfer_follow import suspense_difference, suspense_key
from hub.flows.transfer_judge import judgement_of
from hub.flows.transfer_notes import HUB, Work, note, work_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

PAPER: Final = "到账凭证"
TYPED: Final = "typed"
CREDIT_CHARS_MAX: Final = 200
FUNDS: Final = frozenset(kind.fund for kind in Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a bank's paper says of one credit. `narrative` is 附言; the amount in fen."""

    credit_no: str
    fund: str
    amount_fen: int
    credited_on: date
    payer_name: str | None = None
    payer_account: str | None = None
    narrative: str | None = None
    source: str = TYPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A credit as it stands after it was entered, with the cases that it may be for."""

    receipt: Receipt
    matches: tuple[Match, ...]


def enter(
    credit: Credit, *, person: str, services: Services, paper: Path | str | None = None
) -> Entered:
    """Enter one credit; `paper` is the bank's, as a file or as the SHA-256 of what is archived.

    `Rejected`: `receipt_exists` when it was entered before, `receipt_unreadable`.
    """
    who, at = named(person), services.now()
    document = _document(credit, paper, services)

    def unit(uow: UnitOfWork) -> Entered:
        work = Work(uow=uow, services=services, at=at, person=who)
        receipt = _checked(credit, document, work)
        found = matches(receipt, uow.transfers.list(direction=Direction.IN, live=True))
        added = uow.receipts.add(receipt)
        uow.journal.note(
            "receipt.entered", f"transfer_receipt:{added.id}", at=at, actor="person", person=who,
            number=added.number, fund=added.fund, amount_fen=added.amount_fen,
            source=added.source, document=document,
        )  # fmt: skip
        return Entered(receipt=_placed(work, added, found), matches=tuple(found))

    return services.store.transact(unit)


def proposals(receipt_id: int, services: Services) -> Entered:
    """Return the cases that a credit may be for now, the best first."""
    with services.store.read() as uow:
        receipt = uow.receipts.get(receipt_id)
        cases = uow.transfers.list(direction=Direction.IN, live=True)
    return Entered(receipt=receipt, matches=tuple(matches(receipt, cases)))


def propose(receipt_id: int, case_id: int, *, person: str, services: Services) -> Receipt:
    """Say which case a credit in suspense is for; another person has to confirm it."""

    def act(work: Work, receipt: Receipt) -> Receipt:
        _require_for(receipt, work.get(case_id))
        return receipt.proposed(case_id, str(work.person), at=work.at)

    return _change(receipt_id, "receipt.proposed", act, person, services)


def confirm(receipt_id: int, *, person: str, services: Services) -> Receipt:
    """Confirm it as another person: the money leaves 暂收款 and is the case's."""

    def act(work: Work, receipt: Receipt) -> Receipt:
        joined = receipt.confirmed(str(work.person), at=work.at)
        case = work.get(int(receipt.case_id or 0))
        _require_for(receipt, case)
        book(work, "transfer.recognised", joined, reviewed=True)
        _fund(work, joined, case)
        work.uow.discrepancies.end(suspense_key(joined.id), Ending.CLEARED, at=work.at)
        return joined

    return _change(receipt_id, "receipt.joined", act, person, services)


def decline(receipt_id: int, *, person: str, services: Services) -> Receipt:
    """Give a proposal back (退回): the credit waits for another one."""

    def act(_work: Work, receipt: Receipt) -> Receipt:
        receipt.require_state(ReceiptState.PROPOSED)
        return receipt.free()

    return _change(receipt_id, "receipt.declined", act, person, services)


def named_by(work: Work, receipt: Receipt, found: list[Match]) -> Match | None:
    """Return the case that a credit names itself and that expects it; `None` unless just one."""
    certain = [one for one in found if one.is_certain and _is_expected(work, receipt, one)]
    return certain[0] if len(certain) == 1 else None


def join(work: Work, receipt: Receipt, case: TransferCase, event: str, **facts: object) -> Receipt:
    """Join a credit to the case that it names, and book that as `event`."""
    joined = work.uow.receipts.save(receipt.joined_by_reference(case.id))
    book(work, event, joined)
    _fund(work, joined, case)
    _journal(work, "receipt.joined", joined, **facts)
    return joined


def _placed(work: Work, receipt: Receipt, found: list[Match]) -> Receipt:
    """Join a credit that names its case; keep any other in suspense."""
    named_case = named_by(work, receipt, found)
    if named_case is not None:
        return join(work, receipt, work.get(named_case.case.id), "transfer.received")
    book(work, "transfer.held", receipt)
    open_suspense(work, receipt, found)
    return receipt


def open_suspense(work: Work, receipt: Receipt, found: list[Match]) -> None:
    """Show money that no case has, with what it may be for."""
    proposed = "；".join(f"{one.case.ref} {one.score}" for one in found[:3])
    text = f"{receipt.number} {proposed}".strip()
    difference = suspense_difference(receipt.id, receipt.amount_fen, receipt.fund, text)
    work.uow.discrepancies.open(difference, owner=FINANCE, on=work.today, at=work.at)


def _is_expected(work: Work, receipt: Receipt, match: Match) -> bool:
    """Tell whether a case is approved, sound, and still expects this much."""
    case = match.case
    expected = outstanding(case)
    if case.consent is None or expected is None or receipt.amount_fen > expected:
        return False
    form = case.form
    judged = judgement_of(case, work.services)
    is_queried = judged is not None and judged.verdict is Verdict.QUERY
    accepted = work.uow.form_judgements.accepted(case.id, form.key) if form is not None else None
    return not is_queried or accepted is not None


def _require_for(receipt: Receipt, case: TransferCase) -> None:
    """Refuse a case that this money cannot be for: not approved means 暂收 (10-6)."""
    is_approved = case.consent is not None and case.state.is_live
    is_ours = case.direction is Direction.IN and case.kind.fund == receipt.fund
    if not (is_approved and is_ours):
        raise Rejected(
            "receipt_not_for_case", number=receipt.number, ref=case.ref, state=case.state.zh
        )


def _fund(work: Work, receipt: Receipt, case: TransferCase) -> None:
    note(
        work, case,
        Funds(
            on=receipt.credited_on, number=receipt.payment_number, amount_fen=receipt.amount_fen
        ),
    )  # fmt: skip


def book(work: Work, event: str, receipt: Receipt, *, reviewed: bool = False) -> None:
    """Book a credit; `reviewed`: by the two people who said which case it is for."""
    proposer = receipt.proposed_by if reviewed else None
    occurrence = Occurrence(
        event=event, subject=receipt.subject, fund=receipt.fund, amount_fen=receipt.amount_fen,
        on=work.today, documents=(Document(name=PAPER, sha256=receipt.document),),
    )  # fmt: skip
    cause = Cause(
        at=work.at, actor="person" if reviewed else "transfer", prepared_by=proposer,
        reviewed_by=receipt.confirmed_by if reviewed else None,
    )  # fmt: skip
    book_once(occurrence, work.services.books, work.uow, cause=cause)


def _change(
    receipt_id: int,
    event: str,
    act: Callable[[Work, Receipt], Receipt],
    person: str,
    services: Services,
) -> Receipt:
    def changed(work: Work) -> Receipt:
        receipts = work.uow.receipts
        saved = receipts.save(act(work, receipts.get(receipt_id)))
        _journal(work, event, saved)
        return saved

    return work_of(person, services, changed)


def _journal(work: Work, event: str, receipt: Receipt, **facts: object) -> None:
    work.uow.journal.note(
        event, f"transfer_receipt:{receipt.id}", at=work.at,
        actor="person" if work.person else HUB, person=work.person,
        number=receipt.number, case=receipt.case_id, amount_fen=receipt.amount_fen,
        how=receipt.joined_how.value if receipt.joined_how else None, **facts,
    )  # fmt: skip


def _checked(credit: Credit, document: str, work: Work) -> Receipt:
    """Return a credit in normal form; `receipt_unreadable` names the field that cannot be used."""
    number = " ".join(credit.credit_no.split())
    for field, is_usable in (
        ("credit_no", 0 < len(number) <= CREDIT_CHARS_MAX),
        ("fund", credit.fund in FUNDS),
        ("amount_fen", credit.amount_fen >= 1),
        ("credited_on", credit.credited_on <= work.today),
        ("narrative", len(credit.narrative or "") <= CREDIT_CHARS_MAX),
        ("payer_name", len(credit.payer_name or "") <= CREDIT_CHARS_MAX),
    ):
        if not is_usable:
            raise Rejected("receipt_unreadable", field=field)
    account = bank_account.compact(credit.payer_account) if credit.payer_account else None
    return Receipt(
        id=0, document=document, entered_by=str(work.person), entered_at=work.at,
        region=_region_of(account, work), **{**asdict(credit), "credit_no": number,
                                             "payer_account": account},
    )  # fmt: skip


def _region_of(account: str | None, work: Work) -> str | None:
    """Return the office whose account it is in the directory; `None` if nobody's or several's."""
    if account is None:
        return None
    known = work.uow.regions.holding(work.today, kind=Entry.ACCOUNT)
    found = {one.code for one in known if one.facts["account_no"] == account}
    found -= {work.region}
    return found.pop() if len(found) == 1 else None


def _document(credit: Credit, paper: Path | str | None, services: Services) -> str:
    """Return the SHA-256 of the bank's paper; without one, of what was typed."""
    if isinstance(paper, str):
        return paper
    if paper is None:
        typed = {**asdict(credit), "credited_on": credit.credited_on.isoformat()}
        text = json.dumps(typed, ensure_ascii=False, sort_keys=True, indent=1)
        return services.archive.put_bytes(text.encode()).sha256
    with paper.open("rb") as content:
        limit = services.settings.limits.file_bytes_max
        return services.archive.put(content, size_bytes_max=limit).sha256
