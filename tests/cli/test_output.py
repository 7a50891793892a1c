"""Tables for people: nothing is left out, and nothing in a cell acts."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.cli.output import table


def test_a_column_that_only_a_later_row_has_is_shown(capsys):
    table([{"channel": "core-in", "read": 1}, {"channel": "tax-in", "read": 1, "refused": 7}])

    shown = capsys.readouterr().out
    assert "refused" in shown
    assert "7" in shown


def test_markup_in_a_cell_is_text(capsys):
    table([{"name": "[red]x[/red]"}])

    assert "[red]x[/red]" in capsys.readouterr().out


def test_an_instant_is_shown_to_the_second(capsys):
    table([{"at": datetime(2026, 11, 26, 4, 0, 1, 999, tzinfo=UTC)}])

    shown = capsys.readouterr().out
    assert ":00:01 " in shown
    assert "+00:00" not in shown
