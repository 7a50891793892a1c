"""Who moves in `./run --regions`: invented people, the order in which things come, and forms."""  # noqa: INP001

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

ORDERS: Final = {
    "consent form funds": 0,  # whoever is left
    "form consent funds": 12,
    "form funds consent": 6,
    "consent funds form": 6,
    "funds consent form": 6,
    "funds form consent": 2,
}
"""Every order in which the new place gets the three, and for how many of 100 people."""

FEWEST: Final = 12
SEED: Final = 20261102
MEDICAL_EVERY: Final = 5  # of those with the usual order
BASE_FEN: Final = 400_000  # the lowest monthly wage; each person has another one, so another sum
YEAR: Final = 2026


@dataclass(frozen=True, slots=True)
class Mover:
    """One person, what moves, and in which order its parts reach the new place."""

    number: int
    person_id: str
    name: str
    kind: str
    order: tuple[str, ...]
    overdue: bool  # the old place will not answer

    @property
    def base_fen(self) -> int:
        """Return the monthly wage that contributions were paid on."""
        return BASE_FEN + 10_000 * self.number

    def form(self) -> dict[str, Any]:
        """Return the form's sum, items and yearly rows as the old place's core system has them."""
        if self.kind == "medical":  # only the balance of the account goes
            balance = self.base_fen * 3
            return {"amount_fen": balance, "items": {"balance_fen": balance}, "years": []}
        last = self._row(YEAR - 1, 12, 0)
        now = self._row(YEAR, 10, last["balance_fen"])
        pooled = self.base_fen * (12 + 10) * 12 // 100
        personal = last["balance_fen"] + now["booked_fen"]
        items = {
            "before_1998_fen": 0, "account_fen": last["balance_fen"],
            "this_year_fen": now["booked_fen"], "personal_fen": personal, "pooled_fen": pooled,
            "total_fen": personal + pooled,
        }  # fmt: skip
        return {"amount_fen": personal + pooled, "items": items, "years": [last, now]}

    def _row(self, year: int, months: int, before_fen: int) -> dict[str, int]:
        booked = self.base_fen * months * 8 // 100
        interest = booked * 142 // 10_000 if year < YEAR else 0  # none before the year is over
        return {
            "year": year, "base_fen": self.base_fen, "months": months, "personal_bp": 800,
            "credited_bp": 0, "booked_fen": booked, "booked_personal_fen": booked,
            "interest_fen": interest, "interest_personal_fen": interest,
            "balance_fen": before_fen + booked + interest,
            "balance_personal_fen": before_fen + booked + interest,
        }  # fmt: skip


def movers(count: int) -> list[Mover]:
    """Return invented people with valid identity numbers; every order is there."""
    from hub.simulate.identities import People  # noqa: PLC0415 -- the path is set by `commands`
    from hub.simulate.rates import rates  # noqa: PLC0415

    if count < FEWEST:
        raise SystemExit(f"至少 {FEWEST} 人 · {FEWEST} people or more")
    ids, names = People(Random(SEED), rates()).take(count)  # noqa: S311 -- a play, not a secret
    orders = [
        order for order, share in ORDERS.items() if share
        for _ in range(max(1, count * share // 100))
    ]  # fmt: skip
    usual = next(iter(ORDERS))
    orders = [usual] * (count - len(orders)) + orders
    return [
        Mover(
            number=number,
            person_id=person_id,
            name=name,
            kind="medical" if order == usual and number % MEDICAL_EVERY == 1 else "pension",
            order=tuple(order.split()),
            overdue=number == 0,
        )
        for number, (person_id, name, order) in enumerate(zip(ids, names, orders, strict=True))
    ]


def write_form(mover: Mover, folder: Path) -> tuple[Path, int]:
    """Write a form as a file for `hub case form`; return it with the sum (fen)."""
    form = mover.form()
    amount_fen = form.pop("amount_fen")
    path = folder / f"form-{mover.number}.json"
    path.write_text(json.dumps(form), "utf-8")
    return path, amount_fen
