"""What the actions on lists, batches and items take."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic reads the annotations
from typing import Annotated, Literal

from pydantic import Field

from hub.console.fields import LongText, Upload
from hub.console.language import N_
from hub.console.registry import Input

ListId = Annotated[int, Field(title=N_("List no."), ge=1, lt=2**63)]
BatchId = Annotated[int, Field(title=N_("Batch no."), ge=1, lt=2**63)]
ItemId = Annotated[int, Field(title=N_("Item no. in the hub"), ge=1, lt=2**63)]
Digest = Annotated[
    str,
    Field(
        title=N_("Digest"),
        description=N_("SHA-256 of what you saw, from the page of the list"),
        pattern=r"^[0-9a-f]{64}$",
    ),
]
Reason = Annotated[LongText, Field(title=N_("Reason"), min_length=1, max_length=500)]
AccountNo = Annotated[str | None, Field(title=N_("Other account"), max_length=32)]
AccountName = Annotated[str | None, Field(title=N_("Other name of the account"), max_length=70)]
Bank = Annotated[str | None, Field(title=N_("Other bank (code)"), max_length=40)]
BankNo = Annotated[str | None, Field(title=N_("CNAPS number of the other bank"), max_length=14)]
Explanation = Annotated[
    LongText | None,
    Field(title=N_("What was found out"), max_length=500),
]


class Importing(Input):
    """A desk's list as a file."""

    file: Upload = Field(
        title=N_("File"), description=N_("The desk's list under the name that its layout has")
    )


class OfList(Input):
    """One list as somebody saw it."""

    list_id: ListId
    digest: Digest


class ListReason(Input):
    """One list and why."""

    list_id: ListId
    reason: Reason


class Releasing(OfList):
    """A list to let go, once it is approved."""

    next_day: bool = Field(
        default=False, title=N_("After a bank's hour: take its next banking day")
    )


class ReleasingAgain(Input):
    """A list of which withdrawn batches left something waiting."""

    list_id: ListId
    next_day: bool = Field(
        default=False, title=N_("After a bank's hour: take its next banking day")
    )


class Ordering(Input):
    """A batch that two people withdraw or send again."""

    batch_id: BatchId
    reason: Annotated[
        LongText | None,
        Field(
            title=N_("Reason"), description=N_("The first of the two people says it"),
            max_length=500,
        ),
    ] = None  # fmt: skip


class Correcting(Input):
    """A returned payment, and what is to be different when it is paid again."""

    item_id: ItemId
    account_no: AccountNo = None
    account_name: AccountName = None
    bank: Bank = None
    bank_no: BankNo = None
    explanation: Explanation = None


class CorrectingDebit(Correcting):
    """A failed debit, and what is to be different when it is tried again."""

    mandate_no: Annotated[str | None, Field(title=N_("Other mandate"), max_length=35)] = None
    mandate_on: Annotated[date | None, Field(title=N_("Signed on"))] = None
    mandate_until: Annotated[date | None, Field(title=N_("Counts until"))] = None


class Repeating(Input):
    """Several items that are paid or debited again as they are."""

    ids: Annotated[list[int], Field(title=N_("Items"), min_length=1, max_length=5000)]
    explanation: Explanation = None


class TakingBack(Input):
    """A work list as the desk filled it in."""

    file: Upload = Field(title=N_("File"), description=N_("The work list, as CSV or XLSX"))


class Deciding(Input):
    """What became of a payment that the bank leaves open."""

    item_id: ItemId
    outcome: Literal["paid", "returned"] = Field(title=N_("Outcome"))
    reason: Annotated[
        LongText, Field(title=N_("How you know it"), min_length=1, max_length=500)
    ]  # fmt: skip


class DecidingDebit(Deciding):
    """What became of a debit that the bank leaves open."""

    outcome: Literal["succeeded", "failed"] = Field(title=N_("Outcome"))  # type: ignore[assignment]


class Stopping(Input):
    """A contribution that is not to be debited any more."""

    item_id: ItemId
    everything: bool = Field(default=False, title=N_("All contributions of the person"))
    reason: Reason


class Lifting(Input):
    """A person whose stops are lifted."""

    item_id: ItemId
    reason: Reason


class Remapping(Input):
    """A bank whose unrecognised answers are read anew."""

    bank: Annotated[str, Field(title=N_("Bank (code)"), min_length=1, max_length=40)]
