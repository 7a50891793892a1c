"""The engine against the oracle: on random facts they agree to the row and to the column."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.adapters.china_calendar import load
from hub.bulk import engine
from tests.bulk import oracle, running
from tests.bulk.oracle_records import Facts, Rules
from tests.bulk.worlds import AS_OF, worlds

CALENDAR = load()
RULES = Rules(as_of=AS_OF, transit=3, calendar=CALENDAR)


@pytest.fixture(scope="module")
def agree(tmp_path_factory):
    """Return a function that requires both to say the same, and returns what the oracle says."""
    out = tmp_path_factory.mktemp("out")
    with engine.connect(out / "spill", threads=1) as connection:
        yield partial(_agree, out=out, connection=connection)


def rows(facts) -> Counter:
    """Count rows, whatever their order and that of their columns."""
    return Counter(tuple(sorted(row.items())) for row in facts)


def _agree(facts, rules, *, out, connection) -> oracle.Judgement:
    wanted = oracle.judge(facts, rules)
    outcome = running.reconcile(facts, rules, out, connection=connection)

    assert Counter(running.findings(outcome.discrepancies)) == Counter(wanted.findings)
    assert rows(running.read(outcome.open_collections)) == rows(wanted.open_collections)
    assert rows(running.read(outcome.open_deposits)) == rows(wanted.open_deposits)
    assert rows(running.read(outcome.matches)) == rows(wanted.matches)
    return wanted


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts=worlds())
def test_engine_and_oracle_agree_to_the_row(agree, facts):
    agree(facts, RULES)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days=st.lists(worlds(), min_size=2, max_size=3))
def test_they_agree_on_every_day_when_what_is_open_is_carried_over(agree, days):
    before, earlier, listed, assessed = oracle.Judgement(), [], [], []
    for number, today in enumerate(days):
        listed, assessed = [*listed, *today.collections], [*assessed, *today.assessments]
        facts = Facts(
            collections=[*before.open_collections, *today.collections],
            deposits=[*before.open_deposits, *today.deposits],
            denied=today.denied,
            earlier=earlier,
            assessments=assessed,
            period_collections=listed,
        )
        rules = replace(RULES, as_of=CALENDAR.add(AS_OF, number))
        before = agree(facts, rules)
        earlier = [*earlier, *before.matches]
