"""Credits of transferred money are taken from a bank statement that came in as a file.

The statement was read for the reconciliation and is in the archive. Its lines whose words (附言)
name a transfer are entered one by one, each in a unit of its own, so that one which is refused
holds up no other; a line that was entered before stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.domain.facts import Source
from hub.errors import Place, Rejected
from hub.flows import received_file
from hub.flows.scratch import scratch
from hub.flows.transfer_receive import Credit, Entered, enter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.flows.services import Services
    from hub.store.inbox import Received

WORDS: Final = ("转移", "转入")
CREDITS_MAX: Final = 10_000  # taken from one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a statement's lines: entered now, known before, and not about transfers."""

    entered: tuple[Entered, ...]
    known: int
    others: int


def take_statement(
    inbox_id: int,
    *,
    person: str,
    services: Services,
    fund: str | None = None,
    words: Sequence[str] = WORDS,
) -> Taken:
    """Enter the credits of a received statement whose words name a transfer.

    `fund` is for lines that name no insurance. `Rejected("receipt_no_statement")` when the file is
    no bank's statement of credits that was read; what `enter` says names its line.
    """
    with services.store.read() as uow:
        received = uow.inbox.get(inbox_id)
    found, others = _credits(received, fund, words, services)
    entered, known = [], 0
    for credit in found:
        with services.store.read() as uow:
            is_known = uow.receipts.has(credit.fund, credit.credit_no)
        if is_known:
            known += 1
        else:
            entered.append(enter(credit, person=person, paper=received.sha256, services=services))
    return Taken(entered=tuple(entered), known=known, others=others)


def _credits(
    received: Received, fund: str | None, words: Sequence[str], services: Services
) -> tuple[list[Credit], int]:
    if received.partner is None or received.layout is None:
        raise Rejected("receipt_no_statement", place=Place(file=received.name))
    layout = services.catalog.partner(received.partner).layout(received.layout)
    if layout.source is not Source.CREDITS:
        raise Rejected("receipt_no_statement", place=Place(file=received.name))
    found, others = list[Credit](), 0
    with (
        scratch(services) as folder,
        received_file.reading(received, layout, services, folder) as reading,
    ):
        for row in reading.rows:
            if not _is_transfer(row.values, words):
                others += 1
                continue
            place = Place(file=received.name, line=row.line)
            if len(found) == CREDITS_MAX:
                raise Rejected("receipt_unreadable", place=place, field=f"> {CREDITS_MAX}")
            source = f"inbox:{received.id}/line:{row.line}"
            found.append(_credit(row.values, fund, source, place))
    return found, others


def _is_transfer(values: dict[str, Any], words: Sequence[str]) -> bool:
    narrative = values.get("narrative") or ""
    return values["amount_fen"] > 0 and any(word in narrative for word in words)


def _credit(values: dict[str, Any], fund: str | None, source: str, place: Place) -> Credit:
    kind = values.get("insurance_kind") or fund
    if kind is None:
        raise Rejected("receipt_unreadable", place=place, field="fund")
    return Credit(
        credit_no=str(values["deposit_no"]), fund=kind, amount_fen=values["amount_fen"],
        credited_on=values["credited_on"], narrative=values.get("narrative"),
        payer_name=values.get("counterparty") or values.get("payer_name"), source=source,
    )  # fmt: skip
