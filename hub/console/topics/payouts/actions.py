"""What people do with lists: hand in, sign, decline, cancel, release; withdraw and send again.

Which signature is next decides who may give it: the first is the maker's (经办), the last the
approver's, those between the checker's. That three different people sign, the domain and the
database see to.
"""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console.formatting import count, money, word
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done
from hub.console.topics.payouts import inputs, said
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows import payout_approval
from hub.flows.payout_import import import_list
from hub.flows.payout_intake import LAYOUTS
from hub.flows.payout_release import release
from hub.flows.payout_release_again import release_again
from hub.flows.payout_resend import resend
from hub.flows.payout_withdraw import withdraw
from hub.flows.scratch import scratch

if TYPE_CHECKING:
    from hub.console.fields import Uploaded
    from hub.console.topics.payouts.side import Side
    from hub.domain.batch_order import BatchOrder
    from hub.domain.payout import PayoutList
    from hub.domain.permission import Viewer
    from hub.flows.payout_release import Released
    from hub.flows.services import Services

_SIGNING: Final = (Permission.PAYOUT_MAKE, Permission.PAYOUT_CHECK, Permission.PAYOUT_APPROVE)
_ORDERING: Final = (Permission.PAYOUT_RELEASE, Permission.BANK_WORK)
NAME_CHARS_MAX: Final = 200


def done(payout: PayoutList, side: Side, **more: Any) -> Done:  # noqa: ANN401 -- facts by name
    """Say where a list stands now, and lead to its page."""
    approval = payout.approval
    text = gettext(
        "List %(id)s: %(state)s, %(items)s items, %(total)s yuan, signed %(signed)s of %(needs)s",
        id=payout.id, state=word(side.list_state(payout.state)), items=count(payout.item_count),
        total=money(payout.total_fen), signed=len(approval.signatures), needs=approval.levels,
    )  # fmt: skip
    data = {
        "list": payout.id, "state": payout.state.value, "items": payout.item_count,
        "stated_items": payout.stated_count, "total_fen": payout.total_fen,
        "digest": payout.digest, "signed": len(approval.signatures), "needs": approval.levels,
        **more,
    }  # fmt: skip
    return Done(text=text, href=url_for(f"{side.name}_list", list_id=payout.id), data=data)


def kept_name(file: Uploaded) -> str:
    """Return the name of a file that somebody chose; `Rejected("upload_name_unusable")`."""
    name = file.name.replace("\\", "/").rpartition("/")[2]
    plain = name == PurePath(name).name and name.isprintable() and not name.startswith(".")
    if not plain or not 0 < len(name.encode()) <= NAME_CHARS_MAX:
        raise Rejected("upload_name_unusable", found=name[:40])
    return name


def channel_for(name: str, side: Side, services: Services) -> str:
    """Return the channel whose layouts have a list of this name; the first if none has.

    `Rejected("upload_kind_unknown")` when no channel takes in such lists at all.
    """
    begins = LAYOUTS[side.way]
    known = sorted(
        partner.channel
        for partner in services.catalog.partners.values()
        if any(one == begins or one.startswith(f"{begins}_") for one in partner.layouts)
    )
    if not known:
        raise Rejected("upload_kind_unknown")
    for channel in known:
        try:
            services.catalog.identify(channel, name)
        except Rejected:
            continue
        return channel
    return known[0]  # which says, when it takes it in, which names it knows


def _import(services: Services, viewer: Viewer, given: inputs.Importing, *, side: Side) -> Done:
    name = kept_name(given.file)
    channel = channel_for(name, side, services)
    with scratch(services) as folder:
        path = folder / name
        path.write_bytes(given.file.content)
        payout = import_list(path, channel, side.services(services), person=viewer.person)
    return done(payout, side)


def _sign(services: Services, viewer: Viewer, given: inputs.OfList, *, side: Side) -> Done:
    mine = side.services(services)
    with mine.store.read() as uow:
        approval = uow.payouts.get(given.list_id).approval
    demanded = said.needed(approval)
    if demanded is not None:
        viewer.require(demanded)
    signed = payout_approval.sign(
        given.list_id, person=viewer.person, digest=given.digest, services=mine,
        step=len(approval.signatures) + 1,
    )  # fmt: skip
    return done(signed, side)


def _decline(services: Services, viewer: Viewer, given: inputs.ListReason, *, side: Side) -> Done:
    declined = payout_approval.decline(
        given.list_id, person=viewer.person, reason=given.reason, services=side.services(services)
    )
    return done(declined, side)


def _cancel(services: Services, viewer: Viewer, given: inputs.ListReason, *, side: Side) -> Done:
    cancelled = payout_approval.cancel(
        given.list_id, person=viewer.person, reason=given.reason, services=side.services(services)
    )
    return done(cancelled, side)


def _release(services: Services, viewer: Viewer, given: inputs.Releasing, *, side: Side) -> Done:
    mine = side.services(services)
    with mine.store.read() as uow:
        if uow.payouts.get(given.list_id).digest != given.digest:
            raise Rejected("payout_digest_differs", id=given.list_id)
    released = release(given.list_id, person=viewer.person, next_day=given.next_day, services=mine)
    return _released(released, side)


def _release_again(
    services: Services, viewer: Viewer, given: inputs.ReleasingAgain, *, side: Side
) -> Done:
    released = release_again(
        given.list_id, person=viewer.person, next_day=given.next_day,
        services=side.services(services),
    )  # fmt: skip
    return _released(released, side)


def _released(released: Released, side: Side) -> Done:
    files = [
        {"batch": one.id, "bank": one.bank, "business_on": one.business_on.isoformat(),
         "file_name": one.file_name}
        for one in released.batches
    ]  # fmt: skip
    return done(released.payout, side, batches=files)


def _withdraw(services: Services, viewer: Viewer, given: inputs.Ordering) -> Done:
    order = withdraw(given.batch_id, person=viewer.person, reason=given.reason, services=services)
    return _ordered(order)


def _resend(services: Services, viewer: Viewer, given: inputs.Ordering) -> Done:
    order = resend(given.batch_id, person=viewer.person, reason=given.reason, services=services)
    return _ordered(order)


def _ordered(order: BatchOrder) -> Done:
    if order.is_confirmed:
        text = gettext("Batch %(id)s: confirmed by the second person", id=order.batch_id)
    else:
        text = gettext("Batch %(id)s: proposed, another person confirms it", id=order.batch_id)
    data = {"batch": order.batch_id, "kind": order.kind.value, "confirmed": order.is_confirmed}
    return Done(text=text, href=url_for("payout_batch", batch_id=order.batch_id), data=data)


def actions(side: Side) -> tuple[Action, ...]:
    """Return what is done with the lists of one side."""
    name = side.name
    return (
        Action(name=f"{name}.import", label=N_("Take in a list"), takes=inputs.Importing,
               permissions=(Permission.PAYOUT_MAKE,), run=partial(_import, side=side)),
        Action(name=f"{name}.sign", label=N_("Sign"), takes=inputs.OfList, step_up=True,
               permissions=_SIGNING, run=partial(_sign, side=side)),
        Action(name=f"{name}.decline", label=N_("Decline"), takes=inputs.ListReason, danger=True,
               permissions=_SIGNING, run=partial(_decline, side=side)),
        Action(name=f"{name}.cancel", label=N_("Cancel the list"), takes=inputs.ListReason,
               danger=True, permissions=(Permission.PAYOUT_MAKE,),
               run=partial(_cancel, side=side)),
        Action(name=f"{name}.release", label=N_("Release to the banks"), takes=inputs.Releasing,
               step_up=True, permissions=(Permission.PAYOUT_RELEASE,),
               run=partial(_release, side=side)),
    )  # fmt: skip


def payout_orders(side: Side) -> tuple[Action, ...]:
    """Return what two people order about a batch; there is nothing of the kind for debits."""
    return (
        Action(name="payout.release_again", label=N_("Release again what waits"),
               takes=inputs.ReleasingAgain, step_up=True,
               permissions=(Permission.PAYOUT_RELEASE,),
               run=partial(_release_again, side=side)),
        Action(name="payout.withdraw", label=N_("Withdraw the batch"), takes=inputs.Ordering,
               step_up=True, danger=True, permissions=_ORDERING, run=_withdraw),
        Action(name="payout.resend", label=N_("Send the file again"), takes=inputs.Ordering,
               step_up=True, permissions=_ORDERING, run=_resend),
    )  # fmt: skip
