"""A day side by side, a receipt and a payer on every side, and the bytes that they came from."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from hub.console.topics.reconciliation.raw import COLUMN_WORDS, hidden
from hub.domain.facts import COLUMNS, Source
from tests.facts import TUESDAY, assessment, collection, credit, deposit
from tests.lists import list_bytes, list_name

PERSON = "330102199001011239"
WEDNESDAY = date(2026, 11, 25)


def lists():
    own = {"person_id": PERSON}
    return [collection("R1", 500, **own), collection("R2", 700, **own), collection("R3", 90)]


@pytest.fixture
def day(house):
    office = house.office
    office.send_list(Source.ASSESSMENTS, [assessment(1_500)])
    office.send_list(Source.COLLECTIONS, lists())
    office.send_list(Source.DEPOSITS, [deposit("R1", 300), deposit("R2", 700)])
    office.send_list(Source.CREDITS, [credit(900)])
    office.work()
    return office


@pytest.fixture
def browser(client_of):
    browser = client_of("reconciler")
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def get(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def line_of(browser, receipt):
    """Return the address of the line from which a receipt's collection was read."""
    page = get(browser, f"/receipts/{receipt}")
    return re.findall(r'href="(/records/\d+/\d+)"', page)


def test_a_day_shows_its_sides_its_sources_and_what_was_found(day, browser):
    page = get(browser, f"/reconciliation/{TUESDAY}")
    told = text_of(page)

    assert "pension 15.00 12.90 10.00 -2.90 9.00 -1.00" in told
    assert "Matched: 1 collections and 1 deposits, 7.00" in told
    assert "in transit receipt 1 0.90" in told
    assert 'href="/tables/discrepancies?verdict=short"' in page
    assert list_name(Source.DEPOSITS, TUESDAY) in told
    assert told.count("arrived") >= 2
    assert "<svg" in page
    assert "pension 15.00 12.90" in text_of(get(browser, "/reconciliation"))


def test_days_and_months_follow_one_another(day, client_of):
    day.clock.advance(days=1)
    day.send_list(Source.COLLECTIONS, [], WEDNESDAY)
    day.send_list(Source.DEPOSITS, [], WEDNESDAY)
    day.work()
    browser = client_of("reconciler")
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    page = get(browser, f"/reconciliation/{TUESDAY}")
    assert f'rel="next" href="/reconciliation/{WEDNESDAY}"' in page
    page = get(browser, f"/reconciliation/{WEDNESDAY}")
    assert f'rel="prev" href="/reconciliation/{TUESDAY}"' in page
    assert "missing" in text_of(get(browser, "/reconciliation/2026-11-23"))
    assert "day of rest" in text_of(get(browser, "/reconciliation/2026-11-22"))
    assert "15.00 12.90 -2.10" in text_of(get(browser, "/reconciliation/months/2026-11"))
    assert browser.get("/reconciliation/yesterday").status_code == 422
    assert browser.get("/reconciliation/months/2026-13").status_code == 422


def test_a_receipt_is_shown_on_every_side_with_its_match_and_its_discrepancy(day, browser):
    short = text_of(get(browser, "/receipts/R1"))
    matched = text_of(get(browser, "/receipts/R2"))
    in_transit = text_of(get(browser, "/receipts/R3"))

    assert "Amount 5.00" in short
    assert "Amount 3.00" in short
    assert "short" in short
    assert PERSON not in short
    assert "330*************39" in short
    assert "7.00 7.00 DR2 ii-01-receipt@" in matched
    assert "in transit" in in_transit
    assert browser.get("/receipts/R9").status_code == 404


def test_a_line_is_shown_in_its_file_with_its_bytes_marked(day, browser):
    (line, _deposit) = line_of(browser, "R1")
    page = get(browser, line)
    content = list_bytes(Source.COLLECTIONS, lists())

    marked = html.unescape(re.search(r"<mark>(.*?)</mark>", page)[1])
    raw = content.splitlines()[1]
    assert marked == raw.decode().replace(PERSON, "330*************39")
    start = content.index(raw)
    assert f"{start} – {start + len(raw)}" in text_of(page)
    assert page.count(PERSON) == 0
    assert "R2|" in page


def test_numbers_are_unmasked_only_for_whom_may_and_on_record(house, day, client_of, browser):
    (line, _deposit) = line_of(browser, "R1")
    assert PERSON not in get(browser, f"{line}?unmask=1&hex=1")
    with house.services.store.begin() as uow:
        person = uow.people.signing_in("reconciler")
        both = '["reconciler", "returns_clerk"]'
        uow.connection.exec_driver_sql(
            "UPDATE people SET roles = ? WHERE id = ?", (both, person.id)
        )

    masked, open_ = get(browser, line), get(browser, f"{line}?unmask=1&hex=1")

    assert PERSON not in masked
    assert PERSON in open_
    assert b"R1|913301".hex(" ") in open_
    with house.services.store.read() as uow:
        looks = uow.security.looks(limit=10)
    assert [line in look.key for look in looks] == [True]


def test_a_payer_is_shown_for_a_period_and_is_not_in_the_address(day, browser):
    (line, _deposit) = line_of(browser, "R1")
    page = get(browser, f"{line}/payer")

    assert "pension 15.00 12.90" in text_of(page)
    assert "示范制造有限公司" in page
    assert not re.search(r'href="[^"]*91330100MA27XK0000', page)


def test_nothing_but_lines_of_facts_can_be_looked_at(day, browser):
    (line, _deposit) = line_of(browser, "R1")
    arrival = line.split("/")[2]

    for path in (f"/records/{arrival}/1", f"/records/{arrival}/99", "/records/99/2"):
        assert browser.get(path).status_code == 404, path


def test_who_may_not_read_reconciliation_sees_none_of_it(day, browser, client_of):
    (line, _deposit) = line_of(browser, "R1")
    paths = [
        "/reconciliation", f"/reconciliation/{TUESDAY}", "/reconciliation/months/2026-11",
        "/receipts/R1", line, f"{line}/payer",
    ]  # fmt: skip

    for role in ("payout_maker", "operator", "bank_user", "region_user"):
        stranger = client_of(role)
        assert {stranger.get(path).status_code for path in paths} <= {403, 404}, role


def test_a_record_hides_every_number_but_its_own():
    values = {"receipt_no": "332611240000000001", "person_id": PERSON}
    line = f"332611240000000001|{PERSON}|6222021234567890123|100"

    told = hidden(line, values)
    assert told == "332611240000000001|330*************39|622**************23|100"
    # around it, and glued together as in files of fixed width
    assert PERSON not in hidden(f"332611240000000001{PERSON}000100", {})
    assert "332611240000000001" in hidden(f"332611240000000001{PERSON}", values)
    assert PERSON not in hidden(f"332611240000000001{PERSON}", values)


def test_every_column_of_every_source_has_its_words():
    columns = {column.name for one in COLUMNS.values() for column in one}
    assert set(COLUMN_WORDS) == columns
