"""Runs a target in a process of its own, which may die; what it was doing is then known."""

from __future__ import annotations

import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.fuzz.trial import Outcome, attempt, bound

if TYPE_CHECKING:
    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Target

DEATHS_MAX: Final = 50
STUCK_S: Final = 90.0  # of wall time on one input: it waits for something that does not come
STARTS_S: Final = 600.0  # on a machine that has other things to do
IDLE: Final = b"\xff" * 8  # nothing was begun
REPORT_EVERY: Final = 100
MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- in it a folder of our own
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass
class Report:
    """What became of a run of inputs; `broken` has the first input of each kind of finding."""

    target: str
    inputs: int = 0
    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    broken: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0
    peak_mib: int = 0

    def add(self, number: int, outcome: Outcome, given: Seed) -> None:
        """Count an outcome."""
        self.inputs += 1
        if outcome.kind == "taken":
            self.taken += 1
        elif outcome.kind == "refused":
            self.refused[outcome.what] += 1
        else:
            label, content = given
            first = {"number": number, "times": 0, "detail": outcome.detail, "label": label,
                     "content": content.decode("latin-1")}  # fmt: skip
            self.broken.setdefault(outcome.what, first)["times"] += 1

    def join(self, other: dict[str, Any]) -> None:
        """Add what another process counted."""
        self.inputs += other["inputs"]
        self.taken += other["taken"]
        self.refused.update(other["refused"])
        self.peak_mib = max(self.peak_mib, other["peak_mib"])
        for what, found in other["broken"].items():
            mine = self.broken.setdefault(what, {**found, "times": 0})
            mine["times"] += found["times"]

    def line(self) -> str:
        """Return one line that people read."""
        refused = sum(self.refused.values())
        rate = self.inputs / self.seconds if self.seconds else 0
        return (
            f"{self.target:20} {self.inputs:>7} inputs: {self.taken:>6} taken, {refused:>7} refused"
            f" ({len(self.refused)} reasons), {len(self.broken)} broken;"
            f" {self.seconds:.0f} s, {rate:.0f}/s, at most {self.peak_mib} MiB"
        )


def fuzz(target: Target, *, inputs: int, seed: int, seconds: float | None = None) -> Report:
    """Try the inputs 0 to `inputs` of a seed, or as many as there is time for."""
    report, begun, first = Report(target.name), time.monotonic(), 0
    memory = MEMORY if MEMORY.is_dir() else None  # a disk would be what takes the time
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory) as folder:
        for _ in range(DEATHS_MAX):
            left = None if seconds is None else seconds - (time.monotonic() - begun)
            if first >= inputs or (left is not None and left <= 0):
                break
            at, words = _child(target.name, Path(folder), (seed, first, inputs), left, report)
            if words is None:
                break
            died = Outcome("broken", f"died: {words}", words)
            report.add(at, died, target.input(seed, at))
            first = at + 1
    report.seconds = time.monotonic() - begun
    return report


def _child(
    name: str, folder: Path, span: tuple[int, int, int], seconds: float | None, report: Report
) -> tuple[int, str | None]:
    """Run one process to its end; return the number it was at, and how it died if it did."""
    progress, said = folder / "at", folder / "said"
    progress.write_bytes(IDLE)
    said.unlink(missing_ok=True)
    words = [sys.executable, "-m", "tests.fuzz.process", name, str(folder), *map(str, span),
             str(seconds or 0)]  # fmt: skip
    with (folder / "errors").open("wb") as errors:
        child = subprocess.Popen(
            words, cwd=ROOT, stdout=errors, stderr=errors, start_new_session=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )  # fmt: skip
        died = _watch(child, progress)
    at = int.from_bytes(progress.read_bytes(), "little")
    if said.exists():
        report.join(json.loads(said.read_text("utf-8")))
    if died is not None and died.startswith("code"):
        raise RuntimeError((folder / "errors").read_text("utf-8", "replace")[-3000:])
    return at, died


def _watch(child: subprocess.Popen[bytes], progress: Path) -> str | None:
    """Wait for a process; end it when it stands still."""
    last, since = IDLE, time.monotonic()
    while True:
        try:
            code = child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            now = progress.read_bytes()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > (STUCK_S if now != IDLE else STARTS_S):
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                return "stuck"
            continue
        if code == 0:
            return None
        return signal.Signals(-code).name if code < 0 else f"code {code} "


def main() -> None:
    """Be the process: `NAME FOLDER SEED FIRST LAST SECONDS`."""
    from tests.fuzz.registry import TARGETS

    name, folder, seed, first, last, seconds = sys.argv[1:]
    target, work = TARGETS[name], Path(folder) / f"work-{first}"
    work.mkdir(exist_ok=True)
    report, end = Report(name), time.monotonic() + float(seconds) if float(seconds) else None
    with (Path(folder) / "at").open("r+b") as file:
        at = mmap.mmap(file.fileno(), 8)
        run = target.open(work)
        attempt(target, run, target.input(seed=int(seed), number=0))  # what is loaded once
        bound()
        for number in range(int(first), int(last)):
            at[:] = number.to_bytes(8, "little")
            given = target.input(int(seed), number)
            report.add(number, attempt(target, run, given), given)
            if report.inputs % REPORT_EVERY == 0:
                _say(report, Path(folder))
                if end is not None and time.monotonic() > end:
                    break
    _say(report, Path(folder))


def _say(report: Report, folder: Path) -> None:
    from tests.fuzz.trial import peak_kib

    report.peak_mib = peak_kib() // 1024
    new = folder / "said.new"
    new.write_text(json.dumps(vars(report)), "utf-8")
    new.replace(folder / "said")


if __name__ == "__main__":
    main()
