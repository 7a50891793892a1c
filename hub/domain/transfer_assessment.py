"""失业保险待遇核定表 (规程 6-19): what the new place decides about a benefit transferred in.

It is about the case as it stands: the old place's form (待遇转移单), the money that has come, and
our decision to continue with its signatures. What the case does not know is left to the desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.domain.transfer_facts import Form, Funds
from hub.domain.transfer_json import digest_of
from hub.domain.transfer_kinds import Direction, End, Kind, Step
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.domain.transfer_case import Proposal, TransferCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A case with the form that counts in it, and the decision on that form if there is one."""

    case: TransferCase
    form: Form
    decision: Proposal | None

    @property
    def levels(self) -> int:
        """Return how many people must sign."""
        if self.decision is not None:
            return self.decision.approval.levels
        return self.case.rule(Step.CONTINUE).levels

    @property
    def is_decided(self) -> bool:
        """Tell whether the benefit was taken over: all have signed and the case was continued."""
        ending = self.case.ending
        taken = ending is not None and ending.how is End.DONE and ending.ours
        return taken and self.decision is not None and self.decision.done

    @property
    def failed(self) -> End | None:
        """Return how the case ended without the benefit coming here."""
        ending = self.case.ending
        return None if ending is None or ending.how is End.DONE else ending.how

    @property
    def is_funded(self) -> bool:
        """Tell whether exactly the money of the form is there."""
        return self.case.funds_fen == self.form.amount_fen

    @property
    def funded_on(self) -> date | None:
        """Return the day of the last payment that came."""
        return max((one.on for one in self.case.valid(Funds)), default=None)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what the paper says; any later change gives another."""
        signed = [] if self.decision is None else self.decision.approval.signatures
        return digest_of(
            {
                "ref": self.case.ref, "round": self.case.round, "source": self.case.counterpart,
                "person_id": self.case.person_id, "person_name": self.case.person_name,
                "form": self.form, "funds_fen": self.case.funds_fen,
                "decision": self.decision.digest if self.decision else None,
                "signed": [{"person": one.person, "at": one.at} for one in signed],
                "decided": self.is_decided, "failed": self.failed,
            }
        )  # fmt: skip


def assessment_of(case: TransferCase, proposals: Sequence[Proposal]) -> Assessment:
    """Return what is assessed in a case; `proposals` are all of the case, oldest first.

    `Rejected`: `transfer_assess_kind` when no unemployment benefit comes in, `transfer_not_offered`
    without the old place's form.
    """
    if case.direction is not Direction.IN or case.kind is not Kind.UNEMPLOYMENT_BENEFIT:
        raise Rejected(
            "transfer_assess_kind", ref=case.ref, found=f"{case.kind.zh}{case.direction.zh}"
        )
    ended = case.ending
    taken = ended.form if ended is not None and ended.how is End.DONE else None
    form = next((one for one in case.valid(Form) if one.number == taken), None) or case.form
    if form is None:
        raise Rejected("transfer_not_offered", ref=case.ref)
    decisions = [
        one for one in proposals
        if one.step is Step.CONTINUE and getattr(one.fact, "form", None) == form.number
    ]  # fmt: skip
    return Assessment(case=case, form=form, decision=decisions[-1] if decisions else None)
