"""Mistakes in the options of a statement's layout are found when the configuration is read."""

from __future__ import annotations

import pytest

from hub.settings import ConfigErrors
from tests.mappings.reading import layout_of

SHEET = """
form = "sheet"
file_name = "{any}.csv"
records = [{ name = "item", repeat = true, fields = [
  { name = "credited_on", type = "date", column = "日期" },
  { name = "amount_fen", type = "amount_yuan", column = "金额" },
] }]
"""


@pytest.mark.parametrize(
    ("table", "key", "words"),
    [
        ('options = { currncy = "CNY" }', "currncy", "is not known"),
        ("options = { currency = 1 }", "currency", "must be a text"),
        ('options = { kind_words = "kinds" }', "kind_words", 'the map "kinds" is not in maps'),
        ('options = { receipt_pattern = "(" }', "receipt_pattern", "no regular expression"),
        ('options = { year_pattern = "[0-9]{4}" }', "year_pattern", "two groups"),
        ('options = { encodings = ["latin-1"] }', "encodings", "must be some of"),
        ('options = { totals = "合计" }', "totals", "a list of texts"),
        ("options = { totals_required = 1 }", "totals_required", "true or false"),
        ('options = { proof = "never" }', "proof", "one of refuse, record"),
    ],
)
def test_an_option_that_cannot_work_is_reported(tmp_path, table, key, words) -> None:
    with pytest.raises(ConfigErrors) as caught:
        layout_of(tmp_path, SHEET + table)

    (problem,) = caught.value.problems
    assert problem.key == f"layouts.some.options.{key}"
    assert words in problem.message


def test_a_sheet_needs_a_day_and_an_amount(tmp_path) -> None:
    bare = SHEET.replace(', column = "日期"', "").replace(', column = "金额"', "")

    with pytest.raises(ConfigErrors) as caught:
        layout_of(tmp_path, bare)

    assert len(caught.value.problems) == 2


def test_options_of_sheets_are_none_of_mt940(tmp_path) -> None:
    with pytest.raises(ConfigErrors, match="totals"):
        layout_of(
            tmp_path, 'form = "mt940"\nfile_name = "{any}.txt"\noptions = { totals = ["合计"] }'
        )
