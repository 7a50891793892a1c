"""What the actions on transfers take."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hub.console.fields import LongText, Upload, Uploaded, Yuan
from hub.console.language import N_
from hub.console.registry import Input
from hub.domain.codes import bank_account, cnaps
from hub.domain.transfer_body import FormRows
from hub.domain.transfer_facts import Account
from hub.domain.transfer_kinds import Direction, Kind  # noqa: TC001
from hub.domain.transfer_rows import read_rows
from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.flows.services import Services

CaseId = Annotated[int, Field(title=N_("Case"), ge=1)]
Number = Annotated[str, Field(title=N_("Number on the paper"), max_length=100)]
On = Annotated[
    date | None, Field(title=N_("Day on the paper"), description=N_("Today if left empty"))
]
Reason = Annotated[LongText, Field(title=N_("Reason"), min_length=1, max_length=500)]
Amount = Annotated[Yuan, Field(title=N_("Amount (yuan)"))]
RowsFile = Annotated[
    Upload | None,
    Field(title=N_("Yearly rows"), description=N_("JSON from the core system: items and years")),
]
Region = Annotated[str, Field(title=N_("Other region"), min_length=6, max_length=6)]


class OfCase(Input):
    """One case."""

    case_id: CaseId


class WithReason(OfCase):
    """One case and why."""

    reason: Reason


class Applying(Input):
    """An application (受理)."""

    direction: Direction = Field(title=N_("Direction"))
    kind: Kind = Field(title=N_("Kind"))
    person_id: str = Field(title=N_("Identity number"), max_length=18)
    person_name: str = Field(title=N_("Name"), max_length=64)
    other: Region
    ref: str | None = Field(None, title=N_("Their case number"), max_length=64)
    on: On = None
    on_paper: bool = Field(
        default=False, title=N_("On paper"), description=N_("The other office has no hub")
    )


class Owing(OfCase):
    """What was looked up about arrears (欠费核查)."""

    owed: Amount


class AccountInput(OfCase):
    """Where the money is to go; empty: our account in the directory."""

    account_name: str | None = Field(None, title=N_("Account name"), max_length=200)
    account_no: str | None = Field(None, title=N_("Account number"), max_length=34)
    bank: str | None = Field(None, title=N_("Bank"), max_length=200)
    bank_no: str | None = Field(None, title=N_("Bank number"), max_length=12)

    def account(self) -> Account | None:
        """Return the account, if one was typed; `Rejected("transfer_account_incomplete")`."""
        given = (self.account_name, self.account_no, self.bank)
        if not any(given):
            return None
        name, number, bank = given
        if not (name and number and bank):
            raise Rejected("transfer_account_incomplete")
        return Account(
            name=name, no=bank_account.validate(number), bank=bank,
            bank_no=cnaps.validate(self.bank_no) if self.bank_no else None,
        )  # fmt: skip


class TheirConsent(AccountInput):
    """The other office's letter, typed from paper."""

    number: Number
    on: On = None


class FormInput(OfCase):
    """A form of ours (转移表)."""

    amount: Amount
    rows: RowsFile = None


class TheirForm(FormInput):
    """The other office's form, typed from paper."""

    number: Number
    on: On = None
    epoch: int = Field(1, title=N_("Ownership number on the form"), ge=1)


class Paid(OfCase):
    """One payment (逐笔)."""

    number: str = Field(title=N_("Voucher number"), max_length=100)
    amount: Amount
    on: On = None
    back: bool = Field(default=False, title=N_("The money went back to the old place"))


class OnDay(OfCase):
    """One case and a day on paper."""

    on: On = None


class Signing(OfCase):
    """A signature under exactly what was shown."""

    digest: str = Field(title=N_("Digest"), min_length=12, max_length=64)


class Voiding(WithReason):
    """What is to be void."""

    target: str = Field(title=N_("What is void"), max_length=200)


class RecallAnswer(OfCase):
    """Their answer to the recall of our form."""

    given_back: bool = Field(default=False, title=N_("They give the form back"))


class Asking(OfCase):
    """A question."""

    text: LongText = Field(title=N_("Question"), min_length=1, max_length=500)


class Answering(OfCase):
    """An answer to a question by its number."""

    number: str = Field(title=N_("Number of the question"), max_length=100)
    text: LongText = Field(title=N_("Answer"), min_length=1, max_length=500)


class Onward(WithReason):
    """Where a request goes on to."""

    to: Region


class Again(WithReason):
    """What another round of a case needs."""

    offer: bool = Field(default=False, title=N_("A new form is needed"))
    funds: bool = Field(default=False, title=N_("More money is needed"))


class PaperFile(Input):
    """A paper of the other office as a file."""

    file: Upload = Field(title=N_("File (XML or XLSX)"))
    other: str | None = Field(
        None, title=N_("Other region"), description=N_("People of a region: leave it empty"),
        max_length=6,
    )  # fmt: skip


class Sending(OfCase):
    """Our latest paper through a channel."""

    channel: str = Field(title=N_("Outbound channel"), max_length=64)


def rows_in(file: Uploaded | None) -> FormRows:
    """Return the items and yearly rows in a form's file; `transfer_form_unreadable`."""
    return FormRows() if file is None else read_rows(file.content, file=file.name)


def day_of(on: date | None, services: Services) -> date:
    """Return the day that was typed, or today."""
    return on or services.today()
