"""Whose a case is: staff see all, people of a region only what is with their own region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from hub.console.formatting import word
from hub.console.language import gettext
from hub.console.registry import Done
from hub.console.topics.transfers.words import said
from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.domain.permission import Viewer
    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services


def require_visible(case: TransferCase, viewer: Viewer) -> None:
    """Tell who belongs to another region that a case is not there: `transfer_missing`."""
    if viewer.is_outsider and case.counterpart != viewer.region:
        raise Rejected("transfer_missing", id=case.id)


def require_answerable(case_id: int, viewer: Viewer, services: Services) -> None:
    """Let people of a region answer for their own office, where it has no hub that does.

    `Rejected`: `transfer_missing` for others' cases, `transfer_not_on_paper`.
    """
    if not viewer.is_outsider:
        return
    with services.store.read() as uow:
        case = uow.transfers.get(case_id)
    require_visible(case, viewer)
    if not case.on_paper:
        raise Rejected("transfer_not_on_paper", ref=case.ref)


def done(case: TransferCase) -> Done:
    """Say where a case stands now, and lead to its page."""
    state = said(case.state)
    text = gettext("Case %(ref)s: %(state)s", ref=case.ref, state=word(state))
    data = {"case": case.id, "ref": case.ref, "state": case.state.value, "version": case.version}
    proposal = case.proposal
    if proposal is not None and not proposal.done:
        data |= {"digest": proposal.digest, "signed": len(proposal.approval.signatures),
                 "needs": proposal.approval.levels}  # fmt: skip
    return Done(text=text, href=url_for("transfer", case_id=case.id), data=data)
