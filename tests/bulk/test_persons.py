"""The persons of receipts, for the annex of a letter."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from hub.bulk.facts_file import FactsFile
from hub.bulk.persons import persons_of
from hub.domain.facts import Source
from hub.domain.letter_content import Person


def facts(path, *rows):
    names = ["receipt_no", "payer_id", "payer_name", "person_id", "person_name", "insurance_kind",
             "period", "amount_fen"]  # fmt: skip
    columns = {name: [row[n] for row in rows] for n, name in enumerate(names)}
    days = {"line": list(range(1, len(rows) + 1)), "collected_on": [date(2026, 1, 5)] * len(rows)}
    with FactsFile(path, Source.COLLECTIONS) as file:
        file.write(pa.table({**columns, **days}))
    return path


def test_persons_come_in_order_of_receipt_and_person(tmp_path):
    first = facts(
        tmp_path / "a.parquet",
        ("R2", "P1", "示范", "I2", "王芳", "pension", 202601, 800),
        ("R1", "P1", "示范", "I2", "王芳", "pension", 202601, 800),
        ("R1", "P1", "示范", "I1", "杨𠮷", "pension", 202601, 700),
        ("R9", "P1", "示范", "I9", "别人", "pension", 202601, 900),
    )
    second = facts(
        tmp_path / "b.parquet",
        ("R1", "P1", "示范", "I1", "杨𠮷", "medical", 202601, 300),
        ("R3", "P1", "示范", None, None, "pension", 202601, 100),
    )

    found = list(persons_of([first, second], {"R2", "R1", "R3", "R'4"}))

    assert [(p.receipt_no, p.person_id, p.insurance_kind, p.amount_fen) for p in found] == [
        ("R1", "I1", "medical", 300),
        ("R1", "I1", "pension", 700),
        ("R1", "I2", "pension", 800),
        ("R2", "I2", "pension", 800),
    ]
    assert found[1] == Person(
        receipt_no="R1", payer_id="P1", payer_name="示范", person_id="I1", person_name="杨𠮷",
        insurance_kind="pension", period=202601, amount_fen=700,
    )  # fmt: skip


def test_nothing_is_asked_for_nothing(tmp_path):
    assert list(persons_of([], {"R1"})) == []
    assert list(persons_of([facts(tmp_path / "a.parquet")], set())) == []
