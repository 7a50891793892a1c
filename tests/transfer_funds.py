"""Offices that transfer relations and really pay: banks, files, answers, credits."""

from __future__ import annotations

import io

from hub.actors.cast import COLLECTION_STEPS, DELIVERY_STEPS, PAYOUT_STEPS, TRANSFER_STEPS
from hub.domain.region_directory import Kind as Entry
from hub.domain.transfer_kinds import Kind, Step
from hub.flows import receive
from hub.flows import transfer_remit as remit
from hub.flows.payout_release import release
from hub.flows.verify import verify
from hub.mappings.catalog import load_catalog
from hub.store.discrepancies import Wanted
from hub.store.vouchers import Span
from tests import lists, payouts
from tests.doubles import FrozenClock
from tests.payouts import approve, items_of
from tests.transfers import ACCOUNT, CHENGDU, HANGZHOU, TransferOffice, carry

__all__ = ["CHENGDU", "HANGZHOU", "carry"]

QUEUES = ("collection", "payout", "deliver:alpha-out", "deliver:beta-out", "transfer")


class FundsOffice(TransferOffice):
    """An office with two banks; `work` does what is due in every queue."""

    def __init__(self, home, region, clock, **kwargs) -> None:
        (home / "partners").mkdir(parents=True)
        lists.write_partners(home / "partners")
        payouts.write_payout_partners(home / "partners")
        super().__init__(
            home,
            region,
            clock,
            catalog=load_catalog(home),
            channels_toml=lists.CHANNELS + payouts.CHANNELS,
            **kwargs,
        )

    def send(self, channel, name, content):
        return receive.receive(channel, name, io.BytesIO(content), self.services)

    def received(self, inbox_id):
        with self.store.read() as uow:
            return uow.inbox.get(inbox_id)

    def due(self):
        with self.store.read() as uow:
            now = self.services.now()
            return [t for queue in QUEUES for t in uow.tasks.due(queue, now, limit=100)]

    def work(self):
        steps = {**COLLECTION_STEPS, **PAYOUT_STEPS, **DELIVERY_STEPS, **TRANSFER_STEPS}
        while tasks := self.due():
            for task in tasks:
                with self.store.begin() as uow:
                    uow.tasks.begin(task.id)
                steps[task.step](task, self.services)
                with self.store.begin() as uow:
                    uow.tasks.finish(task.id, at=self.services.now())

    def remit(self, *cases, person="郑编", bank="alpha"):
        """Make, sign, release and deliver the form of some cases; return its payments."""
        payout = remit.draft(
            [one.id for one in cases], bank=bank, person=person, services=self.services
        )
        approve(self, payout)
        release(payout.id, person="赵出", services=self.services)
        self.work()
        return items_of(self, payout)

    def remittances(self, **wanted):
        with self.store.read() as uow:
            return uow.remittances.list(**wanted)

    def receipts(self, **wanted):
        with self.store.read() as uow:
            return uow.receipts.list(**wanted)

    def discrepancies(self, cause=None):
        with self.store.read() as uow:
            found = uow.discrepancies.list(Wanted())
        return [one for one in found if cause in (None, one.difference.cause)]

    def booked(self):
        with self.store.read() as uow:
            return [(one.event, one.amount_fen) for one in uow.vouchers.list(Span())]

    def balances(self):
        with self.store.read() as uow:
            found = uow.vouchers.balances(Span())
        return {one.account: one.balance_fen for one in found if one.balance_fen}

    def breaches(self):
        found = verify(self.services, deep=True)
        return [(one.name, one.first) for one in found if not one.ok]


def paying_offices(tmp_path, *places, **kwargs):
    """Return offices that know each other's keys and accounts, by one clock."""
    clock = FrozenClock()
    made = [FundsOffice(tmp_path / place, place, clock, **kwargs) for place in places]
    for one in made:
        one.meet(*(other for other in made if other is not one))
        for other in made:
            for fund in ("pension", "medical", "unemployment"):
                facts = {**ACCOUNT, "fund": fund, "account_name": f"{other.region} 财政专户"}
                one.enter(Entry.ACCOUNT, other.region, facts)
    return made


def offered(new, old, amount_fen, number=0, **values):
    """Take a case to where the old place owes the money; return the case there."""
    asked = new.apply("in", old, number=number, **values)
    new.consent(asked)
    carry(new, old)
    kind = values.get("kind", Kind.PENSION)
    case = old.case(number, kind)
    if case.rule(Step.OFFER).application:
        case = old.apply("out", new, number=number, kind=kind)
    case = old.offer(case, amount_fen)
    carry(new, old)
    return case
