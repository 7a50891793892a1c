"""Small, dense random facts: few receipts, kinds and amounts, so that everything collides."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from tests.bulk.oracle_records import Facts

AS_OF = date(2026, 11, 23)  # a Monday
DAYS = [date(2026, 11, 12), date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 20), AS_OF]
KINDS = ["medical", "pension", "unemployment"]
PAYERS = ["P1", "P2", "P3"]
PERIODS = [202610, 202611, 202612]

receipts = st.sampled_from([f"{n:018d}" for n in range(1, 9)])
amounts = st.sampled_from([100, 100, 100, 200, 200, 300, 50, 0, -100])
kinds, days = st.sampled_from(KINDS), st.sampled_from(DAYS)

collections = st.fixed_dictionaries(
    {
        "line": st.integers(1, 99),
        "receipt_no": receipts,
        "payer_id": st.sampled_from(PAYERS),
        "insurance_kind": kinds,
        "period": st.sampled_from(PERIODS),
        "amount_fen": amounts,
        "collected_on": days,
    }
)
deposits = st.fixed_dictionaries(
    {
        "line": st.integers(1, 99),
        "deposit_no": st.sampled_from(["D1", "D2", "D3"]),
        "receipt_no": st.one_of(receipts, receipts, receipts, st.none()),
        "insurance_kind": kinds,
        "amount_fen": amounts,
        "credited_on": days,
    }
)
assessments = st.fixed_dictionaries(
    {
        "payer_id": st.sampled_from(PAYERS),
        "insurance_kind": kinds,
        "period": st.sampled_from(PERIODS[:2]),
        "amount_fen": amounts,
        "due_on": st.sampled_from([None, None, AS_OF, date(2026, 11, 1)]),
    }
)
matches = st.builds(
    lambda receipt, kind, fen, day: {
        "matched_on": day,
        "receipt_no": receipt,
        "insurance_kind": kind,
        "payer_id": "P1",
        "period": 202611,
        "collected_on": DAYS[0],
        "collected_fen": fen,
        "deposited_fen": fen,
        "collected_rows": 1,
        "deposited_rows": 1,
        "deposit_no": "D0",
        "rule": "ii-01-receipt@1",
    },
    receipts,
    kinds,
    amounts,
    st.sampled_from(DAYS[:3]),
)


@st.composite
def repeated(draw, rows):
    """Draw rows of which some are there several times, as when a list was sent twice."""
    drawn = draw(st.lists(rows, max_size=10))
    again = draw(st.lists(st.sampled_from(drawn), max_size=4)) if drawn else []
    return [*drawn, *(dict(row) for row in again)]


@st.composite
def booked(draw, listed):
    """Draw deposits, many of which repeat what was listed."""
    same = draw(st.lists(st.sampled_from(listed), max_size=6)) if listed else []
    echoes = [
        {
            "line": 1,
            "deposit_no": f"E{row['amount_fen']}",
            "receipt_no": draw(st.sampled_from([row["receipt_no"], row["receipt_no"], None])),
            "insurance_kind": draw(st.sampled_from([row["insurance_kind"]] * 3 + KINDS)),
            "amount_fen": row["amount_fen"],
            "credited_on": row["collected_on"],
        }
        for row in same
    ]
    return [*draw(repeated(deposits)), *echoes]


@st.composite
def worlds(draw) -> Facts:
    listed = draw(repeated(collections))
    return Facts(
        collections=listed,
        deposits=draw(booked(listed)),
        denied=draw(st.sets(receipts, max_size=2)),
        earlier=draw(st.lists(matches, max_size=2)),
        assessments=draw(st.lists(assessments, max_size=6)),
    )
