"""The aging report sums open differences by cause, owner and age bucket."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.domain.aging import AgingLine, aging, bucket
from hub.domain.discrepancy import Difference, Discrepancy, Event, Level
from hub.domain.verdict import Verdict


@pytest.mark.parametrize(
    ("age", "name"),
    [(0, "0-3"), (3, "0-3"), (4, "4-5"), (5, "4-5"), (6, "6-10"), (10, "6-10"), (11, "11-20"),
     (20, "11-20"), (21, ">20"), (400, ">20"), (None, "?")],
)  # fmt: skip
def test_an_age_falls_into_its_bucket(age, name):
    assert bucket(age) == name


def test_counts_and_sums_are_by_cause_owner_and_bucket_in_that_order():
    day = date(2026, 3, 2)
    difference = Difference(key="k", level=Level.RECEIPT, cause=Verdict.SHORT, amount_fen=5)
    one = Discrepancy(id=1, difference=difference, owner="财务", opened_on=day, seen_on=day)
    flood = replace(one, difference=replace(difference, cause=Event.FLOOD, count=7))

    lines = aging([(one, 30), (one, 2), (flood, None), (one, 2)])

    assert lines == [
        AgingLine(cause="flood", owner="财务", bucket="?", count=7, amount_fen=5),
        AgingLine(cause="short", owner="财务", bucket="0-3", count=2, amount_fen=10),
        AgingLine(cause="short", owner="财务", bucket=">20", count=1, amount_fen=5),
    ]
