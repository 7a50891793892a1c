"""What people may do in the console: permissions, roles as sets of them, and who looks.

Which roles exist and what they hold is data (`config/roles.toml`); the permissions are the code's.
Maker, checker and approver are three permissions that no role may hold together; that three
different people sign is ruled by `hub.domain.approval` and by the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable


class Permission(StrEnum):
    """One thing that somebody may do; `*.see` is reading."""

    RECONCILIATION_SEE = "reconciliation.see"
    DISCREPANCY_WORK = "discrepancy.work"  # assign, comment, propose an ending
    DISCREPANCY_AGREE = "discrepancy.agree"  # the second of two people
    LETTER_DRAFT = "letter.draft"
    LETTER_SIGN = "letter.sign"
    PAYOUT_SEE = "payout.see"
    PAYOUT_MAKE = "payout.make"  # 经办: import, first signature (初审), re-issue, cancel
    PAYOUT_CHECK = "payout.check"  # 复核: the signatures between first and last
    PAYOUT_APPROVE = "payout.approve"  # 审批: the last signature
    PAYOUT_RELEASE = "payout.release"  # 拨付: after approval
    RETURN_WORK = "return.work"  # 退单: what banks sent back, and doubts
    REFUND_WORK = "refund.work"
    REFUND_APPROVE = "refund.approve"
    BANK_SEE = "bank.see"  # accounts, statements, end of day
    BANK_WORK = "bank.work"
    TRANSFER_SEE = "transfer.see"
    TRANSFER_WORK = "transfer.work"
    TRANSFER_APPROVE = "transfer.approve"
    SUSPENSE_PROPOSE = "suspense.propose"  # 暂收款: the first of two people
    SUSPENSE_CONFIRM = "suspense.confirm"
    VOUCHER_SEE = "voucher.see"
    VOUCHER_DRAFT = "voucher.draft"
    VOUCHER_SIGN = "voucher.sign"
    JOURNAL_SEE = "journal.see"
    ARCHIVE_SEARCH = "archive.search"
    EXPORT = "export"  # any table as a file
    PERSONAL_SEE = "personal.see"  # identity and account numbers unmasked, each look on record
    OPERATION_SEE = "operation.see"
    OPERATION_WORK = "operation.work"  # retry, pause, resume
    PEOPLE_SEE = "people.see"
    PEOPLE_MANAGE = "people.manage"  # draft accounts and roles; a second administrator agrees

    @property
    def is_reading(self) -> bool:
        """Tell whether this permission changes nothing."""
        return self.value.endswith((".see", ".search")) or self is Permission.EXPORT


APART: Final = (
    frozenset({Permission.PAYOUT_MAKE, Permission.PAYOUT_CHECK, Permission.PAYOUT_APPROVE}),
    frozenset({Permission.VOUCHER_DRAFT, Permission.VOUCHER_SIGN}),
    frozenset({Permission.LETTER_DRAFT, Permission.LETTER_SIGN}),
    frozenset({Permission.REFUND_WORK, Permission.REFUND_APPROVE}),
    frozenset({Permission.TRANSFER_WORK, Permission.TRANSFER_APPROVE}),
    frozenset({Permission.SUSPENSE_PROPOSE, Permission.SUSPENSE_CONFIRM}),
    *(  # who lets people in decides nothing about money
        frozenset({Permission.PEOPLE_MANAGE, other})
        for other in Permission
        if not other.is_reading
        and other not in (Permission.PEOPLE_MANAGE, Permission.OPERATION_WORK)
    ),
)
"""Of each of these sets a person holds at most one (不相容岗位分离)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role (岗位) of this deployment: its code, its names, what it may do.

    `scoped` roles belong to a bank or a region: who holds one sees what is that party's only.
    """

    code: str
    zh: str
    en: str
    permissions: frozenset[Permission]
    scoped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks or acts: the person's name as flows record it, and what this person may do.

    `partner` or `region` is set for people of a bank or a region, who see only what is theirs.
    """

    person: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    desk: str | None = None
    partner: str | None = None
    region: str | None = None

    @property
    def is_outsider(self) -> bool:
        """Tell whether this person belongs to a bank or a region."""
        return self.partner is not None or self.region is not None

    def may(self, permission: Permission) -> bool:
        """Tell whether this person may do something."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse what this person may not do: `Rejected("not_permitted")`."""
        if permission not in self.permissions:
            raise Rejected("not_permitted", permission=permission.value)


def united(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what a person with these roles may do; `Rejected` when duties must be apart."""
    held = frozenset[Permission]().union(*(role.permissions for role in roles))
    for apart in APART:
        both = sorted(p.value for p in held & apart)
        if len(both) > 1:
            raise Rejected("duties_not_apart", permissions=", ".join(both))
    return held
