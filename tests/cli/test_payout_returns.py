"""`hub payout`, what came back: the commands over a real deployment."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.answers import answer, answering_office, line
from tests.conftest import ROOT
from tests.payouts import account, items_of, pay, row


@pytest.fixture
def home(tmp_path):
    """A deployment in which one payment arrived, one came back, and one is open."""
    home = tmp_path / "office"
    office = answering_office(home)
    (batch,) = pay(office, [row(1), row(2), row(3)])
    with office.store.read() as uow:
        payout = uow.payouts.get(batch.list_id)
    a, b, c = items_of(office, payout)
    answer(office, [line(a, 7), line(b, 6, "户名不符"), line(c, 9)])
    office.store.close()
    shutil.copytree(home / "partners", home / "config" / "partners")
    return home


def hub(home, *words, expect=0):
    config = ["--config", str(home / "config")]
    done = CliRunner().invoke(app, ["payout", *words, *config, "--json"])
    assert done.exit_code == expect, done.output
    return json.loads(done.stdout)


def test_returns_go_out_and_come_back_as_a_list(home, tmp_path):
    out = tmp_path / "work.csv"
    (found,) = hub(home, "returns", "--desk", "待遇核发", "--out", str(out), expect=1)
    assert (found["code"], found["remedy"], found["desk"]) == ("BE01", "fix_account", "待遇核发")
    assert "*" in found["account"]
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["新账号"] = account(99)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)

    done = hub(home, "correct", str(out), "--person", "张发")

    assert (done["lists"][0]["items"], done["lists"][0]["state"]) == (1, "checked")
    assert hub(home, "returns") == []
    waiting = hub(home, "unpaid", expect=1)
    assert {one["state"] for one in waiting} == {"listed", "unknown"}


def test_a_month_and_its_sums(home):
    (line_,) = hub(home, "success", "202611")
    assert (line_["sent"], line_["paid"], line_["returned"], line_["open"]) == (3, 1, 1, 1)
    sums = hub(home, "unpaid", "--sums", expect=1)
    assert sorted(one["reason"] for one in sums) == ["BE01", "unknown"]


def test_two_people_decide(home):
    words = ("decide", "3", "--outcome", "paid", "--reason", "电话问过", "--person")
    assert hub(home, *words, "李甲")["state"] == "proposed"
    assert hub(home, *words, "王乙")["state"] == "closed"
    assert hub(home, "decide", "3", "--outcome", "paid", "--reason", "x", "--person", "a", expect=2)


def test_a_name_is_explained():
    done = CliRunner().invoke(
        app,
        ["payout", "explain-name", "劉國強", "刘国强", "-c", str(ROOT / "config"), "--json"],
    )
    assert json.loads(done.stdout)["outcome"] == "spelling"
