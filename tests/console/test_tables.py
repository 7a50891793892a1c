"""What every table does: pages that join without gap, filters, files without formulas, JSON."""

from __future__ import annotations

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from hub.console.tables import PAGE_ROWS_MAX

FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def noted(house):
    """A journal with 120 entries more, one of which has a formula for its actor's name."""
    at = house.services.now()

    def unit(uow):
        for number in range(120):
            person = FORMULA if number == 7 else f"人{number}"
            uow.journal.note("day.noted", f"day:{number}", at=at, actor="test", person=person)

    house.services.store.transact(unit)
    return house


def all_rows(client, **asked):
    rows, after = [], None
    while True:
        asked_now = {**asked, **({"after": after} if after else {})}
        answer = client.get("/api/v1/tables/journal", query_string=asked_now).json
        rows += answer["rows"]
        after = answer["after"]
        if after is None:
            return rows


@pytest.mark.parametrize("limit", [7, 50, PAGE_ROWS_MAX])
def test_pages_join_without_gap_or_twin(noted, client_of, limit):
    rows = all_rows(client_of("auditor"), limit=limit, event="day.noted")

    assert [row["subject"] for row in rows] == [f"day:{n}" for n in reversed(range(120))]


def test_a_filter_stays_in_the_address_of_the_next_page(noted, client_of):
    page = client_of("auditor").get("/tables/journal?event=day.noted").text

    assert "event=day.noted&amp;after=" in page or "after=" in page
    assert 'value="day.noted"' in page


def test_nothing_in_a_csv_is_a_formula(noted, client_of):
    answer = client_of("auditor").get("/tables/journal?event=day.noted&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert len(rows) == 120
    cells = [cell for row in rows for cell in row.values()]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_nothing_in_a_workbook_is_a_formula(noted, client_of):
    answer = client_of("auditor").get("/tables/journal?event=day.noted&format=xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    cells = [cell for row in sheet.to_python() for cell in row]

    assert FORMULA in cells  # as text: a formula would have been computed away
    assert len(sheet.to_python()) == 121


def test_an_export_is_on_record(noted, client_of):
    client_of("auditor").get("/tables/journal?event=day.noted&format=csv")

    (entry,) = noted.journal("table.exported")
    assert (entry.subject, entry.person) == ("table:journal", noted.person("auditor").name)
    assert '"rows":120' in entry.facts.replace(" ", "")


def test_who_may_not_export_gets_no_file(noted, client_of):
    client = client_of("operator")

    assert client.get("/tables/tasks?format=csv").status_code == 403
    assert client.get("/tables/tasks").status_code == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("no_such=1", "filter_unknown"),
        ("limit=0", "page_size_unusable"),
        ("limit=１", "page_size_unusable"),
        ("limit=501", "page_size_unusable"),
        ("after=[1,2", "page_position_unusable"),
        ('after=["x"]', "page_position_unusable"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(house, client_of, query, code):
    answer = client_of("auditor").get(f"/api/v1/tables/journal?{query}")

    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert answer.json["error"]["zh"]


def test_a_table_that_is_not_there_is_not_found(house, client_of):
    client = client_of("auditor")

    assert client.get("/tables/nothing").status_code == 404
    assert client.get("/api/v1/tables/nothing").json["error"]["code"]


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**30])
def test_a_number_no_database_holds_is_not_found(house, client_of, number):
    answer = client_of("auditor").get(f"/payouts/{number}")

    assert answer.status_code == 404
