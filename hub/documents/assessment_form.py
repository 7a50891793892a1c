"""《失业保险待遇核定表》 (规程 6-19) of a benefit that was transferred in, two copies (一式二份).

One copy goes to the unemployed person, the other is signed by him and filed. Lines for what the
case does not know are empty, to be filled in by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.documents.approval_form import SIGNED, signed_at
from hub.documents.form import Column, Fact, Form, Place, Table, grouped
from hub.documents.transfer_pdf import LABELS
from hub.domain.chinese import amount_in_words, date_text
from hub.domain.form_code import FormKind, code_of, form_number
from hub.domain.money import yuan_display
from hub.domain.transfer_facts import Applied
from hub.domain.transfer_kinds import Step

if TYPE_CHECKING:
    from hub.documents.approval_form import Office
    from hub.domain.transfer_assessment import Assessment

COPIES: Final = ("第一联　交失业人员", "第二联　失业人员签名后归档")
_ROWS: Final = (
    ("standard_fen", f"{LABELS['standard_fen']}（元／月）"),
    ("remaining_months", f"{LABELS['remaining_months']}（月）"),
    ("benefit_fen", "剩余期限失业保险金（元）"),
    ("medical_fen", f"{LABELS['medical_fen']}（元）"),
    ("training_fen", f"{LABELS['training_fen']}（元）"),
    ("placement_fen", f"{LABELS['placement_fen']}（元）"),
    ("total_fen", "合计（元）"),
)
"""What the old place's form has for this kind, and its unit."""

_COLUMNS: Final = (
    Column(name="项目", width=46),
    Column(name="转移单所列", width=27, right=True),
    Column(name="本地核定（手工填写）", width=27, right=True),
)
_BY_HAND: Final = (
    Fact(label="领取起始年月", value=""),
    Fact(label="领取截止年月", value=""),
    Fact(label="发放银行账号", value="", wide=True),
)
_STEPS: Final = {1: ("审批",), 2: ("初审", "审批"), 3: ("初审", "复核", "审批")}
_UNPAID: Final = "财务未到账／待确认"


def assessment_forms(found: Assessment, office: Office) -> tuple[Form, ...]:
    """Return the form of a case, one page for each copy.

    Until the money is confirmed and all have signed it is marked as not valid, and says why.
    """
    case, mark = found.case, _mark(found)
    digest = found.digest
    return tuple(
        Form(
            title=FormKind.ASSESSMENT.zh,
            subtitle="失业保险待遇转入",
            agency=office.agency,
            number=form_number(FormKind.ASSESSMENT, case.id),
            dated=date_text(found.form.on if case.ending is None else case.ending.on),
            code=str(code_of(office.region, FormKind.ASSESSMENT, case.id, digest)),
            is_valid=not mark,
            mark=mark,
            warning=_warning(found, mark),
            copies=(copy,),
            facts=(*_facts(found, office), *_BY_HAND),
            tables=(_table(found),),
            signatures=_places(found, office, to_be_filed=copy == COPIES[-1]),
            proofs=_proofs(found, digest),
            remarks=("注：空白栏由经办人员核定后手工填写；转移单未列的项目不代填。",),
        )
        for copy in COPIES
    )


def _mark(found: Assessment) -> str:
    if found.failed is not None:
        return "作废"
    if not found.is_funded:
        return "待到账"
    return "" if found.is_decided else "未审批"


def _warning(found: Assessment, mark: str) -> str:
    if not mark:
        return ""
    if found.failed is not None:
        return f"本案{found.case.state.zh}，待遇未转入，本表作废"
    if not found.is_funded:
        return f"{_UNPAID}：{_money(found)}，不得据以发放待遇"
    signed = len(found.decision.approval.signatures) if found.decision else 0
    return f"未审批（已签 {signed} 人，须签 {found.levels} 人）：仅供审核，不得据以发放待遇"


def _money(found: Assessment) -> str:
    due, came = yuan_display(found.form.amount_fen), yuan_display(found.case.funds_fen)
    return f"应到账 {due} 元，已到账 {came} 元"


def _facts(found: Assessment, office: Office) -> tuple[Fact, ...]:
    case, form = found.case, found.form
    applied = case.first(Applied)
    by = case.rule(Step.CONTINUE).levels_by
    return (
        Fact(label="姓名", value=case.person_name),
        Fact(label="公民身份号码", value=case.person_id),
        Fact(label="转出地", value=case.counterpart),
        Fact(label="转入地", value=office.region),
        Fact(label="转移案号", value=case.ref),
        Fact(label="申请日期", value=applied.on.isoformat() if applied else ""),
        Fact(label="待遇转移单", value=form.number),
        Fact(label="转移单日期", value=form.on.isoformat()),
        Fact(label="转移单来源", value="纸质录入" if form.typed else "对方签名报文"),
        Fact(label="办理依据", value=f"{by.article}（{by.pack}）"),
        Fact(label="转移金额", value=f"¥{yuan_display(form.amount_fen)}", strong=True, wide=True),
        Fact(label="金额（大写）", value=amount_in_words(form.amount_fen), wide=True),
        Fact(label="财务到账", value=_funds(found), wide=True),
    )


def _funds(found: Assessment) -> str:
    if not found.is_funded:
        return f"{_UNPAID}（{_money(found)}）"
    if found.funded_on is None:
        return "转移金额为零，无须划转"
    return f"已到账（{_money(found)}，{date_text(found.funded_on)}）"


def _table(found: Assessment) -> Table:
    items = found.form.items
    rows = [(label, _shown(name, items.get(name)), "") for name, label in _ROWS]
    return Table(columns=_COLUMNS, rows=tuple(rows), heading="待遇金额和期限", has_sum=True)


def _shown(name: str, value: int | None) -> str:
    if value is None:
        return ""
    return yuan_display(value) if name.endswith("_fen") else str(value)


def _places(found: Assessment, office: Office, *, to_be_filed: bool) -> tuple[Place, ...]:
    signed = found.decision.approval.signatures if found.decision else ()
    steps = _STEPS.get(found.levels) or tuple(f"第{n + 1}级" for n in range(found.levels))
    places = [
        Place(step=step, person=signed[n - 1].person,
              at=signed_at(signed[n - 1].at, office.zone), how=SIGNED)
        if n <= len(signed) else Place(step=step)
        for n, step in enumerate(steps, start=1)
    ]  # fmt: skip
    return (*places, Place(step="失业人员")) if to_be_filed else tuple(places)


def _proofs(found: Assessment, digest: str) -> tuple[Fact, ...]:
    signed = found.decision.digest if found.decision else "—"
    return (
        Fact(label="签署内容 SHA-256", value=grouped(signed)),
        Fact(label="本表内容 SHA-256", value=grouped(digest)),
    )
