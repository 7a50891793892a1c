"""Turns the rows of a bank's answer file, of any form, into answers of one vocabulary.

What the bank wrote is mapped by the partner file (maps `results` and `reasons`) and by the office's
own `reasons.toml`; what neither knows becomes a HELD answer and never a guess.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.domain.payout_answer import FAILED, Answer, Scope, Standing
from hub.domain.whole import whole
from hub.mappings.answer_words import ISO, REASONS, RESULTS
from hub.mappings.camt_returns import CREDITED, TAKEN_BACK
from hub.mappings.pacs004 import STATUS
from hub.mappings.record import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.domain.reasons import Reasons
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading

REMEMBERED: Final = 1_000  # things said whose meaning is remembered
_WORDS: Final = {one.value: one for one in Standing if one is not Standing.HELD}
OF_DEBITS: Final = {TAKEN_BACK: Standing.RETURNED, CREDITED: Standing.PAID}
"""Statuses that only a statement's entries have, and only direct debits of ours are told by."""

_MEANT: Final = {STATUS: Standing.RETURNED, **OF_DEBITS}


def answers(
    layout: Layout,
    reading: Reading,
    reasons: Reasons,
    *,
    ours: str | None = None,
    debits: bool = False,
) -> Iterator[Answer]:
    """Yield every answer of a reading, those about a whole file or part of it after the rest.

    `ours` is the name of our file as the answer's own file name has it. Entries of a statement that
    only direct debits are told by, which have their end-to-end id, come only with `debits`.
    """
    wide: list[Answer] = []
    head: dict[str, Any] = {}  # by the bare name; complete when the rows have ended
    known = -1
    of_row = _Mapping(layout, reasons, ours)
    for row in reading.rows:
        if row.values.get("raw_status") in OF_DEBITS and not (
            debits and row.values.get("end_to_end_id")
        ):
            continue
        if len(reading.head) != known:
            known, head = len(reading.head), _bare(reading.head)
        answer = of_row.answer(row, head)
        if answer.scope is Scope.ITEM:
            yield answer
        else:
            wide.append(answer)
    yield from wide
    if layout.form not in ISO:
        yield from _of_head(of_row, _bare(reading.head))


def standing_of(layout: Layout, raw: str | None, reasons: Reasons) -> Standing | None:
    """Return what a bank's word for a result means; `None` when no vocabulary has it."""
    if raw is None:
        return None
    if raw in _WORDS:
        return _WORDS[raw]
    mapped = layout.maps.get(RESULTS, {}).get(raw)
    if mapped is not None:
        return Standing(mapped)
    return reasons.statuses.get(raw) if layout.form in ISO else None


def mapped(
    layout: Layout, values: Mapping[str, Any], reasons: Reasons
) -> tuple[Standing, str | None]:
    """Return standing and ISO reason of what a bank wrote: HELD when it is in no vocabulary."""
    raw = values.get("result") or values.get("raw_status")
    standing = standing_of(layout, raw, reasons)
    if standing is None:
        return Standing.HELD, None
    if standing not in FAILED:
        return standing, None
    reason = reasons.map(
        values.get("raw_code"),
        values.get("raw_text"),
        layout.maps.get(REASONS, {}),
        iso=layout.form in ISO,
    )
    return (standing, reason) if reason is not None else (Standing.HELD, None)


def again(layout: Layout, answer: Answer, reasons: Reasons) -> Answer:
    """Return an answer as it is mapped now, from what the bank wrote; what is kept stays."""
    values = {
        "raw_status": answer.raw_status,
        "raw_code": answer.raw_code,
        "raw_text": answer.raw_text,
        "result": _MEANT.get(answer.raw_status or ""),
    }
    standing, reason = mapped(layout, values, reasons)
    return replace(answer, standing=standing, reason=reason, mapping_sha256=layout.sha256)


class _Mapping:
    """Turns a file's rows into answers; few things are said of many payments."""

    def __init__(self, layout: Layout, reasons: Reasons, ours: str | None) -> None:
        self._layout = layout
        self._reasons = reasons
        self._ours = ours
        self._form = layout.form.value
        self._head_names = layout.form not in ISO  # it may name our file for all rows
        self._known: dict[tuple[Any, ...], tuple[Standing, str | None]] = {}

    def answer(self, row: Row, head: Mapping[str, Any]) -> Answer:
        """Return what a row says; `head` are the values of records that occur once."""
        get = row.values.get
        raw_status, raw_code, raw_text = self._raw(row.values)
        standing, reason = self._mapped(get("result"), raw_status, raw_code, raw_text)
        named = get("message_id") or get("batch_no")
        if not named and self._head_names:
            named = head.get("message_id") or head.get("batch_no")
        item_no, scope = _text(get("item_no")) or "", get("scope")
        return Answer(
            line=row.line,
            bank=self._layout.partner,
            form=self._form,
            standing=standing,
            scope=Scope(str(scope)) if scope else Scope.ITEM,
            raw_status=_text(raw_status),
            raw_code=_text(raw_code),
            raw_text=_text(raw_text),
            reason=reason,
            mapping_sha256=self._layout.sha256,
            message_id=str(named) if named else None,
            file_name=_text(get("file_name") or head.get("file_name") or self._ours),
            end_to_end_id=_text(get("end_to_end_id")),
            item_no=whole(item_no),
            account_no=_text(get("account_no")),
            amount_fen=get("amount_fen"),  # type: ignore[arg-type] # of an amount's type
            settled_on=get("settled_on") or head.get("settled_on"),  # type: ignore[arg-type]
            reference=_text(get("reference")),
            agency_code=_text(get("agency_code") or head.get("agency_code")),
        )

    @staticmethod
    def _raw(values: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        """Return what the bank wrote, which only some forms keep apart from what it means."""
        get = values.get
        return (
            values["raw_status"] if "raw_status" in values else get("result"),
            values["raw_code"] if "raw_code" in values else get("reason_code"),
            values["raw_text"] if "raw_text" in values else get("reason_text"),
        )

    def _mapped(self, *said: Any) -> tuple[Standing, str | None]:  # noqa: ANN401 -- values of rows
        if said in self._known:
            return self._known[said]
        names = ("result", "raw_status", "raw_code", "raw_text")
        found = mapped(self._layout, dict(zip(names, said, strict=True)), self._reasons)
        if len(self._known) < REMEMBERED:
            self._known[said] = found
        return found


def _of_head(of_row: _Mapping, head: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield what a file says of the whole of ours, in a record that occurs once."""
    if head.get("result") is None:
        return
    values: dict[str, Any] = {
        "scope": Scope.FILE.value,
        "result": head.get("result"),
        "raw_code": head.get("reason_code"),
        "raw_text": head.get("reason_text"),
        "reference": head.get("reference"),
    }
    yield of_row.answer(Row(0, values), head)


def _bare(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the head's values by field name, whichever record they are of; the first counts."""
    values: dict[str, Any] = {}
    for name, value in head.items():
        if value is not None:
            values.setdefault(name.partition(".")[2], value)
    return values


def _text(value: object) -> str | None:
    return value if value is None or type(value) is str else str(value)
