"""A bank's answer comes in as a file (回盘、退单): read to its end, then applied, in one unit.

What an answer does is decided in `hub.domain.payout_return`; here payments are found, in bulk, and
what follows is written down beside them: vouchers, work lists, stopped benefits.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.domain.payout_answer import Effect, Standing
from hub.domain.way import Way
from hub.flows.debit_answers import by_way
from hub.flows.payout_applying import Applying, Source
from hub.flows.payout_originals import require_originals
from hub.flows.routed import Routed
from hub.flows.scratch import scratch
from hub.mappings import answer_words
from hub.mappings.answers import again, answers
from hub.mappings.file_names import other_name
from hub.mappings.reading import read
from hub.mappings.unpack import plain_name, unpacked
from hub.store.payout_answers import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hub.domain.payout_answer import Answer
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received
    from hub.store.payout_answers import Stored
    from hub.store.tasks import Task

is_answer = answer_words.is_answer


def routed(received: Received, layout: Layout, services: Services) -> Routed:
    """Read a bank's answer to its end; its effect is on the payments that it is about.

    An answer without rows is one too: nothing came back that day.
    """
    count = 0
    with _opened(received, layout, services) as (reading, _):
        for _row in reading.rows:  # a file that does not add up is refused here, before any effect
            count += 1
        message_id = reading.head.get("header.message_id")
        stated = [str(reading.head[name]) for name in layout.business_key]
    if not stated and message_id and layout.form in answer_words.ISO:
        stated = [str(message_id)]
    with services.store.read() as uow:
        for way in Way:
            require_originals(reading.originals, layout.partner, uow.on(way))
    return Routed(
        rows=count,
        business_key="/".join([layout.name, *stated]) if stated else None,
        effect=lambda uow, at: apply(received, layout, services, uow, at=at),
    )


def apply(
    received: Received, layout: Layout, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Apply every answer of a file; a second time nothing is new and nothing happens."""
    source = Source(inbox_id=received.id, name=received.name, sha256=received.sha256)
    ours = other_name(layout.file_name, plain_name(received.name))  # `0{any}` has our file's name
    known = ours is not None and _is_ours(ours, layout, uow)
    applying = {
        way: Applying(
            source, layout, services.on(way), uow.on(way), at=at, elsewhere=bool(ours) and not known
        )
        for way in Way
    }
    debits = uow.on(Way.DEBIT).payout_batches.any_of(layout.partner)
    name = ours if known else None
    with _opened(received, layout, services, ours=name, debits=debits) as (_, found):
        if debits:
            while chunk := list(islice(found, CHUNK)):
                for way, answers in by_way(chunk, applying, uow).items():
                    applying[way].take(answers)
        else:
            applying[Way.PAYOUT].take(found)
    if debits and applying[Way.DEBIT].has_seen:
        applying[Way.DEBIT].finish()
    if not applying[Way.DEBIT].has_seen or applying[Way.PAYOUT].has_seen:
        applying[Way.PAYOUT].finish()


@contextmanager
def _opened(
    received: Received,
    layout: Layout,
    services: Services,
    *,
    ours: str | None = None,
    debits: bool = False,
) -> Iterator[tuple[Reading, Iterator[Answer]]]:
    limits = services.settings.limits
    with (
        scratch(services) as folder,
        unpacked(
            services.archive.path(received.sha256),
            file=received.name,
            size_bytes_max=limits.file_bytes_max,
            work_dir=folder,
        ) as path,
        path.open("rb") as content,
    ):
        reading = read(
            layout,
            content,
            file=received.name,
            items_max=limits.items_max,
            line_bytes_max=limits.line_bytes_max,
        )
        yield reading, answers(layout, reading, services.reasons, ours=ours, debits=debits)


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
