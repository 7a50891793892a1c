"""Deterministic simulation: machines that live through business as hypothesis thinks it up."""

from __future__ import annotations


def _payouts():
    from tests.simulation.payout_machine import Payouts

    return Payouts


def _transfers():
    from tests.simulation.transfer_machine import Transfers

    return Transfers


MACHINES = {"payouts": _payouts, "transfers": _transfers}
