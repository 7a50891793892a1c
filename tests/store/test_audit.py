"""What `hub verify` asks in SQL gives the same answers on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from hub.domain.approval import Approval
from hub.domain.payout import ListState, PayoutBatch, PayoutItem, PayoutKind, PayoutList
from hub.domain.voucher import Document
from hub.flows import bookkeeping
from hub.mappings.books import load_books
from hub.store.audit import archived_columns
from hub.store.schema.metadata import metadata
from tests.conftest import ROOT

BOOKS = load_books(ROOT / "config")
DAY = date(2026, 11, 24)
SHA = "e" * 64
PAPER = Document(name="银行拨款凭证", sha256=SHA)
FACTS = {"title": "11月", "benefit": "养老金", "bank": "icbc"}
QUESTIONS = ("unbalanced", "gap_in_numbers", "reversal_unlike", "paid_twice",
             "batch_not_its_items", "batch_not_its_file", "outbox_forgotten",
             "inbox_forgotten")  # fmt: skip


@pytest.fixture
def paying(store, now):
    """A store with a released list of two items in one batch, its voucher, and a reversed one."""
    store.transact(lambda uow: fill(uow, now))
    return store


def fill(uow, now):
    approval = Approval(levels=2).sign("甲", at=now).sign("乙", at=now)
    listed = uow.payouts.add(
        PayoutList(
            id=0, key="k", kind=PayoutKind.SOCIAL, fund="pension", title="t", month=202611,
            state=ListState.RELEASED, item_count=2, total_fen=300, stated_count=2, stated_fen=300,
            source_sha256=SHA, added_at=now, approval=approval, digest="d",
        )
    )  # fmt: skip
    uow.payout_items.add(
        PayoutItem(
            id=0, list_id=listed.id, item_no=n, person_id=f"p{n}", person_name="某", benefit="b",
            period=202611, amount_fen=n * 100, bank="icbc", account_no=f"a{n}",
            account_name="某", end_to_end_id=f"e{n}",
        )
        for n in (1, 2)
    )  # fmt: skip
    uow.payout_items.accept(listed.id)
    batch = uow.payout_batches.add(
        PayoutBatch(
            id=0, list_id=listed.id, bank="icbc", kind=PayoutKind.SOCIAL, fund="pension",
            business_on=DAY, sequence=1, message_id="m", file_name="f", item_count=2,
            total_fen=300, created_at=now,
        )
    )  # fmt: skip
    uow.payout_items.assign(batch.id, list_id=listed.id, bank="icbc", first=1, last=2)
    for subject, fen in ((f"payout_batch:{batch.id}/b", 300), ("payout_batch:99/b", 5)):
        voucher = bookkeeping.book(
            uow, "payout.released", subject=subject, fund="pension", amount_fen=fen, on=DAY,
            documents=[PAPER], books=BOOKS, at=now, facts=FACTS,
        )  # fmt: skip
    cause = bookkeeping.Cause(at=now, actor="hub")
    bookkeeping.reverse(voucher.no, uow, on=DAY, reason="x", documents=[PAPER], cause=cause)


def answers(store):
    with store.read() as uow:
        return {name: getattr(uow.audit, name)().first for name in QUESTIONS}


def test_a_sound_database_passes_every_question(paying):
    assert answers(paying) == dict.fromkeys(QUESTIONS)
    with paying.read() as uow:
        (batch,) = uow.conservations.of_batches()
        (listed,) = uow.conservations.of_lists()
        assert {sha256 for sha256, _ in uow.audit.digests()} == {SHA}
    assert (batch.waiting_fen, batch.booked_out_fen, batch.breach) == (300, 300, None)
    assert (listed.approved_fen, listed.breach) == (300, None)


@pytest.mark.parametrize(
    ("change", "question", "first"),
    [
        ("UPDATE voucher_serials SET last = 4 WHERE month > 0", "gap_in_numbers",
         "vouchers:pension-202611"),
        ("UPDATE payout_items SET amount_fen = 101 WHERE item_no = 1", "batch_not_its_items",
         "payout_batch:1"),
        ("UPDATE payout_items SET attempt = 2, repairs_id = id - 1 WHERE item_no = 2",
         "paid_twice", "payout_item:2"),
    ],
)  # fmt: skip
def test_what_got_around_the_hub_is_named(paying, change, question, first):
    with paying._engine.begin() as connection:
        connection.execute(text(change))

    assert answers(paying)[question] == first


def test_every_digest_is_of_archived_bytes_or_known_to_be_of_something_else():
    """Whoever adds a column decides: one too many is a breach every night, one too few a hole."""
    columns = {
        f"{table.name}.{column.name}" for table in metadata.sorted_tables
        for column in table.columns if column.name.endswith("sha256")
    }  # fmt: skip
    archived = {
        f"{table.name}.{column.name}" for table in metadata.sorted_tables
        for column in archived_columns(table)
    }  # fmt: skip

    assert columns - archived == {
        "inbox.layout_sha256", "payout_answers.mapping_sha256", "debit_answers.mapping_sha256",
        "runs.inputs_sha256",
        "messages_in.sha256", "quarantine.sha256", "region_messages.sha256",
        "outside_files.sha256", "outside_files.original_sha256",
        "people.enrolment_sha256", "people_sessions.token_sha256", "people_tokens.token_sha256",
    }  # fmt: skip
