"""Reasons (退单原因) why a payment failed: ISO 20022 codes, and what is to be done about each."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- the settings reader resolves annotations
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hub.domain.payout_answer import Standing  # noqa: TC001
from hub.domain.way import Way

OWN: Final = "Prtry:"  # begins a code of the bank's own in an ISO 20022 message


class Remedy(StrEnum):
    """What must happen before a failed payment is paid again."""

    FIX_ACCOUNT = "fix_account"  # other account data, from the payee
    RETRY = "retry"  # nothing is wrong with the payment
    STOP = "stop"  # it must not be paid again, nor anything after it
    ASK = "ask"  # somebody must find out, and say what they found
    RENEW_MANDATE = "renew_mandate"  # another mandate, of a direct debit

    @property
    def zh(self) -> str:
        """Return the words that staff know."""
        return _ZH[self]

    def zh_of(self, way: Way) -> str:
        """Return the words that staff know, of a payout or a direct debit."""
        return _ZH_OF_DEBIT[self] if way is Way.DEBIT else self.zh


_ZH: Final = {
    Remedy.FIX_ACCOUNT: "更正账户信息后补发",
    Remedy.RETRY: "核实后可直接补发",
    Remedy.STOP: "停发待遇，不再补发",
    Remedy.ASK: "查明原因后再定",
    Remedy.RENEW_MANDATE: "重新签订授权协议",
}
_ZH_OF_DEBIT: Final = {
    Remedy.FIX_ACCOUNT: "更正账户信息后再次扣款",
    Remedy.RETRY: "下一银行工作日再次扣款",
    Remedy.STOP: "停止代扣，不再扣款",
    Remedy.ASK: "查明原因后再定",
    Remedy.RENEW_MANDATE: "重新签订授权协议后再次扣款",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDebit:
    """What a code means when we debit instead of pay, where that is something else."""

    remedy: Remedy
    zh: str | None = None
    en: str | None = None
    desk: str | None = None
    fix_zh: str | None = None
    fix_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One code: what it means, how it is put right, and which desk (环节) sees to it.

    Without `desk` it is the desk that made the list. `debit` is the code of a direct debit.
    """

    code: str
    remedy: Remedy
    zh: str
    en: str
    desk: str | None = None
    fix_zh: str | None = None
    fix_en: str | None = None
    debit: OfDebit | None = None

    def on(self, way: Way) -> Reason:
        """Return what the code means of a payout or a direct debit."""
        if way is Way.PAYOUT or self.debit is None:
            return self
        own = self.debit
        return replace(
            self, remedy=own.remedy, zh=own.zh or self.zh, en=own.en or self.en, desk=own.desk,
            fix_zh=own.fix_zh, fix_en=own.fix_en,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """The vocabulary of an office: reasons by code, ISO statuses, the code for no reason given.

    `way` says whether `of` tells what a code means of payouts or of direct debits.
    """

    reasons: Mapping[str, Reason]
    statuses: Mapping[str, Standing]
    absent: str
    sha256: str
    way: Way = Way.PAYOUT

    def on(self, way: Way) -> Reasons:
        """Return what every code means of payouts or of direct debits."""
        return replace(self, way=way)

    def of(self, code: str | None) -> Reason:
        """Return the reason of a code that was taken from here; "no reason given" for `None`."""
        known = code is not None and code in self.reasons
        return self.reasons[str(code) if known else self.absent].on(self.way)

    def map(
        self, code: str | None, text: str | None, partner: Mapping[str, str], *, iso: bool
    ) -> str | None:
        """Return the ISO code of what a bank wrote; `None` when no vocabulary has it.

        `partner` maps the bank's own codes and texts. With `iso`, `code` may be an ISO code.
        NARR says that the text is the reason, so a text that is known counts before it.
        """
        if code is None and text is None:
            return self.absent
        found = None
        if code is not None:
            found = partner.get(code) or partner.get(code.removeprefix(OWN))
        if found is None and iso and code in self.reasons:
            found = code
        if text is not None and (found is None or found == "NARR"):
            said = partner.get(text.strip())
            found = said if said is not None else (None if code is None else found)
        return found if found in self.reasons else None
