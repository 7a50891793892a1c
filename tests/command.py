"""The real `hub` command in a process of its own, over a deployment in a temporary folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.deployments import write_config
from tests.lists import CHANNELS, channel_of, list_bytes, list_name, write_partners

if TYPE_CHECKING:
    from pathlib import Path

    from hub.domain.facts import Source

SECONDS_MAX = 120


class Command:
    """Runs `hub` with one configuration."""

    def __init__(self, home: Path, *, store_url: str | None = None) -> None:
        self.home = home
        self.config = write_config(home, channels=CHANNELS)
        self.environment = dict(os.environ)
        if store_url is not None:
            toml = self.config / "hub.toml"
            text = re.sub("(?m)^url = .*$", 'url = "env:HUB_STORE_URL"', toml.read_text("utf-8"))
            toml.write_text(text, "utf-8")
            self.environment["HUB_STORE_URL"] = store_url
        write_partners(self.config / "partners")
        self.outbox = home / "outbox"
        self.outbox.mkdir()

    def __call__(self, *words, expect=0) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            self.line(*words),
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
            env=self.environment,
        )
        assert done.returncode == expect, (
            f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def json(self, *words, expect=0):
        """Run a command with `--json` and return what it says."""
        return json.loads(self(*words, "--json", expect=expect))

    def start(self, *words):
        """Start a command that goes on."""
        return subprocess.Popen(
            self.line(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def line(self, *words):
        return [sys.executable, "-m", "hub", *map(str, words), "--config", str(self.config)]

    def deliver(self, source: Source, rows, day, sequence=1):
        """Write a list into its channel's folder, as a partner's own program would."""
        folder = self.home / "channels" / channel_of(source)
        part = folder / f".{list_name(source, day, sequence)}.part"
        part.write_bytes(list_bytes(source, rows))
        part.rename(folder / list_name(source, day, sequence))

    def drop(self, source: Source, rows, day, sequence=1):
        """Put a list into its channel's folder with `hub drop`."""
        path = self.outbox / list_name(source, day, sequence)
        path.write_bytes(list_bytes(source, rows))
        self("drop", channel_of(source), path)
