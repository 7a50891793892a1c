"""Offices that transfer relations to each other: real stores and keys, messages by hand."""

from __future__ import annotations

from hub.actors.cast import TRANSFER_STEPS
from hub.domain.codes import cnaps, person_id
from hub.domain.region_directory import Kind as Entry
from hub.domain.transfer_case import owners
from hub.domain.transfer_kinds import Direction, Kind
from hub.flows import transfer_decide as decide
from hub.flows import transfer_desk as desk
from hub.flows.transfer_apply import Application, apply
from hub.flows.transfer_report import view
from tests import regions
from tests.doubles import FrozenClock
from tests.regions import CHENGDU, HANGZHOU, WUHAN, RegionOffice, carry

__all__ = ["CHENGDU", "HANGZHOU", "WUHAN", "carry"]

regions.STEPS.update(TRANSFER_STEPS)
SIGNERS = ("李初", "王复", "赵批")
AMOUNT = 1_234_567
ACCOUNT = {
    "account_no": "1202020209900000123", "bank_name": "工行杭州分行",
    "bank_no": "10233100001" + cnaps.check_digit("10233100001"),
}  # fmt: skip


def person(number=0):
    """Return the n-th valid identity number."""
    body = f"33010019800101{number:03d}"
    return body + person_id.check_digit(body)


class TransferOffice(RegionOffice):
    """One office; `see` is what `hub case show` sees."""

    def apply(self, direction, other, *, kind=Kind.PENSION, number=0, **values):
        asked = Application(
            direction=Direction(direction), kind=kind, person_id=person(number),
            person_name="张三", counterpart=other.region, **values,
        )  # fmt: skip
        return apply(asked, person="周受", services=self.services)

    def case(self, number=0, kind=Kind.PENSION, direction=None):
        with self.store.read() as uow:
            found = [
                one for one in uow.transfers.list()
                if one.person_id == person(number) and one.kind is kind
                and direction in (None, one.direction)
            ]  # fmt: skip
        return found[0] if found else None

    def sign(self, case):
        for who in SIGNERS[: case.proposal.approval.levels]:
            case = decide.sign(case.id, person=who, services=self.services)
        return case

    def consent(self, case):
        proposed = decide.propose_consent(
            case.id, account=None, person="周受", services=self.services
        )
        return self.sign(proposed)

    def offer(
        self, case, amount_fen=AMOUNT, years=({"year": 2025, "base_fen": 600_000},), items=None
    ):
        desk.check_arrears(case.id, 0, person="周受", services=self.services)
        proposed = decide.propose_form(
            case.id, amount_fen=amount_fen, items=items or {"pooled_fen": amount_fen}, years=years,
            person="周受", services=self.services,
        )  # fmt: skip
        return self.sign(proposed)

    def funds(self, case, number="HK-1", amount_fen=AMOUNT):
        return desk.note_funds(
            case.id,
            number,
            amount_fen,
            self.services.today(),
            person="钱财",
            services=self.services,
        )

    def continue_(self, case):
        proposed = decide.propose_continuation(case.id, person="周受", services=self.services)
        return self.sign(proposed)

    def see(self, case):
        return view(case.id, self.services)


def offices(tmp_path, *places):
    """Return offices that know each other's keys and accounts, by one clock."""
    clock = FrozenClock()
    made = [TransferOffice(tmp_path / place, place, clock) for place in places]
    for one in made:
        one.meet(*(other for other in made if other is not one))
        for other in made:
            for fund in ("pension", "medical", "unemployment"):
                facts = {**ACCOUNT, "fund": fund, "account_name": f"{other.region} 财政专户"}
                one.enter(Entry.ACCOUNT, other.region, facts)
    return made


def owner(*offices_, number=0, kind=Kind.PENSION):
    """Return which offices own a person's relation by their claims; one, at any time."""
    claims = []
    for office in offices_:
        with office.store.read() as uow:
            cases = [
                one for one in uow.transfers.list()
                if one.person_id == person(number) and one.kind is kind
            ]  # fmt: skip
        claims += [(office.region, one.claim) for one in cases]
    return sorted(set(owners(claims)))
