"""What a deployment writes about an SFTP channel, and every mistake in it at once."""

from __future__ import annotations

import shutil

import pytest

from hub.app.checking import check
from hub.app.services import open_channel
from hub.settings import ConfigErrors, load_settings
from tests.adapters.sshd import new_key, public
from tests.conftest import ROOT

CHANNEL = """
[icbc-in]
kind = "sftp"
direction = "in"
host = "sftp.bank.example"
port = 22
user = "hub"
folder = "/out"
private_key = "file:{key}"
host_keys = ["{host_key}"]
"""


@pytest.fixture
def key(tmp_path):
    return new_key(tmp_path / "key")


@pytest.fixture
def config(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def write(config, key):
    def add(*changes, base=CHANNEL):
        text = base.format(key=key, host_key=public(key))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = config / "channels.toml"
        path.write_text(path.read_text("utf-8") + text, "utf-8")
        return config

    return add


def problems(config):
    with pytest.raises(ConfigErrors) as caught:
        load_settings(config)
    return {p.key: (p.message, p.suggestion) for p in caught.value.problems}


def test_a_channel_is_read_and_opened_without_calling_anybody(write):
    settings = load_settings(write()).channels["icbc-in"]

    assert (settings.kind, settings.host, settings.port) == ("sftp", "sftp.bank.example", 22)
    assert settings.verify == "content"
    assert open_channel(settings)


def test_addresses_and_keys_have_no_defaults(write):
    config = write(base='\n[icbc-in]\nkind = "sftp"\ndirection = "in"\n')

    missing = {f"icbc-in.{k}" for k in ("host", "port", "user", "folder", "private_key")}
    assert problems(config).keys() == {*missing, "icbc-in.host_keys"}


def test_every_mistake_is_named_with_its_key_and_a_suggestion(write):
    found = problems(
        write(
            ('host = "sftp.bank.example"', 'hosts = "sftp.bank.example"'),
            ("port = 22", "port = 70000"),
            ('"file:', '"/etc/'),
            ('direction = "in"', 'direction = "inn"'),
            ("folder =", "path = 'x'\nfolder ="),
            ("user =", "stall_timeout_s = 0\nuser ="),
        )
    )

    assert found["icbc-in.hosts"][1] == "host"
    assert found["icbc-in.direction"][1] == "in"
    assert found.keys() >= {"icbc-in.host", "icbc-in.port", "icbc-in.private_key", "icbc-in.path",
                            "icbc-in.stall_timeout_s"}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("ssh-dss AAAA", "one of ssh-ed25519"),
        ("bank.example ssh-ed25519 AAAA", "one of ssh-ed25519"),
        ("ssh-ed25519", "Base64"),
        ("ssh-ed25519 A*A=", "Base64"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHs", "cut or misspelt"),
        ("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==", "cut or misspelt"),
    ],
)
def test_a_host_key_that_is_cut_or_misspelt_is_told_at_once(write, key, line, part):
    found = problems(write((public(key), line)))

    assert part in found["icbc-in.host_keys[1]"][0]


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_host_keys_are_pinned(write, key, count):
    keys = ", ".join([f'"{public(key)}"'] * count)
    found = problems(write((f'"{public(key)}"', keys)))

    assert found["icbc-in.host_keys"][0] == f"must have 1 to 2 entries, not {count}"


def test_two_channels_never_share_a_folder_of_a_server(write):
    write()
    write(("[icbc-in]", "[icbc-also]"), ('"/out"', '"/out/"'), ("sftp.bank", "SFTP.bank"))

    found = problems(write(("[icbc-in]", "[icbc-other]"), ('"/out"', '"/other"')))
    assert found.keys() == {"icbc-also.folder"}


def test_a_misspelt_kind_is_the_only_problem_of_its_channel(write):
    found = problems(write(('kind = "sftp"', 'kind = "sfpt"')))

    assert {key: suggestion for key, (_, suggestion) in found.items()} == {"icbc-in.kind": "sftp"}


def test_the_check_reads_the_key_and_connects_only_when_asked(write, key):
    config = write(('"sftp.bank.example"', '"127.0.0.1"'), ("port = 22", "port = 1"))
    assert [p for p in check(config).problems if p.key.startswith("icbc-in")] == []

    (problem,) = [p for p in check(config, connect=True).problems if p.key.startswith("icbc-in")]
    assert problem.key == "icbc-in"
    key.write_text("not a key", "utf-8")
    (problem,) = [p for p in check(config).problems if p.key.startswith("icbc-in")]
    assert problem.key == "icbc-in.private_key"
