"""The words of a bank's answer: which layouts are answers, and what their fields may be called.

A layout is one if it is named `result`, `status` or `return`, or begins so (`result_failed`), and
comes in. Its maps `results` (the bank's word for what became of a payment to a `Standing`) and
`reasons` (its code or text to an ISO 20022 code) are data of the partner. What they lack is not an
error of the file: the payment is held until a person has looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.payout_answer import Standing
from hub.mappings.layout import FieldType, Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.layout import Layout

    Report = Callable[[str, str], object]

NAMES: Final = ("result", "status", "return")
RESULTS: Final = "results"  # map of the bank's words to standings
REASONS: Final = "reasons"  # map of the bank's codes and texts to ISO codes

ISO: Final = frozenset({Form.PAIN002, Form.PACS004, Form.CAMT_RETURNS})
"""Forms that know their own structure and whose codes are ISO's."""

_OPTIONS: Final = frozenset({"currency", "account", "credits"})
_TEXT: Final = frozenset({FieldType.TEXT, FieldType.CODE})
_NUMBER: Final = frozenset({FieldType.COUNT, FieldType.TEXT})
_WORDS: Final = {
    "message_id": _TEXT,  # of our file
    "batch_no": _NUMBER,  # the number of our file, or its name
    "file_name": _TEXT,
    "end_to_end_id": _TEXT,
    "item_no": _NUMBER,
    "account_no": _TEXT,
    "account_name": _TEXT,
    "amount_fen": frozenset({FieldType.AMOUNT_FEN, FieldType.AMOUNT_YUAN}),
    "result": _TEXT,
    "reason_code": _TEXT,
    "reason_text": _TEXT,
    "settled_on": frozenset({FieldType.DATE}),
    "reference": _TEXT,  # the bank's own
    "agency_code": _TEXT,
}
WAYS: Final = ("end_to_end_id", "item_no", "account_no")
"""Fields by which an answer finds its payment, the best first."""


def is_answer(layout: Layout) -> bool:
    """Tell whether files of a layout are answers of a bank."""
    begins = layout.name.split("_")[0] in NAMES
    return begins and layout.source is None and layout.direction == "in"


def check_answers(layout: Layout, report: Report) -> None:
    """Report what an answer's layout lacks, and what in its maps is no standing."""
    for raw, standing in layout.maps.get(RESULTS, {}).items():
        if standing not in set(Standing):
            report(f"maps.{RESULTS}.{raw}", f"must be one of {', '.join(Standing)}")
    if layout.form not in ISO:
        _check_records(layout, report)
        return
    for name, value in layout.options.items():
        if name not in _OPTIONS or not isinstance(value, str):
            report(f"options.{name}", f"options are {', '.join(sorted(_OPTIONS))}, all texts")
    if layout.records:
        report("records", "the message has its own structure")


def _check_records(layout: Layout, report: Report) -> None:
    repeated = [shape for shape in layout.records if shape.repeat]
    if len(repeated) != 1:
        return  # reported by whoever checks records
    item = repeated[0]
    for one in item.fields:
        types = _WORDS.get(one.name)
        if types is not None and one.type not in types:
            report(f"{item.name}.{one.name}", f"must be of the type {' or '.join(sorted(types))}")
    names = {one.name for one in item.fields}
    heads = {one.name for shape in layout.records for one in shape.fields}
    if not names & set(WAYS):
        report(item.name, f"one of {', '.join(WAYS)} must say which payment is meant")
    if "result" not in heads:
        report(item.name, 'the field "result" must say what became of the payment')
