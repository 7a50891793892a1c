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

SLIP = {"line": 1, "payer_id": "P1", "period": 202611, "collected_on": AS_OF}
BOOKING = {"line": 1, "deposit_no": "E1", "credited_on": AS_OF}

receipts = st.sampled_from([f"{n:018d}" for n in range(1, 6)])
amounts = st.sampled_from([*[100] * 6, 200, 200, 300, 0, -100])
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
        "receipt_no": st.one_of(receipts, receipts, st.none()),
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


# an amount as it may stand on the other side, in halves: whole, parted, too little, twice in
# the same and in other parts
PARTS = [[2], [2], [2], [2], [1, 1], [1], [2, 2], [1, 3], [2, 2, 2]]


@st.composite
def repeated(draw, rows):
    """Draw rows of which some are there several times, as when a list was sent twice."""
    drawn = draw(st.lists(rows, min_size=2, max_size=8))
    again = draw(st.lists(st.sampled_from(drawn), max_size=4))
    return [*drawn, *(dict(row) for row in again)]


def echoes(draw, rows, **names):
    """Draw rows of the other side that have to do with some of these, in whole or in parts."""
    made = []
    for row in draw(st.lists(st.sampled_from(rows), min_size=2, max_size=6)) if rows else []:
        number, kind = row["receipt_no"], row["insurance_kind"]
        shown = {
            "receipt_no": draw(st.sampled_from([number, number, number, None])),
            "insurance_kind": draw(st.sampled_from([kind] * 3 + KINDS)),
        }
        parts = draw(st.sampled_from(PARTS))
        made += [{**names, **shown, "amount_fen": row["amount_fen"] * n // 2} for n in parts]
    return made


@st.composite
def worlds(draw) -> Facts:
    listed, booked = draw(repeated(collections)), draw(repeated(deposits))
    booked += echoes(draw, listed, **BOOKING)
    if draw(st.booleans()):
        numbered = [row for row in booked if row["receipt_no"] is not None]
        listed += [row for row in echoes(draw, numbered, **SLIP) if row["receipt_no"] is not None]
    for number in draw(st.lists(receipts, min_size=1, max_size=4, unique=True)):
        for kind in KINDS:  # one amount throughout a receipt, here or there
            there = {"receipt_no": number, "insurance_kind": kind, "amount_fen": 100}
            if draw(st.booleans()):
                listed.append({**SLIP, **there})
            elif draw(st.booleans()):
                booked.append({**BOOKING, **there})
    owed = draw(st.lists(assessments, min_size=1, max_size=8))
    for payer in ("P4", "P5", "P6"):  # of these each key stands on one side alone
        for kind in draw(st.lists(kinds, max_size=2, unique=True)):
            key = {"payer_id": payer, "insurance_kind": kind, "period": 202611, "amount_fen": 100}
            if draw(st.booleans()):
                owed.append({**key, "due_on": None})
            else:
                listed.append({**SLIP, **key, "receipt_no": f"{payer}-{kind}"})
    return Facts(
        collections=listed,
        deposits=booked,
        denied=draw(st.sets(receipts, max_size=2)),
        earlier=draw(st.lists(matches, max_size=4)),
        assessments=owed,
    )
