"""记账凭证 on paper: lines, sum, people, and the list of its originals (原始凭证)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.documents.form import Column, Fact, Form, Place, Table, grouped
from hub.domain.books import Side
from hub.domain.chinese import amount_in_words, date_text, kind_name
from hub.domain.form_code import FormKind, code_of
from hub.domain.money import yuan_display

if TYPE_CHECKING:
    from hub.documents.approval_form import Office
    from hub.domain.voucher import Line, Voucher

BY_HUB: Final = "系统自动记账"

_LINES: Final = (
    Column(name="摘要", width=38),
    Column(name="总账科目", width=24),
    Column(name="明细科目", width=24),
    Column(name="借方金额（元）", width=22, right=True),
    Column(name="贷方金额（元）", width=22, right=True),
)
_ORIGINALS: Final = (
    Column(name="序号", width=8, centred=True),
    Column(name="原始凭证", width=40),
    Column(name="SHA-256", width=82),
)


def voucher_form(voucher: Voucher, office: Office, *, reversed_by: str | None = None) -> Form:
    """Return a voucher's form; amounts of a reversal (红字) are in red, with a minus sign."""
    debit = sum(one.amount_fen for one in voucher.lines if one.side is Side.DEBIT)
    return Form(
        title=FormKind.VOUCHER.zh,
        subtitle=f"{kind_name(voucher.fund)}基金",
        agency=office.agency,
        number=voucher.no,
        dated=date_text(voucher.booked_on),
        code=str(code_of(office.region, FormKind.VOUCHER, voucher.no, voucher.sha256)),
        facts=(
            Fact(label="经济业务", value=voucher.summary, wide=True),
            Fact(label="记账规则", value=voucher.rule),
            Fact(label="附件", value=f"{len(voucher.documents)} 份"),
        ),
        tables=(_lines(voucher, debit), _originals(voucher)),
        signatures=(
            Place(step="会计主管"),
            Place(step="记账", person="" if voucher.prepared_by else BY_HUB),
            Place(step="复核", person=voucher.reviewed_by or ""),
            Place(step="制单", person=voucher.prepared_by or BY_HUB),
        ),
        proofs=(Fact(label="凭证内容 SHA-256", value=grouped(voucher.sha256)),),
        remarks=_remarks(voucher, reversed_by),
    )


def _lines(voucher: Voucher, debit_fen: int) -> Table:
    rows = [
        (voucher.summary if n == 0 else "", one.account, one.detail, *_amounts(one))
        for n, one in enumerate(voucher.lines)
    ]
    shown = yuan_display(debit_fen)
    total = (f"合计　{amount_in_words(debit_fen)}", "", "", shown, shown)
    return Table(columns=_LINES, rows=(*rows, total), has_sum=True, heading="会计分录")


def _amounts(line: Line) -> tuple[str, str]:
    amount = yuan_display(line.amount_fen)
    return (amount, "") if line.side is Side.DEBIT else ("", amount)


def _originals(voucher: Voucher) -> Table:
    rows = [
        (str(n), one.name, grouped(one.sha256)) for n, one in enumerate(voucher.documents, start=1)
    ]
    return Table(columns=_ORIGINALS, rows=tuple(rows), heading="所附原始凭证", small=True)


def _remarks(voucher: Voucher, reversed_by: str | None) -> tuple[str, ...]:
    remarks = ["注：红字金额以负号表示。"] if any(x.amount_fen < 0 for x in voucher.lines) else []
    if voucher.reverses_no is not None:
        remarks.append(f"注：本凭证冲销 {voucher.reverses_no}。")
    if reversed_by is not None:
        remarks.append(f"注：本凭证已由 {reversed_by} 红字冲销。")
    return tuple(remarks)
