"""《一次性待遇现付通知单》 (规程 10-11): one payee, two copies (一式二份) on one page.

With the first copy the payee draws the cash at the bank, the second stays here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.documents.approval_form import SEAL, SIGNED, VALID, period, signed_at
from hub.documents.form import Fact, Form, Place, grouped
from hub.domain.chinese import amount_in_words, date_text, kind_name
from hub.domain.form_code import FormKind, code_of, form_number
from hub.domain.money import yuan_display
from hub.domain.payout_form import step_name

if TYPE_CHECKING:
    from hub.documents.approval_form import Office
    from hub.domain.payout import PayoutItem, PayoutList

COPIES: Final = ("第一联　申领人支取现金凭证", "第二联　留存")
_UNSIGNED: Final = "未审批"


def notice_form(
    item: PayoutItem, payout: PayoutList, office: Office, *, bank: str, earlier: int = 0
) -> Form:
    """Return the notice of one payment; `earlier` is how often it was printed before.

    A further print says so on both copies, because cash is drawn with it.
    """
    mark = "" if payout.state in VALID else _UNSIGNED
    again = f"补打第 {earlier} 次：此前打印的通知单作废" if earlier else ""
    return Form(
        title=FormKind.NOTICE.zh,
        agency=office.agency,
        number=form_number(FormKind.NOTICE, item.id),
        dated=date_text(payout.added_at.astimezone(office.zone).date()),
        code=str(code_of(office.region, FormKind.NOTICE, item.id, payout.digest)),
        is_valid=not mark,
        mark=mark or ("补打" if earlier else ""),
        warning=f"{mark}：不得据以支取现金" if mark else again,
        copies=COPIES,
        facts=(
            Fact(label="申领人", value=item.person_name),
            Fact(label="公民身份号码", value=item.person_id),
            Fact(label="险种（基金）", value=kind_name(payout.fund)),
            Fact(label="待遇项目", value=item.benefit),
            Fact(label="所属期", value=period(item.period)),
            Fact(label="待遇核定清单", value=form_number(FormKind.APPROVAL, payout.id)),
            Fact(label="支付银行", value=bank),
            Fact(label="收款账号", value=item.account_no),
            Fact(label="金额（小写）", value=f"¥{yuan_display(item.amount_fen)}", wide=True,
                 strong=True),
            Fact(label="金额（大写）", value=amount_in_words(item.amount_fen), wide=True,
                 strong=True),
        ),
        signatures=_places(payout, office),
        proofs=(Fact(label="审批内容 SHA-256", value=grouped(payout.digest or "—")),),
        remarks=("注：申领人凭第一联到上列银行支取现金。金额涂改无效。",),
    )  # fmt: skip


def _places(payout: PayoutList, office: Office) -> tuple[Place, ...]:
    signed = [
        Place(step=step_name(payout.approval.levels, n), person=one.person,
              at=signed_at(one.at, office.zone), how=SIGNED)
        for n, one in enumerate(payout.approval.signatures, start=1)
    ]  # fmt: skip
    by_hand = (Place(step="复核"), Place(step="申领人签收"))
    return (*signed, *by_hand, SEAL)
