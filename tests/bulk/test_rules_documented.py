"""Every rule is described where clerks and auditors look it up, in its order and version."""

from __future__ import annotations

import re

from hub.bulk.rules import RULES
from hub.domain.verdict import Verdict
from tests.conftest import ROOT

TEXT = (ROOT / "docs/reconciliation.md").read_text("utf-8")


def test_every_rule_is_described_once_with_its_version():
    described = re.findall(r"\*\*`([a-z0-9@-]+)`\*\*", TEXT)

    assert sorted(described) == sorted(rule.stamp for rule in RULES)


def test_rules_stand_in_order_of_priority():
    for level in ("ii", "iii"):
        ids = [rule.id for rule in RULES if rule.id.startswith(f"{level}-")]

        assert ids == sorted(ids)
        assert ids == sorted(ids, key=lambda one: TEXT.index(f"**`{one}@"))


def test_every_verdict_is_described():
    for verdict in set(Verdict) - {Verdict.MATCHED}:
        assert f"`{verdict}`" in TEXT
        assert verdict.zh in TEXT
