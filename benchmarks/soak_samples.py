"""What a soak measures and what it concludes: samples of processes, and whether anything grows.

Samples are rows of numbers in a CSV file. The verdict looks at those after the warm-up only. A
slope is the median of the slopes between all pairs (Theil-Sen): one collection of garbage, or one
busy minute of a shared machine, does not move it.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOUR_S = 3600.0
RSS_MB_PER_HOUR_MAX = 1.0
GROWN_MAX = 1.0  # descriptors or threads, over the whole time that is judged
BYTES_DRIFT_MAX = 0.15  # of what a message, or a file, takes in the database or archive
LAG_S_MAX = 5.0  # of messages at the chosen rate: so much more may wait at the end
SAMPLES_MIN = 4
PAIRS_OF_MAX = 400  # samples that a slope is taken of; more are thinned out

Sample = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the verdict. `good` is None where a figure is told and not judged."""

    what: str
    found: str
    limit: str
    good: bool | None


def process_sample(name: str, pid: int) -> Sample:
    """Return a process's memory (MB), open descriptors, threads, processor seconds; {} if gone.

    Memory is the process's own (RssAnon): pages of files come and go as the machine likes.
    """
    try:
        status = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
            if ":" in line
        )
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return {
            f"{name}_rss_mb": int(status["RssAnon"].split()[0]) / 1024,
            f"{name}_fds": len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208 -- the kernel's own
            f"{name}_threads": int(status["Threads"]),
            f"{name}_cpu_s": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        }
    except (OSError, KeyError, ValueError):
        return {}


def tree_sample(name: str, pid: int) -> Sample:
    """Return the sums over a process and everything below it: a server with its children."""
    total: Sample = {}
    for one in _family(pid):
        for key, value in process_sample(name, one).items():
            total[key] = total.get(key, 0.0) + value
    return total


def folder_mb(folder: Path) -> float:
    """Return how much the files below a folder hold (MB); what vanishes meanwhile counts nothing.

    The hub's archive keeps a file for ever, so callers look only as often as they must.
    """
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total / 1e6


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of them lies; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


class Table:
    """The samples of a run, each written at once: a run that is cut short keeps what it saw."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Sample] = []

    def add(self, row: Sample) -> None:
        """Keep a row; the first one decides the columns."""
        first = not self.rows
        self.rows.append(row)
        with self.path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]), restval=0, extrasaction="ignore")
            if first:
                writer.writeheader()
            writer.writerow({k: round(v, 3) for k, v in row.items()})


def read_table(path: Path) -> list[Sample]:
    """Return the samples of an earlier run."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def slope(rows: Sequence[Sample], column: str) -> float:
    """Return how much a column grows a second: the median over all pairs of samples."""
    step = max(1, -(-len(rows) // PAIRS_OF_MAX))
    points = [(row["at_s"], row[column]) for row in rows[::step]]
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for n, earlier in enumerate(points)
        for later in points[n + 1 :]
        if later[0] > earlier[0]
    ]
    return median(slopes) if slopes else 0.0


def verdict(
    rows: Sequence[Sample],
    *,
    warm_up_s: float,
    judged: Sequence[str],
    rate: float,
    told: Mapping[str, float] | None = None,
    rss_mb_per_hour_max: float = RSS_MB_PER_HOUR_MAX,
) -> list[Finding]:
    """Return what the samples after the warm-up say.

    `judged`: names of processes that must not grow. `rate`: messages a second that were meant.
    `told`: columns of times whose goals are told and not judged, because a busy machine decides
    them too: column -> goal.
    """
    kept = [row for row in rows if row["at_s"] >= warm_up_s]
    if len(kept) < SAMPLES_MIN:
        return [_finding("samples after the warm-up", len(kept), SAMPLES_MIN, good=False)]
    found: list[Finding] = []
    for name in judged:
        found += _process(kept, name, rss_mb_per_hour_max)
    for unit, whole in (("message", "database_mb"), ("file", "archive_mb")):
        found += _growth(kept, f"{unit}s", whole, unit)
    if "unanswered" in kept[0]:
        third = max(1, len(kept) // 3)
        grown = median(row["unanswered"] for row in kept[-third:]) - median(
            row["unanswered"] for row in kept[:third]
        )
        limit = LAG_S_MAX * rate
        found.append(_finding("messages waiting, grown by", grown, limit, good=grown <= limit))
    for column, goal in (told or {}).items():
        middle = median(row[column] for row in kept)
        found.append(_finding(f"{column}, middle of all samples", middle, goal, good=None))
    return found


def report(findings: Sequence[Finding]) -> str:
    """Return the verdict as lines."""
    marks = {True: "ok", False: "FAILED", None: "told"}
    return "\n".join(
        f"{marks[one.good]:6} {one.what}: {one.found} (limit {one.limit})" for one in findings
    )


def failed(findings: Sequence[Finding]) -> bool:
    """Tell whether something that is judged is not good."""
    return any(one.good is False for one in findings)


def _process(kept: Sequence[Sample], name: str, rss_max: float) -> list[Finding]:
    if any(f"{name}_rss_mb" not in row for row in kept):
        return [_finding(f"{name} is there in every sample", 0, 1, good=False)]
    per_hour = slope(kept, f"{name}_rss_mb") * HOUR_S
    found = [_finding(f"{name}: memory, MB/h", per_hour, rss_max, good=per_hour < rss_max)]
    for what in ("fds", "threads"):
        grown = _grown(kept, f"{name}_{what}")
        good = grown <= GROWN_MAX
        found.append(_finding(f"{name}: {what} grown by", grown, GROWN_MAX, good=good))
    return found


def _grown(kept: Sequence[Sample], column: str) -> float:
    """Return by how much a count's usual value grew from the first to the last third."""
    third = max(1, len(kept) // 3)
    first = median(row[column] for row in kept[:third])
    return float(median(row[column] for row in kept[-third:]) - first)


def _growth(kept: Sequence[Sample], counted: str, whole: str, unit: str) -> list[Finding]:
    """Compare what a message takes in the first half with what it takes in the second."""
    if whole not in kept[0] or counted not in kept[0]:
        return []
    middle = len(kept) // 2
    halves = []
    for part in (kept[: middle + 1], kept[middle:]):
        count = part[-1][counted] - part[0][counted]
        halves.append((part[-1][whole] - part[0][whole]) * 1e6 / count if count > 0 else 0.0)
    what = f"{whole.removesuffix('_mb')}: bytes a {unit}"
    if halves[0] <= 0 or halves[1] <= 0:
        return [Finding(what=what, found=f"{halves}", limit="above 0", good=False)]
    drift = halves[1] / halves[0] - 1
    return [
        Finding(
            what=what, found=f"{halves[0]:,.0f}, then {halves[1]:,.0f} ({drift:+.1%})",
            limit=f"+{BYTES_DRIFT_MAX:.0%}", good=drift <= BYTES_DRIFT_MAX,
        )
    ]  # fmt: skip


def _finding(what: str, found: float, limit: float, *, good: bool | None) -> Finding:
    return Finding(what=what, found=f"{found:,.2f}", limit=f"{limit:,.2f}", good=good)


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    family, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        family.append(one)
        try:
            for task in os.listdir(f"/proc/{one}/task"):  # noqa: PTH208 -- the kernel's own
                text = Path(f"/proc/{one}/task/{task}/children").read_text("ascii")
                waiting += [int(word) for word in text.split()]
        except OSError:
            continue
    return family
