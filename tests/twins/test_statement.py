"""A twin's statements: balances chain, what it took is debited, what comes back is credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest

from hub.domain.payout_answer import Standing
from hub.mappings.bank_lines import heads, lines, plain_layout
from hub.mappings.catalog import load_catalog
from hub.mappings.reading import read
from hub.twins.ledger import Got, Ledger, Said, Verdict
from hub.twins.script import Move, Outcome, Script, Some, StatementPlay
from hub.twins.statements import balance_before, entries, written
from tests.conftest import ROOT

CATALOG = load_catalog(ROOT / "config")
FIRST, SECOND = date(2026, 11, 25), date(2026, 11, 26)
PLAY = StatementPlay(
    opening_fen=1_000_000, moves=(Move(on=FIRST, fen=500, words="财政专户拨款"),)
)  # fmt: skip
SCRIPT = Script(
    sha256="0" * 64, partner="iso_bank", statement=PLAY,
    outcomes=(
        Some(outcome=Outcome.REJECTED, count=1, reason="AC01"),
        Some(outcome=Outcome.RETURNED, count=1, reason="AC04", after_days=1),
    ),
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path):
    """A file of four payments that was taken; one is told to be returned a day later."""
    from hub.twins.plan import steps

    ledger = Ledger(tmp_path / "bank")
    got = Got(
        day=FIRST.isoformat(), name="P1.xml", sha256="a" * 64, size_bytes=1,
        verdict=Verdict.TAKEN, number=1, message_id="M1", total_fen=1000,
        items=[[f"E{n}", f"62{n}", (n + 1) * 100, "p"] for n in range(4)],
    )  # fmt: skip
    ledger.note(got)
    back = [s for s in steps(SCRIPT, got) if s.standing is Standing.RETURNED]
    ledger.note(
        Said(
            day=SECOND.isoformat(), about=got.sha256, layout="return", name="r", sha256="b" * 64,
            steps=[[step.index, step.standing.value] for step in back],
        )
    )  # fmt: skip
    ledger.note(replace(ledger.said[0], name="again"))
    return ledger


@pytest.mark.parametrize("partner", ["iso_bank", "city_bank"])
@pytest.mark.parametrize("per_item", [False, True])
def test_days_chain_and_read_back_as_the_hub_reads_them(ledger, partner, per_item):
    script = replace(SCRIPT, statement=replace(PLAY, per_item=per_item))
    layout = CATALOG.partner(partner).layout("statement")
    expected = PLAY.opening_fen
    total = 0
    for number, day in enumerate((FIRST, SECOND), start=1):
        moves = entries(script, ledger, day)
        opening = balance_before(script, ledger, day)
        assert opening == expected
        content = written(
            layout, moves, account_no="601", day=day, number=number, opening_fen=opening
        )
        plain = plain_layout(layout)
        limits = {"file": "s", "items_max": 100, "line_bytes_max": 10_000}
        count = list((reading := read(plain, BytesIO(content), **limits)).rows)
        (head,) = heads(plain, reading, len(count))
        found = list(lines(plain, read(plain, BytesIO(content), **limits), file="s"))
        assert [line.amount_fen for line in found] == [move.fen for move in moves]
        assert (head.opening_fen, head.sequence_no, head.rows) == (opening, number, len(moves))
        expected = opening + sum(move.fen for move in moves)
        assert head.closing_fen == expected
        total += sum(move.fen for move in moves)

    rejected = next(100 * (n + 1) for n in range(4) if _outcome(ledger, n) == "rejected")
    returned = next(100 * (n + 1) for n in range(4) if _outcome(ledger, n) == "returned")
    assert total == 500 - (1000 - rejected) + returned


def _outcome(ledger, index):
    from hub.twins.plan import steps

    last = [s for s in steps(SCRIPT, ledger.taken[0]) if s.index == index]
    return last[-1].standing.value
