"""The page of a region, and of a message with its envelope."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from hub.console.access import unmasks
from hub.console.context import console, viewer
from hub.console.formatting import masked
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.regions.tables import entry
from hub.console.topics.transfers.words import said
from hub.domain.codes import region as codes
from hub.domain.codes import shape
from hub.domain.permission import Permission
from hub.domain.region_directory import holding
from hub.errors import Rejected
from hub.flows.region_receipts import proof_of_delivery
from hub.store.views import regions as views

if TYPE_CHECKING:
    from hub.domain.region_message import RegionMessage
    from hub.store.engine import UnitOfWork

_NAMES: Final = frozenset({"person_name", "account_name"})
_IDENTITIES: Final = frozenset({"person_id"})
_ACCOUNTS: Final = frozenset({"no", "account_no"})


def region(code: str) -> str:
    """Show what the directory says of a region, and how messages with it stand."""
    services, full = console().services, unmasks(viewer())
    code = codes.validate(code)
    with services.store.read() as uow:
        records = uow.regions.list(code=code)
        streams = {one.peer: one for one in views.streams(uow)}
        parked = uow.region_messages.parked(code)
    if not records and code not in streams:
        raise Rejected("region_page_missing", region=code)
    held = {one.id for one in holding(records, services.today())}
    return render(
        "regions/region.html",
        code=code,
        entries=[entry(one, holds=one.id in held, in_full=full) for one in reversed(records)],
        stream=streams.get(code),
        parked=parked,
    )


def message(message_id: str) -> str:
    """Show a message with its envelope and body; personal data in it is masked."""
    services, who = console().services, viewer()
    with services.store.read() as uow:
        found = [
            one for one in uow.region_messages.of_id(message_id)
            if not who.is_outsider or one.peer == who.region
        ]  # fmt: skip
        cases = {one.envelope.case_ref: _case_of(one, uow) for one in found}
    if not found:
        raise Rejected("region_message_missing", id=message_id[:40])
    in_full = not who.is_outsider and unmasks(who)
    return render(
        "regions/message.html",
        message_id=message_id,
        found=[
            {
                "message": one, "state": said(one.state), "direction": said(one.direction),
                "delivered_at": proof_of_delivery(one), "case": cases[one.envelope.case_ref],
                "envelope": _pretty(one.envelope.as_json()),
                "body": _pretty(_body(one, in_full=in_full)),
            }
            for one in found
        ],
    )  # fmt: skip


def shown(value: Any, *, name: str = "") -> Any:  # noqa: ANN401 -- JSON
    """Return a body as people may see it: names, identity and account numbers masked."""
    if isinstance(value, dict):
        return {key: shown(one, name=key) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one, name=name) for one in value]
    return _masked(value, name) if isinstance(value, str) else value


def _masked(text: str, name: str) -> str:
    if name in _IDENTITIES:
        return masked(text, "id_no")
    if name in _ACCOUNTS:
        return masked(text, "account_no")
    if name in _NAMES:
        return shape.mask_name(text)
    # a number inside words, such as in a reason
    return re.sub(r"\d{15,19}[\dXx]?", lambda one: masked(one[0], "id_no"), text, flags=re.ASCII)


def _case_of(one: RegionMessage, uow: UnitOfWork) -> int | None:
    ref = one.envelope.case_ref
    case = uow.transfers.of_ref(ref) if ref else None
    return case.id if case is not None and case.counterpart == one.peer else None


def _body(one: RegionMessage, *, in_full: bool) -> Any:  # noqa: ANN401 -- JSON
    body = one.sealed().read_body()
    return body if in_full else shown(body)


def _pretty(value: Any) -> str:  # noqa: ANN401 -- JSON
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


PAGES = (
    Page(rule="/regions/<code>", endpoint="region", permission=Permission.TRANSFER_SEE,
         view=region),
    Page(rule="/messages/<message_id>", endpoint="region_message",
         permission=Permission.TRANSFER_SEE, view=message, scope="region"),
)  # fmt: skip
