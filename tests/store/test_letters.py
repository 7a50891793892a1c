"""Letters in the store: whole, once per key, changed by one person at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.letter import LetterKind, LetterState, Papers
from hub.errors import Rejected
from tests.store.records import SHA, differ, draft

PAPERS = Papers(pdf_sha256=None, docx_sha256=SHA, annex_sha256=SHA)


@pytest.fixture
def do(store):
    return store.transact


@pytest.fixture
def today(now):
    return now.date()


@pytest.fixture
def signed(do, now, today):
    drafted = do(lambda u: u.letters.add(draft(now)))
    return do(
        lambda u: u.letters.save(
            drafted.sign(number="函〔2026〕1号", person="李娜", sent_on=today, due_on=today)
        )
    )


@pytest.fixture
def sent(do, signed):
    return do(lambda u: u.letters.save(signed.issue(PAPERS)))


def test_a_letter_comes_back_as_it_was_saved_through_its_whole_life(do, sent, today):
    overdue = do(lambda u: u.letters.save(sent.remind(today)))
    replied = do(
        lambda u: u.letters.save(
            overdue.register_reply(sha256=SHA, note="已更正", person="王芳", on=today)
        )
    )

    assert replied.state is LetterState.REPLIED
    assert do(lambda u: u.letters.get(replied.id)) == replied
    assert do(lambda u: u.letters.of_key(replied.key)) == replied
    assert replied.version == 5


def test_there_is_one_letter_of_a_key(do, now):
    do(lambda u: u.letters.add(draft(now)))

    with pytest.raises(Rejected) as found:
        do(lambda u: u.letters.add(draft(now)))

    assert found.value.code == "letter_exists"
    assert do(lambda u: u.letters.of_key("monthly/202612")) is None


def test_of_two_people_who_change_a_letter_one_wins(do, sent, today):
    do(lambda u: u.letters.save(sent.remind(today)))

    with pytest.raises(Rejected) as found:
        do(lambda u: u.letters.save(sent.remind(today)))

    assert found.value.code == "letter_changed"


def test_a_letter_keeps_what_it_asks_about_and_a_new_draft_replaces_it(do, now, today):
    ids = [
        do(lambda u, k=key: u.discrepancies.open(differ(k), owner="o", on=today, at=now)).id
        for key in "abc"
    ]
    letter = do(lambda u: u.letters.add(draft(now), items=ids[:2]))
    assert do(lambda u: u.letters.items(letter.id)) == ids[:2]

    saved = do(lambda u: u.letters.save(letter, items=ids[1:]))
    assert do(lambda u: u.letters.items(letter.id)) == ids[1:]

    do(lambda u: u.letters.save(saved))
    assert do(lambda u: u.letters.items(letter.id)) == ids[1:]


def test_due_are_those_whose_day_is_over_without_a_reply(do, sent, today):
    tomorrow = today + timedelta(days=1)

    assert do(lambda u: u.letters.due(today)) == []
    assert do(lambda u: u.letters.due(tomorrow)) == [sent]
    do(
        lambda u: u.letters.save(
            sent.register_reply(sha256=SHA, note="无误", person="王芳", on=today)
        )
    )
    assert do(lambda u: u.letters.due(tomorrow)) == []


def test_lists_are_by_state_and_oldest_first(do, now, sent):
    second = do(lambda u: u.letters.add(draft(now, key="monthly/202612")))

    assert do(lambda u: u.letters.list()) == [sent, second]
    assert do(lambda u: u.letters.list(state=LetterState.DRAFT)) == [second]
    with pytest.raises(Rejected, match="no letter 99"):
        do(lambda u: u.letters.get(99))


def test_a_reminder_goes_out_without_a_second_person(do, now, today, sent):
    reminder = draft(now, key="reminder/1/1", kind=LetterKind.REMINDER, about_id=sent.id)
    added = do(lambda u: u.letters.add(reminder))

    saved = do(
        lambda u: u.letters.save(
            added.sign(number="函〔2026〕2号", person=None, sent_on=today, due_on=today)
        )
    )

    assert (saved.signed_by, saved.about_id) == (None, sent.id)


@pytest.mark.parametrize(
    "change",
    [
        "signed_by = drafted_by",
        "signed_by = NULL",
        "number = NULL",
        "docx_sha256 = NULL",
        "state = 'replied'",
        "state = 'lost'",
        "reply_note = 'x'",
    ],
)
def test_the_database_refuses_a_letter_that_cannot_be(store, sent, change):
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(f"UPDATE letters SET {change}"))


def test_serial_numbers_begin_anew_each_year(do):
    assert [do(lambda u: u.letters.next_serial(2026)) for _ in range(3)] == [1, 2, 3]
    assert do(lambda u: u.letters.next_serial(2027)) == 1
