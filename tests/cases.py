"""Transfer cases in memory, for tests of what follows from facts."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hub.domain.transfer_case import TransferCase
from hub.domain.transfer_facts import (
    Announced,
    Applied,
    Arrears,
    Consent,
    Ending,
    Form,
    Funds,
)
from hub.domain.transfer_kinds import Direction, End, Kind, Step
from hub.domain.transfer_rules import Cited, Governing

NEW, OLD, OTHER = "330100", "510100", "420100"
DAY = date(2026, 11, 3)
AMOUNT = 10_000
BY = Cited(pack="test", article="3-14", verified=True)


def rules(*, days=20, application=True, month_end=False):
    """Return what holds for every step."""
    return tuple(
        Governing(
            step=step, days=None if step is Step.FUNDS and month_end else days, days_by=BY,
            month_end=month_end, month_end_by=BY, levels=2, levels_by=BY,
            application=application and step is Step.OFFER, application_by=BY,
        )
        for step in Step
    )  # fmt: skip


def case_of(direction, *facts, **values):
    """Return a case with these facts, whatever they are."""
    known = {
        "id": 1, "ref": "330100-2026-000001", "direction": Direction(direction),
        "kind": Kind.PENSION, "person_id": "110101199003070134", "person_name": "张三",
        "origin": OLD if direction == "in" else NEW, "opened_on": DAY, "opened_by": "周受",
        "rules": rules(), "facts": facts, **values,
    }  # fmt: skip
    return TransferCase(**known)


def day(number):
    """Return the n-th of November 2026."""
    return date(2026, 11, number)


def applied(on=DAY):
    return Applied(on=on)


def consent(on=DAY, number="L1", **values):
    return Consent(on=on, number=number, **values)


def arrears(owed_fen=0, on=DAY, hour=9):
    at = datetime(on.year, on.month, on.day, hour, tzinfo=UTC)
    return Arrears(on=on, at=at, owed_fen=owed_fen)


def form(on=DAY, number="F1", amount_fen=AMOUNT, epoch=1):
    return Form(on=on, number=number, amount_fen=amount_fen, epoch=epoch)


def funds(on=DAY, number="M1", amount_fen=AMOUNT):
    return Funds(on=on, number=number, amount_fen=amount_fen)


def announced(on=DAY, number="M1", amount_fen=AMOUNT):
    return Announced(on=on, number=number, amount_fen=amount_fen)


def done(on=DAY, form_number="F1", epoch=2, *, ours=True):
    return Ending(on=on, how=End.DONE, ours=ours, form=form_number, epoch=epoch)


def ending(how, on=DAY, *, ours=True):
    return Ending(on=on, how=End(how), ours=ours, reason="原因")
