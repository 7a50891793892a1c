"""`truth.json`: the differences that were planted, and so what the hub must find, no more or less.

A list of objects, one a line: `receipt_no`, `deposit_no`, `payer_id`, `insurance_kind`, `period`,
`verdict`, `amount_fen`, `why`. A record is known by its receipt; without one by its deposit; a
kind that was assessed and never collected has neither and is known by its payer.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    from hub.simulate.rows import Planted


class TruthFile:
    """Writes the differences that stand as of a day; a context manager that finishes the list."""

    def __init__(self, path: Path, *, as_of: date) -> None:
        self._path, self._as_of = path, as_of
        self.verdicts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._file = self._path.open("w", encoding="utf-8", newline="\n")
        self._file.write("[")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.write("\n]\n" if self.verdicts else "]\n")
        self._file.close()

    def add(self, planted: Iterable[Planted]) -> None:
        """Write those that the hub must report as of the day."""
        for one in planted:
            if one.stands_on(self._as_of):
                self._file.write(",\n" if self.verdicts else "\n")
                json.dump(as_dict(one), self._file, ensure_ascii=False)
                self.verdicts[one.verdict.value] += 1


def as_dict(planted: Planted) -> dict[str, Any]:
    """Return a planted difference as `truth.json` holds it; dates of its window are left out."""
    return {
        "receipt_no": planted.receipt_no,
        "deposit_no": planted.deposit_no,
        "payer_id": planted.payer_id,
        "insurance_kind": planted.insurance_kind,
        "period": planted.period,
        "verdict": planted.verdict.value,
        "amount_fen": planted.amount_fen,
        "why": planted.why,
    }
