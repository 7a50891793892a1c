"""`hub verify`: every invariant that holds on a live database, checked one by one.

Each check reads one state of the database and names the first thing that is not as it must be.
Nothing is changed and nothing is locked for long. `deep` also hashes every archived original and
every payment that was signed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.domain.way import Way
from hub.errors import Rejected
from hub.flows import transfer_balance, transfer_check
from hub.flows.verify_messages import directory_as_journalled, messages_as_journalled
from hub.flows.verify_records import (
    payments_as_signed,
    payouts_as_journalled,
    received_as_journalled,
    vouchers_as_journalled,
)
from hub.store.audit import Answer
from hub.store.verifying import verify as verify_journal
from hub.store.vouchers import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

HASH_BYTES: Final = 1 << 20
_DEEP: Final = ("archive_intact", "payments", "debit_payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One invariant: what was looked at, and the first breach. `invariant` is its usual number."""

    name: str
    invariant: str
    zh: str
    looked: int
    first: str | None

    @property
    def ok(self) -> bool:
        """Tell whether it holds."""
        return self.first is None


def verify(services: Services, *, deep: bool = False) -> Iterator[Check]:
    """Yield the outcome of every check; `deep` adds those that read all payments and originals."""
    for name, (invariant, zh, ask) in CHECKS.items():
        if name not in _DEEP or deep:
            answer = ask(services)
            yield Check(
                name=name, invariant=invariant, zh=zh, looked=answer.looked, first=answer.first
            )


def _journal(services: Services) -> Answer:
    verdict = verify_journal(services.store)
    first = None if verdict.first_bad is None else f"journal:{verdict.first_bad} {verdict.reason}"
    return Answer(looked=verdict.head.n, first=first)


def _asked(question: Callable[[UnitOfWork], Answer]) -> Callable[[Services], Answer]:
    def ask(services: Services) -> Answer:
        with services.store.read() as uow:
            uow.take_time()
            return question(uow)

    return ask


def _trial_balance(uow: UnitOfWork) -> Answer:
    sums: dict[str, int] = {}
    for balance in uow.vouchers.balances(Span()):
        sums[balance.fund] = sums.get(balance.fund, 0) + balance.balance_fen
    wrong = (f"fund:{fund} {fen} fen" for fund, fen in sorted(sums.items()) if fen != 0)
    return Answer(looked=len(sums), first=next(wrong, None))


def _of_debits(question: Callable[[UnitOfWork], Answer]) -> Callable[[Services], Answer]:
    return _asked(lambda uow: question(uow.on(Way.DEBIT)))


def _conservation(uow: UnitOfWork) -> Answer:
    looked, first = 0, None
    for account in (*uow.conservations.of_lists(), *uow.conservations.of_batches()):
        looked += 1
        if account.breach is not None and first is None:
            first = f"{account.name} {account.breach.value} {account.missing_fen} fen"
    return Answer(looked=looked, first=first)


def _archived(services: Services) -> Answer:
    looked = 0
    with services.store.read() as uow:
        uow.take_time()
        for sha256, at in uow.audit.digests():
            looked += 1
            try:
                services.archive.path(sha256)
            except Rejected:
                return Answer(looked=looked, first=f"{at} {sha256} missing")
    return Answer(looked=looked)


def _intact(services: Services) -> Answer:
    """Hash all that the archive keeps, whoever names it: a file there is called by its digest."""
    looked, first = 0, None
    for name in services.archive.names():
        looked += 1
        with services.archive.open(name) as file:
            if first is None and _sha256(file.read) != name:
                first = f"archive {name} changed"
    return Answer(looked=looked, first=first)


def _sha256(read: Callable[[int], bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := read(HASH_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


CHECKS: Final[dict[str, tuple[str, str, Callable[[Services], Answer]]]] = {
    "journal_chain": ("I12", "审计流水链完整", _journal),
    "vouchers_balanced": ("I2", "每张凭证借贷平衡", _asked(lambda u: u.audit.unbalanced())),
    "trial_balance": ("I2", "各险种试算平衡为零", _asked(_trial_balance)),
    "voucher_numbers": ("I2", "凭证号连续", _asked(lambda u: u.audit.gap_in_numbers())),
    "reversals": ("I2", "红字冲销与原凭证相反", _asked(lambda u: u.audit.reversal_unlike())),
    "vouchers_as_journalled": ("I2", "凭证与流水所记一致", vouchers_as_journalled),
    "conservation": ("I1", "拨付资金守恒", _asked(_conservation)),
    "bank_lines": ("I1", "银行流水与凭证对应不超额", _asked(lambda u: u.bank_books.over_shown())),
    "bank_days": ("I1", "银行逐日余额衔接", _asked(lambda u: u.bank_books.day_not_its_lines())),
    "refunds": ("I5", "退款不超过多收", _asked(lambda u: u.refunds.over_refunded())),
    "refund_payments": ("I5", "退款案与付款一致", _asked(lambda u: u.refunds.unlike_payment())),
    "debit_conservation": ("I1", "代收资金守恒", _of_debits(_conservation)),
    "debited_once": ("I3", "同一缴费只扣一次", _of_debits(lambda u: u.audit.paid_twice())),
    "debit_items": (
        "I1",
        "代收批次与明细一致",
        _of_debits(lambda u: u.audit.batch_not_its_items()),
    ),
    "debit_files": (
        "I4",
        "代收批次与发出文件一致",
        _of_debits(lambda u: u.audit.batch_not_its_file()),
    ),
    "debit_mandates": (
        "I3",
        "扣款均在授权期内",
        _of_debits(lambda u: u.audit.debited_unauthorised()),
    ),
    "paid_once": ("I3", "同一待遇只付一次", _asked(lambda u: u.audit.paid_twice())),
    "batch_items": ("I1", "批次与明细一致", _asked(lambda u: u.audit.batch_not_its_items())),
    "batch_files": ("I4", "批次与发出文件一致", _asked(lambda u: u.audit.batch_not_its_file())),
    "withdrawn": ("I4", "撤回的批次从未发出", _asked(lambda u: u.audit.withdrawn_left())),
    "outbox": ("I10", "发件均有下文", _asked(lambda u: u.audit.outbox_forgotten())),
    "inbox": ("I7", "收件均有下文", _asked(lambda u: u.audit.inbox_forgotten())),
    "directory": ("I12", "地区目录与流水所记一致", _asked(directory_as_journalled)),
    "message_bytes": ("I12", "协同报文与流水所记一致", messages_as_journalled),
    "message_numbers": (
        "I12",
        "协同报文编号连续",
        _asked(lambda u: u.region_messages.numbers_missing()),
    ),
    "transfer_states": ("I14", "转移案状态与其事实一致", _asked(transfer_check.states)),
    "transfer_holders": ("I11", "一项关系只由一案持有", _asked(transfer_check.holders)),
    "transfer_signed": (
        "I13",
        "转移决定均经签署",
        _asked(lambda u: u.transfers.approvals.unsigned()),
    ),
    "transfer_sent": ("I1", "转出汇款与案件所记一致", _asked(transfer_balance.sent_as_noted)),
    "transfer_payments": (
        "I1",
        "转出汇款与付款一致",
        _asked(lambda u: u.remittances.unlike_payment()),
    ),
    "transfer_credits": ("I3", "每笔到账只入一案", _asked(transfer_balance.credits_joined_once)),
    "transfer_received": ("I2", "转入到账与账簿一致", _asked(transfer_balance.received_as_booked)),
    "transfer_sent_back": (
        "I1",
        "退回转入基金与付款一致",
        _asked(lambda u: u.receipts.unlike_payment()),
    ),
    "received": ("I12", "收件与流水所记一致", received_as_journalled),
    "payouts": ("I12", "拨付清单及批次与流水所记一致", _asked(payouts_as_journalled)),
    "debits": ("I12", "代收清单及批次与流水所记一致", _of_debits(payouts_as_journalled)),
    "archive": ("I9", "原文均在存档", _archived),
    "payments": ("I13", "付款明细与签署内容一致", _asked(payments_as_signed)),
    "debit_payments": ("I13", "代收明细与签署内容一致", _of_debits(payments_as_signed)),
    "archive_intact": ("I9", "存档原文未被改动", _intact),
}
"""Checks by name: number of the invariant, words, and the question."""
