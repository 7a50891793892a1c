"""`hub verify`: a sound office passes every check, and each way to break it is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from hub.domain.facts import Source
from hub.flows.verify import CHECKS, verify
from tests.facts import collection, deposit


@pytest.fixture
def day(office):
    office.send_list(Source.COLLECTIONS, [collection("R1", 500)])
    office.send_list(Source.DEPOSITS, [deposit("R1", 500)])
    office.work()
    return office


def broken(office, *, deep=False):
    return {check.name: check.first for check in verify(office.services, deep=deep) if not check.ok}


def by_hand(office, *statements):
    """Change the database past the hub, triggers and all."""
    with closing(sqlite3.connect(office.database)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_sound_day_passes_every_check(day):
    checks = list(verify(day.services, deep=True))

    assert [check.name for check in checks] == list(CHECKS)
    assert [check for check in checks if not check.ok] == []
    looked = {check.name: check.looked for check in checks}
    assert looked["vouchers_balanced"] == 1
    assert looked["archive_intact"] >= 8


@pytest.mark.parametrize(
    ("statement", "name", "first"),
    [
        (
            "UPDATE voucher_lines SET amount_fen = 499 WHERE line = 2",
            "vouchers_balanced",
            "voucher:pension-202611-1",
        ),
        (
            "UPDATE voucher_lines SET amount_fen = 499 WHERE line = 2",
            "trial_balance",
            "fund:pension 1 fen",
        ),
        (
            "UPDATE voucher_lines SET amount_fen = 499",
            "vouchers_as_journalled",
            "voucher:pension-202611-1",
        ),
        ("DELETE FROM vouchers", "vouchers_as_journalled", "voucher:pension-202611-1"),
        ("DELETE FROM vouchers", "voucher_numbers", "vouchers:pension-202611"),
        ("UPDATE voucher_serials SET last = 2 WHERE month > 0", "voucher_numbers",
         "vouchers:pension-202611"),
        ("UPDATE journal SET facts = '{}' WHERE n = 2", "journal_chain", "journal:2 changed"),
        ("UPDATE inbox SET state = 'received'", "inbox", "inbox:1"),
        ("UPDATE inbox SET state = 'refused' WHERE id = 2", "inbox", "inbox:2"),
    ],
)  # fmt: skip
def test_what_was_changed_past_the_hub_is_named(day, statement, name, first):
    by_hand(day, statement)

    assert broken(day)[name] == first


@pytest.mark.parametrize("page_rows", [1, 2])
def test_what_the_journal_noted_is_compared_page_by_page(day, monkeypatch, page_rows):
    monkeypatch.setattr("hub.flows.verify_journalled.PAGE_ROWS", page_rows)
    day.send_list(Source.COLLECTIONS, [collection("R2", 700)])
    day.work()
    looked = {check.name: check.looked for check in verify(day.services)}

    assert looked["received"] == 3
    assert broken(day) == {}
    by_hand(day, "UPDATE inbox SET size_bytes = size_bytes + 1 WHERE id = 2")
    assert broken(day)["received"] == "inbox:2"
    by_hand(day, "DELETE FROM inbox WHERE id = 2")
    assert broken(day)["received"] == "inbox:2"


def test_a_row_that_the_journal_never_saw_is_named(day):
    by_hand(
        day,
        "INSERT INTO inbox SELECT 99, channel, 'other', sha256, size_bytes, 'duplicate', 'repeat',"
        " 0, 1, partner, layout, layout_sha256, rows, NULL, deviations, error, received_at,"
        " read_at, released_by, released_at, trace_id FROM inbox WHERE id = 1",
    )

    assert broken(day)["received"] == "inbox:99"


def test_a_lost_or_changed_original_is_named(day):
    first = day.received(1).sha256
    path = day.services.archive.path(first)
    path.chmod(0o640)
    path.write_bytes(b"changed")

    assert "archive" not in broken(day)
    assert broken(day, deep=True)["archive_intact"].endswith(f"{first} changed")
    path.unlink()
    assert broken(day)["archive"].endswith(f"{first} missing")


def test_an_outgoing_file_without_a_task_is_named(day):
    sha256 = day.services.archive.put_bytes(b"x").sha256
    at = day.services.now()
    with day.store.begin() as uow:
        uow.outbox.add(channel="letters-out", file_name="a.pdf", content_sha256=sha256, at=at)

    assert broken(day) == {"outbox": "outbox:1"}
