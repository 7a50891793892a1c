"""What the sums of a form are good for, before its money counts: accept, reserve, or ask.

A form that does not add up keeps a relation from going on until a person accepts it with a reason;
the old place is asked with both figures of the first year that differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.domain.approval import named
from hub.domain.discrepancy import worded
from hub.domain.money import yuan_display
from hub.domain.transfer_arithmetic import ITEM_ZH, Discord, Judgement, Verdict
from hub.domain.transfer_arithmetic_forms import judge
from hub.domain.transfer_json import text_of, to_json
from hub.errors import Rejected
from hub.flows.transfer_notes import Work
from hub.flows.transfer_talk import clarify

if TYPE_CHECKING:
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_facts import Form
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def judgement_of(case: TransferCase, services: Services) -> Judgement | None:
    """Return what the sums of a case's form are good for; `None` while there is no form."""
    if case.form is None:
        return None
    return judge(case.kind, case.form, services.rules.terms(case.form.on))


def check(case_id: int, services: Services) -> tuple[TransferCase, Judgement, str | None]:
    """Return a case, the judgement on its form, and who accepted it in spite of that."""
    with services.store.read() as uow:
        case = uow.transfers.get(case_id)
        form, found = _judged(case, services)
        return case, found, uow.form_judgements.accepted(case_id, form.key)


def query(case_id: int, *, person: str, services: Services) -> TransferCase:
    """Ask the old place about the first difference (查询), with both figures."""
    with services.store.read() as uow:
        case = uow.transfers.get(case_id)
    form, found = _judged(case, services)
    first = found.first
    if first is None:
        raise Rejected("transfer_form_sound", ref=case.ref)
    zh, _en = place_of(first)
    stated, computed = (figure_of(first, one) for one in (first.stated, first.computed))
    text = (
        f"{form.number} {zh}：表列 {stated}，我方复算 {computed}。请核对并说明。"
        f" {first.item} {first.year or ''}: stated {stated}, computed {computed}"
    )
    return clarify(case_id, text, person=person, services=services)


def accept(case_id: int, reason: str, *, person: str, services: Services) -> Judgement:
    """Accept a form with what was found about it (有保留认可); kept with the reason."""
    who, why, at = named(person), worded(reason), services.now()

    def unit(uow: UnitOfWork) -> Judgement:
        case = uow.transfers.get(case_id, lock=True)
        form, found = _judged(case, services)
        if found.verdict is Verdict.ACCEPT:
            raise Rejected("transfer_form_sound", ref=case.ref)
        is_new = uow.form_judgements.accept(
            case_id, form.key, verdict=found.verdict.value, content=text_of(found), reason=why,
            person=who, at=at,
        )  # fmt: skip
        if is_new:
            work = Work(uow=uow, services=services, at=at, person=who)
            work.journal("form_accepted", case, form=form.key, verdict=found.verdict, reason=why)
        return found

    return services.store.transact(unit)


def require_sound(case: TransferCase, uow: UnitOfWork, services: Services) -> None:
    """Refuse to go on with a form that does not add up, unless a person has accepted it."""
    found = judgement_of(case, services)
    if found is None or found.verdict is not Verdict.QUERY or case.form is None:
        return
    first = found.first
    if first is None or uow.form_judgements.accepted(case.id, case.form.key) is not None:
        return
    zh, en = place_of(first)
    raise Rejected(
        "transfer_form_differs", ref=case.ref, where_zh=zh, where_en=en,
        stated=figure_of(first, first.stated), computed=figure_of(first, first.computed),
    )  # fmt: skip


def place_of(one: Discord) -> tuple[str, str]:
    """Return where a figure stands on the form, in Chinese and English."""
    year_zh, year_en = (f"{one.year} 年", f"{one.year} ") if one.year else ("", "")
    return f"{year_zh}{ITEM_ZH.get(one.item, one.item)}", f"{year_en}{one.item}"


def figure_of(one: Discord, value: int) -> str:
    """Return a figure as people read it: money as yuan, anything else as it is."""
    return yuan_display(value) if one.item.endswith("fen") else str(value)


def shown(found: Judgement) -> dict[str, Any]:
    """Return a judgement for programs and people."""
    return {
        "verdict": found.verdict.value, "verdict_zh": found.verdict.zh,
        "first": _line(found.first) if found.first else None,
        "differences": [_line(one) for one in found.discords],
        "unknown": [to_json(one) for one in found.unknown],
    }  # fmt: skip


def _line(one: Discord) -> dict[str, Any]:
    return {
        "year": one.year, "item": one.item, "item_zh": ITEM_ZH.get(one.item, one.item),
        "stated": figure_of(one, one.stated), "computed": figure_of(one, one.computed),
        "within_tolerance": one.within,
    }  # fmt: skip


def _judged(case: TransferCase, services: Services) -> tuple[Form, Judgement]:
    found = judgement_of(case, services)
    if found is None or case.form is None:
        raise Rejected("transfer_no_form", ref=case.ref)
    return case.form, found
