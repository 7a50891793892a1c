"""What people do about refunds: open, document, confirm, make the form, correct, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from flask import url_for
from pydantic import Field

from hub.console.fields import Upload, Yuan  # noqa: TC001 -- pydantic reads the annotations
from hub.console.formatting import money, word
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.console.topics.payouts import inputs  # noqa: TC001 -- likewise
from hub.console.topics.payouts.actions import kept_name
from hub.console.topics.refunds.tables import STATES
from hub.domain.correction import Correction
from hub.domain.permission import Permission
from hub.domain.refund import RefundCause  # noqa: TC001 -- likewise
from hub.flows import refund as flow
from hub.flows.refund_pay import correct, draft_form
from hub.flows.scratch import scratch

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList
    from hub.domain.permission import Viewer
    from hub.domain.refund import Refund
    from hub.flows.services import Services

RefundId = Annotated[int, Field(title=N_("Case no."), ge=1, lt=2**63)]
_WORK: Final = (Permission.REFUND_WORK,)


class Opening(Input):
    """A claim about what a discrepancy shows; what the facts know may be left out."""

    discrepancy_id: int = Field(title=N_("Discrepancy"), ge=1, lt=2**63)
    cause: RefundCause = Field(title=N_("Cause"))
    amount: Annotated[Yuan, Field(title=N_("Amount (yuan)"))]
    payer_name: str = Field(title=N_("Payer"), min_length=1, max_length=70)
    bank: str = Field(title=N_("Bank (code)"), min_length=1, max_length=40)
    bank_no: Annotated[str | None, Field(title=N_("CNAPS number"), max_length=14)] = None
    account_no: str = Field(title=N_("Account"), min_length=1, max_length=32)
    account_name: Annotated[
        str | None,
        Field(title=N_("Name of the account"), description=N_("The payer's if left empty"),
              max_length=70),
    ] = None  # fmt: skip
    payer_id: Annotated[
        str | None,
        Field(title=N_("Payer's number"), description=N_("If the discrepancy has none"),
              max_length=18),
    ] = None  # fmt: skip
    fund: Annotated[
        str | None,
        Field(title=N_("Insurance"), description=N_("If the discrepancy has none"),
              max_length=40),
    ] = None  # fmt: skip
    period: Annotated[
        int | None,
        Field(title=N_("Period"), description=N_("If the discrepancy has none"), ge=199001,
              le=299912),
    ] = None  # fmt: skip
    receipt_no: Annotated[
        str | None,
        Field(title=N_("Receipt"), description=N_("If the discrepancy has none"), max_length=64),
    ] = None


class Attaching(Input):
    """A document of a case."""

    refund_id: RefundId
    kind: str = Field(title=N_("Kind of document (code)"), min_length=1, max_length=40)
    file: Upload = Field(title=N_("File"))


class Checking(Input):
    """A case as somebody saw it."""

    refund_id: RefundId
    version: int = Field(title=N_("Version"), ge=1)


class Listing(Input):
    """Confirmed cases of one fund."""

    ids: Annotated[list[int], Field(title=N_("Cases"), min_length=1, max_length=500)]


class Correcting(Input):
    """A returned refund, and what is to be different when it is paid again."""

    refund_id: RefundId
    account_no: inputs.AccountNo = None
    account_name: inputs.AccountName = None
    bank: inputs.Bank = None
    bank_no: inputs.BankNo = None
    explanation: inputs.Explanation = None


class Cancelling(Input):
    """A case and why it is over."""

    refund_id: RefundId
    reason: inputs.Reason


def _open(services: Services, viewer: Viewer, given: Opening) -> Done:
    claim = flow.Claim(
        cause=given.cause, amount_fen=given.amount, payer_name=given.payer_name, bank=given.bank,
        account_no=given.account_no, account_name=given.account_name, bank_no=given.bank_no,
        payer_id=given.payer_id, fund=given.fund, period=given.period,
        receipt_no=given.receipt_no,
    )  # fmt: skip
    opened = flow.open_case(given.discrepancy_id, claim, person=viewer.person, services=services)
    return _done(opened)


def _attach(services: Services, viewer: Viewer, given: Attaching) -> Done:
    with scratch(services) as folder:
        path = folder / kept_name(given.file)
        path.write_bytes(given.file.content)
        changed = flow.attach(
            given.refund_id, given.kind, path, person=viewer.person, services=services
        )
    return _done(changed)


def _check(services: Services, viewer: Viewer, given: Checking) -> Done:
    return _done(
        flow.check(given.refund_id, person=viewer.person, services=services, version=given.version)
    )


def _form(services: Services, viewer: Viewer, given: Listing) -> Done:
    payout = draft_form(given.ids, person=viewer.person, services=services)
    return _listed(payout, min(given.ids))


def _correct(services: Services, viewer: Viewer, given: Correcting) -> Done:
    values = given.model_dump(exclude={"refund_id"})
    payout = correct(
        given.refund_id, Correction(item_id=0, **values), person=viewer.person, services=services
    )
    return _listed(payout, given.refund_id)


def _cancel(services: Services, viewer: Viewer, given: Cancelling) -> Done:
    return _done(
        flow.cancel(given.refund_id, person=viewer.person, reason=given.reason, services=services)
    )


def _done(refund: Refund) -> Done:
    text = gettext(
        "Refund %(number)s: %(amount)s yuan, %(state)s", number=refund.number,
        amount=money(refund.amount_fen), state=word(STATES[refund.state.value]),
    )  # fmt: skip
    data = {"refund": refund.id, "state": refund.state.value, "version": refund.version}
    return Done(text=text, href=url_for("refund", refund_id=refund.id), data=data)


def _listed(payout: PayoutList, refund_id: int) -> Done:
    text = gettext(
        "Approval form %(id)s made: %(items)s items, %(total)s yuan, to be signed by others",
        id=payout.id, items=payout.item_count, total=money(payout.total_fen),
    )  # fmt: skip
    data = {"list": payout.id, "state": payout.state.value, "digest": payout.digest}
    return Done(text=text, href=url_for("refund", refund_id=refund_id), data=data)


ACTIONS: Final = (
    Action(name="refund.open", label=N_("Open a refund"), permissions=_WORK, takes=Opening,
           run=_open),
    Action(name="refund.document", label=N_("Add a document"), permissions=_WORK,
           takes=Attaching, run=_attach),
    Action(name="refund.check", label=N_("Confirm the refund"), takes=Checking, run=_check,
           permissions=(Permission.REFUND_APPROVE,), step_up=True),
    Action(name="refund.form", label=N_("Make the approval form"), permissions=_WORK,
           takes=Listing, run=_form),
    Action(name="refund.correct", label=N_("Correct the account and pay again"),
           permissions=_WORK, takes=Correcting, run=_correct),
    Action(name="refund.cancel", label=N_("Cancel the refund"), permissions=_WORK,
           takes=Cancelling, run=_cancel, danger=True),
)  # fmt: skip
