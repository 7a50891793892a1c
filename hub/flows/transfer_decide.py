"""This office decides in a transfer: somebody proposes, as many sign as the rule says, it happens.

Consent (3-16), the form (3-14, 6-18) and the continuation (3-17, 6-19) are decisions. The last
signature makes the fact and sends the message in the same unit; its day is that of the signature.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import Approval
from hub.domain.transfer_body import Completed, Said
from hub.domain.transfer_case import Proposal, TransferCase
from hub.domain.transfer_facts import Account, Consent, Ending, Form
from hub.domain.transfer_json import digest_of, to_json
from hub.domain.transfer_kinds import Direction, End, Kind, Step
from hub.domain.transfer_steps import advance
from hub.errors import Rejected
from hub.flows.transfer_apply import require_held
from hub.flows.transfer_judge import require_sound
from hub.flows.transfer_notes import Work, applied_on, note, work_of
from hub.flows.transfer_send import send

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.domain.transfer_facts import Fact
    from hub.flows.services import Services


_SIDE: Final = {
    Step.CONSENT: Direction.IN,
    Step.OFFER: Direction.OUT,
    Step.CONTINUE: Direction.IN,
}


def propose_consent(
    case_id: int, *, account: Account | None, person: str, services: Services
) -> TransferCase:
    """Propose to agree (同意转入): without an account the directory's own for that insurance.

    `Rejected("region_account_missing")` when the directory has none and money is to come.
    """

    def fact(case: TransferCase, work: Work) -> Fact:
        number = f"{case.ref}-{case.round}-L{len(case.all(Consent)) + 1}"
        return Consent(
            on=work.today, number=number, account=account or _own_account(case, work),
            applied_on=applied_on(case),
        )  # fmt: skip

    return _propose(case_id, Step.CONSENT, fact, person=person, services=services)


def propose_form(
    case_id: int,
    *,
    amount_fen: int,
    items: Mapping[str, int] | None = None,
    years: Sequence[Mapping[str, Any]] = (),
    person: str,
    services: Services,
) -> TransferCase:
    """Propose a form (转移表) with its amount, items and yearly rows as the core system has them.

    `Rejected("transfer_lacks")` names what must be there before (consent, arrears, application).
    """

    def fact(case: TransferCase, work: Work) -> Fact:
        if not case.supplement:
            require_held(work.uow, case.person_id, case.kind)
        number = f"{case.ref}-{case.round}-F{len(case.all(Form)) + 1}"
        return Form(
            on=work.today, number=number, amount_fen=amount_fen, epoch=case.epoch,
            items=dict(items or {}), years=tuple(dict(row) for row in years),
        )  # fmt: skip

    return _propose(case_id, Step.OFFER, fact, person=person, services=services)


def propose_continuation(case_id: int, *, person: str, services: Services) -> TransferCase:
    """Propose to continue the relation (接续): consent, form and money must be there.

    `Rejected("transfer_form_differs")` when the form does not add up and nobody has accepted it.
    """

    def fact(case: TransferCase, work: Work) -> Fact:
        form = case.form
        if form is None:
            raise Rejected("transfer_not_offered", ref=case.ref)
        require_sound(case, work.uow, work.services)
        return Ending(
            on=work.today, how=End.DONE, ours=True, form=form.number, epoch=form.epoch + 1
        )

    return _propose(case_id, Step.CONTINUE, fact, person=person, services=services)


def sign(
    case_id: int, *, person: str, services: Services, digest: str | None = None
) -> TransferCase:
    """Sign what is proposed; the last signature that is needed carries it out.

    `Rejected`: `transfer_nothing_to_sign`, `transfer_digest` when it is not what the person saw,
    `approval_same_person`, and what `advance` says when the case has moved on meanwhile.
    """

    def act(work: Work) -> TransferCase:
        case = work.get(case_id)
        proposal = case.proposal
        if proposal is None or proposal.done:
            raise Rejected("transfer_nothing_to_sign", ref=case.ref)
        if digest is not None and not proposal.digest.startswith(digest):
            raise Rejected("transfer_digest", ref=case.ref)
        fact = replace(proposal.fact, on=work.today)
        advance(case, fact)  # nobody signs what could not be carried out any more
        approval = proposal.approval.sign(person, at=work.at)
        signed = replace(proposal, approval=approval, done=approval.is_complete, fact=fact)
        work.uow.transfers.approvals.sign(case, signed)
        work.journal(
            "signed", case, step=signed.step.value, number=signed.number, digest=signed.digest,
            level=len(approval.signatures), levels=approval.levels,
        )  # fmt: skip
        case = replace(case, proposal=signed)
        return _carry_out(work, case, fact) if signed.done else case

    return work_of(person, services, act)


def digest_of_proposal(fact: Fact) -> str:
    """Return what is signed: the SHA-256 of a fact without its day, which the last one gives it."""
    return digest_of({name: one for name, one in to_json(fact).items() if name != "on"})


def _propose(
    case_id: int,
    step: Step,
    fact_of: Callable[[TransferCase, Work], Fact],
    *,
    person: str,
    services: Services,
) -> TransferCase:
    def act(work: Work) -> TransferCase:
        case = work.get(case_id)
        if case.direction is not _SIDE[step]:
            raise Rejected(
                "transfer_fact_side", ref=case.ref, side=case.direction.zh, fact=step.value
            )
        fact = fact_of(case, work)
        advance(case, fact)  # refused now rather than at the last signature
        rule = case.rule(step)
        proposal = Proposal(
            step=step, number=0, fact=fact, digest=digest_of_proposal(fact),
            approval=Approval(levels=rule.levels),
        )  # fmt: skip
        kept = work.uow.transfers.approvals.add(case, proposal)
        work.journal(
            "proposed", case, step=step.value, number=kept.number, digest=kept.digest,
            levels=rule.levels, article=rule.levels_by.article,
        )  # fmt: skip
        return replace(case, proposal=kept)

    return work_of(person, services, act)


def _carry_out(work: Work, case: TransferCase, fact: Fact) -> TransferCase:
    said, answers = _message(case, fact)
    message_id = send(work, case, said, answers=answers)
    return note(work.with_message(message_id), case, fact)


def _message(case: TransferCase, fact: Fact) -> tuple[Said, str | None]:
    """Return what a decision says to the other office, and which fact it answers."""
    match fact:
        case Consent():
            return fact, None
        case Form():
            return fact, case.consent.key if case.consent is not None else None
        case Ending(form=str(form), epoch=int(epoch)):
            return Completed(on=fact.on, form=form, epoch=epoch), f"{Form.TYPE}:{form}"
    raise TypeError(fact)


def _own_account(case: TransferCase, work: Work) -> Account | None:
    """Return where money for this office goes, as every office reads it in the directory."""
    try:
        found = work.uow.regions.account(work.region, case.kind.fund, on=work.today)
    except Rejected:
        if case.kind is Kind.UNEMPLOYMENT:  # in employment the relation goes without money
            return None
        raise
    return Account(
        name=found.account_name, bank=found.bank_name, no=found.account_no, bank_no=found.bank_no
    )
