"""Bulk facts (账务事实): what collections, deposits and assessments look like once read.

A fact is one row of somebody's list, never changed after it was read. Facts live in
content-addressed Parquet files; a column here is a column there. Amounts are fen, periods
(费款所属期) are integers `yyyymm`, `line` is the row's line in the file that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

FactType = Literal["text", "int", "fen", "date", "period"]


class Source(StrEnum):
    """Which side of the reconciliation a list of facts speaks for."""

    COLLECTIONS = "collections"  # 征收明细: what the tax bureau took, by receipt
    DEPOSITS = "deposits"  # 分险种清单, 入库流水: what the treasury booked, by receipt and kind
    CREDITS = "credits"  # 进账单, 对账单: what the bank credited to the treasury account
    ASSESSMENTS = "assessments"  # 应缴核定: what each payer owes
    DENIALS = "denials"  # receipts that the treasury itself says it does not have
    PACKAGES = "packages"  # 包核对: packages that the treasury exchange says passed through it


@dataclass(frozen=True, slots=True, kw_only=True)
class FactColumn:
    """One column of a fact: its name, type, and whether a row may lack it."""

    name: str
    type: FactType
    required: bool = True


def _columns(**types: str) -> tuple[FactColumn, ...]:
    # a trailing "?" marks a column that a partner may not send
    return tuple(
        FactColumn(name=n, type=t.rstrip("?"), required=not t.endswith("?"))  # type: ignore[arg-type]
        for n, t in types.items()
    )


COLUMNS: Final[dict[Source, tuple[FactColumn, ...]]] = {
    Source.COLLECTIONS: _columns(
        line="int",
        receipt_no="text",
        payer_id="text",
        payer_name="text?",
        person_id="text?",
        person_name="text?",
        insurance_kind="text",
        period="period",
        amount_fen="fen",
        collected_on="date",
    ),
    Source.DEPOSITS: _columns(
        line="int",
        deposit_no="text",
        receipt_no="text?",
        insurance_kind="text",
        amount_fen="fen",
        credited_on="date",
    ),
    Source.CREDITS: _columns(
        line="int",
        deposit_no="text",
        insurance_kind="text?",
        amount_fen="fen",
        credited_on="date",
        narrative="text?",
    ),
    Source.ASSESSMENTS: _columns(
        line="int",
        payer_id="text",
        payer_name="text?",
        insurance_kind="text",
        period="period",
        amount_fen="fen",
        due_on="date?",
    ),
    Source.DENIALS: _columns(line="int", receipt_no="text", stated_on="date", reason="text?"),
    Source.PACKAGES: _columns(
        line="int",
        message_no="text",
        sender="text",
        entrusted_on="date",
        pack_no="text",
        item_count="int",
        amount_fen="fen",
    ),
}
"""The columns of each source's facts, in the order in which Parquet files hold them."""
