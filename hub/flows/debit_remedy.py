"""What the reason of a failed debit allows (扣款失败原因): asked before it is debited again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.domain.reasons import Remedy
from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.domain.correction import Correction
    from hub.domain.debit import DebitItem
    from hub.domain.payout import PayoutItem
    from hub.flows.services import Services


def require_debit_remedy(
    item: DebitItem, correction: Correction, services: Services, *, decided: bool
) -> None:
    """Refuse to debit a contribution again unless what its reason asks for is there.

    `debit_attempts_spent` when it was tried as often as the configuration allows. `decided`: two
    people have said what became of it. `debit_again_stopped`, `debit_again_nothing_changed`,
    `debit_again_mandate`, `debit_again_unexplained`.
    """
    attempts_max = services.settings.debits.attempts_max
    if item.attempt >= attempts_max:
        raise Rejected("debit_attempts_spent", id=item.id, attempts_max=attempts_max)
    if item.outcome_code is None:  # people decided: they know why
        return
    reason = services.reasons.of(item.outcome_code)
    facts: dict[str, Any] = {"id": item.id, "reason_zh": reason.zh, "reason_en": reason.en}
    if reason.remedy is Remedy.STOP and not decided:
        raise Rejected("debit_again_stopped", **facts)
    if reason.remedy is Remedy.FIX_ACCOUNT and not changes_account(item, correction):
        raise Rejected("debit_again_nothing_changed", **facts)
    if reason.remedy is Remedy.RENEW_MANDATE and not changes_mandate(item, correction):
        raise Rejected("debit_again_mandate", **facts)
    if reason.remedy is Remedy.ASK and not correction.explanation:
        raise Rejected("debit_again_unexplained", **facts)


def changes_account(item: PayoutItem, correction: Correction) -> bool:
    """Tell whether a correction gives another account, name or bank."""
    before = (item.account_no, item.account_name, item.bank, item.bank_no)
    given = (
        correction.account_no, correction.account_name, correction.bank, correction.bank_no,
    )  # fmt: skip
    return any(new is not None and new != old for new, old in zip(given, before, strict=True))


def changes_mandate(item: DebitItem, correction: Correction) -> bool:
    """Tell whether a correction gives another mandate, or the same one signed anew."""
    before = (item.mandate_no, item.mandate_on)
    given = (correction.mandate_no, correction.mandate_on)
    return any(new is not None and new != old for new, old in zip(given, before, strict=True))
