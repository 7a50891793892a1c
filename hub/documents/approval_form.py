"""《社会保险基金拨付审批表》: what is paid to whom through which bank, and who has signed it.

For refunds (规程 10-3) it says of each case the cause, the documents and the discrepancy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.documents.form import Column, Fact, Form, Place, Table, grouped, total_row
from hub.domain.chinese import amount_in_words, date_text, kind_name, month_text
from hub.domain.codes import person_id
from hub.domain.discrepancy import cause
from hub.domain.form_code import FormKind, code_of, form_number
from hub.domain.money import yuan_display
from hub.domain.payout import ListState, PayoutKind
from hub.domain.payout_form import step_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from hub.domain.discrepancy import Difference
    from hub.domain.payout import PayoutItem, PayoutList
    from hub.domain.refund import Refund, RefundDocument

ROWS_MAX: Final = 60
"""Payments that an approval form lists; more stand in its annex only."""

VALID: Final = frozenset({ListState.APPROVED, ListState.RELEASED, ListState.CLOSED})
ARTICLES: Final = {
    PayoutKind.SOCIAL: "规程10-9（社会化方式支付）",
    PayoutKind.UNIT: "规程10-10（参保单位方式支付）",
    PayoutKind.INSTANT: "规程10-11（即时支付）",
    PayoutKind.REFUND: "规程10-3（多收、重收退款）",
    PayoutKind.TRANSFER: "规程10-12（基金转移支出）",
}
SIGNED: Final = "（电子签署）"
SEAL: Final = Place(step="单位财务专用章", blank="（盖章）", dated=False)

_VOID: Final = {ListState.CANCELLED: "已撤销", ListState.REFUSED: "已退回"}
_UNSIGNED: Final = "未审批"
_COVERS: Final = (
    "注：电子签署覆盖每笔明细、笔数、金额和各银行的文件格式，"
    "以上述审批内容 SHA-256 为准；其后有任何改动，签署即失效。"
)
_BANKS: Final = (
    Column(name="经办银行", width=30),
    Column(name="待遇（款项）项目", width=34),
    Column(name="笔数", width=12, right=True),
    Column(name="金额（元）", width=24, right=True),
)
_ITEMS: Final = (
    Column(name="序号", width=8, centred=True),
    Column(name="姓名（单位）", width=21),
    Column(name="证件（单位）号码", width=28),
    Column(name="项目", width=22),
    Column(name="所属期", width=11, centred=True),
    Column(name="收款账号", width=27),
    Column(name="金额（元）", width=18, right=True),
)
_CASES: Final = (
    Column(name="退款案号", width=14),
    Column(name="缴费单位（人）", width=24),
    Column(name="缴费凭证号", width=20),
    Column(name="所属期", width=13, centred=True),
    Column(name="多收原因", width=15),
    Column(name="核对差异", width=18),
    Column(name="受理／确认", width=18),
    Column(name="金额（元）", width=17, right=True),
)
_PAPERS: Final = (
    Column(name="退款案号", width=14),
    Column(name="材料", width=34),
    Column(name="文件名", width=32),
    Column(name="SHA-256 前 16 位", width=22),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSum:
    """What a list pays through one bank for one benefit."""

    bank: str
    benefit: str
    count: int
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A refund case on the form, with its documents (named by kind) and what it rests on."""

    refund: Refund
    documents: tuple[tuple[str, RefundDocument], ...]
    discrepancy_id: int
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """The workbook with every payment: its file name, rows and SHA-256."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who prints: name and region of the agency, and its time zone."""

    agency: str
    region: str
    zone: ZoneInfo


def approval_form(
    payout: PayoutList,
    sums: Sequence[BankSum],
    items: Sequence[PayoutItem],
    annex: Annex,
    office: Office,
    *,
    cases: Sequence[Case] = (),
) -> Form:
    """Return the form of a list. `items` are all payments, or none when they are too many."""
    mark = "" if payout.state in VALID else _VOID.get(payout.state, _UNSIGNED)
    return Form(
        title=FormKind.APPROVAL.zh,
        subtitle=f"{month_text(payout.month)}　{kind_name(payout.fund)}　{payout.kind.zh}",
        agency=office.agency,
        number=form_number(FormKind.APPROVAL, payout.id),
        dated=date_text(payout.added_at.astimezone(office.zone).date()),
        code=str(code_of(office.region, FormKind.APPROVAL, payout.id, payout.digest)),
        is_valid=not mark,
        mark=mark,
        warning=_warning(payout, mark),
        facts=_facts(payout),
        tables=_tables(payout, sums, items, annex, cases),
        signatures=_places(payout, office.zone),
        proofs=_proofs(payout, annex),
        remarks=(_COVERS,),
    )


def signed_at(at: datetime, zone: ZoneInfo) -> str:
    """Return when somebody signed, by the agency's clock."""
    local = at.astimezone(zone)
    return f"{date_text(local.date())} {local:%H:%M:%S}"


def payee_number(number: str) -> str:
    """Return a payee's number as papers show it: a person's masked, a body's whole."""
    return person_id.mask(number) if person_id.is_valid(number) else number


def period(month: int) -> str:
    """Return a period `yyyymm` as `2026-11`."""
    return f"{month // 100}-{month % 100:02d}"


def _warning(payout: PayoutList, mark: str) -> str:
    if not mark:
        return ""
    if payout.state in _VOID:
        return f"{mark}，本表作废，不得据以拨付"
    done, needed = len(payout.approval.signatures), payout.approval.levels
    return f"{mark}（已签 {done} 人，须签 {needed} 人）：仅供审核，不得据以拨付"


def _facts(payout: PayoutList) -> tuple[Fact, ...]:
    return (
        Fact(label="险种（基金）", value=kind_name(payout.fund)),
        Fact(label="支付方式", value=payout.kind.zh),
        Fact(label="清单名称", value=payout.title, wide=True),
        Fact(label="办理依据", value=ARTICLES.get(payout.kind, "—")),
        Fact(label="状态", value=payout.state.zh),
        Fact(label="付款账户", value="支出户"),
        Fact(label="支付笔数", value=f"{payout.item_count:,} 笔"),
        Fact(
            label="金额（小写）", value=f"¥{yuan_display(payout.total_fen)}", wide=True, strong=True
        ),
        Fact(label="金额（大写）", value=amount_in_words(payout.total_fen), wide=True, strong=True),
    )


def _tables(
    payout: PayoutList,
    sums: Sequence[BankSum],
    items: Sequence[PayoutItem],
    annex: Annex,
    cases: Sequence[Case],
) -> tuple[Table, ...]:
    rows = [(s.bank, s.benefit, f"{s.count:,}", yuan_display(s.total_fen)) for s in sums]
    total = total_row(_BANKS, payout.item_count, payout.total_fen)
    by_bank = Table(columns=_BANKS, rows=(*rows, total), heading="一、按银行汇总", has_sum=True)
    if cases:
        return (by_bank, _case_table(payout, cases), _paper_table(cases))
    if not items:
        note = f"明细 {annex.rows:,} 笔，纸质件不打印，见附件 {annex.name}。"
        return (Table(columns=_BANKS, rows=by_bank.rows, heading=by_bank.heading, has_sum=True,
                      note=note),)  # fmt: skip
    listed = [
        (str(one.item_no), one.person_name, payee_number(one.person_id), one.benefit,
         period(one.period), one.account_no, yuan_display(one.amount_fen))
        for one in items
    ]  # fmt: skip
    return (by_bank, Table(columns=_ITEMS, rows=tuple(listed), heading="二、支付明细", small=True))


def _case_table(payout: PayoutList, cases: Sequence[Case]) -> Table:
    rows = [
        (
            case.refund.number, case.refund.payer_name, case.refund.receipt_no,
            period(case.refund.period), case.refund.cause.zh,
            _shown(case),
            f"{case.refund.opened_by}／{case.refund.checked_by or '—'}",
            yuan_display(case.refund.amount_fen),
        )
        for case in cases
    ]  # fmt: skip
    total = ("合计", *("",) * (len(_CASES) - 2), yuan_display(payout.total_fen))
    return Table(
        columns=_CASES, rows=(*rows, total), heading="二、退款事项", has_sum=True, small=True
    )


def _shown(case: Case) -> str:
    shown = yuan_display(case.difference.amount_fen)
    return f"差异 {case.discrepancy_id}：{cause(case.difference.cause.value).zh} {shown}"


def _paper_table(cases: Sequence[Case]) -> Table:
    rows = [
        (case.refund.number, kind, document.name, document.sha256[:16])
        for case in cases
        for kind, document in case.documents
    ]
    return Table(columns=_PAPERS, rows=tuple(rows), heading="三、退款材料", small=True)


def _places(payout: PayoutList, zone: ZoneInfo) -> tuple[Place, ...]:
    signed = payout.approval.signatures
    places = [
        Place(
            step=step_name(payout.approval.levels, n),
            person=signed[n - 1].person if n <= len(signed) else "",
            at=signed_at(signed[n - 1].at, zone) if n <= len(signed) else "",
            how=SIGNED if n <= len(signed) else "",
        )
        for n in range(1, payout.approval.levels + 1)
    ]
    at = signed_at(payout.added_at, zone)
    if payout.made_by is not None:
        return (Place(step="制表", person=payout.made_by, at=at), *places, SEAL)
    return (Place(step="制表", person="清单导入", at=at, how="待遇核发环节清单"), *places, SEAL)


def _proofs(payout: PayoutList, annex: Annex) -> tuple[Fact, ...]:
    return (
        Fact(label="审批内容 SHA-256", value=grouped(payout.digest or "—")),
        Fact(label="清单来源 SHA-256", value=grouped(payout.source_sha256)),
        Fact(
            label=f"明细附件 {annex.name}（{annex.rows:,} 笔）SHA-256", value=grouped(annex.sha256)
        ),
    )
