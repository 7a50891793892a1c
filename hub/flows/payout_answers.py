"""A bank's answer comes in as a file (回盘、退单): read to its end, then applied, in one unit.

What an answer does is decided in `hub.domain.payout_return`; here payments are found, in bulk, and
what follows is written down beside them: vouchers, work lists, stopped benefits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Self

from hub.domain.approval import named
from hub.domain.payout_answer import Answer, Effect, Standing
from hub.domain.way import Way
from hub.flows import received_file
from hub.flows.debit_answers import by_way
from hub.flows.payout_applying import Applying
from hub.flows.payout_consequences import Source
from hub.flows.payout_originals import require_originals
from hub.flows.routed import Routed
from hub.flows.spool import Spool
from hub.mappings import answer_words
from hub.mappings.answers import again, answers
from hub.mappings.file_names import other_name
from hub.mappings.unpack import plain_name
from hub.store.payout_answers import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received
    from hub.store.payout_answers import Stored
    from hub.store.tasks import Task

SPOOL: Final = "answers"

is_answer = answer_words.is_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the database says of a file that answers: it decides how its rows are read."""

    ours: str | None  # the name of our file, where the answer's own name has it
    elsewhere: bool  # the name has that of a file which is not ours
    debits: bool  # the bank has debits of ours

    @classmethod
    def of(cls, received: Received, layout: Layout, uow: UnitOfWork) -> Self:
        name = other_name(layout.file_name, plain_name(received.name))  # `0{any}` has it
        known = name is not None and _is_ours(name, layout, uow)
        debits = uow.on(Way.DEBIT).payout_batches.any_of(layout.partner)
        return cls(ours=name if known else None, elsewhere=bool(name) and not known, debits=debits)


def routed(received: Received, layout: Layout, services: Services, folder: Path) -> Routed:
    """Read a bank's answer to its end; its effect is on the payments that it is about.

    Its answers wait in `folder`, a scratch folder that stays until the effect has come about. An
    answer without rows is one too: nothing came back that day.
    """
    spool: Spool[Answer] = Spool(folder / SPOOL, Answer)
    with services.store.read() as uow:
        known = _Known.of(received, layout, uow)
    with received_file.reading(received, layout, services, folder) as reading:
        rows = reading.rows = _Counted(reading.rows)
        spool.fill(_answers(layout, reading, services, known))  # what does not add up ends here
        message_id = reading.head.get("header.message_id")
        stated = [str(reading.head[name]) for name in layout.business_key]
    if not stated and message_id and layout.form in answer_words.ISO:
        stated = [str(message_id)]
    with services.store.read() as uow:
        for way in Way:
            require_originals(reading.originals, layout.partner, uow.on(way))

    def effect(uow: UnitOfWork, at: datetime) -> None:
        now = _Known.of(received, layout, uow)
        if now == known:
            apply(spool, received, layout, services, uow, known=known, at=at)
            return
        # a file of ours went meanwhile
        with received_file.reading(received, layout, services, folder) as again:
            found = _answers(layout, again, services, now)
            apply(found, received, layout, services, uow, known=now, at=at)

    return Routed(
        rows=rows.count,
        business_key="/".join([layout.name, *stated]) if stated else None,
        effect=effect,
    )


class _Counted:
    """Rows, and how many they were."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = next(self._rows)
        self.count += 1
        return row


def apply(
    found: Iterable[Answer],
    received: Received,
    layout: Layout,
    services: Services,
    uow: UnitOfWork,
    *,
    known: _Known,
    at: datetime,
) -> None:
    """Apply every answer of a file; a second time nothing is new and nothing happens."""
    source = Source(inbox_id=received.id, name=received.name, sha256=received.sha256)
    applying = {
        way: Applying(
            source, layout, services.on(way), uow.on(way), at=at, elsewhere=known.elsewhere
        )
        for way in Way
    }
    if known.debits:
        stream = iter(found)
        while chunk := list(islice(stream, CHUNK)):
            for way, answers in by_way(chunk, applying, uow).items():
                applying[way].take(answers)
    else:
        applying[Way.PAYOUT].take(found)
    if known.debits and applying[Way.DEBIT].has_seen:
        applying[Way.DEBIT].finish()
    if not applying[Way.DEBIT].has_seen or applying[Way.PAYOUT].has_seen:
        applying[Way.PAYOUT].finish()


def _answers(
    layout: Layout, reading: Reading, services: Services, known: _Known
) -> Iterator[Answer]:
    return answers(layout, reading, services.reasons, ours=known.ours, debits=known.debits)


def _is_ours(name: str, layout: Layout, uow: UnitOfWork) -> bool:
    """Tell whether a bank had a file of this name from us."""
    return any(uow.on(way).payout_batches.of_file(layout.partner, name) for way in Way)


def catch_up(batch_id: int, services: Services, uow: UnitOfWork, *, at: datetime) -> None:
    """Apply the answers that came before a batch was known to be delivered."""
    waiting: dict[tuple[int, str], list[Stored]] = {}
    for one in uow.payout_answers.list(Effect.PARKED, batch_id=batch_id):
        waiting.setdefault((one.inbox_id, one.layout), []).append(one)
    for (inbox_id, layout_name), stored in waiting.items():
        received = uow.inbox.get(inbox_id)
        layout = services.catalog.partner(stored[0].answer.bank).layout(layout_name)
        source = Source(inbox_id=inbox_id, name=received.name, sha256=received.sha256)
        applying = Applying(source, layout, services, uow, at=at)
        applying.retake(stored)
        applying.finish()


def answer(task: Task, services: Services) -> None:
    """Catch up with the answers of the batch that the task names; a second run finds none."""
    at = services.now()
    services.store.transact(lambda uow: catch_up(int(task.subject_id), services, uow, at=at))


def remap(bank: str, *, person: str, services: Services) -> tuple[int, int]:
    """Map a bank's unrecognised answers anew, by the partner file as it is now.

    Returns how many are recognised now, and how many still are not: of payments or, with services
    for them, of direct debits.
    """
    at, who = services.now(), named(person)
    partner = services.catalog.partner(bank)

    def unit(uow: UnitOfWork) -> tuple[int, int]:
        ready: dict[tuple[int, str], list[Stored]] = {}
        left = 0
        for one in uow.payout_answers.list(Effect.HELD):
            if one.answer.bank != bank:
                continue
            answer = again(partner.layout(one.layout), one.answer, services.reasons)
            if answer.standing is Standing.HELD:
                left += 1
                continue
            ready.setdefault((one.inbox_id, one.layout), []).append(replace(one, answer=answer))
        for (inbox_id, layout_name), stored in ready.items():
            received = uow.inbox.get(inbox_id)
            source = Source(inbox_id=inbox_id, name=received.name, sha256=received.sha256)
            applying = Applying(source, partner.layout(layout_name), services, uow, at=at)
            applying.retake(stored)
            applying.finish()
        taken = sum(map(len, ready.values()))
        uow.journal.note(
            uow.way.event("remapped"), f"partner:{bank}", at=at, actor="person", person=who,
            taken=taken, left=left, partner_sha256=partner.sha256,
        )  # fmt: skip
        return taken, left

    return services.store.transact(unit)
