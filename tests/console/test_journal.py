"""The journal in a browser: paged by number, filtered, verified, and found out when changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing


def rows(browser, query=""):
    answer = browser.get(f"/api/v1/tables/journal?{query}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def tampered(house, n):
    """Change a row as somebody who owns the database and has taken the triggers away."""
    with closing(sqlite3.connect(house.office.database)) as connection:
        for name in ("no_update", "no_delete", "no_replace"):
            connection.execute(f"DROP TRIGGER journal_{name}")
        connection.execute("UPDATE journal SET person = 'nobody' WHERE n = ?", (n,))
        connection.commit()


def test_pages_follow_each_other_from_the_newest_without_a_gap(client_of):
    auditor = client_of("auditor")
    whole = [row["n"] for row in rows(auditor, "limit=500")["rows"]]
    seen, after = [], ""
    while True:
        page = rows(auditor, f"limit=7{after}")
        seen += [row["n"] for row in page["rows"]]
        if page["after"] is None:
            break
        after = f"&after={page['after']}"

    assert whole == list(range(whole[0], 0, -1))
    assert seen == whole
    assert auditor.get("/tables/journal?after=nonsense").status_code == 422


def test_filters_find_by_event_subject_person_and_day(house, client_of):
    auditor = client_of("auditor")
    everything = rows(auditor, "limit=500")["rows"]
    one = everything[-1]
    day = house.services.today().isoformat()

    assert {row["event"] for row in rows(auditor, f"event={one['event']}")["rows"]} == {
        one["event"]
    }
    assert [r["n"] for r in rows(auditor, f"subject={one['subject']}")["rows"]][-1] == one["n"]
    assert rows(auditor, f"since={day}&until={day}&limit=500")["rows"] == everything
    assert (
        rows(auditor, "since=2027-01-01")["rows"] == rows(auditor, "until=2026-01-01")["rows"] == []
    )
    assert rows(auditor, "person=nobody")["rows"] == []


def test_an_entry_says_whether_it_follows_from_the_one_before(house, client_of):
    auditor = client_of("auditor")
    assert "state-good" in auditor.get("/journal/2").text

    tampered(house, 2)

    assert "state-bad" in auditor.get("/journal/2").text
    assert "state-good" in auditor.get("/journal/1").text
    assert auditor.get("/journal/999999").status_code == 404


def test_verifying_on_demand_shows_the_first_bad_row_and_is_noted(house, client_of):
    auditor = client_of("auditor")
    good = auditor.call("journal.verify").get_json()
    tampered(house, 3)
    bad = auditor.call("journal.verify").get_json()
    page = auditor.get("/journal/verification").text

    assert good["first_bad"] is None
    assert (bad["first_bad"], bad["reason"]) == (3, "changed")
    assert 'href="/journal/3"' in page
    assert len(house.journal("journal.verified")) == 2
    assert house.journal("journal.verified")[0].person == "auditor"


def test_the_head_is_a_file_that_the_command_line_can_check(house, client_of, tmp_path):
    from hub.store.verifying import read_heads, verify

    file = tmp_path / "heads.jsonl"
    file.write_bytes(client_of("auditor").get("/journal/head").data)

    assert verify(house.services.store, read_heads(file)).first_bad is None


def test_only_who_may_see_the_journal_sees_it(client_of):
    clerk = client_of("bookkeeper")

    for address in ("/tables/journal", "/journal/1", "/journal/verification", "/journal/head"):
        assert clerk.get(address).status_code == 403
    assert clerk.call("journal.verify").status_code == 403
