"""Killed (kill -9) in the middle of a list or an answer, the hub goes on and doubles nothing.

A process of its own kills itself right after a statement of the unit that writes, so that the rows
are in the database's hands and not yet committed.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.domain.payout import ItemState, ListState
from hub.domain.payout_answer import Effect
from hub.store.inbox import InboxState
from hub.store.vouchers import Span
from tests.answers import answering_office, line, result_bytes
from tests.payouts import items_of, list_bytes, pay, row

KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from hub.app import open_services
from hub.flows.ingest import ingest_received
from hub.settings import load_settings
from tests.doubles import FrozenClock

home, inbox_id, statement = sys.argv[1:]

@event.listens_for(Engine, "after_cursor_execute")
def strike(connection, cursor, executed, *rest):
    if executed.startswith(statement):
        os.kill(os.getpid(), signal.SIGKILL)

services = open_services(load_settings(Path(home) / "config"), clock=FrozenClock())
ingest_received(int(inbox_id), services)
"""
ROOT = Path(__file__).parents[2]


def ingest_until(home, received, statement):
    """Ingest a file in another process, which is killed after a statement; return how it ended."""
    shutil.copytree(home / "partners", home / "config" / "partners")
    command = [sys.executable, "-c", KILLED, str(home), str(received.id), statement]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO payout_items", "UPDATE payout_items SET state", "UPDATE payout_lists"],
)
def test_a_list_is_there_once_after_a_kill(tmp_path, statement):
    home = tmp_path / "office"
    office = answering_office(home)
    received = office.send("benefits-in", "FFMX_20261124_001.csv", list_bytes([row(1), row(2)]))

    assert ingest_until(home, received, statement) == -signal.SIGKILL
    with office.store.read() as uow:
        assert uow.payouts.of_inbox(received.id) is None
        assert uow.inbox.get(received.id).state is InboxState.RECEIVED
    office.work()

    with office.store.read() as uow:
        (payout,) = uow.payouts.list()
    assert (payout.state, payout.item_count) == (ListState.CHECKED, 2)
    assert [one.item_no for one in items_of(office, payout)] == [1, 2]
    office.store.close()


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO payout_answers", "UPDATE payout_items SET state", "INSERT INTO vouchers"],
)
def test_an_answer_counts_once_after_a_kill(tmp_path, statement):
    home = tmp_path / "office"
    office = answering_office(home)
    (batch,) = pay(office, [row(1), row(2)])
    with office.store.read() as uow:
        a, b = uow.payout_items.of_list(batch.list_id)
    content = result_bytes([line(a, 7), line(b, 6, "户名不符")])
    received = office.send("alpha-in", "HP_1.txt", content)

    assert ingest_until(home, received, statement) == -signal.SIGKILL
    with office.store.read() as uow:
        assert uow.payout_answers.list(inbox_id=received.id) == []
        assert uow.payout_items.get(a.id).state is ItemState.IN_FLIGHT
    office.work()

    with office.store.read() as uow:
        states = [uow.payout_items.get(one.id).state for one in (a, b)]
        effects = [one.effect for one in uow.payout_answers.list(inbox_id=received.id)]
        booked = [one for one in uow.vouchers.list(Span()) if one.event == "payout.returned"]
    assert states == [ItemState.PAID, ItemState.RETURNED]
    assert effects == [Effect.APPLIED, Effect.APPLIED]
    assert len(booked) == 1
    office.store.close()
