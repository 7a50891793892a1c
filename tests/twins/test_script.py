"""A script says what a bank does, or is refused with every problem at once."""

from __future__ import annotations

import pytest

from hub.settings.problems import ConfigErrors
from hub.twins.script import load_script
from tests.twins.counter import CATALOG


def problems(tmp_path, text):
    path = tmp_path / "bank.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_script(path, CATALOG)
    return [(one.key, one.suggestion) for one in caught.value.problems]


def test_a_misspelt_key_has_a_suggestion(tmp_path):
    assert problems(tmp_path, 'partner = "iso_bank"\nsed = 1\n') == [("sed", "seed")]


def test_what_the_banks_formats_cannot_say_is_refused(tmp_path):
    text = 'partner = "city_bank"\n[[outcomes]]\noutcome = "returned"\nreason = "x"\n'
    assert problems(tmp_path, text) == [("outcomes.0", None)]


def test_a_failure_needs_its_reason(tmp_path):
    text = 'partner = "city_bank"\n[[outcomes]]\noutcome = "rejected"\n'
    assert problems(tmp_path, text) == [("outcomes.0.reason", None)]


def test_only_returns_tell_of_returns(tmp_path):
    text = 'partner = "iso_bank"\n[answers]\nreturns = ["status"]\n'
    assert problems(tmp_path, text) == [("answers.returns", None)]


def test_who_is_no_bank_cannot_be_played(tmp_path):
    assert [key for key, _ in problems(tmp_path, 'partner = "tax"\n')] == ["partner", "partner"]


def test_what_is_no_toml_is_refused(tmp_path):
    assert problems(tmp_path, "partner =") == [("", None)]
