"""银行托付单 (规程 10-10): what a bank is asked to pay for one batch, by unit, with the details."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hub.documents.approval_form import SEAL, SIGNED, payee_number, period, signed_at
from hub.documents.form import Column, Fact, Form, Place, Table, grouped
from hub.domain.chinese import amount_in_words, date_text, kind_name, month_text
from hub.domain.form_code import FormKind, code_of, form_number
from hub.domain.money import yuan_display
from hub.domain.payout import PayoutKind
from hub.domain.payout_form import step_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from hub.documents.approval_form import Annex, Office
    from hub.domain.payout import PayoutBatch, PayoutItem, PayoutList

ROWS_MAX: Final = 300
"""Payments, and units, that an order lists; more stand in its annex only."""

_UNITS: Final = (
    Column(name="序号", width=8, centred=True),
    Column(name="收款单位（户名）", width=34),
    Column(name="收款账号", width=28),
    Column(name="开户行行号", width=18),
    Column(name="人数", width=9, right=True),
    Column(name="金额（元）", width=20, right=True),
)
_PEOPLE: Final = (
    Column(name="序号", width=8, centred=True),
    Column(name="姓名", width=20),
    Column(name="公民身份号码", width=26),
    Column(name="待遇项目", width=26),
    Column(name="所属期", width=11, centred=True),
    Column(name="金额（元）", width=20, right=True),
)
_PAYEES: Final = (
    Column(name="序号", width=8, centred=True),
    Column(name="收款户名", width=28),
    Column(name="收款账号", width=28),
    Column(name="项目", width=24),
    Column(name="所属期", width=11, centred=True),
    Column(name="金额（元）", width=20, right=True),
)
_BENEFITS: Final = (
    Column(name="待遇（款项）项目", width=60),
    Column(name="笔数", width=16, right=True),
    Column(name="金额（元）", width=28, right=True),
)


@dataclass(slots=True)
class Unit:
    """An account that money of a batch goes to, and who is paid through it."""

    name: str
    account_no: str
    bank_no: str
    people: list[PayoutItem] = field(default_factory=list)
    count: int = 0
    total_fen: int = 0


@dataclass(slots=True)
class Details:
    """What an order says of its payments, as far as paper has room for it."""

    units: dict[tuple[str, str], Unit] = field(default_factory=dict)
    benefits: Counter[str] = field(default_factory=Counter)
    benefit_fen: Counter[str] = field(default_factory=Counter)
    count: int = 0

    @property
    def fits(self) -> bool:
        """Tell whether every payment can be printed."""
        return self.count <= ROWS_MAX


def details_of(items: Iterable[PayoutItem]) -> Details:
    """Add payments up by account and benefit; no more of them are kept than paper has room for."""
    details = Details()
    for item in items:
        details.count += 1
        details.benefits[item.benefit] += 1
        details.benefit_fen[item.benefit] += item.amount_fen
        key = (item.account_no, item.account_name)
        unit = details.units.get(key)
        if unit is None:
            unit = details.units[key] = Unit(
                item.account_name, item.account_no, item.bank_no or "—"
            )
        unit.count += 1
        unit.total_fen += item.amount_fen
        if details.fits:
            unit.people.append(item)
    return details


def entrust_form(
    batch: PayoutBatch,
    payout: PayoutList,
    details: Details,
    annex: Annex,
    office: Office,
    *,
    bank: str,
    payer: Mapping[str, Any],
) -> Form:
    """Return the order of a batch; `payer` has what the partner file says of our 支出户.

    Without a file, or withdrawn, it is marked as not valid.
    """
    mark = _mark(batch)
    return Form(
        title=FormKind.ENTRUST.zh,
        subtitle=f"{month_text(payout.month)}　{kind_name(batch.fund)}　{batch.kind.zh}",
        agency=office.agency,
        number=form_number(FormKind.ENTRUST, batch.id),
        dated=date_text(batch.business_on),
        code=str(code_of(office.region, FormKind.ENTRUST, batch.id, batch.content_sha256)),
        is_valid=not mark,
        mark=mark,
        warning=f"{mark}，不得据以付款" if mark else "",
        facts=_facts(batch, payout, bank, payer),
        tables=_tables(batch, details, annex),
        signatures=_places(payout, office.zone),
        proofs=(
            Fact(label="代发文件 SHA-256", value=grouped(batch.content_sha256 or "—")),
            Fact(label="审批内容 SHA-256", value=grouped(payout.digest or "—")),
            Fact(label=f"明细附件 {annex.name}（{annex.rows:,} 笔）SHA-256",
                 value=grouped(annex.sha256)),
        ),
    )  # fmt: skip


def _mark(batch: PayoutBatch) -> str:
    if batch.state.value == "withdrawn":
        return "已撤回"
    return "" if batch.content_sha256 else "文件未生成"


def _facts(
    batch: PayoutBatch, payout: PayoutList, bank: str, payer: Mapping[str, Any]
) -> tuple[Fact, ...]:
    return (
        Fact(label="付款单位", value=str(payer.get("debit_account_name") or "—"), wide=True),
        Fact(label="付款账号", value=str(payer.get("debit_account_no") or "—")),
        Fact(label="账户", value="支出户"),
        Fact(label="受托银行", value=bank),
        Fact(label="审批表", value=form_number(FormKind.APPROVAL, payout.id)),
        Fact(label="代发文件", value=batch.file_name),
        Fact(label="批次号", value=batch.message_id),
        Fact(label="付款日期", value=date_text(batch.business_on)),
        Fact(label="笔数", value=f"{batch.item_count:,} 笔"),
        Fact(
            label="金额（小写）", value=f"¥{yuan_display(batch.total_fen)}", wide=True, strong=True
        ),
        Fact(label="金额（大写）", value=amount_in_words(batch.total_fen), wide=True, strong=True),
    )


def _tables(batch: PayoutBatch, details: Details, annex: Annex) -> tuple[Table, ...]:
    if batch.kind is not PayoutKind.UNIT:
        return (_payees(details, annex),) if details.fits else (_by_benefit(details, annex),)
    if len(details.units) > ROWS_MAX:
        return (_by_benefit(details, annex),)
    summary = _by_unit(batch, details, annex)
    return (summary, *map(_people, details.units.values())) if details.fits else (summary,)


def _by_benefit(details: Details, annex: Annex) -> Table:
    rows = [
        (benefit, f"{count:,}", yuan_display(details.benefit_fen[benefit]))
        for benefit, count in sorted(details.benefits.items())
    ]
    total = ("合计", f"{details.count:,}", yuan_display(details.benefit_fen.total()))
    return Table(columns=_BENEFITS, rows=(*rows, total), heading="按项目汇总", has_sum=True,
                 note=_elsewhere(details, annex))  # fmt: skip


def _by_unit(batch: PayoutBatch, details: Details, annex: Annex) -> Table:
    rows = [
        (str(n), unit.name, unit.account_no, unit.bank_no, f"{unit.count:,}",
         yuan_display(unit.total_fen))
        for n, unit in enumerate(details.units.values(), start=1)
    ]  # fmt: skip
    total = ("合计", "", "", "", f"{batch.item_count:,}", yuan_display(batch.total_fen))
    note = "" if details.fits else _elsewhere(details, annex)
    return Table(columns=_UNITS, rows=(*rows, total), heading="一、按单位汇总", has_sum=True,
                 small=True, note=note)  # fmt: skip


def _people(unit: Unit) -> Table:
    rows = [
        (str(n), one.person_name, payee_number(one.person_id), one.benefit, period(one.period),
         yuan_display(one.amount_fen))
        for n, one in enumerate(unit.people, start=1)
    ]  # fmt: skip
    total = ("合计", "", "", "", "", yuan_display(unit.total_fen))
    return Table(columns=_PEOPLE, rows=(*rows, total), has_sum=True, small=True,
                 heading=f"明细：{unit.name}（{unit.count:,} 人）")  # fmt: skip


def _payees(details: Details, annex: Annex) -> Table:
    people = sorted((p for u in details.units.values() for p in u.people), key=lambda p: p.item_no)
    rows = [
        (str(n), one.account_name, one.account_no, one.benefit, period(one.period),
         yuan_display(one.amount_fen))
        for n, one in enumerate(people, start=1)
    ]  # fmt: skip
    total = ("合计", "", "", "", "", yuan_display(details.benefit_fen.total()))
    return Table(columns=_PAYEES, rows=(*rows, total), heading="付款明细", has_sum=True, small=True,
                 note=f"电子明细见附件 {annex.name}。")  # fmt: skip


def _elsewhere(details: Details, annex: Annex) -> str:
    return f"明细 {details.count:,} 笔，纸质件不打印，见附件 {annex.name}。"


def _places(payout: PayoutList, zone: ZoneInfo) -> tuple[Place, ...]:
    signed = [
        Place(step=step_name(payout.approval.levels, n), person=one.person,
              at=signed_at(one.at, zone), how=SIGNED)
        for n, one in enumerate(payout.approval.signatures, start=1)
    ]  # fmt: skip
    return (*signed, Place(step="出纳"), Place(step="银行受理", blank="（签章）"), SEAL)
