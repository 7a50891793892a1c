"""`roads.toml`: what is missing, unsafe or contradictory is said before anything starts."""

from __future__ import annotations

import pytest

from hub.settings import ConfigErrors, FolderRoadSettings, RabbitSettings, load_settings
from tests.conftest import ROOT
from tests.deployments import write_config

LOCAL = """
[regions]
kind = "rabbitmq"
host = "127.0.0.1"
port = 5672
vhost = "agencies"
user = "330100"
password = "env:HUB_BROKER"
"""
SAFE = LOCAL.replace("127.0.0.1", "mq.example") + 'ca_file = "ca.pem"\n'


def load(tmp_path, text):
    config = write_config(tmp_path)
    (config / "roads.toml").write_text(text, "utf-8")
    return load_settings(config).roads


def problems(tmp_path, text):
    with pytest.raises(ConfigErrors) as caught:
        load(tmp_path, text)
    return {problem.key: problem.text() for problem in caught.value.problems}


def test_without_the_file_there_are_no_roads(tmp_path) -> None:
    assert load_settings(write_config(tmp_path)).roads == {}


def test_roads_of_both_kinds_are_read(tmp_path) -> None:
    roads = load(tmp_path, LOCAL + '[local]\nkind = "folder"\npath = "spool"\nevents = true\n')

    assert isinstance(roads["regions"], RabbitSettings)
    assert roads["regions"].window == 500
    assert roads["local"] == FolderRoadSettings(
        name="local", kind="folder", path=tmp_path / "spool", events=True
    )


def test_our_own_example_is_read_once_its_marks_are_taken_away(tmp_path) -> None:
    text = (ROOT / "config" / "roads.toml").read_text("utf-8")
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    used = "\n".join(line for line in lines if line.startswith("[") or " = " in line)

    assert set(load(tmp_path, used)) == {"regions", "local"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (LOCAL.replace("127.0.0.1", "mq.example"), "regions.ca_file"),
        (LOCAL.replace('password = "env:HUB_BROKER"\n', ""), "regions.password"),
        (LOCAL.replace("env:HUB_BROKER", "secret"), "regions.password"),
        (SAFE + 'certificate_file = "c.pem"\n', "regions.key_file"),
        (SAFE + 'login = "certificate"\n', "regions.login"),
        (LOCAL + 'management_url = "http://127.0.0.1:15672"\n', "regions.management_url"),
        (LOCAL + 'management_url = "http://a:b@127.0.0.1"\n', "regions.management_url"),
        (LOCAL + "windows = 5\n", "regions.windows"),
        (LOCAL + "events = true\n" + '[b]\nkind = "folder"\npath = "x"\nevents = true\n',
         "b.events"),
        ('[b]\nkind = "folder"\n', "b.path"),
        ("[b\n", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_key(tmp_path, text, key) -> None:
    assert key in problems(tmp_path, text)
