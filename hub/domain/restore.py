"""A store that went back (数据回退): what was sent after its backup is outside and not in it.

Nothing that pays or gives out numbers goes on until what is outside is known, and two people have
said so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from hub.domain.approval import named, same_person
from hub.domain.discrepancy import worded
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class RestoreCause(StrEnum):
    """How it was noticed that the store went back."""

    WENT_BACK = "went_back"  # the mark outside it names a decision that it does not have
    MARK_LOST = "mark_lost"  # it had a mark outside, and none is there any more
    DECLARED = "declared"  # a person said so
    FROM_BACKUP = "from_backup"  # `hub restore from` wrote it

    @property
    def zh(self) -> str:
        """Return the Chinese words that staff read."""
        return _CAUSE_ZH[self]


_CAUSE_ZH = {
    RestoreCause.WENT_BACK: "数据库早于库外水位",
    RestoreCause.MARK_LOST: "库外水位丢失",
    RestoreCause.DECLARED: "人工声明",
    RestoreCause.FROM_BACKUP: "由备份恢复",
}


class OutsideState(StrEnum):
    """What is known of a file that left after the backup."""

    OPEN = "open"  # the store does not know it
    KNOWN = "known"  # the store has it again, as sent
    EXPLAINED = "explained"  # two people have said what it was; it is not in the store

    @property
    def zh(self) -> str:
        """Return the Chinese words that staff read."""
        return _STATE_ZH[self]


_STATE_ZH = {
    OutsideState.OPEN: "库内无记录",
    OutsideState.KNOWN: "已对上",
    OutsideState.EXPLAINED: "两人说明",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """One time that the store went back: where it stood, where it had been, how it was settled.

    `head_n` is the last row of the journal that it has, `mark_n` the last that it had as far as
    the mark outside tells. While `lifted_by` is empty nothing leaves the hub.
    """

    id: int
    epoch: int
    cause: RestoreCause
    found_at: datetime
    person: str | None
    head_n: int
    head_hash: str
    mark_n: int | None
    mark_hash: str | None
    scanned_at: datetime | None = None
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    reason: str | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    report_sha256: str | None = None

    def propose(self, person: str, reason: str, *, at: datetime) -> Restore:
        """Say, as the first person, that what is outside is known."""
        return replace(self, proposed_by=named(person), proposed_at=at, reason=worded(reason))

    def lift(self, person: str, *, report_sha256: str, at: datetime) -> Restore:
        """Agree as another person; `Rejected("restore_same_person")`."""
        require_other(person, self.proposed_by)
        return replace(self, lifted_by=named(person), lifted_at=at, report_sha256=report_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideFile:
    """A file that left after the backup; `facts` are those of its batch, if it was one.

    `delivered`: the sending book says that its delivery was confirmed, or it was seen there.
    """

    id: int
    restore_id: int
    channel: str
    name: str
    sha256: str
    original_sha256: str | None
    delivered: bool
    source: str
    state: OutsideState
    found_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    proposed_by: str | None = None
    reason: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None

    @property
    def plain_sha256(self) -> str:
        """Return the digest of the file before it was encrypted or signed."""
        return self.original_sha256 or self.sha256

    def propose(self, person: str, reason: str) -> OutsideFile:
        """Say, as the first person, what an unknown file was."""
        return replace(self, proposed_by=named(person), reason=worded(reason))

    def explain(self, person: str, *, at: datetime) -> OutsideFile:
        """Agree as another person; `Rejected("restore_same_person")`."""
        require_other(person, self.proposed_by)
        return replace(
            self, state=OutsideState.EXPLAINED, settled_by=named(person), settled_at=at
        )  # fmt: skip


def require_other(person: str, proposed_by: str | None) -> None:
    """Refuse that one person proposes and confirms."""
    if proposed_by is None or same_person(person, proposed_by):
        raise Rejected("restore_same_person")
