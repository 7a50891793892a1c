"""`./run --regions`, smaller: two hub processes and a bank on RabbitMQ, judged by the databases.

Nothing that the script says is believed: rows and journals of both hubs, and the bank's own log.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from itertools import permutations

import psutil
import pytest

from tests.conftest import ROOT, require
from tests.rabbit import SERVER

NEW, OLD = "330100", "510100"
PEOPLE = 12  # the fewest with every order

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Run it; return its folder."""
    require(SERVER.exists(), "RabbitMQ (rabbitmq-server)")
    folder = tmp_path_factory.mktemp("regions") / "run"
    line = [sys.executable, ROOT / "scripts" / "regions.py", folder, str(PEOPLE)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=900, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def rows(home):
    """Return rows of a hub's database, read apart from it."""

    def read(region, query, *values):
        uri = f"file:{home / region / 'var' / 'hub.db'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            return database.execute(query, values).fetchall()

    return read


def test_all_but_the_one_who_waits_have_moved_and_each_relation_has_one_owner(rows):
    ended = "SELECT ref, person_id, state, hold FROM transfers"
    new, old = rows(NEW, ended), rows(OLD, ended)

    assert Counter((one[2], one[3]) for one in new) == {
        ("done", "held"): PEOPLE - 1, ("awaiting", "none"): 1,
    }  # fmt: skip
    assert Counter((one[2], one[3]) for one in old) == {
        ("done", "released"): PEOPLE - 1, ("applied", "held"): 1,
    }  # fmt: skip
    assert {one[1] for one in new} == {one[1] for one in old}
    assert len({one[1] for one in new}) == PEOPLE


def test_consent_form_and_money_came_in_every_order(rows):
    case_of = dict(rows(NEW, "SELECT id, case_id FROM transfer_receipts"))
    came = {}
    for event, subject in rows(NEW, "SELECT event, subject FROM journal ORDER BY n"):
        name, _, number = subject.partition(":")
        if event in ("transfer.consent", "transfer.form"):
            came.setdefault(int(number), []).append(event.removeprefix("transfer."))
        elif event == "receipt.entered":
            assert name == "transfer_receipt"
            came.setdefault(case_of[int(number)], []).append("funds")
    orders = {tuple(one) for one in came.values() if len(one) == len(set(one)) > 1}

    assert orders == set(permutations(("consent", "form", "funds")))


def test_money_that_came_too_early_was_held_until_two_people_said_whose_it_is(rows):
    found = rows(
        NEW,
        "SELECT state, joined_how, entered_by, proposed_by, confirmed_by FROM transfer_receipts",
    )
    by_people = [one for one in found if one[1] == "people"]

    assert Counter(one[0] for one in found) == {"joined": PEOPLE - 1}
    assert len(by_people) == 4  # of the four orders in which the money was before letter or form
    assert all(proposed != confirmed for *_, proposed, confirmed in by_people)
    booked = dict(rows(NEW, "SELECT event, count(*) FROM vouchers GROUP BY event"))
    assert booked["transfer.held"] == booked["transfer.recognised"] == 4
    assert rows(NEW, "SELECT count(*) FROM discrepancies WHERE state <> 'closed'") == [(0,)]


def test_every_fen_that_the_bank_paid_is_entered_once_and_belongs_to_one_case(home, rows):
    got, paid, returned = {}, [], []
    for line in (home / "bank" / "ledger.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["what"] == "got":
            got[entry["sha256"]] = [item[2] for item in entry["items"]]
        for at, what in entry.get("steps", ()):
            (paid if what == "paid" else returned).append(got[entry["about"]][at])
    entered = [fen for (fen,) in rows(NEW, "SELECT amount_fen FROM transfer_receipts")]
    sent = rows(OLD, "SELECT amount_fen, state FROM transfer_remittances")

    assert Counter(entered) == Counter(paid) == Counter(fen for fen, _ in sent)
    assert {state for _, state in sent} == {"paid"}
    assert len(returned) == 1
    assert returned[0] in paid  # it came back once, and was paid the second time
    events = dict(rows(OLD, "SELECT event, count(*) FROM vouchers GROUP BY event"))
    assert (events["transfer.returned"], events["transfer.reissued"]) == (1, 1)


def test_the_office_that_did_not_answer_was_reminded_and_knows_it(rows):
    ((ref,),) = rows(NEW, "SELECT ref FROM transfers WHERE state = 'awaiting'")
    reminders = (
        "SELECT id, state FROM region_messages"
        " WHERE type = 'admin.remind' AND case_ref = ? ORDER BY id"
    )
    sent, came = rows(NEW, reminders, ref), rows(OLD, reminders, ref)

    assert [state for _, state in sent] == ["delivered"] * 3
    assert [(one, "applied") for one, _ in sent] == came


def test_both_hubs_prove_themselves_and_nothing_of_the_run_is_left(home):
    for region in (NEW, OLD):
        line = [sys.executable, "-m", "hub", "verify", "--deep", "--json", "--config"]
        done = subprocess.run(
            [*line, home / region / "config"], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert json.loads(done.stdout)["ok"], done.stdout + done.stderr
    (pack,) = home.glob("证据-*.zip")
    line = [sys.executable, "-m", "hub_verify", pack]
    assert subprocess.run(line, check=False, capture_output=True, cwd=ROOT).returncode == 0
    mine = str(home).encode()
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it may end meanwhile
            assert mine not in b" ".join(map(str.encode, process.cmdline())), process


def test_a_folder_that_is_not_its_own_is_not_emptied(tmp_path):
    require(SERVER.exists(), "RabbitMQ (rabbitmq-server)")
    (tmp_path / "precious").write_text("x", "utf-8")
    line = [sys.executable, ROOT / "scripts" / "regions.py", tmp_path, str(PEOPLE)]

    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)

    assert done.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
