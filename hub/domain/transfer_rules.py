"""Rules of transfers as dated packs (规则包): how many days, who signs, under which article.

Several texts are in force at once and they disagree (domain.md b3): a province's procedure, the
State Council's measures, local variants. Each is a pack with its time of validity and a rank that
the office decides on. A case is handled under the highest-ranking pack of its day that says
something, keeps that for its whole life, and states it; where packs disagree, `conflicts` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 -- the settings reader and the store resolve annotations
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_kinds import Kind, Step
from hub.domain.transfer_sums import RateRule, Sum, SumRule, Terms
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEVELS_MAX: Final = 3
DAYS_MAX: Final = 250  # working days; about a year
MONTH_END: Final = "month_end"
_TITLES: Final = {
    "days": "工作日时限 working days",
    "levels": "审核级数 signatures",
    "application": "须本人在转出地申请 the person applies at the old place",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """What one pack says about a step of some kinds of transfer; `None` where it says nothing.

    `days`: working days until it must be done. `month_end`: it waits for the monthly settlement
    (月结). `levels`: how many people sign. `application`: whether the person must apply here.
    `verified`: a source was read that says so; what is a reading or a guess of ours is not.
    """

    step: Step
    kinds: tuple[Kind, ...]
    article: str
    source: str
    verified: bool
    days: int | None = None
    month_end: bool | None = None
    levels: int | None = None
    application: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRule:
    """What one pack says about something that is no step, such as paying an account out.

    `title` and `says` are what people read, in Chinese and English.
    """

    topic: str
    title: str
    says: str
    kinds: tuple[Kind, ...]
    article: str
    source: str
    verified: bool
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One text of rules; `valid_until` is its last day. `sha256` is of its file."""

    code: str
    name: str
    name_en: str
    rank: int
    valid_from: date
    sha256: str
    valid_until: date | None = None
    steps: tuple[StepRule, ...] = ()
    topics: tuple[TopicRule, ...] = ()
    sums: tuple[SumRule, ...] = ()
    rates: tuple[RateRule, ...] = ()

    def is_valid(self, on: date) -> bool:
        """Tell whether the pack is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """Where a value comes from."""

    pack: str
    article: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Governing:
    """What holds for one step of one case, and under which article; kept with the case."""

    step: Step
    days: int | None
    days_by: Cited | None
    month_end: bool
    month_end_by: Cited | None
    levels: int
    levels_by: Cited
    application: bool
    application_by: Cited | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one pack says where packs disagree; `governs`: the hub goes by it."""

    value: str
    by: Cited
    governs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two packs or more that say different things about one topic of one kind."""

    kind: Kind
    topic: str
    title: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePacks:
    """All packs of a deployment by code."""

    packs: Mapping[str, Pack]

    def governing(self, kind: Kind, on: date) -> tuple[Governing, ...]:
        """Return what holds for each step of a case that is opened on a day.

        `Rejected("transfer_rules_missing")` when no pack says how many people must sign.
        """
        return tuple(self._of_step(kind, step, on) for step in Step)

    def conflicts(self, on: date) -> list[Conflict]:
        """Return where packs in force on a day disagree, by kind and topic."""
        found = []
        for kind in Kind:
            said: dict[str, list[tuple[str, Cited]]] = {}
            titles: dict[str, str] = {}
            for topic, title, value, cited in self._everything(kind, on):
                said.setdefault(topic, []).append((value, cited))
                titles.setdefault(topic, title)
            found += [
                Conflict(kind=kind, topic=topic, title=titles[topic], said=_said(topic, values))
                for topic, values in sorted(said.items())
                if len({value for value, _ in values}) > 1
            ]
        return found

    def sums(self, on: date) -> list[tuple[Pack, SumRule]]:
        """Return the value that governs each sum of a form on a day, with its pack."""
        found: dict[Sum, tuple[Pack, SumRule]] = {}
        for pack in self._in_force(on):
            for rule in pack.sums:
                found.setdefault(rule.sum, (pack, rule))
        return list(found.values())

    def terms(self, on: date) -> Terms:
        """Return by what a form of a day is recomputed: nothing that is not verified."""
        said = {rule.sum: rule for _, rule in self.sums(on)}
        known = {one: rule.value for one, rule in said.items() if rule.verified}
        rates: dict[int, int] = {}
        for pack in self._in_force(on):
            for rate in pack.rates:
                if rate.verified:
                    rates.setdefault(rate.year, rate.rate_bp)
        own = {one: said[one].value for one in (Sum.ROUNDING_FEN, Sum.TOLERANCE_FEN) if one in said}
        return Terms(
            pooled_bp=known.get(Sum.POOLED_BP),
            interest_factor_bp=known.get(Sum.INTEREST_FACTOR_BP),
            benefit_share_bp=known.get(Sum.BENEFIT_SHARE_BP),
            rounding_fen=own.get(Sum.ROUNDING_FEN, 1),
            tolerance_fen=own.get(Sum.TOLERANCE_FEN, 0),
            rates_bp=rates,
        )

    def _of_step(self, kind: Kind, step: Step, on: date) -> Governing:
        days, days_by = self._first(kind, step, on, "days")
        month_end, month_end_by = self._first(kind, step, on, "month_end")
        levels, levels_by = self._first(kind, step, on, "levels")
        application, application_by = self._first(kind, step, on, "application")
        if levels is None or levels_by is None:
            raise Rejected("transfer_rules_missing", kind=kind.zh, step=step.zh, on=on.isoformat())
        return Governing(
            step=step, days=days, days_by=days_by, month_end=bool(month_end),
            month_end_by=month_end_by, levels=levels, levels_by=levels_by,
            application=bool(application), application_by=application_by,
        )  # fmt: skip

    def _first(
        self, kind: Kind, step: Step, on: date, name: str
    ) -> tuple[int | None, Cited | None]:
        for pack, rule in self._rules(kind, on):
            value = getattr(rule, name)
            if rule.step is step and value is not None:
                return value, _cited(pack, rule)
        return None, None

    def _rules(self, kind: Kind, on: date) -> Iterator[tuple[Pack, StepRule]]:
        for pack in self._in_force(on):
            for rule in pack.steps:
                if kind in rule.kinds:
                    yield pack, rule

    def _everything(self, kind: Kind, on: date) -> Iterator[tuple[str, str, str, Cited]]:
        """Yield topic, title, value and source of all that is said, the highest rank first."""
        for pack, rule in self._rules(kind, on):
            values = {name: getattr(rule, name) for name in _TITLES}
            if rule.month_end and rule.days is None:
                values["days"] = MONTH_END
            for name, value in values.items():
                if value is not None:
                    title = f"{rule.step.zh}：{_TITLES[name]}"
                    yield f"{rule.step}.{name}", title, str(value).lower(), _cited(pack, rule)
        for pack in self._in_force(on):
            for topic in pack.topics:
                if kind in topic.kinds:
                    yield topic.topic, topic.title, topic.says, _cited(pack, topic)

    def _in_force(self, on: date) -> list[Pack]:
        valid = [pack for pack in self.packs.values() if pack.is_valid(on)]
        return sorted(valid, key=lambda pack: (-pack.rank, pack.code))


def _cited(pack: Pack, rule: StepRule | TopicRule) -> Cited:
    return Cited(pack=pack.code, article=rule.article, verified=rule.verified)


def _said(topic: str, values: list[tuple[str, Cited]]) -> tuple[Said, ...]:
    # the hub acts by what is said of its steps only; other topics are for people to decide
    is_step = topic.partition(".")[0] in set(Step)
    return tuple(
        Said(value=value, by=cited, governs=is_step and at == 0)
        for at, (value, cited) in enumerate(values)
    )
