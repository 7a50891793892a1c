"""A receipt and a payer on every side, each record with the place that it was read from.

A payer is named by a record or discrepancy of his, never in the address: it may be a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.bulk import look
from hub.console.context import console
from hub.console.pages import render
from hub.console.topics.discrepancies.people import payer as shown_payer
from hub.console.topics.discrepancies.words import CAUSES, LEVELS, STATES, cause_word
from hub.console.topics.reconciliation.days import SOURCES, kind
from hub.domain.facts import Source
from hub.errors import Rejected
from hub.flows.receipt_trail import payer_trail, receipt_trail
from hub.store.views import reconciliation as view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.console.words import Word
    from hub.domain.discrepancy import Discrepancy


def receipt(receipt_no: str) -> str:
    """Show everything about a receipt; `Rejected("tax_receipt_missing")`."""
    found = receipt_trail(receipt_no, console().services)
    return render(
        "reconciliation/receipt.html",
        found=found,
        sides=[
            (SOURCES[source], found.of(source))
            for source in (Source.COLLECTIONS, Source.DEPOSITS, Source.DENIALS)
        ],
        verdicts=[(CAUSES[row["verdict"]], LEVELS[row["level"]], row) for row in found.verdicts],
        discrepancies=_listed(found.discrepancies),
        kind=kind,
        payer=shown_payer,
    )


def payer_of_record(arrival_id: int, line: int) -> str:
    """Show the payer of a record in the record's period."""
    services = console().services
    with services.store.read() as uow:
        arrival = view.arrived_one(uow, arrival_id).arrival
    fact = look.fact_at(arrival.source, services.archive.path(arrival.facts_sha256), line)
    if fact is None or not fact.values.get("payer_id"):
        raise Rejected("payer_missing", period="–")
    return _payer(fact.values["payer_id"], fact.values["period"])


def payer_of_discrepancy(number: int) -> str:
    """Show the payer of a discrepancy in its period."""
    with console().services.store.read() as uow:
        what = uow.discrepancies.get(number).difference
    if what.payer_id is None or what.period is None:
        raise Rejected("payer_missing", period="–")
    return _payer(what.payer_id, what.period)


def _payer(payer_id: str, period: int) -> str:
    found = payer_trail(payer_id, period, console().services)
    names = [r.values.get("payer_name") for r in found.records if r.values.get("payer_name")]
    return render(
        "reconciliation/payer.html",
        found=found,
        name=names[0] if names else None,
        number=shown_payer(payer_id),
        sums=[(kind(code), *both) for code, both in found.sums.items()],
        sides=[
            (SOURCES[source], [r for r in found.records if r.source is source])
            for source in (Source.ASSESSMENTS, Source.COLLECTIONS)
        ],
        discrepancies=_listed(found.discrepancies),
        kind=kind,
    )


def _listed(
    found: Sequence[Discrepancy],
) -> list[tuple[Discrepancy, Word, Word]]:
    return [(one, cause_word(one.difference.cause.value), STATES[one.state.value]) for one in found]
