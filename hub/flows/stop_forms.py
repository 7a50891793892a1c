"""停发 and 恢复发放核定表 (规程 5-5, 5-6) printed for the payee of a payment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hub.documents.stop_form import Stops, stop_forms
from hub.domain.assistance import Finding
from hub.domain.form_code import FormKind
from hub.domain.transfer_json import digest_of
from hub.errors import Rejected
from hub.flows.forms import office_of, write_forms

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hub.domain.payout import Stopped
    from hub.flows.forms import Printed
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

_RESUMED: Final = "benefit.resumed"
_FINDINGS: Final = {one.value: one.zh for one in Finding}


def kind_of(item_id: int, uow: UnitOfWork) -> FormKind | None:
    """Return which form a payment's payee has now: stopped, resumed, or neither."""
    open_, lifted = _stops(item_id, uow)
    return FormKind.STOP if open_ else FormKind.RESUME if lifted else None


def digest_of_stops(kind: FormKind, item_id: int, uow: UnitOfWork) -> str | None:
    """Return the SHA-256 of what a form says of stops now; `None` when there is no such form."""
    if kind_of(item_id, uow) is not kind:
        return None
    open_, lifted = _stops(item_id, uow)
    stops = open_ if kind is FormKind.STOP else lifted
    return digest_of({"form": kind, "item": item_id, "stops": stops})


def print_stop(item_id: int, out: Path, services: Services) -> Printed:
    """Print the form of a payment's payee to `out`, in two copies.

    While a stop holds it is the form of stopping, afterwards that of resuming.
    `Rejected("form_stop_none")` when nothing of the benefit was ever stopped.
    """
    with services.store.read() as uow:
        kind = kind_of(item_id, uow)
        if kind is None:
            raise Rejected("form_stop_none", id=item_id)
        item = uow.payout_items.get(item_id)
        payout = uow.payouts.get(item.list_id)
        open_, lifted = _stops(item_id, uow)
        stops = open_ if kind is FormKind.STOP else lifted
        digest = str(digest_of_stops(kind, item_id, uow))
        why = _why(item_id, stops[-1].lifted_at, uow)
    found = Stops(
        kind=kind, item=item, payout=payout, stops=stops, digest=digest, why_resumed=why,
        reasons=[_worded(one.stop.reason, services) for one in stops],
    )  # fmt: skip
    last = stops[-1].lifted_at or stops[-1].stop.at
    made_on = last.astimezone(services.settings.time_zone).date()
    forms = stop_forms(found, office_of(services), made_on=made_on)
    return write_forms(forms, kind, out, services, digest=digest, made_on=made_on)


def _stops(item_id: int, uow: UnitOfWork) -> tuple[list[Stopped], list[Stopped]]:
    """Return the stops of an item's benefit that hold, and those that were lifted."""
    item = uow.payout_items.get(item_id)
    mine = [s for s in uow.payout_checks.stops_of(item.person_id) if s.is_of(item.benefit)]
    return [s for s in mine if s.lifted_at is None], [s for s in mine if s.lifted_at is not None]


def _why(item_id: int, lifted_at: datetime | None, uow: UnitOfWork) -> str:
    """Return the reason that the payee's stops were lifted for, if it was given at this item."""
    for entry in uow.journal.list(event=_RESUMED, subject=f"payout_item:{item_id}"):
        if entry.at == lifted_at:
            return str(json.loads(entry.facts)["reason"])
    return ""


def _worded(code: str, services: Services) -> str:
    """Return a reason in words: a bank's code, or what another office found."""
    if code in _FINDINGS:
        return f"{_FINDINGS[code]}（异地协查）"
    known = services.reasons.reasons.get(code)
    return f"{code} {known.zh}" if known else code
