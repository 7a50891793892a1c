"""A clock of the day that jumps under running hubs: a small library in front of the system's."""

from __future__ import annotations

import shutil
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.ports import SystemClock

SOURCE = Path(__file__).with_suffix(".c")


def missing() -> str | None:
    """Return why there can be no such clock here."""
    return None if shutil.which("cc") else "no C compiler here (cc)"


class ShiftedClock:
    """What hubs started with `environment` take for now, and what this process does."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self._file, self._library = folder / "shift", folder / "net_clock.so"
        self._shift_s = 0
        self._file.write_bytes(struct.pack("<q", 0))
        words = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self._library), str(SOURCE), "-ldl"]
        subprocess.run(words, check=True, capture_output=True)
        self.jump(start - datetime.now(UTC))

    @property
    def environment(self) -> dict[str, str]:
        """Return what a process needs to live by this clock."""
        return {"LD_PRELOAD": str(self._library), "HUB_PROOF_CLOCK": str(self._file)}

    def jump(self, by: timedelta) -> None:
        """Let everybody's time of day jump at once."""
        self._shift_s += round(by.total_seconds())
        with self._file.open("r+b") as file:  # in place: others have it mapped
            file.write(struct.pack("<q", self._shift_s))

    def now(self) -> datetime:
        """Return the instant that it says."""
        return SystemClock().now() + timedelta(seconds=self._shift_s)
