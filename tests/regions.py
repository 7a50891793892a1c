"""Two agencies that exchange signed messages: real stores, real keys, carried by hand."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from hub.actors.cast import TRANSFER_STEPS, TRANSFER_TOGETHER
from hub.actors.directory import Directory
from hub.actors.worker import Worker
from hub.adapters.signing import PrivateKey, Signer
from hub.domain.envelope import Sealed, canonical, sha256_of
from hub.domain.region_directory import Kind, RecordState
from hub.errors import Rejected
from hub.flows import region_directory
from hub.flows.region_accept import accept
from hub.flows.region_handlers import HANDLERS
from hub.flows.region_messages import post
from hub.flows.region_order import gap_due
from hub.flows.region_receipts import receipt_due
from hub.ports import Message
from hub.settings import ExchangeSettings, FolderRoadSettings
from hub.store.messages import InState
from tests.deployments import make_services
from tests.doubles import FrozenClock

HANGZHOU, CHENGDU, WUHAN = "330100", "510100", "420100"
STEPS = {"accept": accept, "receipt_due": receipt_due, "gap_due": gap_due}
FIRST = date(2026, 1, 1)
CASE = "PT-2026-000017"


def note_it(uow, services, envelope, body, at):
    """A kind of business whose effect is easy to see: a row in the journal."""
    if body.get("refuse"):
        raise Rejected("reason_unusable", chars_max=1)
    uow.journal.note("test.noted", f"case:{envelope.case_ref}", at=at, actor="test", **body)


@contextmanager
def noted_business():
    """Let every office handle messages of type `test.note`, and `admin.note`, which roads know."""
    HANDLERS.update({"test.note": note_it, "admin.note": note_it})
    try:
        yield
    finally:
        del HANDLERS["test.note"], HANDLERS["admin.note"]


class RegionOffice:
    """One agency: its store, its key, and what it knows of the others."""

    def __init__(
        self, home, region, clock, *, algorithm="ed25519", store=None, **deployment
    ) -> None:
        services = make_services(home, clock=clock, **deployment)
        if store is not None:
            services.store.close()
            services = replace(services, store=store)
        road = FolderRoadSettings(name="regions", kind="folder", path=home / "road")
        self.key = PrivateKey.generate(algorithm)
        self.region = region
        self.variable = f"HUB_TEST_KEY_{region}_{id(self)}"
        os.environ[self.variable] = self.key.text
        settings = replace(
            services.settings,
            agency=replace(services.settings.agency, region=region),
            roads={"regions": road},
            exchange=ExchangeSettings(private_key=f"env:{self.variable}"),
        )
        signing = Signer(settings.exchange.private_key)
        self.services = replace(services, settings=settings, signing=signing)
        self.store = services.store
        self.clock = clock

    def enter(self, kind, code, facts, *, valid_from=FIRST, valid_until=None):
        record = region_directory.propose(
            kind, code, facts, valid_from=valid_from, valid_until=valid_until, person="张提",
            services=self.services,
        )  # fmt: skip
        return region_directory.decide(
            [record.id], RecordState.CONFIRMED, person="李复", services=self.services
        )[0]

    def meet(self, *others):
        """Enter offices and keys, our own too, as two people would."""
        for other in (self, *others):
            name = f"{other.region} 社保中心"
            self.enter(Kind.OFFICE, other.region, {"name": name, "road": "regions"})
            self.enter(Kind.KEY, other.region, {"public_key": other.key.public.text})

    def post(self, recipient, kind="test.note", body=None, case=CASE, **kwargs):
        body = {"question": "缴费年限"} if body is None else body
        return self.store.transact(
            lambda uow: post(
                uow, self.services, type=kind, recipient=recipient, body=body, case_ref=case,
                at=self.services.now(), **kwargs,
            )
        )  # fmt: skip

    def outgoing(self):
        """Return what waits to be sent, and mark it as sent."""
        from hub.store.messages import OutState

        with self.store.begin() as uow:
            queued = uow.messages.queued("regions", limit=1000)
            uow.messages.mark_out([m.id for m in queued], OutState.CONFIRMED, at=self.clock.now())
            return [m.message for m in queued]

    def arrive(self, *messages):
        """Take messages off the road in one unit, as the listener does."""
        at, queue = self.services.now(), f"{self.region}.messages"
        with self.store.begin() as uow:
            arrived = uow.message_arrivals.take("regions", queue, messages, at=at)
            rows = [str(row) for row, _ in arrived.new]
            uow.tasks.add_fresh(queue="transfer", step="accept", subject_ids=rows, at=at)

    def worker(self, steps=TRANSFER_STEPS, together=TRANSFER_TOGETHER):
        """Return the hub's own worker; it looks for work when it is given a `Wake`."""
        directory = Directory()
        directory.beat("transfer")
        return Worker("transfer", steps, self.services, directory, together=together)

    def is_due(self):
        """Tell whether anything is due now."""
        with self.store.read() as uow:
            return bool(uow.tasks.due("transfer", self.services.now(), limit=1))

    def receive(self, *messages):
        """Take messages off the road, and run what is due one by one."""
        with self.store.begin() as uow:
            at = self.services.now()
            arrived = uow.message_arrivals.take("regions", f"{self.region}.in", messages, at=at)
            for row, _key in arrived.new:
                uow.tasks.add(queue="transfer", step="accept", subject_id=str(row), at=at)
        self.work()
        return [row for row, _ in arrived.new]

    def work(self):
        while True:
            with self.store.read() as uow:
                due = uow.tasks.due("transfer", self.services.now(), limit=100)
            if not due:
                return
            for task in due:
                with self.store.begin() as uow:
                    uow.tasks.begin(task.id)
                STEPS[task.step](task, self.services)
                with self.store.begin() as uow:
                    uow.tasks.finish(task.id, at=self.services.now())

    def entries(self):
        with self.store.read() as uow:
            return uow.journal.after(0, limit=10_000)

    def events(self):
        return [entry.event for entry in self.entries()]

    def arrival(self, row):
        with self.store.read() as uow:
            return uow.messages.get_in(row)

    def messages(self, **wanted):
        with self.store.read() as uow:
            return uow.region_messages.list(**wanted)


def wire(body: bytes, *, message_id="x1", kind="test.note", key="330100.test.note"):
    """Return a transport message around some bytes."""
    from tests.doubles import NOON

    return Message(id=message_id, type=kind, key=key, body=body, at=NOON, sender="somebody")


def carry(*offices, rounds=10):
    """Carry messages between offices until nothing moves."""
    by_region = {office.region: office for office in offices}
    for _ in range(rounds):
        moved = [message for office in offices for message in office.outgoing()]
        if not moved:
            return
        for message in moved:
            by_region[message.key[:6]].receive(message)


def two_offices(tmp_path, **kwargs):
    clock = FrozenClock()
    here = RegionOffice(tmp_path / "here", HANGZHOU, clock, **kwargs)
    there = RegionOffice(tmp_path / "there", CHENGDU, clock, **kwargs)
    here.meet(there)
    there.meet(here)
    return here, there


def effects(office):
    return [entry for entry in office.entries() if entry.event == "test.noted"]


def resealed(office, sealed, body=None, **changes):
    """Return a message as its own office would have sealed it with other values."""
    body = sealed.body if body is None else canonical(body)
    envelope = replace(sealed.envelope, body_sha256=sha256_of(body), **changes)
    signature = office.key.sign(envelope.signed_bytes())
    return Sealed(envelope=envelope, body=body, signature=signature).wire()


def refused_with(office, body, message_id="x1"):
    """Let bytes arrive; return the code they are refused with, having shown that nothing else is.

    Only the arrival, its quarantine and the journal know of them.
    """
    before = (len(effects(office)), office.messages(), len(office.entries()))
    (row,) = office.receive(wire(body, message_id=message_id))
    arrival = office.arrival(row)
    events = [entry.event for entry in office.entries()[before[2] :]]
    assert events == ["security.message_refused"], events
    assert (len(effects(office)), office.messages()) == before[:2]
    assert office.outgoing() == []
    assert arrival.state is InState.REFUSED
    return arrival.note
