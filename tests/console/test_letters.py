"""Letters: drafted by one, previewed, signed by another, sent, answered; their papers guarded."""

from __future__ import annotations

import io
import re

import pytest

from hub.domain.facts import Source
from hub.domain.letter import LetterState
from tests.console.house import ORIGIN
from tests.facts import collection, deposit


@pytest.fixture
def day(house):
    office = house.office
    office.send_list(Source.COLLECTIONS, [collection("R1", 500), collection("R2", 90)])
    office.send_list(Source.DEPOSITS, [deposit("R1", 300)])
    office.work()
    return office


@pytest.fixture
def english(client_of):
    def client(role):
        browser = client_of(role)
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return browser

    return client


def draft(browser):
    answer = browser.call("letter.draft", month="2026-11")
    assert answer.status_code == 200, answer.text
    return answer.json


def get(house, number):
    with house.services.store.read() as uow:
        return uow.letters.get(number)


def looks(house):
    with house.services.store.read() as uow:
        return [(look.kind, look.key) for look in uow.security.looks()]


def test_a_letter_from_its_draft_to_its_reply(house, day, english):
    clerk, signer = english("reconciler"), english("letter_signer")
    drafted = draft(clerk)
    at = drafted["href"]
    page = signer.get(at).text
    assert re.search(rf'name="content" value="{drafted["content"]}"', page)

    pdf = signer.get(f"{at}/papers/pdf")
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert not pdf.headers["Content-Disposition"].startswith("attachment")
    assert pdf.headers["X-Content-Type-Options"] == "nosniff"
    for kind in ("docx", "annex"):
        paper = signer.get(f"{at}/papers/{kind}")
        assert paper.data.startswith(b"PK")
        assert paper.headers["Content-Disposition"].startswith("attachment")

    sign = {"letter": drafted["id"], "content": drafted["content"]}
    assert clerk.act("letter.sign", code=True, **sign).status_code == 403
    assert signer.act("letter.sign", **sign).status_code in (403, 422)
    assert get(house, drafted["id"]).state is LetterState.DRAFT
    assert signer.act("letter.sign", code=True, **sign).status_code == 303

    sent = get(house, drafted["id"])
    assert (sent.state, sent.signed_by) == (LetterState.SENT, house.person("letter_signer").name)
    page = clerk.get(at).text
    assert sent.number in page
    assert "in 10 working days" in page
    with house.services.archive.open(sent.papers.pdf_sha256) as kept:
        assert clerk.get(f"{at}/papers/pdf").data == kept.read()
    discrepancy = re.search(r'href="(/discrepancies/\d+)"', page)[1]
    assert sent.number in clerk.get(discrepancy).text

    form = {
        "csrf_token": clerk.csrf_token, "letter": sent.id, "note": "已更正",
        "file": (io.BytesIO(b"%PDF the reply"), "回复.pdf"),
    }  # fmt: skip
    answer = clerk.post("/actions/letter.reply", data=form, headers={"Origin": ORIGIN})
    assert answer.status_code == 303
    reply = clerk.get(f"{at}/papers/reply")
    assert reply.data == b"%PDF the reply"
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert "answered on 2026-11-24" in clerk.get(at).text
    assert ("letter", f"{sent.id}/pdf") in looks(house)
    rows = clerk.get("/api/v1/tables/letters?state=replied&month=2026-11").json["rows"]
    assert [(row["number"], row["state"]) for row in rows] == [(sent.number, "replied")]
    assert clerk.get("/api/v1/tables/letters?state=draft").json["rows"] == []


def test_a_draft_that_is_not_what_was_read_is_not_signed(house, day, english):
    clerk, signer = english("reconciler"), english("letter_signer")
    old = draft(clerk)
    day.send_list(Source.COLLECTIONS, [collection("R3", 800)], sequence=2)
    day.send_list(Source.DEPOSITS, [deposit("R3", 100)], sequence=2)
    day.work()
    new = draft(clerk)
    assert (old["id"], old["content"] != new["content"]) == (new["id"], True)

    answer = signer.call("letter.sign", code=True, letter=old["id"], content=old["content"])

    assert (answer.status_code, answer.json["error"]["code"]) == (409, "letter_changed")
    assert get(house, old["id"]).state is LetterState.DRAFT


def test_without_a_reply_the_clock_is_late_and_words_are_a_reply_too(house, day, english):
    drafted = draft(english("reconciler"))
    english("letter_signer").act(
        "letter.sign", code=True, letter=drafted["id"], content=drafted["content"]
    )
    day.clock.advance(days=15)  # 9 December: a day late
    day.work()
    clerk = english("reconciler")

    page = clerk.get(drafted["href"]).text
    assert "1 working days ago" in page
    reminder = re.search(r'<h3>Reminders</h3><ul><li><a href="([^"]+)"', page)[1]
    assert "#1" in clerk.get(reminder).text
    assert clerk.get(f"{reminder}/papers/annex").status_code == 404

    answer = clerk.act("letter.reply", letter=drafted["id"], note="电话答复：已更正")
    assert answer.status_code == 303
    assert clerk.get(f"{drafted['href']}/papers/reply").text == "电话答复：已更正"


def test_who_only_reads_opens_no_paper_and_changes_nothing(house, day, english):
    drafted = draft(english("reconciler"))
    before = house.office.dump()["letters"]
    auditor, stranger = english("auditor"), english("payout_maker")

    assert auditor.get(drafted["href"]).status_code == 200
    assert auditor.get(f"{drafted['href']}/papers/pdf").status_code == 403
    assert stranger.get(drafted["href"]).status_code == 403
    given = {
        "letter": drafted["id"],
        "content": drafted["content"],
        "note": "x",
        "month": "2026-11",
    }
    for browser in (auditor, stranger):
        for action in ("draft", "sign", "send", "reply"):
            assert browser.call(f"letter.{action}", **given).status_code == 403, action

    assert house.office.dump()["letters"] == before
    assert not looks(house)
