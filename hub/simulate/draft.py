"""A case while it is being invented: each method is something that happens in the office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.verdict import Verdict
from hub.simulate.dates import Dates, Sender
from hub.simulate.rows import Assessed, Case, Collected, Denied, Deposited, Payer, Planted

if TYPE_CHECKING:
    from datetime import date

    from hub.simulate.mint import Mint


class Draft:
    """Writes one case that begins on one working day; the finished case is `case`."""

    def __init__(self, mint: Mint, dates: Dates, on: date) -> None:
        self.mint, self.dates, self.on = mint, dates, on
        self.case = Case()
        self.period = on.year * 100 + on.month

    def collect(
        self,
        payer: Payer,
        kind: str,
        *,
        total_fen: int | None = None,
        receipt_no: str | None = None,
        collected_on: date | None = None,
        period: int | None = None,
    ) -> Collected:
        """The tax bureau takes money from a payer, for all of its people."""
        mint, people = self.mint, len(payer.person_ids)
        day = collected_on or self.on
        slip = Collected(
            receipt_no=receipt_no or mint.receipt_no(day),
            payer=payer,
            insurance_kind=kind,
            period=period or self.period,
            amounts_fen=mint.shares_fen(total_fen, people)
            if total_fen
            else mint.amounts_fen(kind, people),
            collected_on=day,
            seen_on=self.dates.seen(Sender.TAX, self.on),
        )
        self.case.collected.append(slip)
        return slip

    def assess(
        self,
        slip: Collected,
        *,
        payer: Payer | None = None,
        kind: str | None = None,
        period: int | None = None,
        amount_fen: int | None = None,
    ) -> Assessed:
        """The agency assesses what the slip says, except where told otherwise."""
        owed = Assessed(
            payer or slip.payer,
            kind or slip.insurance_kind,
            period or slip.period,
            slip.amount_fen if amount_fen is None else amount_fen,
            self.dates.seen(Sender.CORE, self.on),
        )
        self.case.assessed.append(owed)
        return owed

    def book(
        self,
        slip: Collected | None,
        *,
        amount_fen: int | None = None,
        kind: str | None = None,
        days_later: int = 0,
        receipt_no: str | None = None,
        deposit_no: str | None = None,
    ) -> Deposited:
        """The treasury books money: what the slip says, except where told otherwise.

        Without a slip the booking bears `receipt_no`, or none at all.
        """
        day = self.dates.after(self.on, days_later)
        if slip is not None:
            amount_fen = slip.amount_fen if amount_fen is None else amount_fen
            kind, receipt_no = kind or slip.insurance_kind, slip.receipt_no
        assert kind is not None  # noqa: S101 -- the shape's mistake, not the data's
        assert amount_fen is not None  # noqa: S101
        booking = Deposited(
            deposit_no or self.mint.deposit_no(day),
            receipt_no,
            kind,
            amount_fen,
            day,
            self.dates.seen(Sender.TREASURY, day),
        )
        self.case.deposited.append(booking)
        return booking

    def deny(self, slip: Collected, *, days_later: int) -> Denied:
        """The treasury states that it does not have a receipt."""
        day = self.dates.after(self.on, days_later)
        denial = Denied(
            slip.receipt_no, day, slip.amount_fen, self.dates.seen(Sender.TREASURY, day)
        )
        self.case.denied.append(denial)
        return denial

    def wait(self, slip: Collected, until: date | None, *, amount_fen: int | None = None) -> None:
        """Plant what the hub says while a slip's money is not there: in transit, then overdue."""
        limit = self.dates.overdue_from(slip.collected_on)
        transit_ends = limit if until is None else min(until, limit)
        late_since = max(limit, slip.seen_on)
        if slip.seen_on < transit_ends:
            self.plant(
                Verdict.IN_TRANSIT,
                "the money is on its way",
                slip,
                amount_fen=amount_fen,
                until=transit_ends,
            )
        if until is None or late_since < until:
            self.plant(
                Verdict.OVERDUE,
                "the money did not come",
                slip,
                amount_fen=amount_fen,
                since=late_since,
                until=until,
            )

    def settle(
        self,
        slip: Collected,
        *,
        amount_fen: int | None = None,
        kind: str | None = None,
        days_later: int = 0,
        deposit_no: str | None = None,
    ) -> Deposited:
        """The treasury books a slip for the first time; until that is seen, the hub waits."""
        booking = self.book(
            slip, amount_fen=amount_fen, kind=kind, days_later=days_later, deposit_no=deposit_no
        )
        self.wait(slip, booking.seen_on)
        return booking

    def plant(
        self,
        verdict: Verdict,
        why: str,
        on: Collected | Deposited | Assessed,
        *evidence: Collected | Deposited | Assessed | Denied,
        amount_fen: int | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        """Note that the hub must find `verdict` on a record, once all its evidence was seen."""
        self.case.planted.append(
            Planted(
                receipt_no=None if isinstance(on, Assessed) else on.receipt_no,
                deposit_no=on.deposit_no if isinstance(on, Deposited) else None,
                payer_id=None if isinstance(on, Deposited) else on.payer.payer_id,
                insurance_kind=on.insurance_kind,
                period=None if isinstance(on, Deposited) else on.period,
                verdict=verdict,
                amount_fen=on.amount_fen if amount_fen is None else amount_fen,
                why=why,
                since=since or max(record.seen_on for record in (on, *evidence)),
                until=until,
            )
        )
