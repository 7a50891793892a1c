"""What people sign in transfers: proposals of decisions, with their signatures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select

from hub.domain.approval import Approval, Signature
from hub.domain.transfer_case import Proposal, TransferCase
from hub.domain.transfer_facts import FACTS, Consent, Ending, Form
from hub.domain.transfer_json import from_json, text_of
from hub.domain.transfer_kinds import Direction, End, Step
from hub.store.audit import Answer
from hub.store.schema.transfers import transfer_approvals, transfer_facts, transfers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


class TransferApprovals:
    """The proposals that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, case: TransferCase, proposal: Proposal) -> Proposal:
        """Keep a proposal under the next number of its step; earlier ones count no more."""
        c = transfer_approvals.c
        mine = (c.case_id == case.id, c.step == proposal.step.value)
        last = self._connection.execute(select(func.max(c.number)).where(*mine)).scalar()
        numbered = replace(proposal, number=(last or 0) + 1)
        self._connection.execute(
            transfer_approvals.insert().values(
                case_id=case.id, step=numbered.step.value, number=numbered.number,
                type=numbered.fact.TYPE, content=text_of(numbered.fact), digest=numbered.digest,
                levels=numbered.approval.levels, done=0,
            )
        )  # fmt: skip
        return numbered

    def sign(self, case: TransferCase, proposal: Proposal) -> None:
        """Write the signatures of a proposal, and whether it has become a fact."""
        c = transfer_approvals.c
        signatures: dict[str, object] = {}
        for place, one in enumerate(proposal.approval.signatures, start=1):
            signatures |= {f"signed{place}_by": one.person, f"signed{place}_at": one.at}
        mine = (c.case_id == case.id, c.step == proposal.step.value, c.number == proposal.number)
        self._connection.execute(
            transfer_approvals.update()
            .where(*mine)
            .values(done=int(proposal.done), content=text_of(proposal.fact), **signatures)
        )

    def latest(self, case_ids: Sequence[int]) -> dict[int, Proposal]:
        """Return the proposal that each case made last."""
        c = transfer_approvals.c
        found: dict[int, Proposal] = {}
        for start in range(0, len(case_ids), _AT_ONCE):
            some = c.case_id.in_(case_ids[start : start + _AT_ONCE])
            query = select(transfer_approvals).where(some).order_by(c.id)
            found |= {row.case_id: _proposal_of(row) for row in self._connection.execute(query)}
        return found

    def of(self, case_id: int) -> list[Proposal]:
        """Return every proposal of a case, oldest first."""
        c = transfer_approvals.c
        query = select(transfer_approvals).where(c.case_id == case_id).order_by(c.id)
        return [_proposal_of(row) for row in self._connection.execute(query)]

    def unsigned(self) -> Answer:
        """Every consent, form and continuation of ours was signed by all who must."""
        f, t, a = transfer_facts.c, transfers.c, transfer_approvals.c
        done = f"{Ending.TYPE}:{End.DONE}:ours"
        ours = or_(
            and_(t.direction == Direction.IN.value, f.type == Consent.TYPE),
            and_(t.direction == Direction.OUT.value, f.type == Form.TYPE),
            f.key == done,
        )
        signed = exists().where(
            a.case_id == f.case_id, a.type == f.type, a.content == f.content, a.done == 1
        )
        first_round = t.round == 1  # later rounds begin with what was signed in an earlier one
        query = (
            select(t.id)
            .join_from(transfers, transfer_facts, t.id == f.case_id)
            .where(ours, first_round, ~signed)
            .order_by(t.id)
            .limit(1)
        )
        looked = self._connection.execute(
            select(func.count()).select_from(transfer_facts).where(f.type.in_(_DECIDED))
        ).scalar_one()
        found = self._connection.execute(query).scalar_one_or_none()
        return Answer(looked=int(looked), first=None if found is None else f"transfer:{found}")


_AT_ONCE = 500
_DECIDED = (Consent.TYPE, Form.TYPE, Ending.TYPE)


def _proposal_of(row: Row[Any]) -> Proposal:
    signatures = tuple(
        Signature(person=by, at=at)
        for by, at in (
            (row.signed1_by, row.signed1_at),
            (row.signed2_by, row.signed2_at),
            (row.signed3_by, row.signed3_at),
        )
        if by is not None
    )
    return Proposal(
        step=Step(row.step), number=row.number, digest=row.digest, done=bool(row.done),
        fact=from_json(FACTS[row.type], json.loads(row.content)),
        approval=Approval(levels=row.levels, signatures=signatures),
    )  # fmt: skip
