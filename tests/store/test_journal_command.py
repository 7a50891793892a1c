"""`hub journal` as a clerk types it."""

from __future__ import annotations

import json
import sqlite3

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.deployments import make_services


@pytest.fixture
def home(tmp_path):
    services = make_services(tmp_path)
    for number in range(5):
        services.store.transact(
            lambda u, n=number: u.journal.note(
                "file.read", f"inbox:{n}", at=services.now(), actor="test"
            )
        )
    services.store.close()
    return tmp_path


def hub(home, *words):
    answer = CliRunner().invoke(app, ["journal", *words, "--config", str(home / "config")])
    return answer.exit_code, answer.stdout


def test_verify_says_that_the_chain_holds(home):
    code, text = hub(home, "verify")
    assert (code, "流水完好" in text) == (0, True)

    code, text = hub(home, "verify", "--json")
    found = json.loads(text)
    assert (code, found["ok"], found["head"]["n"], found["first_bad"]) == (0, True, 5, None)


def test_verify_names_the_first_bad_row_and_exits_with_1(home):
    with sqlite3.connect(home / "var" / "hub.db") as connection:
        connection.execute("DROP TRIGGER journal_no_update")
        connection.execute("UPDATE journal SET actor = 'nobody' WHERE n = 3")
    connection.close()

    code, text = hub(home, "verify", "--json")
    found = json.loads(text)

    assert (code, found["ok"], found["first_bad"], found["reason"]) == (1, False, 3, "changed")
    code, text = hub(home, "verify")
    assert (code, "first bad row: 3" in text) == (1, True)


def test_an_exported_head_finds_a_cut_off_end(home):
    heads = home / "heads.jsonl"
    assert hub(home, "export", "--out", str(heads))[0] == 0
    with sqlite3.connect(home / "var" / "hub.db") as connection:
        connection.execute("DROP TRIGGER journal_no_delete")
        connection.execute("DELETE FROM journal WHERE n > 3")
    connection.close()

    assert hub(home, "verify")[0] == 0
    code, text = hub(home, "verify", "--head", str(heads), "--json")
    assert (code, json.loads(text)["first_bad"]) == (1, 4)
    heads.write_text("no head\n")
    assert hub(home, "verify", "--head", str(heads))[0] == 2


def test_list_shows_the_latest_first(home):
    code, text = hub(home, "list", "--limit", "2", "--json")
    assert (code, [row["n"] for row in json.loads(text)]) == (0, [5, 4])
    code, text = hub(home, "list", "--subject", "inbox:1")
    assert (code, "inbox:1" in text, "inbox:2" in text) == (0, True, False)
