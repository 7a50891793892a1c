"""A payout over a real sshd to a bank that decrypts, verifies, and seals its answers."""

from __future__ import annotations

import pytest

from hub.twins.ledger import Ledger
from tests.adapters.conftest import sshd  # noqa: F401 -- a fixture
from tests.keys import keys
from tests.twins.paying import DAY, PayingHub

pytestmark = [pytest.mark.real, pytest.mark.slow]

SCRIPT = """
partner = "iso_bank"
[[outcomes]]
outcome = "rejected"
count = 1
reason = "AC01"
"""


def side(own, other):
    """Return one side's table: both sides use the same words."""
    return (
        f'[protection]\nencrypt_to = "{other.public}"\nsign_with = "file:{own.private}"\n'
        f'verify_with = ["{other.public}"]\ndecrypt_with = ["file:{own.private}"]\n'
        'signature_name = "{name}.sig"\n'
    )


class World:
    """A hub, a server, and a bank that is played with `played` keys."""

    def __init__(self, home, sshd) -> None:  # noqa: F811
        self.home, self.known = home, keys()
        self.takes, self.gives = home / "server" / "takes", home / "server" / "gives"
        for folder in (self.takes, self.gives):
            folder.mkdir(parents=True)
        channels = {"iso-bank-out": sshd.settings(self.takes), "bank-in": sshd.settings(self.gives)}
        self.hub = PayingHub(home / "hub", sftp=channels)
        self.partner = self.hub.config / "partners" / "iso_bank.toml"
        with self.partner.open("a", encoding="utf-8") as file:
            file.write("\n" + side(self.known.hub, self.known.bank))

    def bank(self, played):
        script = self.home / "bank.toml"
        script.write_text(SCRIPT + side(played, self.known.hub), "utf-8")
        return self.hub.json(
            "twin", "bank", script, "--home", self.home / "own", "--takes", self.takes, "--gives",
            self.gives, "--on", DAY,
        )  # fmt: skip


@pytest.fixture
def world(tmp_path, sshd):  # noqa: F811
    return World(tmp_path, sshd)


def test_the_bank_opens_what_we_send_and_we_open_what_it_answers(world):
    assert world.hub.json("check")["ok"]
    made = world.hub.release(10, banks="iso_bank")
    world.hub("run", "--once", "--as-of", DAY)
    names = sorted(path.name for path in world.takes.iterdir())
    assert len(names) == 2
    assert names[1] == f"{names[0]}.sig"
    sealed = (world.takes / names[0]).read_bytes()
    assert b"Document" not in sealed
    world.known.bank.knows(world.known.hub)
    paths = [world.takes / name for name in reversed(names)]
    world.known.bank.gpg("--verify", *paths)

    world.bank(world.known.bank)
    audit = Ledger(world.home / "own").audit()
    assert (audit.payments, audit.total_fen) == (made["items"], made["total_fen"])
    assert not any(b"Document" in path.read_bytes() for path in world.gives.iterdir())
    world.hub("run", "--once", "--as-of", DAY)
    assert world.hub.states() == {"paid": made["items"] - 1, "returned": 1}
    assert world.hub.json("verify")["ok"]


def test_answers_of_somebody_else_s_key_change_nothing(world):
    made = world.hub.release(10, banks="iso_bank")
    world.hub("run", "--once", "--as-of", DAY)
    # a forger who has the bank's folder and its private key for opening, but not the one to sign
    script = side(world.known.stranger, world.known.hub)
    ours = f'decrypt_with = ["file:{world.known.bank.private}"]\n'
    path = world.home / "bank.toml"
    lines = [line for line in script.splitlines(keepends=True) if "decrypt_with" not in line]
    path.write_text(SCRIPT + "".join(lines) + ours, "utf-8")
    said = world.hub.json(
        "twin", "bank", path, "--home", world.home / "own", "--takes", world.takes, "--gives",
        world.gives, "--on", DAY,
    )  # fmt: skip
    assert len(said["said"]) > 0
    world.hub("run", "--once", "--as-of", DAY)

    states = {one["name"]: one["state"] for one in world.hub.json("inbox", "list")}
    answers = {name: state for name, state in states.items() if name.endswith(".xml")}
    assert set(answers.values()) == {"refused"}
    assert world.hub.states() == {"in_flight": made["items"]}
    assert world.hub.json("verify")["ok"]


def test_the_bank_refuses_a_file_that_was_changed_on_its_way(world):
    world.hub.release(10, banks="iso_bank")
    world.hub("run", "--once", "--as-of", DAY)
    (path,) = [p for p in world.takes.iterdir() if p.suffix == ".xml"]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    (got,) = world.bank(world.known.bank)["got"]
    assert (got["verdict"], got["why"], got["items"]) == ("refused", "signature_broken", 0)


def test_check_says_which_key_is_wrong(world):
    text = world.partner.read_text("utf-8")
    cases = {
        str(world.known.bank.public): (str(world.home / "none.asc"), "no usable key"),
        f"file:{world.known.hub.private}": (f"file:{world.known.expired.private}", "has expired"),
        "verify_with": ("verify_wiht", "verify_with"),
        '"{name}.sig"': ('"{nam}.sig"', "{name}"),
    }
    for old, (new, said) in cases.items():
        world.partner.write_text(text.replace(old, new), "utf-8")
        (problem, *_) = world.hub.json("check", expect=2)["problems"]
        assert said in problem["text"], problem
        assert "PRIVATE KEY" not in str(problem)
