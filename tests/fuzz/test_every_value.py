"""Every value of every file of settings, given another kind: refused in words, or taken."""

from __future__ import annotations

import json
import tomllib
from datetime import date, time

import pytest

from hub.errors import Rejected
from hub.settings import ConfigErrors
from tests.fuzz.registry import TARGETS
from tests.fuzz.settings import FILES

OTHERS = (5, "x", [], [5], {"x": 5}, date(2026, 1, 1))
SEEDS = [(name, label, tomllib.loads(content.decode()))
         for name in FILES for label, content in TARGETS[name].seeds()]  # fmt: skip


def inline(value):
    """Return a value as TOML writes it in a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(one)}" for k, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return value.isoformat() if isinstance(value, (date, time)) else json.dumps(value)


def places(value, above=""):
    """Yield the path of every value in a value, and what is the same for those that are alike."""
    for name, one in value.items() if isinstance(value, dict) else enumerate(value):
        yield (name,), (0, above if isinstance(one, dict) else name)
        if isinstance(one, (dict, list)):
            for rest, (depth, alike) in places(one, name):
                yield (name, *rest), (depth + 1, alike)


def kinds_of_places(value):
    """Yield one path of each kind: what a list or a group of tables repeats, once."""
    return {alike: place for place, alike in places(value)}.values()


def changed(value, place, other):
    """Return a value with another at a place."""
    if not place:
        return other
    name, *rest = place
    copy = value.copy()
    copy[name] = changed(value[name], rest, other)
    return copy


@pytest.mark.parametrize(("target", "label", "sound"), [one for one in SEEDS if one[2]])
def test_a_value_of_another_kind_is_refused_in_words_or_taken(tmp_path, target, label, sound):
    refused, load = 0, TARGETS[target].open(tmp_path)

    for place in kinds_of_places(sound):
        for other in OTHERS:
            table = changed(sound, place, other)
            content = "\n".join(f"{json.dumps(key)} = {inline(table[key])}" for key in table)
            try:
                load(label, content.encode())
            except (ConfigErrors, Rejected) as error:
                refused += bool(error.explain("zh"))
            except Exception as error:
                raise AssertionError(f"{place} = {other!r}") from error

    assert refused > 0
