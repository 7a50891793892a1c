"""A region without a hub, over a real sshd: its papers come and go once, whatever is cut."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date

import pytest

from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_paper import Paper, PaperKind
from hub.flows.transfer_paper import rendered
from hub.mappings.catalog import load_catalog
from tests.adapters.conftest import sshd  # noqa: F401 -- a fixture
from tests.adapters.cutting_proxy import CuttingProxy
from tests.app.test_case_commands import InProcess, sign
from tests.conftest import ROOT
from tests.transfer_forms import pension_form
from tests.transfers import person
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]

US, THEM = "330100", "510100"
DAY = date(2026, 11, 24)
ON, BY = ("--as-of", DAY), ("--person", "周受")
NAME = "ZYWS_20261124_000777.xml"
PATIENCE_S = 60
CHANNEL = """
[region-{region}-{direction}]
kind = "sftp"
direction = "{direction}"
host = "{host}"
port = {port}
user = "{user}"
folder = "{folder}"
private_key = "{private_key}"
host_keys = ["{host_key}"]
poll_interval_s = 0.1
"""


class CutOnce:
    """Lets a proxy cut its connection once, the first time that a condition holds."""

    def __init__(self, condition) -> None:
        self.condition = condition
        self.happened = False

    def __call__(self) -> bool:
        if self.happened or not self.condition():
            return False
        self.happened = True
        return True


@pytest.fixture
def roads(sshd):  # noqa: F811
    """A proxy for each direction: each of them is cut at its own moment."""
    with CuttingProxy(sshd.port) as out, CuttingProxy(sshd.port) as into:
        yield {"out": out, "in": into}


@pytest.fixture
def folders(tmp_path):
    """The folders of the other region on its server: what it gets, what it gives."""
    made = {"out": tmp_path / "server" / "got", "in": tmp_path / "server" / "gives"}
    for folder in made.values():
        folder.mkdir(parents=True)
    return made


@pytest.fixture
def hub(tmp_path, sshd, roads, folders):  # noqa: F811
    hub = InProcess(tmp_path / "hub")
    toml = hub.config / "channels.toml"
    text = toml.read_text("utf-8")
    for direction, folder in folders.items():
        server = sshd.settings(folder, port=roads[direction].port)
        text += CHANNEL.format(
            region=THEM, direction=direction, host=server.host, port=server.port,
            user=server.user, folder=folder, private_key=server.private_key,
            host_key=server.host_keys[0],
        )  # fmt: skip
    toml.write_text(text, "utf-8")
    shutil.copy(ROOT / "config/partners/region_510100.toml", hub.config / "partners")
    shutil.copytree(ROOT / "config/schemas", hub.config / "schemas")
    hub("check", "--create", "--connect")
    return hub


def papers_of_theirs(hub, ref):
    """Return the form that the other region answers with, as it writes its file, and its sum."""
    form = pension_form()
    paper = Paper(
        paper=PaperKind.FORM, ref=ref, round=1, kind=Kind.PENSION, person_id=person(),
        person_name="张三", source=THEM, target=US, number="川-77", made_on=DAY,
        amount_fen=form.amount_fen, epoch=1, items=dict(form.items),
        years=tuple(dict(row) for row in form.years),
    )  # fmt: skip
    layout = load_catalog(hub.config).partner(f"region_{THEM}").layout("transfer_paper")
    return rendered(paper, layout), form.amount_fen


def test_letter_and_form_go_by_sftp_once_although_both_connections_are_cut(
    hub, roads, folders, tmp_path
):
    case = hub.json(
        "case", "apply", "in", "--kind", "pension", "--person-id", person(), "--name", "张三",
        "--other", THEM, "--paper", *BY, *ON,
    )  # fmt: skip
    hub("case", "consent", case["id"], "--account-name", "杭州财政专户", "--account-no",
        "1202020209900000123", "--bank", "工行杭州分行", *BY, *ON)  # fmt: skip
    sign(hub, case["id"], "awaiting", ON)
    sent = hub.json("case", "paper", case["id"], "--channel", f"region-{THEM}-out", *BY, *ON)
    hub("case", "paper", case["id"], "--as", "xml", "--out", tmp_path / "letter.xml")
    theirs, amount_fen = papers_of_theirs(hub, case["ref"])
    done = folders["in"] / "done" / NAME
    # cut where it hurts most: the file is in its place, and the answer that says so is lost
    cuts = {"out": CutOnce((folders["out"] / sent["file"]).exists), "in": CutOnce(done.exists)}
    for direction, cut in cuts.items():
        roads[direction].cut_when = cut

    process = hub.start("run", *ON)
    try:
        part = folders["in"] / f".{NAME}.part"
        part.write_bytes(theirs)
        part.rename(folders["in"] / NAME)
        eventually(lambda: all(cut.happened for cut in cuts.values()), timeout_s=PATIENCE_S)
        eventually(
            lambda: is_idle(hub, sent["file"]) or process.poll() is not None, timeout_s=PATIENCE_S
        )
        eventually(lambda: all(road.connections > 1 for road in roads.values()))
    finally:
        process.terminate()
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    assert "Traceback" not in log

    assert contents(folders["out"]) == {sent["file"]: (tmp_path / "letter.xml").read_bytes()}
    assert contents(folders["in"]) == {f"done/{NAME}": theirs}
    looked = rows(hub, "SELECT event FROM journal WHERE event LIKE 'delivery.%' ORDER BY n")
    assert looked == [("delivery.sending",), ("delivery.unknown",), ("delivery.delivered",)]
    assert [(one["name"], one["state"]) for one in hub.json("inbox", "list")] == [(NAME, "read")]
    shown = hub.json("case", "show", case["id"])
    assert [one["key"] for one in shown["timeline"]].count("form:川-77:typed") == 1
    assert [one["what"] for one in shown["missing"]] == ["funds"]

    hub("case", "receipt", "--number", "LS1", "--fund", "pension", "--amount",
        f"{amount_fen / 100:.2f}", "--words", case["ref"], "--person", "钱财", *ON)  # fmt: skip
    assert hub.json("case", "show", case["id"])["state"] == "ready"
    assert hub.json("verify")["ok"]


def rows(hub, query):
    """Return rows of the hub's database, read apart from it."""
    uri = f"file:{hub.home / 'var' / 'hub.db'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        return database.execute(query).fetchall()


def is_idle(hub, name):
    """Tell whether their file was read and ours is known to be delivered."""
    read = [one["state"] for one in hub.json("inbox", "list")] == ["read"]
    return read and rows(hub, "SELECT file_name, state FROM outbox") == [(name, "delivered")]


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip
