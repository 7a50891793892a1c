"""The whole hub over SFTP: a list comes in from one server folder, a letter goes out to another."""

from __future__ import annotations

from datetime import date

import pytest

from hub.domain.facts import Source
from tests.command import Command
from tests.facts import TUESDAY, collection, deposit
from tests.lists import CHANNELS, list_bytes, list_name
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]

WEDNESDAY = date(2026, 11, 25)
NAME = list_name(Source.COLLECTIONS, TUESDAY)
CONTENT = list_bytes(Source.COLLECTIONS, [collection("R1", 2_000_000)])


@pytest.fixture
def folders(tmp_path):
    folders = {name: tmp_path / "server" / name for name in ("tax-in", "letters-out")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    return folders


@pytest.fixture
def hub(tmp_path, sshd, folders):
    hub = Command(tmp_path / "hub")
    text = CHANNELS
    for name, folder in folders.items():
        old = f'kind = "folder"\ndirection = "{name.rpartition("-")[2]}"\npath = "channels/{name}"'
        settings = sshd.settings(folder)
        new = old.replace("folder", "sftp", 1).rpartition("\n")[0] + (
            f'\nhost = "{settings.host}"\nport = {settings.port}\nuser = "{settings.user}"\n'
            f'folder = "{folder}"\nprivate_key = "{settings.private_key}"\n'
            f'host_keys = ["{settings.host_keys[0]}"]'
        )
        assert old in text
        text = text.replace(old, new)
    (hub.config / "channels.toml").write_text(text, "utf-8")
    return hub


def test_the_configuration_is_proved_against_the_server(hub):
    assert hub.json("check", "--connect")["ok"]

    toml = hub.config / "channels.toml"
    toml.write_text(toml.read_text("utf-8").replace("server/tax-in", "server/nowhere"), "utf-8")
    (problem,) = hub.json("check", "--connect", expect=2)["problems"]
    assert problem["key"] == "tax-in"
    assert hub.json("check")["ok"]


def test_a_running_hub_takes_a_list_from_the_server_once(hub, folders):
    process = hub.start("run")
    try:
        (folders["tax-in"] / NAME).write_bytes(CONTENT)
        done = folders["tax-in"] / "done" / NAME
        eventually(lambda: done.exists() or process.poll() is not None, timeout_s=60)
        assert process.poll() is None, process.communicate()[1]
        assert done.read_bytes() == CONTENT
        eventually(lambda: hub.json("inbox", "list")[0]["state"] == "read", timeout_s=60)
    finally:
        process.terminate()
        _, log = process.communicate(timeout=30)

    assert process.returncode == 0, log
    assert "Traceback" not in log
    assert [f["name"] for f in hub.json("inbox", "list")] == [NAME]


def test_a_list_is_dropped_reconciled_and_its_letter_arrives_at_the_server(hub, folders):
    path = hub.outbox / NAME
    path.write_bytes(CONTENT)
    hub("drop", "tax-in", path)
    assert (folders["tax-in"] / NAME).read_bytes() == CONTENT

    hub.drop(Source.DEPOSITS, [deposit("R1", 500_000)], TUESDAY)  # by a folder, as before

    hub("run", "--once", "--as-of", TUESDAY)
    drafted = hub.json("letter", "draft", "--month", "2026-11", "--person", "王芳")
    signed = hub.json("letter", "sign", drafted["id"], "--person", "李强", "--as-of", WEDNESDAY)
    hub("run", "--once", "--as-of", WEDNESDAY)

    arrived = {p.name for p in folders["letters-out"].iterdir()}
    assert {f"{signed['number']}.docx", f"{signed['number']}-附件.xlsx"} <= arrived
    assert not any(name.startswith(".") for name in arrived)
    papers = hub.home / "var" / "work" / "letters"
    for name in arrived:
        assert (folders["letters-out"] / name).read_bytes() == (papers / name).read_bytes()
