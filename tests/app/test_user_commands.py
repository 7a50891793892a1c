"""`hub user`: two first administrators, then one drafts and another agrees."""

from __future__ import annotations

import base64
import json

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.deployments import write_config
from tests.lists import CHANNELS, write_partners


@pytest.fixture
def hub(tmp_path, monkeypatch):
    config = write_config(tmp_path, channels=CHANNELS)
    write_partners(config / "partners")
    monkeypatch.setenv("HUB_KEY", base64.b64encode(bytes(32)).decode())

    def run(*words):
        done = CliRunner().invoke(app, ["user", *words, "--config", str(config), "--json"])
        return done.exit_code, json.loads(done.stdout)

    return run


def test_the_first_two_administrators_and_nobody_else_come_alone(hub):
    first = hub("add", "张三", "--sign-in", "zhangsan", "--first-administrator")
    second = hub("add", "李四", "--sign-in", "lisi", "--first-administrator")
    third = hub("add", "王五", "--sign-in", "wangwu", "--first-administrator")

    assert (first[0], second[0], third[0]) == (0, 0, 2)
    assert len(first[1]["code"].replace("-", "")) == 28
    assert third[1]["error"]["code"] == "person_administrators_enough"


def test_one_drafts_and_another_agrees(hub):
    hub("add", "张三", "--sign-in", "zhangsan", "--first-administrator")
    hub("add", "李四", "--sign-in", "lisi", "--first-administrator")
    new = ("add", "王五", "--sign-in", "wangwu", "--role", "auditor", "--person", "张三")

    drafted = hub(*new)[1]["id"]
    waiting = hub("list", "--changes")[1]
    alone = hub("agree", str(drafted), "--person", "张 三")
    made = hub("agree", str(drafted), "--person", "李四")

    assert [one["name"] for one in waiting] == ["王五"]
    assert (alone[0], alone[1]["error"]["code"]) == (2, "person_change_same")
    assert made[1]["sign_in"] == "wangwu"
    assert [one["name"] for one in hub("list")[1]] == ["张三", "李四", "王五"]


def test_codes_are_printed_in_demonstrations_only(hub):
    assert hub("code", "zhangsan")[1]["error"]["code"] == "demo_only"
