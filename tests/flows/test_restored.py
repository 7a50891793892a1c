"""A store that went back: noticed, blocked, reconciled with what left, and nobody is paid twice."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager

import pytest

from hub.domain.restore import OutsideState, RestoreCause
from hub.errors import HubError, Unavailable
from hub.flows.payout_release import release
from hub.flows.restore_adopt import adopt
from hub.flows.restore_scan import scan
from hub.flows.restore_settle import explain, lift, missing
from hub.flows.restored import before_leaving, declare, keep_mark, notice, outside_of
from tests import payouts
from tests.answers import line, result_bytes
from tests.office import Office


@contextmanager
def refused(code):
    with pytest.raises(HubError) as refusal:
        yield
    assert refusal.value.code == code


ROWS = [payouts.row(number) for number in range(1, 6)]


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.store.close()


def back_up(office):
    """Copy the database as it is, and return what puts it back."""
    keep_mark(office.services)
    copy = office.database.with_suffix(".copy")
    shutil.copy(office.database, copy)
    return lambda: shutil.copy(copy, office.database)


def lose_a_payment(office):
    """Back up with a signed list, pay it, and restore; return the list and the bank's files."""
    payout = payouts.approve(office, payouts.take_list(office, ROWS))
    restore = back_up(office)
    release(payout.id, person="赵出", services=office.services)
    office.work()
    files = payouts.sent_files(office)
    office.store.close()
    restore()
    return payout, files


def two_lift(office):
    lift(person="李初", reason="与银行逐笔核对", services=office.services)
    return lift(person="王审", services=office.services)


def test_a_store_that_went_back_is_noticed_and_pays_nothing(office):
    payout, _ = lose_a_payment(office)

    with pytest.raises(Unavailable) as refused:
        before_leaving(office.services)
    with pytest.raises(Unavailable) as no_numbers:
        release(payout.id, person="赵出", services=office.services)

    found = notice(office.services)
    assert refused.value.code == no_numbers.value.code == "store_went_back"
    assert (found.epoch, found.cause) == (2, RestoreCause.WENT_BACK)
    assert found.mark_n > found.head_n


def test_what_left_is_adopted_and_nothing_is_sent_again(office):
    payout, files = lose_a_payment(office)
    done = scan(office.services)
    assert len(done.open) == 2  # three payments of five fit into a file

    with refused("restore_unsettled"):
        lift(person="李初", reason="先放行", services=office.services)
    adopt(payout.id, person="赵出", services=office.services)
    build_all(office)
    again = scan(office.services)
    two_lift(office)
    office.work()

    assert again.open == []
    assert payouts.sent_files(office) == files
    assert {batch.state.value for batch in payouts.batches_of(office, payout)} == {"sent"}
    assert notice(office.services) is None


def test_what_did_not_leave_is_sent_after_the_block_and_what_did_is_not(office):
    """One of two files is with the bank; the bank takes files away, so only the book knows."""
    payout, files = lose_a_payment(office)
    folder = office.services.settings.channels["alpha-out"].path
    for path in folder.iterdir():
        path.unlink()
    book = [place / "sent.jsonl" for place in outside_of(office.services).places]
    for path in book:  # as if the second file had not begun to leave
        kept = [line for line in path.read_text().splitlines() if "_001" in line]
        path.write_text("\n".join(kept) + "\n")
    (first, second) = sorted(files)

    scan(office.services)
    adopt(payout.id, person="赵出", services=office.services)
    build_all(office)
    scan(office.services)
    two_lift(office)
    office.work()

    assert list(payouts.sent_files(office)) == [second]
    assert first != second


def test_a_list_whose_file_was_explained_is_not_paid_from_the_same_bytes(office):
    payout, _ = lose_a_payment(office)
    scan(office.services)
    with office.store.read() as uow:
        files = uow.restores.files()
    for file in files:
        explain(file.id, person="李初", reason="银行确认已付", services=office.services)
        with refused("restore_same_person"):
            explain(file.id, person="李 初", services=office.services)
        explain(file.id, person="王审", services=office.services)
    two_lift(office)

    with refused("payment_is_outside"):
        release(payout.id, person="赵出", services=office.services)


def test_a_received_file_that_the_store_lost_is_taken_in_again(office):
    restore = back_up(office)
    payout = payouts.take_list(office, ROWS)
    keep_mark(office.services)
    office.store.close()
    restore()

    done = scan(office.services)
    office.work()

    with office.store.read() as uow:
        again = uow.payouts.of_inbox(payout.inbox_id)
    assert done.taken_in == ["benefits-in/FFMX_20261124_001.csv"]
    assert (again.item_count, again.total_fen) == (payout.item_count, payout.total_fen)


def test_a_banks_answer_waits_until_its_batch_is_known(office):
    payout, _ = lose_a_payment(office)
    notice(office.services)
    lines = [line(one, "7") for one in payouts.items_of(office, payout)[:3]]
    received = office.send("alpha-in", "HP_1.txt", result_bytes(lines))

    with refused("store_went_back"):
        office.run(next(t for t in office.due() if t.subject_id == str(received.id)))
    scan(office.services)
    adopt(payout.id, person="赵出", services=office.services)
    build_all(office)
    scan(office.services)
    two_lift(office)
    office.work()

    states = [one.state.value for one in payouts.items_of(office, payout)]
    assert states == ["paid"] * 3 + ["in_flight"] * 2


def test_a_lost_mark_blocks_and_a_first_start_does_not(office, tmp_path):
    assert notice(office.services) is None
    keep_mark(office.services)
    for place in outside_of(office.services).places:
        shutil.rmtree(place)

    assert notice(office.services).cause is RestoreCause.MARK_LOST


def test_the_furthest_mark_counts_when_one_place_was_restored_too(office):
    keep_mark(office.services)
    work, archive = outside_of(office.services).places
    old = (work / "mark.json").read_bytes()
    restore = back_up(office)
    payouts.take_list(office, ROWS)
    keep_mark(office.services)
    office.store.close()
    restore()
    (work / "mark.json").write_bytes(old)

    assert notice(office.services).cause is RestoreCause.WENT_BACK
    assert json.loads((archive / "mark.json").read_bytes())["epoch"] == 2


def test_a_declared_restore_needs_a_scan_and_two_people(office):
    found = declare(office.services, person="李初", reason="整机快照恢复")
    with office.store.read() as uow:
        assert missing(uow, found) == ["not_scanned"]

    lift(person="李初", reason="已核对", services=office.services)
    with refused("restore_same_person"):
        lift(person="李初", services=office.services)
    lift(person="王审", services=office.services)

    assert notice(office.services) is None


def test_a_file_at_the_bank_that_no_book_has_is_listed_and_its_number_is_not_given(office):
    _, files = lose_a_payment(office)
    for place in outside_of(office.services).places:
        (place / "sent.jsonl").unlink()

    scan(office.services)

    with office.store.read() as uow:
        found = uow.restores.files(state=OutsideState.OPEN)
    assert [one.name for one in found] == sorted(files)
    assert {one.source for one in found} == {"channel"}
    with office.store.begin() as uow:
        assert uow.payout_batches.next_sequence("alpha", "social", found[0].found_at.date()) >= 1


def test_a_store_of_just_before_a_delivery_is_noticed_and_sends_nothing_again(office):
    payout = payouts.approve(office, payouts.take_list(office, ROWS[:3]))
    release(payout.id, person="赵出", services=office.services)
    build_all(office)
    restore = back_up(office)  # the file waits to be sent
    office.work()
    for path in office.services.settings.channels["alpha-out"].path.iterdir():
        path.unlink()  # the bank takes them
    office.store.close()
    restore()

    assert notice(office.services).cause is RestoreCause.WENT_BACK
    done = scan(office.services)
    two_lift(office)
    office.work()

    assert len(done.delivered) == 1
    assert payouts.sent_files(office) == {}
    assert {batch.state.value for batch in payouts.batches_of(office, payout)} == {"sent"}


def test_another_list_is_not_taken_for_the_one_that_left(office):
    lose_a_payment(office)
    scan(office.services)
    others = [payouts.row(number) for number in range(11, 16)]
    payout = payouts.approve(office, payouts.take_list(office, others, sequence=2))

    with refused("adopt_nothing"):
        adopt(payout.id, person="赵出", services=office.services)


def build_all(office):
    """Let the hub build what is allocated; nothing else is due that may run."""
    for task in office.due():
        if task.step.endswith("build"):
            office.run(task)
            office.finish(task)
