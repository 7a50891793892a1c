"""The real command over the project's own configuration of a benefit desk and two banks."""

from __future__ import annotations

import os
import shutil

from tests.command import Command
from tests.conftest import ROOT

DAY = "2026-11-25"
PARTNERS = ("benefits", "city_bank", "iso_bank")


class PayingHub(Command):
    """An agency that only pays; `sftp` are settings of channels that are at a server."""

    partners = PARTNERS

    def __init__(self, home, *, sftp=None) -> None:
        self.home = home
        self.environment = dict(os.environ)
        self.config = home / "config"
        shutil.copytree(ROOT / "config", self.config)
        for path in (self.config / "partners").glob("*.toml"):
            if path.stem not in self.partners:
                path.unlink()
        channels = self.config / "channels.toml"
        text = channels.read_text("utf-8")
        for name, settings in (sftp or {}).items():
            direction = name.rpartition("-")[2]
            old = f'kind = "folder"\ndirection = "{direction}"\npath = "var/channels/{name}"\n'
            assert old in text
            text = text.replace(
                old,
                f'kind = "sftp"\ndirection = "{direction}"\nhost = "{settings.host}"\n'
                f'port = {settings.port}\nuser = "{settings.user}"\nfolder = "{settings.folder}"\n'
                f'private_key = "{settings.private_key}"\nhost_keys = ["{settings.host_keys[0]}"]\n'
                + ("partner_removes = true\n" if direction == "out" else ""),
            )
        channels.write_text(text, "utf-8")
        self("check", "--create")

    def release(self, pensions, *, banks):
        """Make, import, sign and release a list; return what the desk's list has."""
        made = self.json(
            "simulate", "benefits", "--pensions", pensions, "--banks", banks, "--date", DAY,
            "--out", self.home / "lists",
        )  # fmt: skip
        self("payout", "import", made["file"], "--as-of", DAY)
        for person in ("李初", "王审"):
            self("payout", "sign", 1, "--person", person, "--as-of", DAY)
        self("payout", "release", 1, "--person", "赵出", "--as-of", DAY)
        return made

    def states(self):
        return {one["state"]: one["items"] for one in self.json("payout", "show", 1)["states"]}
