"""Why two names of one person differ (户名不符): what is only another spelling, and what is not.

A bank refuses a payment when the name is not the account holder's, letter by letter. Most of such
refusals are spellings: a wide blank, another middle dot, a traditional character, a rare character
that an old system wrote in its private-use area. Both names are brought into one spelling, step by
step, and each step that mattered is named. Nothing here decides that two people are one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOT: Final = "·"
DOTS: Final = frozenset("·•・･．‧∙⋅●﹒.˙᛫・")
PLACEHOLDERS: Final = frozenset("?？*＊□〓�")
_INVISIBLE: Final = frozenset({"Cf", "Cc"})
_PRIVATE: Final = "Co"
_CLOSE: Final = 0.5  # share of characters in common from which two names may be one


class Step(StrEnum):
    """One way in which the same name is spelt differently, in the order in which it is undone."""

    PRIVATE_USE = "private_use"
    DOTS = "dots"
    WIDTH = "width"
    INVISIBLE = "invisible"
    SPACES = "spaces"
    CASE = "case"
    TRADITIONAL = "traditional"
    VARIANT = "variant"

    @property
    def words(self) -> tuple[str, str]:
        """Return it in Chinese and English."""
        return _STEPS[self]


_STEPS: Final = {
    Step.PRIVATE_USE: ("生僻字用了造字区编码", "a rare character is written in a private-use code"),
    Step.DOTS: ("间隔号写法不同", "the middle dots are different characters"),
    Step.WIDTH: ("全角半角或兼容字形不同", "full-width, half-width or compatibility forms differ"),
    Step.INVISIBLE: ("含有看不见的字符", "there are invisible characters"),
    Step.SPACES: ("空格不同", "the blanks differ"),
    Step.CASE: ("大小写不同", "capital and small letters differ"),
    Step.TRADITIONAL: ("繁体与简体不同", "traditional and simplified characters differ"),
    Step.VARIANT: ("异体字不同", "variant forms of a character differ"),
}


class Outcome(StrEnum):
    """What the comparison comes to."""

    SAME = "same"
    SPELLING = "spelling"  # one name, spelt differently
    PLACEHOLDER = "placeholder"  # one of them lacks a character that the system could not write
    PRIVATE = "private"  # a private-use character that no table knows
    CLOSE = "close"  # some characters differ
    OTHER = "other"

    @property
    def words(self) -> tuple[str, str]:
        """Return what it means, in Chinese and English."""
        return _OUTCOMES[self][0]

    @property
    def advice(self) -> tuple[str, str]:
        """Return what to do, in Chinese and English."""
        return _OUTCOMES[self][1]


_Words = tuple[str, str]
_OUTCOMES: Final[dict[Outcome, tuple[_Words, _Words]]] = {
    Outcome.SAME: (
        ("两个户名完全相同", "the names are the same"),
        (
            "户名没有问题；请核对账号是否属于本人",
            "The name is right; check whether the account is the payee's",
        ),
    ),
    Outcome.SPELLING: (
        ("是同一姓名的不同写法", "it is one name, spelt differently"),
        (
            "按银行登记的写法更正户名后补发，无需本人换户",
            "Write the name as the bank has it and pay again; the account stays",
        ),
    ),
    Outcome.PLACEHOLDER: (
        ("有一方用替代符号代替了生僻字", "one side has a placeholder for a rare character"),
        (
            "请银行查看该账户实际登记的写法，按其登记更正户名；建议本人到银行更正",
            (
                "Ask the bank how the account is registered and write it so; better, the payee has"
                " it corrected there"
            ),
        ),
    ),
    Outcome.PRIVATE: (
        ("含有本系统不认识的造字", "there is a private-use character that no table here knows"),
        (
            "请核对身份证上的字，把该编码加入 config/person_names.toml",
            "Compare with the identity card and add the code to config/person_names.toml",
        ),
    ),
    Outcome.CLOSE: (
        ("有个别字不同", "some characters differ"),
        (
            "请本人携身份证核对：可能是录入错字、曾用名或同音字；核实后更正，切勿自行改成银行的写法",
            (
                "Check with the identity card: a typing error, a former name, a homophone; correct"
                " it only then, and not just to what the bank has"
            ),
        ),
    ),
    Outcome.OTHER: (
        ("是两个不同的姓名", "these are two different names"),
        (
            "账户可能是他人的：请本人提供本人账户；如是代领，按委托手续办理",
            (
                "The account may be somebody else's: ask the payee for an account of his own, or"
                " for the papers of whoever receives it for him"
            ),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTables:
    """What is known of spellings; `unverified` are private-use characters nobody has checked."""

    private_use: Mapping[str, str]
    unverified: frozenset[str]
    variants: Mapping[str, str]
    simplify: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Two names compared: the outcome, the steps that mattered, where they differ still."""

    ours: str
    theirs: str
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    differing: tuple[tuple[str, str], ...] = ()  # what we have, what they have
    doubtful: tuple[str, ...] = ()  # private-use characters without a verified meaning

    def text(self, language: str) -> str:
        """Return it in words: what differs, and what to do."""
        which = 0 if language == "zh" else 1
        parts = [self.outcome.words[which]]
        parts += [step.words[which] for step in self.steps]
        between = ("我方“{}”，对方“{}”", "ours “{}”, theirs “{}”")[which]
        parts += [between.format(a or "-", b or "-") for a, b in self.differing]
        codes = "、".join(f"U+{ord(one):04X}" for one in self.doubtful)
        if codes:
            parts.append(("未核实的造字：", "not verified: ")[which] + codes)
        end = ("。", ". ")[which]
        return ("；", "; ")[which].join(parts) + end + self.outcome.advice[which]


def explain(ours: str, theirs: str, tables: NameTables) -> Explained:
    """Compare the name that we have with the one that the bank has."""
    steps: list[Step] = []
    a, b = ours, theirs
    seen = a, b  # as people know it: simplified characters would surprise them
    for step in Step:
        if a == b:
            break
        if step is Step.CASE:
            seen = a, b
        before = _distance(a, b)
        a, b = _undo(step, a, tables), _undo(step, b, tables)
        if _distance(a, b) < before:
            steps.append(step)
    doubtful = tuple(
        one for one in dict.fromkeys(ours + theirs)
        if unicodedata.category(one) == _PRIVATE
        and (one in tables.unverified or one not in tables.private_use)
    )  # fmt: skip
    return Explained(
        ours=ours,
        theirs=theirs,
        outcome=_outcome(ours == theirs, a, b),
        steps=tuple(steps),
        differing=_differing(a, b, *seen),
        doubtful=doubtful,
    )


def spelling(name: str, tables: NameTables) -> str:
    """Return a name in the one spelling that names are compared in."""
    for step in Step:
        name = _undo(step, name, tables)
    return name


def _undo(step: Step, name: str, tables: NameTables) -> str:  # noqa: PLR0911 -- one a step
    match step:
        case Step.PRIVATE_USE:
            return "".join(tables.private_use.get(one, one) for one in name)
        case Step.DOTS:
            return "".join(DOT if one in DOTS else one for one in name)
        case Step.WIDTH:
            return "".join(one if one in PLACEHOLDERS else _normal_width(one) for one in name)
        case Step.INVISIBLE:
            return "".join(one for one in name if unicodedata.category(one) not in _INVISIBLE)
        case Step.SPACES:
            return "".join(name.split())
        case Step.CASE:
            return name.upper()
        case Step.TRADITIONAL:
            return tables.simplify(name)
        case Step.VARIANT:
            return "".join(tables.variants.get(one, one) for one in name)


def _normal_width(one: str) -> str:
    """Return a character in its normal form, whose dots are ours: ⒈ is 1 and a dot."""
    normal = unicodedata.normalize("NFKC", one)
    return one if normal == one else "".join(DOT if c in DOTS else c for c in normal)


def _outcome(same: bool, a: str, b: str) -> Outcome:
    if same:
        return Outcome.SAME
    if a == b:
        return Outcome.SPELLING
    if any(unicodedata.category(one) == _PRIVATE for one in a + b):
        return Outcome.PRIVATE
    if len(a) == len(b) and all(
        x == y or x in PLACEHOLDERS or y in PLACEHOLDERS for x, y in zip(a, b, strict=True)
    ):
        return Outcome.PLACEHOLDER
    close = SequenceMatcher(None, a, b, autojunk=False).ratio() >= _CLOSE
    return Outcome.CLOSE if close else Outcome.OTHER


def _differing(a: str, b: str, seen_a: str, seen_b: str) -> tuple[tuple[str, str], ...]:
    """Return where two names differ, in the characters of `seen_…` as far as they correspond."""
    seen_a = seen_a if len(seen_a) == len(a) else a
    seen_b = seen_b if len(seen_b) == len(b) else b
    return tuple((seen_a[a1:a2], seen_b[b1:b2]) for a1, a2, b1, b2 in _gaps(a, b))


def _distance(a: str, b: str) -> int:
    return sum(max(a2 - a1, b2 - b1) for a1, a2, b1, b2 in _gaps(a, b))


def _gaps(a: str, b: str) -> list[tuple[int, int, int, int]]:
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return [(a1, a2, b1, b2) for kind, a1, a2, b1, b2 in matcher.get_opcodes() if kind != "equal"]
