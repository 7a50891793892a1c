"""Every target with some inputs of a fixed seed, and with all that ever broke it.

Here they run in the tests' own process; `make fuzz` gives each target a process of its own with
limits, and many more inputs. What breaks there is kept in `corpus/<target>/`, where this finds it.
"""

from __future__ import annotations

import pytest

from tests.fuzz.corpus import FOLDER, kept
from tests.fuzz.registry import PARTS, TARGETS, loaded
from tests.fuzz.trial import attempt

SEED = 36


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_a_target(name, tmp_path):
    target = TARGETS[name]
    run = target.open(tmp_path)
    inputs = [*kept(target), *((n, target.input(SEED, n)) for n in range(target.ci_inputs))]

    outcomes = {number: attempt(target, run, given) for number, given in inputs}

    assert {number: one for number, one in outcomes.items() if one.kind == "broken"} == {}
    assert any(one.kind == "taken" for one in outcomes.values())  # a seed at least


def test_the_corpus_is_of_targets():
    assert {path.name for path in FOLDER.iterdir()} <= set(TARGETS)


@pytest.mark.parametrize("part", PARTS)
def test_targets_are_listed_where_they_are(part):
    assert sorted(loaded(part)) == sorted(PARTS[part])
