"""Credits: entered, proposed for a case, confirmed by another person, given back, sent back."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic reads the annotations
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from flask import url_for
from pydantic import Field

from hub.console.fields import LongText, Upload, Yuan
from hub.console.formatting import word
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.console.topics.transfers.fund_actions import form_made
from hub.console.topics.transfers.words import said
from hub.domain.permission import Permission
from hub.flows import transfer_receive as flow
from hub.flows import transfer_send_back as back
from hub.flows.transfer_statement import WORDS, take_statement

if TYPE_CHECKING:
    from hub.domain.permission import Viewer
    from hub.domain.transfer_receipt import Receipt
    from hub.flows.services import Services

WORK = (Permission.TRANSFER_WORK,)
PROPOSE = (Permission.SUSPENSE_PROPOSE,)
CONFIRM = (Permission.SUSPENSE_CONFIRM,)
ReceiptId = Annotated[int, Field(title=N_("Credit"), ge=1)]
Reason = Annotated[LongText, Field(title=N_("Reason"), min_length=1, max_length=500)]


class Fund(StrEnum):
    """Whose money it is."""

    PENSION = "pension"
    MEDICAL = "medical"
    UNEMPLOYMENT = "unemployment"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {"pension": "养老", "medical": "医疗", "unemployment": "失业"}[self.value]


class Entering(Input):
    """One credit as the bank's paper says it (逐笔)."""

    number: str = Field(title=N_("The bank's number of the credit"), max_length=200)
    fund: Fund = Field(title=N_("Fund"))
    amount: Yuan = Field(title=N_("Amount (yuan)"))
    on: date | None = Field(None, title=N_("Credited on"), description=N_("Today if left empty"))
    payer: str | None = Field(None, title=N_("Paid by"), max_length=200)
    account_no: str | None = Field(None, title=N_("From account"), max_length=34)
    words: str | None = Field(None, title=N_("The bank's words"), max_length=200)
    paper: Upload | None = Field(None, title=N_("The bank's paper"))


class OfStatement(Input):
    """A received bank statement."""

    inbox_id: int = Field(title=N_("Number of the received statement"), ge=1)
    fund: Fund | None = Field(
        None, title=N_("Fund"), description=N_("Of lines that name no insurance")
    )


class OfCredit(Input):
    """One credit."""

    receipt_id: ReceiptId


class Proposing(OfCredit):
    """Which case a credit is for."""

    case_id: int = Field(title=N_("Case"), ge=1)


class Freeing(OfCredit):
    """Why a credit leaves its case."""

    reason: Reason


class SendingBack(OfCredit):
    """What was found out, and to whom the money goes back."""

    cause: LongText = Field(title=N_("What was found out"), min_length=1, max_length=500)
    payee_id: str = Field(title=N_("Credit code of the agency"), max_length=18)
    payee: str = Field(title=N_("Name of the agency"), max_length=200)
    account_no: str = Field(title=N_("Account it goes back to"), max_length=34)
    account_name: str | None = Field(
        None, title=N_("Account name"), description=N_("The agency's name if left empty"),
        max_length=200,
    )  # fmt: skip
    bank: str = Field(title=N_("The bank that pays"), max_length=64)
    bank_no: str | None = Field(None, title=N_("Bank number"), max_length=12)


def _enter(services: Services, viewer: Viewer, asked: Entering) -> Done:
    credit = flow.Credit(
        credit_no=asked.number, fund=asked.fund.value, amount_fen=asked.amount,
        credited_on=asked.on or services.today(), payer_name=asked.payer,
        payer_account=asked.account_no, narrative=asked.words,
    )  # fmt: skip
    paper = services.archive.put_bytes(asked.paper.content).sha256 if asked.paper else None
    entered = flow.enter(credit, person=viewer.person, paper=paper, services=services)
    return _done(entered.receipt)


def _from_statement(services: Services, viewer: Viewer, asked: OfStatement) -> Done:
    fund = asked.fund.value if asked.fund else None
    taken = take_statement(
        asked.inbox_id, person=viewer.person, services=services, fund=fund, words=WORDS
    )
    counts = {"entered": len(taken.entered), "known": taken.known, "others": taken.others}
    text = gettext(
        "%(entered)s credits entered, %(known)s known before, %(others)s other lines", **counts
    )
    return Done(text=text, href=url_for("table", name="credits"), data=counts)


def _propose(services: Services, viewer: Viewer, asked: Proposing) -> Done:
    saved = flow.propose(asked.receipt_id, asked.case_id, person=viewer.person, services=services)
    return _done(saved)


def _confirm(services: Services, viewer: Viewer, asked: OfCredit) -> Done:
    return _done(flow.confirm(asked.receipt_id, person=viewer.person, services=services))


def _decline(services: Services, viewer: Viewer, asked: OfCredit) -> Done:
    return _done(flow.decline(asked.receipt_id, person=viewer.person, services=services))


def _unjoin(services: Services, viewer: Viewer, asked: Freeing) -> Done:
    saved = back.unjoin(asked.receipt_id, asked.reason, person=viewer.person, services=services)
    return _done(saved)


def _send_back(services: Services, viewer: Viewer, asked: SendingBack) -> Done:
    sender = back.Sender(
        payee_id=asked.payee_id, name=asked.payee, account_no=asked.account_no,
        account_name=asked.account_name or asked.payee, bank=asked.bank, bank_no=asked.bank_no,
    )  # fmt: skip
    payout = back.draft(
        asked.receipt_id, sender, asked.cause, person=viewer.person, services=services
    )
    return form_made(payout)


def _done(receipt: Receipt) -> Done:
    state = word(said(receipt.state))
    text = gettext("Credit %(number)s: %(state)s", number=receipt.number, state=state)
    return Done(
        text=text,
        href=url_for("credit", receipt_id=receipt.id),
        data={
            "credit": receipt.id, "state": receipt.state.value, "case": receipt.case_id,
            "version": receipt.version,
        },
    )  # fmt: skip


ACTIONS = (
    Action(name="credit.enter", label=N_("Enter a credit"), permissions=WORK, takes=Entering,
           run=_enter),
    Action(name="credit.from_statement", label=N_("Enter the credits of a statement"),
           permissions=WORK, takes=OfStatement, run=_from_statement),
    Action(name="suspense.propose", label=N_("Propose this case"), permissions=PROPOSE,
           takes=Proposing, run=_propose),
    Action(name="suspense.confirm", label=N_("Confirm the match"), permissions=CONFIRM,
           takes=OfCredit, run=_confirm, step_up=True),
    Action(name="suspense.decline", label=N_("Give the proposal back"), permissions=CONFIRM,
           takes=OfCredit, run=_decline),
    Action(name="suspense.unjoin", label=N_("Take it out of the case"), permissions=PROPOSE,
           takes=Freeing, run=_unjoin, danger=True),
    Action(name="suspense.send_back", label=N_("Send it back to the sender"),
           permissions=PROPOSE, takes=SendingBack, run=_send_back, danger=True),
)  # fmt: skip
