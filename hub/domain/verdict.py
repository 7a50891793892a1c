"""Verdicts (核对结论): what reconciliation can say about a record, and which are differences."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What reconciliation says; the values are those of the `verdict` column of its output."""

    MATCHED = "matched"
    IN_TRANSIT = "in_transit"
    OVERDUE = "overdue"
    SHORT = "short"
    OVER = "over"
    MISSING_AT_TAX = "missing_at_tax"
    MISSING_AT_TREASURY = "missing_at_treasury"
    WRONG_KIND = "wrong_kind"
    WRONG_PAYER = "wrong_payer"
    WRONG_PERIOD = "wrong_period"
    DUPLICATE = "duplicate"
    AMBIGUOUS = "ambiguous"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]

    @property
    def is_real(self) -> bool:
        """Tell whether a person must act: neither matched nor still in transit (在途)."""
        return self not in (Verdict.MATCHED, Verdict.IN_TRANSIT)


_ZH: Final = {
    Verdict.MATCHED: "相符",
    Verdict.IN_TRANSIT: "在途",
    Verdict.OVERDUE: "逾期未入库",
    Verdict.SHORT: "少入库",
    Verdict.OVER: "多入库",
    Verdict.MISSING_AT_TAX: "税务无记录",
    Verdict.MISSING_AT_TREASURY: "国库无记录",
    Verdict.WRONG_KIND: "险种不符",
    Verdict.WRONG_PAYER: "缴费单位不符",
    Verdict.WRONG_PERIOD: "所属期不符",
    Verdict.DUPLICATE: "重复",
    Verdict.AMBIGUOUS: "无法唯一对应",
}
