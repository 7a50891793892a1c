"""What is changed behind the hub's back is told by `hub verify`; 1,000 changes by the command."""

from __future__ import annotations

import random

import pytest

from tests.proof.tamper import PROVED, Tampering, must_be_told

SEED = 20261126


@pytest.fixture(scope="module")
def tampering(tmp_path_factory):
    office = Tampering(tmp_path_factory.mktemp("tampered"))
    yield office
    office.close()


def test_every_change_of_what_is_proved_is_told(tampering):
    tables = sorted(set(PROVED) & set(tampering.tables))
    assert {"journal", "vouchers", "voucher_lines", "payout_items", "inbox"} <= set(tables)

    found = tampering.run(30, SEED, tables=tables)

    assert not found.missed
    assert sum(found.told.values()) > 0


def test_every_changed_byte_of_an_original_is_told(tampering):
    chance = random.Random(SEED)
    for _ in range(5):
        assert tampering.change_a_byte_and_look(chance)


def test_of_a_journal_row_everything_is_proved():
    assert must_be_told("journal.facts")
    assert not must_be_told("tasks.note")
