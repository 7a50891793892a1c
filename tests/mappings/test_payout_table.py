"""The table [payout] of a partner file: every mistake is named, with its key."""

from __future__ import annotations

import pytest

from hub.mappings.catalog import load_catalog
from hub.settings import ConfigErrors
from tests.conftest import ROOT

MISTAKES = [
    ('cutoff = "15:30"', 'cutoff = "17:30"', "payout.cutoff: must not be later"),
    ('cutoff = "15:30"', "", "payout.cutoff: is missing"),
    ("items_max = 50000", "items_max = 0", "payout.items_max: must be between"),
    ('layout = "payout"', 'layout = "pay"', 'payout.layout: "pay" is none of the layouts'),
    ('layout = "payout"', 'layout = "payout"\nrequest = "x"', 'payout.request: "x" is none'),
    ('layout = "payout"', 'collection = "payout"', "payout.income: is missing"),
    ('direction = "out"', "", 'payout.layout: the layout "payout" needs direction'),
    ('"remark", type = "text", required = false', '"remark", type = "text"', "is no word of a"),
    ('"account_name"', '"acount_name"', 'the field "account_name" is missing'),
    ('"amount_fen", type = "amount_fen"', '"amount_fen", type = "count"', "must be of the type"),
    ('equals = "sum", of = "item.amount_fen"', 'equals = "count", of = "item"', "states its"),
    ("[payout]", "[payout]\nvalues = { purpose = 'x' }", "payout.values.purpose: is a word of"),
    ("[payout]", "[payout]\ncut_of = '1'", '"cut_of" is not known'),
]


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES)
def test_a_mistake_in_the_payout_table_is_named(tmp_path, old, new, words) -> None:
    text = (ROOT / "config" / "partners" / "cmbc_xm.toml").read_text("utf-8")
    assert old in text
    folder = tmp_path / "partners"
    folder.mkdir()
    (folder / "x.toml").write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(ConfigErrors) as caught:
        load_catalog(tmp_path)

    assert any(words in problem.text() for problem in caught.value.problems), caught.value
