"""The bank asks for a file again: the same bytes, once more, as two people order it (row 23)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.errors import Rejected
from hub.flows.payout_resend import STEP, resend, send_again
from hub.flows.verify import verify
from tests.answers import answer, answering_office, line
from tests.payouts import batches_of, items_of, pay, row, sent_files

REASON = "银行称文件损坏，要求重发"


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


@pytest.fixture
def sent(office):
    """A batch that was delivered, and that its bank has taken from its folder and lost."""
    (batch,) = pay(office, [row(1), row(2)])
    ((name, content),) = sent_files(office).items()
    path_of(office, name).unlink()
    return batch, content


def path_of(office, name):
    return office.services.settings.channels["alpha-out"].path / name


def both(services, batch):
    resend(batch.id, person="钱一", reason=REASON, services=services)
    return resend(batch.id, person="孙二", services=services)


def named(office, template):
    """Return services whose bank wants files sent again under a name of their own."""
    partner = office.services.catalog.partner("alpha")
    changed = replace(partner, payout=replace(partner.payout, resend_name=template))
    partners = {**office.services.catalog.partners, "alpha": changed}
    return replace(office.services, catalog=replace(office.services.catalog, partners=partners))


def test_the_same_bytes_go_under_the_same_name(office, sent):
    batch, content = sent

    order = both(office.services, batch)
    office.work()

    assert sent_files(office) == {batch.file_name: content}
    assert len(batches_of(office, office_list(office, batch))) == 1
    with office.store.read() as uow:
        assert uow.batch_orders.get(order.id).done_at is not None
    events = office.events()
    for event in ("payout.resend_proposed", "payout.resend_confirmed", "payout.resent"):
        assert events.count(event) == 1
    assert [one.name for one in verify(office.services) if not one.ok] == []
    answer(office, [line(one, 7) for one in items_of(office, office_list(office, batch))])
    assert [one.state.value for one in items_of(office, office_list(office, batch))] == ["paid"] * 2


def office_list(office, batch):
    with office.store.read() as uow:
        return uow.payouts.get(batch.list_id)


def test_one_person_alone_sends_nothing(office, sent):
    batch, _ = sent
    resend(batch.id, person="钱一", reason=REASON, services=office.services)

    with pytest.raises(Rejected) as alone:
        resend(batch.id, person="钱一", services=office.services)
    office.work()

    assert alone.value.code == "batch_order_same_person"
    assert sent_files(office) == {}


def test_a_file_that_is_still_there_is_not_sent_again(office):
    (batch,) = pay(office, [row(1)])

    with pytest.raises(Rejected) as there:
        resend(batch.id, person="钱一", reason=REASON, services=office.services)

    assert there.value.code == "batch_still_there"


def test_the_partners_own_name_is_used_where_it_has_one(office):
    (batch,) = pay(office, [row(1)])
    services = named(office, "CF_{day:%Y%m%d}_{any}_{sequence:03d}.txt")

    both(services, batch)
    office.work()

    files = sent_files(office)
    assert sorted(files) == ["CF_20261124_S_001.txt", "DF_20261124_S_001.txt"]
    assert len(set(files.values())) == 1


def test_what_the_bank_has_answered_is_not_sent_again(office, sent):
    batch, _ = sent
    item, _ = items_of(office, office_list(office, batch))
    answer(office, [line(item, 1)])  # it has accepted one payment, so it has the file

    with pytest.raises(Rejected) as answered:
        resend(batch.id, person="钱一", reason=REASON, services=office.services)

    assert answered.value.code == "batch_not_resendable"


def test_an_answer_between_the_two_people_stops_the_second(office, sent):
    batch, _ = sent
    resend(batch.id, person="钱一", reason=REASON, services=office.services)
    answer(office, [line(items_of(office, office_list(office, batch))[0], 7)])

    with pytest.raises(Rejected) as answered:
        resend(batch.id, person="孙二", services=office.services)

    assert answered.value.code == "batch_not_resendable"


def test_a_second_run_sends_nothing_more(office, sent):
    batch, _ = sent
    both(office.services, batch)
    (task,) = [task for task in office.due() if task.step == STEP]
    office.run(task)
    path_of(office, batch.file_name).unlink()  # the bank has taken it

    send_again(task, office.services)

    assert sent_files(office) == {}
    assert office.events().count("payout.resent") == 1


def test_an_unknown_outcome_is_looked_at_and_never_sent_blindly(office, sent):
    batch, content = sent
    order = both(office.services, batch)
    (task,) = [task for task in office.due() if task.step == STEP]
    with office.store.begin() as uow:
        uow.batch_orders.begun(order, at=office.services.now())  # and then the machine stopped
    settings = office.services.settings
    channel = replace(settings.channels["alpha-out"], partner_removes=True)
    channels = {**settings.channels, "alpha-out": channel}
    services = replace(office.services, settings=replace(settings, channels=channels))

    with pytest.raises(Rejected) as unknown:
        send_again(task, services)
    assert unknown.value.code == "delivery_outcome_unknown"
    path_of(office, batch.file_name).write_bytes(b"another")
    with pytest.raises(Rejected) as conflict:
        send_again(task, services)
    assert conflict.value.code == "delivery_name_conflict"
    path_of(office, batch.file_name).write_bytes(content)
    send_again(task, services)

    with office.store.read() as uow:
        assert uow.batch_orders.get(order.id).done_at is not None


def test_an_order_that_nobody_gave_is_refused(office):
    with office.store.read() as uow, pytest.raises(Rejected) as missing:
        uow.batch_orders.get(99)

    assert missing.value.code == "batch_order_missing"
