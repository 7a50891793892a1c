"""A day's reconciliation on a disk that takes nothing: it may pass, and is no bug of ours."""

from __future__ import annotations

import pytest

from hub.bulk import engine
from hub.domain.facts import Source
from hub.errors import Unavailable
from tests.bulk.running import terms, write_facts
from tests.facts import collection
from tests.no_room import no_room


def test_a_reconciliation_without_room_is_put_off(rules, tmp_path):
    facts = write_facts(Source.COLLECTIONS, [collection("R1")], tmp_path / "facts.parquet")
    inputs = engine.Inputs(collections=[facts])

    with no_room(), pytest.raises(Unavailable) as found:
        engine.run(inputs, terms(rules), tmp_path / "out")

    assert found.value.code == "intake_unavailable"
    assert engine.run(inputs, terms(rules), tmp_path / "out").discrepancies.exists()
