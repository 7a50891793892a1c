"""Settings: what a deployment may say, and that every mistake is reported at once."""

from __future__ import annotations

import shutil
from datetime import time
from pathlib import Path

import pytest

from hub.settings import ConfigErrors, Problem, load_settings

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir()
    for name in ("hub.toml", "channels.toml"):
        shutil.copy(CONFIG / name, folder)
    return folder


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def problems_of(config):
    with pytest.raises(ConfigErrors) as caught:
        load_settings(config)
    return list(caught.value.problems)


def test_the_shipped_configuration_is_read_whole(config):
    settings = load_settings(config)

    assert settings.reconciliation.transit_working_days == 3
    assert settings.reconciliation.required["collections"] == time(16, 30)
    assert settings.limits.drain_max == 20
    assert settings.time_zone.key == "Asia/Shanghai"
    assert settings.channels["tax-in"].direction == "in"


def test_relative_paths_refer_to_the_parent_of_the_config_folder(config):
    settings = load_settings(config)

    assert settings.folders.archive == config.parent / "var/archive"
    assert settings.channels["tax-in"].path == config.parent / "var/channels/tax-in"
    assert settings.store.url == f"sqlite:///{config.parent}/var/hub.db"


def test_every_problem_is_reported_at_once_with_file_key_and_suggestion(config):
    change(config / "hub.toml", "drain_max", "drian_max")
    change(config / "hub.toml", 'region = "330100"', 'region = "3301"')
    change(config / "hub.toml", "transit_working_days = 3", "")
    change(config / "hub.toml", 'closes_at = "18:00"', 'closes_at = "25:00"')
    change(config / "hub.toml", 'level = "info"', 'level = "infos"')
    change(config / "hub.toml", "pool_size = 16", "pool_size = true")
    change(config / "hub.toml", "backlog_max = 1000", "backlog_max = 0")
    change(config / "hub.toml", "Asia/Shanghai", "Asia/Shanghia")
    letters = 'direction = "{}"\npath = "var/channels/letters-out"'
    change(config / "channels.toml", letters.format("out"), letters.format("outt"))

    found = {(p.file, p.key): p.suggestion for p in problems_of(config)}

    assert found == {
        ("config/hub.toml", "limits.drian_max"): "drain_max",
        ("config/hub.toml", "agency.region"): None,
        ("config/hub.toml", "reconciliation.transit_working_days"): None,
        ("config/hub.toml", "reconciliation.closes_at"): None,
        ("config/hub.toml", "log.level"): "info",
        ("config/hub.toml", "store.pool_size"): None,
        ("config/hub.toml", "limits.backlog_max"): None,
        ("config/hub.toml", "time_zone"): None,
        ("config/channels.toml", "letters-out.direction"): "out",
    }


def test_a_problem_reads_as_one_line():
    problem = Problem(file="config/hub.toml", key="log.levle", message="is not known")

    assert problem.text() == "config/hub.toml: log.levle: is not known"
    suggested = Problem(file="f", key="k", message="is not known", suggestion="level")
    assert suggested.text() == 'f: k: is not known, did you mean "level"?'


def test_a_missing_section_names_the_keys_it_must_have(config):
    (config / "hub.toml").write_text('time_zone = "Asia/Shanghai"\n', "utf-8")

    keys = {p.key for p in problems_of(config)}

    assert {"agency.name", "agency.region", "store.url", "folders.archive"} <= keys
    assert {"resolve.two_person_from_fen", "letters.reply_working_days"} <= keys


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", "is not UTF-8 at byte 0"),
        (b"x = ", "is not TOML"),
        (b"#" * (1024 * 1024 + 1), "is larger than"),
    ],
)
def test_a_file_that_is_no_toml_is_a_problem_and_no_traceback(config, content, words):
    (config / "channels.toml").write_bytes(content)

    found = problems_of(config)

    assert [p.file for p in found] == ["config/channels.toml"]
    assert words in found[0].message


def test_a_missing_file_is_one_problem_of_that_file(config):
    (config / "channels.toml").unlink()

    found = problems_of(config)

    assert [(p.file, p.key) for p in found] == [("config/channels.toml", "")]


def test_two_channels_on_one_folder_are_refused(config):
    change(config / "channels.toml", "var/channels/bank-in", "var/channels/tax-in")

    found = problems_of(config)

    assert [p.key for p in found] == ["bank-in.path"]


def test_a_channel_whose_name_could_be_a_path_is_refused(config):
    change(config / "channels.toml", "[bank-in]", '["../bank"]')

    assert [p.key for p in problems_of(config)] == ["../bank"]


def test_the_store_url_may_be_a_secret_but_never_hold_a_password(config, monkeypatch):
    monkeypatch.setenv("HUB_TEST_URL", "postgresql+psycopg://hub:s3cret@db/hub")
    change(config / "hub.toml", "sqlite:///var/hub.db", "env:HUB_TEST_URL")

    assert load_settings(config).store.url == "postgresql+psycopg://hub:s3cret@db/hub"

    change(config / "hub.toml", "env:HUB_TEST_URL", "postgresql+psycopg://hub:s3cret@db/hub")
    found = problems_of(config)

    assert [p.key for p in found] == ["store.url"]
    assert "s3cret" not in found[0].text()


def test_a_secret_that_leads_nowhere_is_a_problem(config):
    change(config / "hub.toml", "sqlite:///var/hub.db", "env:HUB_NO_SUCH_NAME")

    assert [p.key for p in problems_of(config)] == ["store.url"]


def test_the_errors_speak_both_languages_and_json(config):
    change(config / "hub.toml", "drain_max", "drian_max")

    with pytest.raises(ConfigErrors) as caught:
        load_settings(config)

    assert "config/hub.toml: limits.drian_max" in caught.value.explain("zh")
    assert 'did you mean "drain_max"?' in caught.value.explain("en")
    assert caught.value.as_dict()["problems"][0]["suggestion"] == "drain_max"


def test_a_cluster_reconciles_when_its_address_is_referred_to(config, monkeypatch):
    assert load_settings(config).reconciliation.cluster() is None
    spark = '[reconciliation]\nengine = "spark"\nspark_url = "env:HUB_TEST_SPARK"'
    change(config / "hub.toml", "[reconciliation]", spark)
    monkeypatch.setenv("HUB_TEST_SPARK", "sc://spark.example:15002/;token=hidden")

    reconciliation = load_settings(config).reconciliation

    assert reconciliation.cluster() == "sc://spark.example:15002/;token=hidden"
    assert "hidden" not in repr(reconciliation)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ('engine = "spark"', "is missing"),
        ('engine = "spark"\nspark_url = "sc://spark.example:15002"', "a secret is written"),
        ('spark_url = "env:HUB_TEST_SPARK"', 'only for engine = "spark"'),
    ],
)
def test_an_address_that_is_missing_useless_or_written_out_is_reported(config, said, part):
    change(config / "hub.toml", "[reconciliation]", f"[reconciliation]\n{said}")

    (problem,) = problems_of(config)

    assert problem.key == "reconciliation.spark_url"
    assert part in problem.message
