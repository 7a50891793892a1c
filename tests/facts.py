"""Rows of lists with sensible values, of which a test says only what it is about."""

from __future__ import annotations

from datetime import date

TUESDAY = date(2026, 11, 24)


def collection(receipt_no, amount_fen=10_000, **values):
    return {
        "receipt_no": receipt_no,
        "payer_id": "91330100MA27XK0000",
        "payer_name": "示范制造有限公司",
        "person_id": f"person-{receipt_no}",
        "person_name": "王芳",
        "insurance_kind": "pension",
        "period": 202611,
        "amount_fen": amount_fen,
        "collected_on": TUESDAY,
        **values,
    }


def deposit(receipt_no, amount_fen=10_000, **values):
    return {
        "deposit_no": f"D{receipt_no}",
        "receipt_no": receipt_no,
        "insurance_kind": "pension",
        "amount_fen": amount_fen,
        "credited_on": TUESDAY,
        **values,
    }


def credit(amount_fen, **values):
    return {
        "deposit_no": "C1",
        "insurance_kind": "pension",
        "amount_fen": amount_fen,
        "credited_on": TUESDAY,
        "narrative": "社保费入库",
        **values,
    }


def assessment(amount_fen, **values):
    return {
        "payer_id": "91330100MA27XK0000",
        "payer_name": "示范制造有限公司",
        "insurance_kind": "pension",
        "period": 202611,
        "amount_fen": amount_fen,
        **values,
    }
