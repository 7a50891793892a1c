"""The monthly letter: what it asks about, two people, its papers, the reply and its reminders."""

from __future__ import annotations

import io
from datetime import date

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from hub.domain.discrepancy import Action, Ending
from hub.domain.facts import Source
from hub.domain.letter import LetterKind, LetterState
from hub.errors import Rejected
from hub.flows import letter as letters
from hub.flows.letter_draft import draft
from hub.flows.letter_papers import content_of
from hub.flows.resolve import propose
from tests.facts import TUESDAY, collection, credit, deposit

MONTH = 202611
WEDNESDAY = date(2026, 11, 25)


def one_day(office, day=TUESDAY, extra=()):
    own = {"collected_on": day}
    office.send_list(
        Source.COLLECTIONS,
        [collection("R1", 500, **own), collection("R2", 700, **own), collection("R3", 90, **own),
         *extra],
        day,
    )  # fmt: skip
    booked = [deposit("R1", 300, credited_on=day), deposit("R2", 650, credited_on=day)]
    office.send_list(Source.DEPOSITS, booked, day)
    office.work()


def write(office, person="王芳"):
    return draft(MONTH, person=person, services=office.services)


def sign(office, letter, person="李强"):
    return letters.sign(letter.id, person=person, services=office.services)


def send(office):
    signed = sign(office, write(office))
    office.work()
    return get(office, signed.id)


def get(office, letter_id):
    with office.store.read() as uow:
        return uow.letters.get(letter_id)


def every(office):
    with office.store.read() as uow:
        return uow.letters.list()


def refusal(function, *args, **kwargs):
    with pytest.raises(Rejected) as caught:
        function(*args, **kwargs)
    return caught.value.code


def test_it_asks_about_real_differences_and_only_counts_what_is_in_transit(office):
    one_day(office)
    office.send_list(Source.CREDITS, [credit(900)])
    office.work()

    content = content_of(write(office), office.services)

    assert [(i.cause, i.amount_fen) for i in content.items] == [
        ("short", 200), ("short", 50), ("credit_differs", 50),
    ]  # fmt: skip
    assert (content.in_transit_count, content.in_transit_fen) == (1, 90)
    (total,) = content.totals
    assert (total.collected_fen, total.deposited_fen, total.credited_fen) == (1290, 950, 900)
    assert content.items[0].payer_name == "示范制造有限公司"
    assert content.until == TUESDAY


def test_what_did_not_come_is_not_the_tax_bureaus_affair(office):
    office.send("tax-in", "nobody-knows-me.txt", b"x")
    office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.send_list(Source.DEPOSITS, [deposit("R1")])
    office.work()

    assert refusal(write, office) == "letter_without_differences"


def test_a_month_without_a_reconciliation_has_no_letter(office):
    assert refusal(write, office) == "letter_month_not_reconciled"


def test_a_draft_may_be_written_again_until_it_is_signed(office):
    one_day(office)
    first = write(office)
    again = write(office, person="赵敏")

    assert (again.id, again.drafted_by) == (first.id, "赵敏")
    sign(office, again)
    assert refusal(write, office) == "letter_state"


def test_who_drafted_it_does_not_sign_it(office):
    one_day(office)
    drafted = write(office)

    assert refusal(sign, office, drafted, "王芳") == "letter_same_person"
    assert refusal(sign, office, drafted, " 王　芳 ") == "letter_same_person"
    assert get(office, drafted.id).state is LetterState.DRAFT


def test_a_letter_that_is_no_longer_true_is_not_signed(office):
    one_day(office)
    drafted = write(office)
    (first, *_) = [i.discrepancy_id for i in content_of(drafted, office.services).items]
    propose(
        first, action=Action.EXPLAIN, reason="次日到账", person="王芳", services=office.services
    )

    assert refusal(sign, office, drafted) == "letter_outdated"

    sign(office, write(office))
    assert first not in [
        i.discrepancy_id for i in content_of(every(office)[0], office.services).items
    ]


def test_signing_gives_number_and_dates_and_the_papers_go_out(office):
    one_day(office)

    sent = send(office)

    assert (sent.state, sent.number) == (LetterState.SENT, "示社保财函〔2026〕1号")
    assert (sent.sent_on, sent.due_on) == (TUESDAY, date(2026, 12, 8))
    folder = office.services.settings.channels["letters-out"].path
    names = {p.name for p in folder.iterdir() if p.is_file()}
    assert {f"{sent.number}.docx", f"{sent.number}-附件.xlsx"} <= names
    docx = Document(folder / f"{sent.number}.docx")
    assert any("国家税务总局示范市税务局" in p.text for p in docx.paragraphs)
    for name in names:
        assert (office.services.work_dir / "letters" / name).is_file()
    assert office.events().count("letter.sent") == 1


def test_the_annex_names_the_persons_behind_the_receipts(office):
    one_day(office)
    sent = send(office)

    with office.services.archive.open(sent.papers.annex_sha256) as annex:
        book = CalamineWorkbook.from_filelike(io.BytesIO(annex.read()))

    persons = book.get_sheet_by_name("涉及人员明细").to_python()
    assert {row[4] for row in persons[1:]} == {"person-R1", "person-R2"}


def test_the_history_of_a_difference_says_which_letter_asked(office):
    one_day(office)
    sent = send(office)

    with office.store.read() as uow:
        notes = [n for i in uow.letters.items(sent.id) for n in uow.discrepancies.notes(i)]
    assert [n.text for n in notes if n.event == "asked"] == [sent.number] * 2


def test_what_one_letter_asked_the_next_does_not_ask_again(office):
    one_day(office)
    send(office)
    office.clock.advance(days=7)  # the first of December
    first = date(2026, 12, 1)
    office.send_list(Source.COLLECTIONS, [collection("R8", 400, collected_on=first)], first)
    office.send_list(Source.DEPOSITS, [deposit("R8", 100, credited_on=first)], first)
    office.work()

    december = draft(202612, person="王芳", services=office.services)

    asked = content_of(december, office.services).items
    assert {i.receipt_no for i in asked} == {"R3", "R8"}  # R3 never came; R1, R2 were asked about


def test_the_reply_is_kept_and_ends_the_clock(office, tmp_path):
    one_day(office)
    sent = send(office)
    file = tmp_path / "reply.pdf"
    file.write_bytes(b"%PDF the reply")

    replied = letters.reply(
        sent.id, file=file, note="已更正", person="王芳", services=office.services
    )
    office.clock.advance(days=20)
    office.work()

    assert replied.state is LetterState.REPLIED
    assert office.services.archive.path(replied.reply.sha256).read_bytes() == b"%PDF the reply"
    assert [x.kind for x in every(office)] == [LetterKind.MONTHLY]


def test_without_a_reply_reminders_follow_and_a_reply_to_one_ends_all(office, tmp_path):
    one_day(office)
    sent = send(office)
    office.clock.advance(days=13)  # 7 December: due tomorrow
    office.work()
    assert len(every(office)) == 1

    office.clock.advance(days=2)
    office.work()

    letter, reminder = every(office)
    assert (letter.state, letter.reminders) == (LetterState.OVERDUE, 1)
    assert (reminder.kind, reminder.state, reminder.number) == (
        LetterKind.REMINDER, LetterState.SENT, "示社保财函〔2026〕2号",
    )  # fmt: skip
    folder = office.services.settings.channels["letters-out"].path
    assert (folder / f"{reminder.number}.docx").is_file()

    file = tmp_path / "reply.pdf"
    file.write_bytes(b"late")
    answered = letters.reply(
        reminder.id, file=file, note="迟复", person="王芳", services=office.services
    )
    assert answered.id == sent.id
    assert {x.state for x in every(office)} == {LetterState.REPLIED}


def test_money_that_comes_ends_a_difference_that_was_asked_about(office):
    one_day(office)
    sent = send(office)
    office.clock.advance(days=1)
    rest = [deposit("R1", 200, deposit_no="D9", credited_on=WEDNESDAY)]
    office.send_list(Source.COLLECTIONS, [], WEDNESDAY)
    office.send_list(Source.DEPOSITS, rest, WEDNESDAY)
    office.work()

    with office.store.read() as uow:
        found = [uow.discrepancies.get(i) for i in uow.letters.items(sent.id)]
    assert [d.closed_how for d in found] == [Ending.CLEARED, None]
