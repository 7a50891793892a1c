"""Approval: how many sign, and never the same person twice, however the name is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.approval import PERSON_CHARS_MAX, Approval, levels_for, named, same_person
from hub.errors import Rejected

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_one_person_is_enough_below_the_limit_and_two_sign_from_it_upwards():
    limit = 100_000

    levels = [levels_for(fen, two_people_from_fen=limit) for fen in (0, 99_999, 100_000, -100_000)]

    assert levels == [1, 1, 2, 2]


def test_the_second_signature_completes_a_decision_of_two():
    first = Approval(levels=2).sign("李梅", at=AT)

    second = first.sign("王强", at=AT)

    assert (first.is_complete, second.is_complete) == (False, True)
    assert [s.person for s in second.signatures] == ["李梅", "王强"]


@pytest.mark.parametrize("again", ["Li Mei", " li  mei ", "LI MEI", "Ｌｉ Ｍｅｉ", "Li\u3000Mei"])
def test_a_person_cannot_sign_twice_under_another_spelling(again):
    signed = Approval(levels=2).sign("Li Mei", at=AT)

    with pytest.raises(Rejected) as refused:
        signed.sign(again, at=AT)

    assert refused.value.code == "approval_same_person"


def test_nobody_signs_what_is_complete():
    complete = Approval(levels=1).sign("李梅", at=AT)

    with pytest.raises(Rejected) as refused:
        complete.sign("王强", at=AT)

    assert refused.value.code == "approval_complete"


@pytest.mark.parametrize(
    "name", ["", "   ", "a" * (PERSON_CHARS_MAX + 1), "李\u200b梅", "李\x00梅", "李\u202e梅"]
)
def test_a_name_that_people_cannot_read_is_refused(name):
    with pytest.raises(Rejected) as refused:
        named(name)

    assert refused.value.code == "person_name_unusable"


def test_a_rare_character_and_a_middle_dot_are_names():
    assert [named("𠮷田"), named("阿卜杜拉·买买提")] == ["𠮷田", "阿卜杜拉·买买提"]


@given(st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=1, max_size=10))
def test_a_name_stays_itself_when_it_is_named_again(text):
    once = named(text)

    assert named(once) == once
    assert same_person(text, once)
