"""What waits in a scratch file comes back as it was, as often as one likes."""

from __future__ import annotations

from datetime import date

from hub.domain.payout_answer import Answer, Scope, Standing
from hub.flows.spool import CHUNK_ROWS, Spool


def answer(number):
    return Answer(
        line=number, bank="alpha", form="delimited", standing=Standing.PAID, scope=Scope.FILE,
        amount_fen=number, settled_on=date(2026, 11, 25), account_no=None,
    )  # fmt: skip


def test_kinds_come_back_as_they_were_in_their_order(tmp_path):
    given = [(answer(n), [f"{n}"]) for n in range(CHUNK_ROWS + 1)]
    spool = Spool(tmp_path / "some", Answer)
    spool.fill(iter(given))

    assert list(spool) == given
    assert list(spool) == given
    assert next(iter(spool))[0].standing is Standing.PAID
