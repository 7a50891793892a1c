"""`hub region` and `hub exchange` as people use them."""

from __future__ import annotations

import json
import stat

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from hub.domain.codes.cnaps import check_digit
from tests.deployments import write_config

BANK_NO = "10265100001" + check_digit("10265100001")
ACCOUNT = ("fund=pension", "account_no=4402000000000012345", "account_name=成都社保基金",
           f"bank_no={BANK_NO}", "bank_name=工行成都")  # fmt: skip


class Hub:
    """Runs commands over a deployment in a temporary folder."""

    def __init__(self, home) -> None:
        self.config = write_config(home)

    def __call__(self, *words, expect=0, config=True) -> str:
        options = ["--config", str(self.config)] if config else []
        done = CliRunner().invoke(app, [*map(str, words), *options])
        assert done.exit_code == expect, done.output
        return done.stdout

    def json(self, *words, **how):
        return json.loads(self(*words, "--json", **how))


@pytest.fixture
def hub(tmp_path):
    return Hub(tmp_path)


def test_two_people_enter_an_account_and_lists_mask_it(hub):
    (entry,) = hub.json(
        "region",
        "propose",
        "account",
        "510100",
        *ACCOUNT,
        "--from",
        "2026-01-01",
        "--person",
        "张提",
    )
    assert entry["facts"]["account_no"].endswith("2345")
    assert "44020000" not in str(entry)
    hub("region", "show", "510100", expect=1)
    hub("region", "confirm", entry["id"], "--person", "张提", expect=2)
    hub("region", "confirm", entry["id"], "--person", "李复")

    listed = hub("region", "list", "--kind", "account") + hub("region", "show", "510100", "--json")
    assert "4402000000000012345" not in listed
    assert "2345" in listed
    assert "4402000000000012345" in hub("region", "show", "510100", "--accounts")
    assert hub.json("region", "show", "510100", "--on", "2025-12-31", expect=1) == []
    assert len(hub.json("region", "show", "510100", "--history")) == 1
    hub("journal", "verify")


def test_a_file_of_regions_is_proposed_confirmed_and_given_back(hub, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("kind,code,name,valid_from\nregion,510100,成都市,2008-02-01\n", "utf-8")
    (entry,) = hub.json("region", "import", file, "--person", "张提")
    assert hub.json("region", "import", file, "--person", "张提") == []
    assert hub.json("region", "list", "--state", "proposed") == [entry]
    hub("region", "refuse", "--batch", entry["batch"], "--person", "李复", "--reason", "日期待核")
    assert hub.json("region", "list") == []
    (entry,) = hub.json("region", "import", file, "--person", "张提")
    hub("region", "confirm", "--batch", entry["batch"], "--person", "李复")
    assert [one["facts"]["name"] for one in hub.json("region", "list")] == ["成都市"]
    file.write_text("kind,code\nregion,51\n", "utf-8")
    refused = hub.json("region", "import", file, "--person", "张提", expect=2)["error"]
    assert (refused["code"], refused["line"]) == ("region_day_malformed", 2)


def test_a_key_is_made_once_and_shown_by_its_public_half(hub, tmp_path):
    path = tmp_path / "signing.key"
    made = hub.json("region", "keygen", "--out", path, config=False)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() not in str(made)
    hub("region", "keygen", "--out", path, expect=2, config=False)
    hub("region", "key", expect=2)
    toml = hub.config / "hub.toml"
    written = '# private_key = "file:/etc/agency-hub/signing.key"'
    text = toml.read_text("utf-8").replace(written, f'private_key = "file:{path}"')
    toml.write_text(text, "utf-8")
    assert hub.json("region", "key") == made


def test_messages_are_listed_and_nothing_is_skipped_where_nothing_waits(hub):
    assert hub.json("exchange", "list", "--state", "sent") == []
    assert hub.json("exchange", "show", "0" * 32, expect=1) == []
    skipped = hub.json("exchange", "skip", "510100", "--person", "王", "--reason", "x", expect=2)
    assert skipped["error"]["code"] == "gap_missing"
