"""`hub twin`: one day of a bank at the partner's own channels, and what its log proves."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.twins.paying import DAY, PayingHub

pytestmark = pytest.mark.slow

SCRIPT = 'partner = "city_bank"\n[answers]\nfirst = "half"\n'


@pytest.fixture
def hub(tmp_path):
    (tmp_path / "bank.toml").write_text(SCRIPT, "utf-8")
    return PayingHub(tmp_path / "hub")


def test_half_an_answer_does_nothing_and_the_whole_one_pays(hub, tmp_path):
    bank = ("twin", "bank", tmp_path / "bank.toml", "--home", tmp_path / "own", "--on", DAY)
    assert "无事" in hub(*bank)
    made = hub.release(5, banks="city_bank")
    hub("run", "--once", "--as-of", DAY)

    (got,) = hub.json(*bank)["got"]
    hub("run", "--once", "--as-of", DAY)
    assert hub.states() == {"in_flight": made["items"]}
    (refused,) = hub.json("discrepancy", "list", expect=1)
    (told,) = hub.json(*bank)["said"]
    hub("run", "--once", "--as-of", DAY)

    assert (got["verdict"], refused["verdict"]) == ("taken", "file_refused")
    assert told["outcomes"] == {"paid": made["items"]}
    assert hub.states() == {"paid": made["items"]}


def test_the_audit_names_payments_that_came_twice(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    line = (
        '{"what": "got", "day": "2026-11-25", "name": "%s", "sha256": "%s", "size_bytes": 1,'
        ' "verdict": "taken", "items": [["E1", "62", 100, null]], "total_fen": 100}\n'
    )
    (own / "ledger.jsonl").write_text(line % ("a", "aa") + line % ("b", "bb"), "utf-8")

    done = CliRunner().invoke(app, ["twin", "audit", "--home", str(own), "--json"])

    assert done.exit_code == 1
    assert json.loads(done.stdout)["twice"] == ["E1"]


def test_a_folder_that_is_not_there_is_refused(hub, tmp_path):
    answer = hub.json(
        "twin", "bank", tmp_path / "bank.toml", "--home", tmp_path / "own",
        "--takes", tmp_path / "nowhere", expect=2,
    )  # fmt: skip

    assert answer["error"]["code"] == "twin_folder_missing"
