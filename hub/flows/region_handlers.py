"""Which type of message does what: the union of the handlers of every kind of business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.region_message import RECEIPT, RESEND
from hub.flows.assistance import HANDLERS as ASSISTANCE
from hub.flows.region_order import on_resend
from hub.flows.region_receipts import on_receipt
from hub.flows.transfer_messages import HANDLERS as TRANSFERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.flows.region_messages import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    RECEIPT: on_receipt,
    RESEND: on_resend,
    **TRANSFERS,
    **ASSISTANCE,
}
"""A new kind of business adds the handlers of its own module here, and nothing else."""
