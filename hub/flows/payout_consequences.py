"""What follows from answers: progress, vouchers, stopped benefits, and work for people.

A return goes back as work to the desk that can put it right, one discrepancy for each batch and
reason; it ends by itself when everything in it is being paid again. Money that belongs to no
payment is a discrepancy of the file that it came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.desk import BENEFITS, CONTRIBUTIONS, FINANCE, RELATIONS
from hub.domain.discrepancy import Difference, Ending, Event, Level, State, key_of
from hub.domain.payout import BACK, ItemState, PayoutKind, Stop
from hub.domain.payout_answer import Effect, Standing
from hub.domain.reasons import Remedy
from hub.domain.transfer_remittance import is_send_back
from hub.domain.voucher import Document
from hub.domain.way import Way, way_of
from hub.flows.bookkeeping import book
from hub.flows.conservation import watch_closed
from hub.flows.debit_books import book_moved
from hub.flows.payout_books import subject_of
from hub.flows.payout_progress import note_progress
from hub.flows.refund_follow import follow_batch
from hub.flows.transfer_follow import follow_batch as follow_transfers
from hub.store.discrepancies import Wanted
from hub.store.payout_answers import CHUNK

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from hub.domain.payout import PayoutBatch
    from hub.domain.reasons import Reason
    from hub.flows.debit_books import Moved
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

NOTE_CHARS_MAX: Final = 500
PROOF: Final = "银行退款凭证"
RESULT: Final = "银行代收结果"

RETURNED: Final = {Way.PAYOUT: Event.PAYOUT_RETURNED, Way.DEBIT: Event.DEBIT_FAILED}
UNKNOWN: Final = {Way.PAYOUT: Event.PAYOUT_UNKNOWN, Way.DEBIT: Event.DEBIT_UNKNOWN}
"""What returned, or failed, and what is unknown is shown as; the keys have a batch's number."""

EVENTS: Final = {
    Effect.STRAY: Event.ANSWER_STRAY,
    Effect.FOREIGN: Event.ANSWER_FOREIGN,
    Effect.DIFFERS: Event.RETURN_DIFFERS,
    Effect.TWICE: Event.RETURN_TWICE,
    Effect.CONTRADICTS: Event.ANSWER_CONTRADICTS,
}
_BOOKED_BACK: Final = {
    PayoutKind.REFUND: "refund.returned",
    PayoutKind.TRANSFER: "transfer.returned",
}
_SUSPENSE: Final = (Effect.DIFFERS, Effect.TWICE)


def desk_of(reason: Reason, kind: PayoutKind) -> str:
    """Return the desk that sees to a reason: its own, or the one that made the list."""
    if reason.desk is not None:
        return reason.desk
    if kind is PayoutKind.COLLECTION:
        return CONTRIBUTIONS
    return RELATIONS if kind in (PayoutKind.REFUND, PayoutKind.TRANSFER) else BENEFITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The received file that answers are from."""

    inbox_id: int
    name: str
    sha256: str


class Consequences:
    """Writes down what follows, in the unit that applied the answers."""

    def __init__(self, services: Services, uow: UnitOfWork, *, at: datetime, on: date) -> None:
        self._services = services
        self._uow = uow
        self._at = at
        self._on = on

    def of(self, batches: Collection[int], moved: list[Moved], cause: str, source: Source) -> None:
        """Write down what follows from one file's answers; `moved` are items, from and to.

        `cause` names the file, and when it is taken up again also what of it.
        """
        debits = self._uow.way is Way.DEBIT
        document = Document(name=RESULT if debits else PROOF, sha256=source.sha256)
        returned = [item_id for item_id, _, after in moved if after in BACK]
        booked = (cause, document, self._services, self._uow)
        if debits:
            book_moved(moved, *booked, at=self._at, on=self._on)
        else:
            book_returned(returned, *booked, at=self._at, on=self._on)
        self._stop(returned)
        for batch_id in sorted(batches):
            note_progress(batch_id, self._uow, at=self._at)
            refresh(batch_id, self._services, self._uow, at=self._at, on=self._on)
        self._suspense(source.inbox_id, document)
        watch_closed(batches, self._uow, on=self._on, at=self._at)

    def _stop(self, returned: list[int]) -> None:
        """Stop the benefits of payees of whom a bank says what ends them, such as a death."""
        for start in range(0, len(returned), CHUNK):
            items = self._uow.payout_outcomes.of_items(returned[start : start + CHUNK])
            for item in items.values():
                if self._services.reasons.of(item.outcome_code).remedy is Remedy.STOP:
                    self._uow.payout_checks.stop(
                        Stop(
                            person_id=item.person_id,
                            benefit=None,
                            reason=str(item.outcome_code),
                            evidence=str(item.evidence),
                            at=self._at,
                        )
                    )
                    way = self._uow.way
                    event = "benefit.stopped" if way is Way.PAYOUT else way.event("stopped")
                    self._uow.journal.note(
                        event, way.item(item.id), at=self._at, actor=way.value,
                        reason=item.outcome_code, evidence=item.evidence,
                    )  # fmt: skip

    def _suspense(self, inbox_id: int, document: Document) -> None:
        """Open what belongs to no payment, or cannot be; money that came with it is 暂收."""
        counts = self._uow.payout_answers.counts(inbox_id)
        received = self._uow.inbox.get(inbox_id)
        for effect, event in EVENTS.items():
            count, fen = counts.get(effect, (0, 0))
            if count:
                difference = Difference(
                    key=key_of(Level.EVENT, event, *self._uow.way.parts(inbox_id)),
                    level=Level.EVENT,
                    cause=event,
                    amount_fen=abs(fen),
                    count=count,
                    partner=received.partner,
                    note=received.name,
                )
                self._open(difference, FINANCE)
        if self._uow.way is Way.DEBIT:  # what is given back leaves the account: nothing to keep
            return
        for one in self._uow.payout_answers.list(*_SUSPENSE, inbox_id=inbox_id):
            fen = one.answer.amount_fen or 0
            if one.answer.standing is Standing.RETURNED and one.batch_id is not None and fen > 0:
                batch = self._uow.payout_batches.get(one.batch_id)
                book(
                    self._uow,
                    "suspense.received",
                    subject=f"payout_answer:{one.id}",
                    fund=batch.fund,
                    amount_fen=fen,
                    on=self._on,
                    documents=[document],
                    books=self._services.books,
                    at=self._at,
                    facts={"bank": batch.bank},
                    actor="payout",
                )

    def _open(self, difference: Difference, owner: str) -> None:
        self._uow.discrepancies.open(difference, owner=owner, on=self._on, at=self._at)


def book_returned(
    item_ids: list[int],
    cause: str,
    document: Document,
    services: Services,
    uow: UnitOfWork,
    *,
    at: datetime,
    on: date,
) -> None:
    """Book what came back (冲账): one voucher for each batch and benefit; `cause` names why."""
    sums = uow.payout_outcomes.by_benefit(item_ids)
    for (batch_id, benefit), fen in sorted(sums.items()):
        batch = uow.payout_batches.get(batch_id)
        title = uow.payouts.get(batch.list_id).title
        event = _BOOKED_BACK.get(batch.kind, "payout.returned")
        book(
            uow,
            "transfer.send_back_returned" if is_send_back(benefit) else event,
            subject=f"{subject_of(batch_id, benefit)}/{cause}",
            fund=batch.fund,
            amount_fen=fen,
            on=on,
            documents=[document],
            books=services.books,
            at=at,
            facts={"title": title, "benefit": benefit, "bank": batch.bank},
            actor="payout",
        )


def refresh(batch_id: int, services: Services, uow: UnitOfWork, *, at: datetime, on: date) -> None:
    """Show in discrepancies what of a batch is returned, unknown, or in nobody's vocabulary."""
    batch = uow.payout_batches.get(batch_id)
    follow_batch(batch, uow, at=at)
    follow_transfers(batch, services, uow, at=at)
    _refresh_returns(batch, services, uow, at=at, on=on)
    total = uow.payout_items.totals(batch_id=batch_id).get(ItemState.UNKNOWN, (0, 0))
    unknown = _difference(batch, UNKNOWN[uow.way], total)
    _show(unknown, FINANCE, uow, at=at, on=on)
    held = uow.payout_answers.list(Effect.HELD, batch_id=batch_id)
    words = sorted({_words(one.answer.raw_status, one.answer.raw_code, one.answer.raw_text)
                    for one in held})  # fmt: skip
    fens = sum(one.answer.amount_fen or 0 for one in held)
    note = "；".join(words)[:NOTE_CHARS_MAX]
    code = _difference(batch, Event.ANSWER_CODE, (len(held), fens), note=note)
    _show(code, FINANCE, uow, at=at, on=on)


def _refresh_returns(
    batch: PayoutBatch, services: Services, uow: UnitOfWork, *, at: datetime, on: date
) -> None:
    """Keep one discrepancy for each reason, at the desk that can put it right."""
    open_now, event = uow.payout_outcomes.returned(batch.id), RETURNED[uow.way]
    prefix = key_of(Level.EVENT, event, batch.id) + "|"
    alive = frozenset({State.OPEN, State.PROPOSED})
    wanted = Wanted(states=alive, cause=event, partner=batch.bank)
    for known in uow.discrepancies.list(wanted):
        key = known.difference.key
        if key.startswith(prefix) and key.removeprefix(prefix) not in open_now:
            uow.discrepancies.end(key, Ending.CLEARED, at=at)
    for code, total in sorted(open_now.items()):
        reason = services.reasons.of(code)
        note = f"{reason.code} {reason.zh}：{reason.remedy.zh_of(uow.way)}"
        difference = _difference(batch, event, total, code=code, note=note)
        _show(difference, desk_of(reason, batch.kind), uow, at=at, on=on)


def _show(difference: Difference, owner: str, uow: UnitOfWork, *, at: datetime, on: date) -> None:
    if difference.count == 0:
        uow.discrepancies.end(difference.key, Ending.CLEARED, at=at)
        return
    uow.discrepancies.open(difference, owner=owner, on=on, at=at)


def _difference(
    batch: PayoutBatch, event: Event, total: tuple[int, int], *, code: str = "", note: str = ""
) -> Difference:
    count, fen = total
    parts: tuple[str | int, ...] = (batch.id,)
    if event in RETURNED.values():
        parts = (batch.id, code)
    elif event is Event.ANSWER_CODE:  # an event of both ways, with batches numbered by each
        parts = way_of(batch.kind).parts(batch.id)
    return Difference(
        key=key_of(Level.EVENT, event, *parts),
        level=Level.EVENT,
        cause=event,
        amount_fen=fen,
        count=count,
        partner=batch.bank,
        insurance_kind=batch.fund,
        collected_on=batch.business_on,
        note=note or None,
    )


def _words(*texts: str | None) -> str:
    return " ".join(text for text in texts if text) or "?"
