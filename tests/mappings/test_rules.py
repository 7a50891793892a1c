"""Rule packs: which one governs a case, where they disagree, and what is refused in a file."""

from __future__ import annotations

from datetime import date

import pytest

from hub.app.checking import check
from hub.domain.transfer_kinds import Kind, Step
from hub.errors import Rejected
from hub.mappings.rules import load_rules
from hub.settings import ConfigErrors
from tests.conftest import ROOT
from tests.deployments import write_config

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def packs():
    return load_rules(ROOT / "config")


@pytest.mark.parametrize(
    ("kind", "on", "expected"),
    [
        (Kind.PENSION, TODAY, [(15, 3), (15, 2), (15, 2), (15, 2)]),
        (Kind.PENSION, date(2009, 12, 31), [(20, 3), (20, 2), (None, 2), (20, 2)]),
        (Kind.MEDICAL, TODAY, [(20, 3), (10, 2), (None, 2), (5, 2)]),
        (Kind.UNEMPLOYMENT, TODAY, [(20, 3), (20, 2), (None, 2), (20, 2)]),
        (Kind.UNEMPLOYMENT_BENEFIT, TODAY, [(20, 3), (10, 3), (None, 2), (10, 3)]),
    ],
)
def test_the_days_and_levels_of_each_kind(packs, kind, on, expected):
    assert [(one.days, one.levels) for one in packs.governing(kind, on)] == expected


def test_every_value_has_its_article(packs):
    by_step = {one.step: one for one in packs.governing(Kind.PENSION, TODAY)}

    assert by_step[Step.CONSENT].days_by.pack == "guobanfa-2009-66"
    assert by_step[Step.CONSENT].levels_by.article == "3-16"
    assert by_step[Step.OFFER].application is False
    assert by_step[Step.FUNDS].month_end_by.article == "3-15, 10-12"


def test_where_the_packs_disagree_both_are_named_and_one_governs(packs):
    found = {(one.kind, one.topic): one for one in packs.conflicts(TODAY)}
    days = found[Kind.PENSION, "consent.days"]

    assert [(s.value, s.by.pack, s.governs) for s in days.said] == [
        ("15", "guobanfa-2009-66", True),
        ("20", "procedure", False),
    ]
    for kind, topic in ((Kind.PENSION, "pay_out_account"), (Kind.MEDICAL, "medical_account")):
        assert not any(one.governs for one in found[kind, topic].said)
    assert not packs.conflicts(date(2009, 12, 31))


def test_without_a_pack_no_case_can_be_opened(tmp_path):
    with pytest.raises(Rejected) as refused:
        load_rules(tmp_path).governing(Kind.PENSION, TODAY)

    assert refused.value.code == "transfer_rules_missing"


GOOD = """
name = "测试"
name_en = "Test"
rank = 1
valid_from = 2026-01-01
[[steps]]
step = "consent"
kinds = ["pension"]
days = 20
levels = 3
article = "3-16"
source = "x"
verified = true
"""


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("days = 20", "days = 0", "steps[1].days"),
        ("levels = 3", "levels = 4", "steps[1].levels"),
        ("days = 20", "days = 20\nmonth_end = true", "steps[1].month_end"),
        ("days = 20", "days = 20\napplication = true", "steps[1].application"),
        ('kinds = ["pension"]', 'kinds = ["pension", "pension"]', "steps[1]"),
        ('step = "consent"', 'step = "consentt"', "steps[1].step"),
        ("verified = true", "verifyed = true", "steps[1].verifyed"),
        ("rank = 1", "rank = 1\nvalid_until = 2025-12-31", "valid_until"),
        ('article = "3-16"', "", "steps[1].article"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, before, after, key):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "test.toml").write_text(GOOD.replace(before, after), "utf-8")

    with pytest.raises(ConfigErrors) as errors:
        load_rules(tmp_path)
    assert key in {problem.key for problem in errors.value.problems}


def test_hub_check_names_a_mistake_in_a_pack(tmp_path):
    config = write_config(tmp_path)
    pack = config / "rules" / "procedure.toml"
    pack.write_text(pack.read_text("utf-8").replace("rank = 10", 'rank = "10"'), "utf-8")

    assert ("config/rules/procedure.toml", "rank") in {
        (one.file, one.key) for one in check(config).problems
    }
