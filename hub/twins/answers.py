"""Writes a bank's answer in that bank's own format, by the layout that the hub reads it with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.mappings.layout import Form
from hub.mappings.rendering import render
from hub.twins import iso_answers
from hub.twins.carriers import word_of

if TYPE_CHECKING:
    from hub.twins.plan import Step
    from hub.twins.said import Answer

_ISO: Final = {
    Form.PAIN002: iso_answers.pain002,
    Form.PACS004: iso_answers.pacs004,
    Form.CAMT_RETURNS: iso_answers.camt054,
}


def written(answer: Answer) -> bytes:
    """Return the bytes of an answer.

    `Rejected` when the layout asks for a value that the file of payments did not have.
    """
    if answer.layout.form in _ISO:
        return _ISO[answer.layout.form](answer)
    layout, bare = answer.layout, answer.about.bare
    known = {**bare, "settled_on": answer.day, "file_name": answer.about.name}
    head = {
        f"{shape.name}.{field.name}": known.get(field.name)
        for shape in layout.records
        if not shape.repeat
        for field in shape.fields
    }
    rows = [{**known, **answer.row(step), **_said(answer, step)} for step in answer.steps]
    if answer.more_fen:
        stated = {"count": len(rows), "sum": answer.total_fen}
        head |= {control.field: stated[control.equals] for control in layout.controls}
        layout = replace(layout, controls=())  # or the writer would put them right
    return render(layout, head, rows)


def refusal(answer: Answer, code: str) -> bytes:
    """Return the pain.002 by which the bank refuses a whole file."""
    return iso_answers.pain002(answer, refused=code)


def _said(answer: Answer, step: Step) -> dict[str, Any]:
    names = {field.name for field in answer.layout.item.fields}
    reason = {"reason_code" if "reason_code" in names else "reason_text": step.reason}
    return {
        "result": word_of(answer.layout, step.standing),
        "settled_on": answer.day,
        "reference": f"{answer.about.rows[step.index].line:08d}",
        **(reason if step.reason else {}),
    }
