"""Applies answers to payments, some hundreds at a time, within the caller's unit of work."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from hub.domain.payout import ItemState
from hub.domain.payout_answer import COUNTED, Answer, Effect, Scope
from hub.domain.payout_return import Decision, decide
from hub.flows.payout_consequences import Consequences, Source
from hub.flows.payout_doubt import hold
from hub.flows.payout_matching import Matching
from hub.flows.payout_sending import look_again
from hub.flows.publish import announce
from hub.store.payout_answers import CHUNK, Stored
from hub.store.payout_outcomes import Change

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from hub.domain.payout import PayoutBatch, PayoutItem
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork

RAW_CHARS_MAX: Final = 500


@dataclass(slots=True)
class Seen:
    """What one pass did: by effect, how many; which batches it touched; what moved how."""

    effects: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    batches: set[int] = field(default_factory=set)
    moved: list[tuple[int, ItemState, ItemState]] = field(default_factory=list)


class Applying:
    """One file's answers on their way to the payments that they are about."""

    def __init__(
        self,
        source: Source,
        layout: Layout,
        services: Services,
        uow: UnitOfWork,
        *,
        at: datetime,
        elsewhere: bool = False,
    ) -> None:
        """Prepare; `elsewhere` says that the file is named after a file that is not ours."""
        self._source = source
        self._layout = layout
        self._services = services
        self._uow = uow
        self._at = at
        self._on: date = services.today()
        self._agency = _agency_of(layout, services)
        self._batches: dict[int, PayoutBatch] = {}
        self._matching = Matching(uow, elsewhere=elsewhere)
        self._alike: defaultdict[int, int] = defaultdict(int)  # by hash: a million texts are much
        self._doubtful: dict[int, int] = {}  # payments that an answer fits, and not them alone
        self._cause = f"inbox:{source.inbox_id}"
        self.seen = Seen()
        self._early: set[int] = set()  # batches of which the bank speaks before we know them there

    @property
    def has_seen(self) -> bool:
        """Tell whether any answer came this way."""
        return bool(self.seen.effects or self.seen.repeats or self._doubtful)

    def knows(self, answer: Answer) -> bool:
        """Tell whether an answer names a file that went this way."""
        return self._matching.batch_of(answer) is not None

    def doubt(self, answer: Answer) -> None:
        """Hold, at the end, what an answer fits by its account: it fits the other way too."""
        found = self._uow.payout_outcomes.of_account(
            answer.bank, str(answer.account_no), answer.amount_fen, batch_id=None
        )
        self._doubtful |= {one.id: answer.line for one in found}

    def take(self, answers: Iterable[Answer]) -> None:
        """Apply answers in their order; wide ones come last and reach whom no other named."""
        stream = iter(answers)
        while chunk := list(islice(stream, CHUNK)):
            items = [one for one in chunk if one.scope is Scope.ITEM]
            self._apply(self._found(items))
            for wide in chunk:
                if wide.scope is not Scope.ITEM:
                    self._take_wide(wide)

    def retake(self, stored: Iterable[Stored]) -> None:
        """Apply stored answers anew, as after a delivery that they were waiting for."""
        waiting = list(stored)
        if waiting:  # a file that is taken up again books what is new under another name
            self._cause = f"inbox:{self._source.inbox_id}/answer:{min(one.id for one in waiting)}"
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            items = self._uow.payout_outcomes.of_items([int(s.item_id or 0) for s in chunk])
            self._apply([(one, items[int(one.item_id or 0)]) for one in chunk], again=True)

    def finish(self) -> None:
        """Write down what follows from all that was applied; what is in doubt is held."""
        inbox_id, version = self._source.inbox_id, self._layout.sha256
        for one in hold(self._doubtful, inbox_id, self._uow, on=self._on, version=version):
            self.seen.moved.append((one.id, one.state, ItemState.UNKNOWN))
            self.seen.batches.add(int(one.batch_id or 0))
        follow = Consequences(self._services, self._uow, at=self._at, on=self._on)
        follow.of(self.seen.batches, self.seen.moved, self._cause, self._source)
        for batch_id in sorted(self._early):
            look_again(self._batch(batch_id), self._uow, at=self._at)
        way = self._uow.way
        self._uow.journal.note(
            way.event("answered"), f"inbox:{self._source.inbox_id}", at=self._at, actor=way.value,
            bank=self._layout.partner, layout=self._layout.name,
            layout_sha256=self._layout.sha256, repeats=self.seen.repeats,
            batches=sorted(self.seen.batches), effects=dict(sorted(self.seen.effects.items())),
        )  # fmt: skip
        returned = [now for _, _, now in self.seen.moved].count(ItemState.RETURNED)
        if returned:
            announce(
                self._uow,
                "return.received",
                {"inbox": self._source.inbox_id, "bank": self._layout.partner,
                 "file_name": self._source.name, "sha256": self._source.sha256,
                 "batches": sorted(self.seen.batches), "returned": returned},
                self._at,
            )  # fmt: skip

    def _take_wide(self, wide: Answer) -> None:
        """Apply an answer about a whole file, or its only part, to each payment in it."""
        batch = self._matching.batch_of(wide)
        if batch is None:
            self._apply([(self._stored(wide, Effect.STRAY), None)])
            return
        named = self._uow.payout_answers.named(self._source.inbox_id, batch.id)
        ids = [one for one in self._uow.payout_outcomes.ids_of_batch(batch.id) if one not in named]
        for start in range(0, len(ids), CHUNK):
            items = self._uow.payout_outcomes.of_items(ids[start : start + CHUNK])
            self._apply(
                [
                    (self._stored(replace(wide, end_to_end_id=item.end_to_end_id)), item)
                    for item in items.values()
                ]
            )

    def _found(self, answers: list[Answer]) -> list[tuple[Stored, PayoutItem | None]]:
        """Pair answers with the one payment that each is about; with none when several would do."""
        pairs: list[tuple[Stored, PayoutItem | None]] = []
        for answer, fitting in zip(answers, self._matching.of(answers), strict=True):
            if len(fitting) > 1:
                self._doubtful |= {one.id: answer.line for one in fitting}
            pairs.append((self._stored(answer), fitting[0] if len(fitting) == 1 else None))
        return pairs

    def _stored(self, answer: Answer, effect: Effect = Effect.NOTED) -> Stored:
        foreign = answer.agency_code if self._is_foreign(answer) else None
        identity = answer.identity(foreign=foreign)
        if answer.end_to_end_id is None:  # alike, yet two payments: each counts
            alike = hash(identity)
            ordinal = self._alike[alike]
            self._alike[alike] += 1
            identity = answer.identity(ordinal, foreign=foreign) if ordinal else identity
        return Stored(
            answer=answer,
            inbox_id=self._source.inbox_id,
            layout=self._layout.name,
            effect=effect,
            identity=identity,
        )

    def _apply(self, pairs: list[tuple[Stored, PayoutItem | None]], *, again: bool = False) -> None:
        known = (
            set()
            if again
            else self._uow.payout_answers.known([stored.identity for stored, _ in pairs])
        )
        about = self._uow.payout_answers.about(
            [item.id for _, item in pairs if item is not None],
            but={stored.id for stored, _ in pairs},
        )
        states: dict[int, ItemState] = {}
        changes: dict[int, Change] = {}
        new: list[Stored] = []
        for stored, found in pairs:
            if stored.identity in known:
                self.seen.repeats += 1
                continue
            known.add(stored.identity)
            item = found
            if found is not None and found.id in states:
                item = replace(found, state=states[found.id])
            decision = self._decide(stored, item, about)
            done = _done(stored, decision, item)
            self._count(done)
            if again:
                self._uow.payout_answers.change(done.id, done.answer, done.effect)
            else:
                new.append(done)
            if item is not None and decision.state is not None:
                changes[item.id] = _change(item, done, decision.state, changes, self._on)
                states[item.id] = decision.state
                if decision.state is not item.state:
                    self.seen.moved.append((item.id, item.state, decision.state))
            if item is not None and decision.effect in COUNTED:
                about.setdefault(item.id, []).append(done.answer)
        self._uow.payout_answers.add(new, at=self._at)
        self._uow.payout_outcomes.apply(list(changes.values()))

    def _decide(
        self, stored: Stored, item: PayoutItem | None, about: dict[int, list[Answer]]
    ) -> Decision:
        answer = stored.answer
        if self._is_foreign(answer):
            return Decision(Effect.FOREIGN)
        if item is None:
            return Decision(Effect.STRAY)
        batch = self._batch(item.batch_id) if item.batch_id is not None else None
        return decide(item, batch, answer, about.get(item.id, []), self._uow.way)

    def _is_foreign(self, answer: Answer) -> bool:
        return answer.agency_code not in (None, self._agency)

    def _batch(self, batch_id: int) -> PayoutBatch:
        if batch_id not in self._batches:
            self._batches[batch_id] = self._uow.payout_batches.get(batch_id)
        return self._batches[batch_id]

    def _count(self, stored: Stored) -> None:
        self.seen.effects[stored.effect.value] += 1
        if stored.batch_id is None:
            return
        if stored.effect is not Effect.PARKED:
            self.seen.batches.add(stored.batch_id)
        elif stored.answer.end_to_end_id is not None:
            self._early.add(stored.batch_id)


def _done(stored: Stored, decision: Decision, item: PayoutItem | None) -> Stored:
    """Return an answer with what it did; written out, since `replace` takes much longer."""
    return Stored(
        answer=stored.answer,
        inbox_id=stored.inbox_id,
        layout=stored.layout,
        effect=decision.effect,
        identity=stored.identity,
        item_id=item.id if item is not None else None,
        batch_id=item.batch_id if item is not None else None,
        id=stored.id,
    )


def _change(
    item: PayoutItem, stored: Stored, state: ItemState, changes: dict[int, Change], today: date
) -> Change:
    """Return what to write; the item as it was in the database stays the beginning."""
    answer = stored.answer
    raw = " ".join(text for text in (answer.raw_code, answer.raw_text) if text)
    before = changes[item.id].item if item.id in changes else item
    return Change(
        item=before,
        state=state,
        evidence=stored.evidence,
        on=answer.settled_on or today,
        code=answer.reason or answer.raw_code or answer.raw_status,
        raw=(raw or answer.raw_status or "")[:RAW_CHARS_MAX] or None,
        version=answer.mapping_sha256,
    )


def _agency_of(layout: Layout, services: Services) -> str | None:
    payout = services.catalog.partner(layout.partner).payout
    return payout.agency_code if payout is not None else None
