"""户名不符: what is only spelling is named step by step, and nothing makes two people one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.person_name import DOTS, Outcome, Step, explain, spelling
from hub.mappings.person_names import load_names
from tests.conftest import ROOT

TABLES = load_names(ROOT / "config")


@pytest.mark.parametrize(
    ("ours", "theirs", "steps"),
    [
        ("王小明", "王 小明", [Step.SPACES]),
        ("王小明", "王\u3000小明", [Step.SPACES]),
        ("王小明", "王小明\u200b", [Step.INVISIBLE]),
        ("刘国强", "劉國強", [Step.TRADITIONAL]),
        ("阿依古丽·买买提", "阿依古丽•买买提", [Step.DOTS]),
        ("阿依古丽·买买提", "阿依古丽．买买提", [Step.DOTS]),
        ("阿依古丽·买买提", "阿依古丽.买买提", [Step.DOTS]),
        ("JOHN SMITH", "ＪＯＨＮ ＳＭＩＴＨ", [Step.WIDTH]),
        ("John Smith", "JOHN SMITH", [Step.CASE]),
        ("李䶮", "李\ue863", [Step.PRIVATE_USE]),
        ("张𠂇", "张\ue816", [Step.PRIVATE_USE]),
        ("金都", "金\ufa26", [Step.WIDTH]),
        ("周喆", "周哲", [Step.VARIANT]),
        ("劉·買買提", "刘•买 买提", [Step.DOTS, Step.SPACES, Step.TRADITIONAL]),
    ],
)
def test_another_spelling_of_one_name(ours, theirs, steps):
    found = explain(ours, theirs, TABLES)

    assert found.outcome is Outcome.SPELLING
    assert set(found.steps) == set(steps)
    assert found.differing == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome", "differing"),
    [
        ("王小明", "王小明", Outcome.SAME, ()),
        ("王小明", "王小名", Outcome.CLOSE, (("明", "名"),)),
        ("李龑", "李?", Outcome.PLACEHOLDER, (("龑", "?"),)),
        ("李龑", "李？", Outcome.PLACEHOLDER, (("龑", "？"),)),
        ("王小明", "张大力", Outcome.OTHER, (("王小明", "张大力"),)),
        ("李龑", "李\ue001", Outcome.PRIVATE, (("龑", "\ue001"),)),
        ("王明", "王小明", Outcome.CLOSE, (("", "小"),)),
    ],
)
def test_what_is_not_only_spelling(ours, theirs, outcome, differing):
    found = explain(ours, theirs, TABLES)

    assert (found.outcome, found.differing) == (outcome, differing)


def test_the_words_say_what_differs_and_what_to_do():
    found = explain("劉國強", "刘国强 ", TABLES)

    assert "繁体" in found.text("zh")
    assert "补发" in found.text("zh")
    assert "traditional" in found.text("en")
    assert found.text("en").endswith("the account stays")


def test_an_unverified_character_is_named():
    assert "U+E001" in explain("李龑", "李\ue001", TABLES).text("zh")


def test_the_private_use_table_is_what_gb18030_says_where_python_knows_it():
    codes = [(0xFE, low) for low in (*range(0x50, 0x7F), *range(0x80, 0xA1))]
    assert len(codes) == 80
    newer = 0
    for point, pair in enumerate(codes, start=0xE815):
        decoded = bytes(pair).decode("gb18030")
        if decoded == chr(point):  # Python's codec is of 2000; the table is of 2005
            newer += 1
            continue
        assert TABLES.private_use[chr(point)] == decoded
    assert newer == 14
    assert len(TABLES.private_use) == 80


@given(st.text(max_size=12))
def test_a_spelling_is_its_own_spelling(name):
    once = spelling(name, TABLES)

    assert explain(name, name, TABLES).outcome is Outcome.SAME
    assert spelling(once, TABLES) == once


@given(st.sampled_from(sorted(DOTS)), st.sampled_from(sorted(DOTS)))
def test_every_middle_dot_is_every_other(one, other):
    found = explain(f"艾山{one}买买提", f"艾山{other}买买提", TABLES)

    assert found.outcome in (Outcome.SAME, Outcome.SPELLING)


@given(st.text(alphabet="王李张小明国强", min_size=2, max_size=4))
def test_two_different_names_are_never_called_one(name):
    assert explain(name, name + "甲", TABLES).outcome in (Outcome.CLOSE, Outcome.OTHER)
