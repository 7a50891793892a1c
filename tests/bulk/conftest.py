"""One rule at a time: `judge` takes the facts that matter and says what the engine finds."""

from __future__ import annotations

from datetime import date

import pytest

from hub.adapters.china_calendar import load
from tests.bulk import running
from tests.bulk.oracle_records import Facts, Rules

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def rules() -> Rules:
    return Rules(as_of=TUESDAY, transit=3, calendar=load())


@pytest.fixture
def judge(rules, tmp_path):
    """Return a function from facts to findings; `judge.outcome` is the last outcome."""

    def judged(*collections, deposits=(), **facts):
        given = Facts(collections=[*collections], deposits=[*deposits], **facts)
        judged.outcome = running.reconcile(given, rules, tmp_path)
        return running.findings(judged.outcome.discrepancies)

    return judged
