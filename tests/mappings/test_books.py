"""The books' configuration: what cannot be right is refused with every problem at once."""

from __future__ import annotations

import shutil

import pytest

from hub.mappings.books import load_books
from hub.settings import ConfigErrors
from tests.conftest import ROOT

FILES = ("accounts.toml", "vouchers.toml", "fund_accounts.toml")


@pytest.fixture
def config(tmp_path):
    for name in FILES:
        shutil.copy(ROOT / "config" / name, tmp_path)
    return tmp_path


def broken(config, name, old, new):
    path = config / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigErrors) as found:
        load_books(config)
    return [problem.text() for problem in found.value.problems]


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (
            "vouchers.toml",
            '"支出户存款", detail',
            '"支出户存欠", detail',
            'did you mean "支出户存款"',
        ),
        ("vouchers.toml", "red = true }", "red = false }", "does not balance"),
        ("vouchers.toml", ', purpose = "contribution"', "", "must say for which purpose"),
        ("vouchers.toml", 'purpose = "contribution"', 'purpose = "benefit"', "may not move money"),
        ("vouchers.toml", 'choice = "red"', 'choice = "rde"', 'did you mean "red"'),
        ("vouchers.toml", 'policy = "refunds"', 'policy = "refund"', "nothing is chosen"),
        ("vouchers.toml", "negative = true", "negativ = true", 'did you mean "negative"'),
        ("vouchers.toml", "since = 2018-01-01", 'since = "2018-01-01"', "must be a day"),
        ("vouchers.toml", "since = 2018-01-01", "since = 2018-01-01T08:00:00", "must be a day"),
        ("accounts.toml", 'kind = "asset"', 'kind = "assets"', 'did you mean "asset"'),
        ("fund_accounts.toml", '"appropriation", "upper', '"apropriation", "upper', "did you mean"),
        ("fund_accounts.toml", "[[rules]]", "[[rule]]", '"rule" is not known'),
    ],
)
def test_a_mistake_is_named(config, name, old, new, words):
    problems = broken(config, name, old, new)

    assert any(words in problem for problem in problems), problems


def test_two_templates_of_one_event_may_not_meet(config):
    path = config / "vouchers.toml"
    text = path.read_text("utf-8")
    start = text.index("[[templates]]")
    first = text[start : text.index("[[templates]]", start + 1)]
    path.write_text(
        text + "\n" + first.replace("since = 2018-01-01", "since = 2027-01-01"), "utf-8"
    )

    with pytest.raises(ConfigErrors) as found:
        load_books(config)

    assert "applies on the same days" in found.value.problems[0].text()


def test_a_template_can_be_replaced_from_a_day_on(config):
    path = config / "vouchers.toml"
    text = path.read_text("utf-8")
    start = text.index("[[templates]]")
    first = text[start : text.index("[[templates]]", start + 1)]
    ended = first.replace("since = 2018-01-01", "since = 2018-01-01\nuntil = 2026-12-31")
    newer = first.replace("since = 2018-01-01", "since = 2027-01-01")
    path.write_text(text.replace(first, ended) + "\n" + newer, "utf-8")

    books = load_books(config)

    on = [t.since.year for t in books.templates if t.event == "contribution.credited"]
    assert on == [2018, 2027]


def test_a_missing_file_is_a_problem(tmp_path):
    with pytest.raises(ConfigErrors) as found:
        load_books(tmp_path)

    assert {p.file.split("/")[1] for p in found.value.problems} == set(FILES)
