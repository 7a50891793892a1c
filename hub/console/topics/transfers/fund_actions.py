"""The money of transfers: payments noted one by one, approval forms of what is to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from flask import url_for
from pydantic import Field

from hub.console.formatting import money
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.console.topics.transfers import inputs
from hub.console.topics.transfers.actions import WORK
from hub.console.topics.transfers.theirs import done
from hub.domain.correction import Correction
from hub.flows import transfer_desk as desk
from hub.flows import transfer_remit as remit

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList
    from hub.domain.permission import Viewer
    from hub.flows.services import Services

Bank = Annotated[str, Field(title=N_("The bank that pays"), max_length=64)]


class Remitting(Input):
    """Cases of the fund list whose money goes on one approval form."""

    ids: list[int] = Field(title=N_("Cases"), min_length=1, max_length=remit.REMITTANCES_MAX)
    bank: Bank


class RemittingAgain(Input):
    """What is to be another than before; what is left empty stays."""

    remittance_id: int = Field(title=N_("Remittance"), ge=1)
    account_no: str | None = Field(None, title=N_("Account number"), max_length=34)
    account_name: str | None = Field(None, title=N_("Account name"), max_length=200)
    bank: str | None = Field(None, title=N_("The bank that pays"), max_length=64)
    bank_no: str | None = Field(None, title=N_("Bank number"), max_length=12)
    explanation: str | None = Field(None, title=N_("What was found out"), max_length=500)


def _funds(services: Services, viewer: Viewer, asked: inputs.Paid) -> Done:
    act = desk.note_returned if asked.back else desk.note_funds
    case = act(
        asked.case_id, asked.number, asked.amount, inputs.day_of(asked.on, services),
        person=viewer.person, services=services,
    )  # fmt: skip
    return done(case)


def _remit(services: Services, viewer: Viewer, asked: Remitting) -> Done:
    payout = remit.draft(asked.ids, bank=asked.bank, person=viewer.person, services=services)
    return form_made(payout)


def _remit_again(services: Services, viewer: Viewer, asked: RemittingAgain) -> Done:
    correction = Correction(
        item_id=0, account_no=asked.account_no, account_name=asked.account_name, bank=asked.bank,
        bank_no=asked.bank_no, explanation=asked.explanation,
    )  # fmt: skip
    payout = remit.correct(asked.remittance_id, correction, person=viewer.person, services=services)
    return form_made(payout)


def form_made(payout: PayoutList) -> Done:
    """Say which approval form (拨付审批表) was made: others sign and release it."""
    text = gettext(
        "Approval form %(number)s was made: %(items)s payments, %(yuan)s yuan; others sign it",
        number=payout.id, items=payout.item_count, yuan=money(payout.total_fen),
    )  # fmt: skip
    data = {"list": payout.id, "digest": payout.digest, "total_fen": payout.total_fen}
    return Done(text=text, href=url_for("table", name="remittances"), data=data)


ACTIONS = (
    Action(name="transfer.funds", label=N_("Note a payment"), permissions=WORK,
           takes=inputs.Paid, run=_funds),
    Action(name="transfer.remit", label=N_("Make the approval form"), permissions=WORK,
           takes=Remitting, run=_remit),
    Action(name="transfer.remit_again", label=N_("Pay again, corrected"), permissions=WORK,
           takes=RemittingAgain, run=_remit_again),
)  # fmt: skip
