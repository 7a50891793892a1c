"""The place in an archived file from which a fact was read: what the hub says, and the bytes.

Only lines that gave a fact can be looked at, by the arrival that recorded them; there is no way
to any other byte of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.bulk import look
from hub.errors import Rejected
from hub.flows import received_file
from hub.flows.scratch import scratch
from hub.mappings.raw_text import pieces
from hub.store.views import reconciliation as view

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.mappings.raw_text import Piece
    from hub.store.views.reconciliation import Arrived

LINES_AROUND: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLine:
    """A fact, the file that it was read from, and its bytes there.

    `plain_sha256` is what was read: the file itself, or what it held if it was sealed. No
    `pieces` when the bytes of one record cannot be told, as in a workbook.
    """

    arrived: Arrived
    plain_sha256: str
    line: int
    values: dict[str, Any]
    codec: str
    is_current_layout: bool  # the layout is as it was when the file was read
    pieces: tuple[Piece, ...]


def raw_line(arrival_id: int, line: int, services: Services) -> RawLine:
    """Return where a fact came from; `Rejected`: `arrival_missing`, `raw_line_missing`."""
    with services.store.read() as uow:
        arrived = view.arrived_one(uow, arrival_id)
        plain_sha256 = view.plain_sha256(uow, arrived.received)
    arrival, received = arrived.arrival, arrived.received
    facts = services.archive.path(arrival.facts_sha256)
    fact = look.fact_at(arrival.source, facts, line)
    if fact is None:
        raise Rejected("raw_line_missing", file=received.name, line=line)
    layout = services.catalog.partner(arrival.partner).layouts.get(received.layout or "")
    if layout is None:
        raise Rejected("raw_layout_missing", layout=received.layout or "–")
    with (
        scratch(services) as folder,
        received_file.plain(received, services, folder, sha256=plain_sha256) as path,
    ):
        found = pieces(path, layout, line, around=LINES_AROUND)
    return RawLine(
        arrived=arrived,
        plain_sha256=plain_sha256,
        line=line,
        values=fact.values,
        codec=layout.codec,
        is_current_layout=layout.sha256 == received.layout_sha256,
        pieces=tuple(found),
    )
