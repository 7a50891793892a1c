"""The square code on a printed form: `SIHUB/330100/SP/12/3f9a1c20b7d4`.

It names the form, not the money: region, kind of form, number, and the first digits of the digest
that was signed, so that a scanned copy finds its case and shows whether it is of what is there now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.errors import Rejected

MARK: Final = "SIHUB"
DIGEST_CHARS: Final = 12  # 48 bits: enough to tell two versions of one form apart
_CODE: Final = re.compile(
    r"SIHUB/([0-9]{6})/([A-Z]{2})/([A-Za-z0-9._-]{1,60})/([0-9a-f]{12})", re.ASCII
)


class FormKind(StrEnum):
    """Which form a code is of; the value is in the code and in the form's number."""

    APPROVAL = "SP"  # 社会保险基金拨付审批表
    ENTRUST = "TF"  # 银行托付单
    NOTICE = "XF"  # 一次性待遇现付通知单
    VOUCHER = "PZ"  # 记账凭证
    ASSESSMENT = "HD"  # 失业保险待遇核定表
    STOP = "TZ"  # 停发待遇核定表
    RESUME = "HF"  # 恢复发放核定表

    @property
    def zh(self) -> str:
        """Return the form's own name."""
        return _ZH[self]


_ZH: Final = {
    FormKind.APPROVAL: "社会保险基金拨付审批表",
    FormKind.ENTRUST: "银行托付单",
    FormKind.NOTICE: "一次性待遇现付通知单",
    FormKind.VOUCHER: "记账凭证",
    FormKind.ASSESSMENT: "失业保险待遇核定表",
    FormKind.STOP: "停发待遇核定表",
    FormKind.RESUME: "待遇恢复发放核定表",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCode:
    """What a code says. `number` is the list, batch, item, voucher or case that the form is of."""

    region: str
    kind: FormKind
    number: str
    digest: str

    def __str__(self) -> str:
        """Return the code's text."""
        return f"{MARK}/{self.region}/{self.kind.value}/{self.number}/{self.digest}"

    def is_of(self, digest: str | None) -> bool:
        """Tell whether a digest begins as the one on the paper does."""
        return digest is not None and digest.startswith(self.digest)


def code_of(region: str, kind: FormKind, number: object, digest: str | None) -> FormCode:
    """Return the code of a form; without a digest, as of a draft, its digits are zeros."""
    digits = (digest or "")[:DIGEST_CHARS].ljust(DIGEST_CHARS, "0")
    return FormCode(region=region, kind=kind, number=str(number), digest=digits)


def read_code(text: str) -> FormCode:
    """Read what a scanner gave; `Rejected("form_code_unreadable")` for anything else."""
    found = _CODE.fullmatch(text.strip())
    kinds = {one.value: one for one in FormKind}
    if found is None or found[2] not in kinds:
        raise Rejected("form_code_unreadable")
    return FormCode(region=found[1], kind=kinds[found[2]], number=found[3], digest=found[4])


def form_number(kind: FormKind, number: int) -> str:
    """Return a form's number for people: `SP-000012`."""
    return f"{kind.value}-{number:06d}"
