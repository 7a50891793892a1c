"""Who kills and when: nobody, by seed, or every point that was ever passed."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from tests.proof.faults import KILLED, Plan, counted, read_hits

RUN_KILLS = (2, 3, 4, 5, 6)  # how often a run of the hub is killed before it may come to its end
PERSON_KILLS = (0, 1, 1, 2, 3)
WORLD_KILLS = 45  # about as many kills are drawn for a month; for fewer, some are left out
ENUMERATED_AT_ONCE = 8  # kills of one step, so that most of a world's targets are reached


@dataclass(frozen=True)
class Attempt:
    """One start of a process: when it dies, and what happens before the next."""

    plan: Plan
    kill_after_s: float | None = None
    long: bool = False  # a hub that runs on and on, as in production
    banks_between: bool = False  # banks act between its death and its next start


@dataclass(frozen=True)
class Kill:
    """What killed a process: a point, or a moment."""

    label: str
    point: str

    def __str__(self) -> str:
        return f"{self.label}: {self.point}"


@dataclass
class Recorded:
    """What a world without kills passed in each step, and how long each took."""

    passed: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=dict)
    cpu_s: dict = field(default_factory=dict)


class Reaper:
    """Kills nobody, and records what is passed: the base of the others."""

    def __init__(self, hits) -> None:
        self.hits = hits
        self.recorded = Recorded()
        self.kills: list[Kill] = []
        self._read = 0

    @property
    def passed(self) -> int:
        """How many hits were passed."""
        return self._read

    def attempts(self, _label, *, runs: bool = False):
        del runs
        for _ in range(20):  # a person's patience
            yield Attempt(self.plan())

    def plan(self, targets=frozenset(), after=None) -> Plan:
        return Plan(self.hits, counted(self.hits), frozenset(targets), after)

    def note(self, label, attempt, ended) -> None:
        """Note how an attempt ended and what it passed."""
        names = read_hits(self.hits)
        passed, self._read = names[self._read :], len(names)
        if ended.was_killed:
            at = next((n[1:] for n in reversed(passed) if n.startswith(KILLED)), None)
            if at is None:
                at = f"after {attempt.kill_after_s:.3f} s" + (" of a long run" * attempt.long)
            self.kills.append(Kill(label, at))
        else:
            self.recorded.passed[label] = [n for n in passed if not n.startswith(KILLED)]
            self.recorded.seconds[label] = ended.seconds
            self.recorded.cpu_s[label] = ended.cpu_s


class Random(Reaper):
    """Kills by seed: at a random hit, at a random point, or at a random moment."""

    def __init__(self, hits, recorded: Recorded, seed, quota: int) -> None:
        super().__init__(hits)
        self.known, self.seed, self.quota = recorded, seed, quota

    def attempts(self, label, *, runs: bool = False):
        draw = random.Random(f"{self.seed}/{label}")
        for _ in range(draw.choice(RUN_KILLS if runs else PERSON_KILLS)):
            drawn = self._drawn(draw, label, runs=runs)
            if draw.random() < 1.3 * self.quota / WORLD_KILLS and len(self.kills) < self.quota:
                yield replace(drawn, plan=self.plan(drawn.plan.targets, drawn.plan.after))
        yield from super().attempts(label)

    def _drawn(self, draw, label, *, runs: bool) -> Attempt:
        between = runs and draw.random() < 0.3
        passed = self.known.passed.get(label, [])
        way = draw.random()
        if not passed or way < 0.15:
            seconds = self.known.seconds.get(label, 1.0)
            return Attempt(self.plan(), draw.uniform(0, seconds), banks_between=between)
        if runs and way < 0.3:
            return Attempt(self.plan(), draw.uniform(0.1, 3), long=True, banks_between=between)
        if way < 0.6:
            return Attempt(self.plan(after=draw.randint(1, len(passed))), banks_between=between)
        counts = Counter(passed)
        name = draw.choice(sorted(counts))
        plan = self.plan()
        nth = plan.seen[name] + draw.randint(1, counts[name])
        return Attempt(self.plan(targets={(name, nth)}), banks_between=between)


class Enumerating(Reaper):
    """Kills at given hits of given points, each once; several in a world, few in one step."""

    def __init__(self, hits, targets, *, banks_between: bool = False) -> None:
        super().__init__(hits)
        self.left, self.between = set(targets), banks_between

    def attempts(self, label, *, runs: bool = False):
        for _ in range(ENUMERATED_AT_ONCE):
            before = len(self.kills)
            yield Attempt(self.plan(self.left), banks_between=runs and self.between)
            if len(self.kills) == before:
                break
        yield from super().attempts(label)

    def note(self, label, attempt, ended) -> None:
        super().note(label, attempt, ended)
        if ended.was_killed:
            name = self.kills[-1].point
            self.left.discard((name, counted(self.hits)[name]))


def every_target(recorded: Recorded) -> list[tuple[str, int]]:
    """Return the first, second and last hit of every point, in the order in which they came."""
    names = [name for passed in recorded.passed.values() for name in passed]
    last, seen = Counter(names), Counter()
    targets = []
    for name in names:
        seen[name] += 1
        if seen[name] in (1, 2, last[name]):
            targets.append((name, seen[name]))
    return targets


def first_only(targets) -> list[tuple[str, int]]:
    return [(name, nth) for name, nth in targets if nth == 1]


def by_point(kills) -> dict[str, int]:
    """Count kills by the kind of their point."""
    kinds: defaultdict[str, int] = defaultdict(int)
    for kill in kills:
        kinds[kill.point.partition("@")[0] if "@" in kill.point else "at a moment"] += 1
    return dict(sorted(kinds.items()))


def save(kills, path) -> None:
    """Write kills down for whoever repeats them."""
    path.write_text(json.dumps([[k.label, k.point] for k in kills], ensure_ascii=False, indent=1))
