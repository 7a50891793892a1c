"""停发 and 恢复发放核定表 (规程 5-5, 5-6) of a payee, two copies (一式二份), to be signed by hand.

They have what the hub knows of a stop: whose, which benefits, since when, why and by what evidence,
and who lifted it. Days and amounts that the desk decides are empty lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.documents.approval_form import period, signed_at
from hub.documents.form import Column, Fact, Form, Place, Table, grouped
from hub.domain.chinese import date_text, kind_name
from hub.domain.form_code import FormKind, code_of, form_number
from hub.domain.money import yuan_display

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.documents.approval_form import Office
    from hub.domain.payout import PayoutItem, PayoutList, Stopped

PENSION: Final = "pension"
TITLES: Final = {
    FormKind.STOP: "离退休人员停发待遇核定表",
    FormKind.RESUME: "离退休人员养老金恢复发放核定表",
}
"""Names in the procedure, of pensions; other insurances have the plain name."""

ARTICLES: Final = {FormKind.STOP: "规程5-5", FormKind.RESUME: "规程5-6"}
COPIES: Final = {
    FormKind.STOP: ("第一联　交申办人", "第二联　归档"),
    FormKind.RESUME: ("第一联　交申办人", "第二联　申办人签名后归档"),
}
STEPS: Final = {FormKind.STOP: ("初审", "复核"), FormKind.RESUME: ("初审", "复核", "审批")}
_BY_HAND: Final = {
    FormKind.STOP: ("申办人", "停发或暂停", "核定停发时间", "多发金额", "追回情况"),
    FormKind.RESUME: ("申办人", "证明材料", "核定恢复时间", "补发金额"),
}
_STOPS: Final = (
    Column(name="停发待遇", width=18),
    Column(name="停发原因", width=30),
    Column(name="依据", width=30),
    Column(name="停发时间", width=22),
)
_LIFTS: Final = (*_STOPS, Column(name="恢复人", width=14), Column(name="恢复时间", width=22))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """What a form is about: stops of a payee with their reasons in words, and why they ended."""

    kind: FormKind
    item: PayoutItem
    payout: PayoutList
    stops: Sequence[Stopped]
    reasons: Sequence[str]
    why_resumed: str
    digest: str


def stop_forms(found: Stops, office: Office, *, made_on: date) -> tuple[Form, ...]:
    """Return the form of one payee, one page for each copy."""
    kind, item = found.kind, found.item
    is_pension = found.payout.fund == PENSION
    return tuple(
        Form(
            title=TITLES[kind] if is_pension else kind.zh,
            agency=office.agency,
            number=form_number(kind, item.id),
            dated=date_text(made_on),
            code=str(code_of(office.region, kind, item.id, found.digest)),
            copies=(copy,),
            facts=_facts(found, ARTICLES[kind] if is_pension else ""),
            tables=(_table(found, office),),
            signatures=_places(kind, is_filed=copy == COPIES[kind][-1]),
            proofs=(Fact(label="本表内容 SHA-256", value=grouped(found.digest)),),
            remarks=("注：空白栏由待遇核发环节核定后手工填写；各级手工签字后生效。",),
        )
        for copy in COPIES[kind]
    )


def _facts(found: Stops, article: str) -> tuple[Fact, ...]:
    item = found.item
    made = [
        Fact(label="姓名", value=item.person_name),
        Fact(label="公民身份号码", value=item.person_id),
        Fact(label="险种（基金）", value=kind_name(found.payout.fund)),
        Fact(label="待遇项目", value=item.benefit),
        Fact(label="付款所属期", value=period(item.period)),
        Fact(label="付款金额", value=f"¥{yuan_display(item.amount_fen)}（{item.state.zh}）"),
        Fact(label="支付清单", value=form_number(FormKind.APPROVAL, found.payout.id)),
        Fact(label="办理依据", value=article),
    ]
    if found.kind is FormKind.RESUME:
        made.append(Fact(label="恢复原因", value=found.why_resumed, wide=True))
    return (*made, *(Fact(label=label, value="") for label in _BY_HAND[found.kind]))


def _table(found: Stops, office: Office) -> Table:
    resumed = found.kind is FormKind.RESUME
    rows = []
    for one, reason in zip(found.stops, found.reasons, strict=True):
        stop = one.stop
        row = [stop.benefit or "全部待遇", reason, stop.evidence, signed_at(stop.at, office.zone)]
        if resumed:
            at = signed_at(one.lifted_at, office.zone) if one.lifted_at else ""
            row += [one.lifted_by or "", at]
        rows.append(tuple(row))
    heading = "停发及恢复记录" if resumed else "停发记录"
    return Table(columns=_LIFTS if resumed else _STOPS, rows=tuple(rows), heading=heading,
                 small=True)  # fmt: skip


def _places(kind: FormKind, *, is_filed: bool) -> tuple[Place, ...]:
    places = tuple(Place(step=step) for step in STEPS[kind])
    return (*places, Place(step="申办人")) if is_filed and kind is FormKind.RESUME else places
