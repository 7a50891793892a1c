"""Asking another office whether a payee is alive (异地协查认证, 5-7), and what follows.

The benefit desk asks the office where the person lives once a year. The answer ends the request:
certified for a time, stopped (停付) when the person has died, suspended (暂停) when nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime  # noqa: TC003 -- the JSON reader resolves annotations
from enum import StrEnum
from typing import Final

from hub.errors import Rejected

NOTE_CHARS_MAX: Final = 500


class Consequence(StrEnum):
    """What an answer means for the benefits of the person."""

    CERTIFIED = "certified"
    SUSPENDED = "suspended"
    STOPPED = "stopped"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {"certified": "已认证", "suspended": "暂停", "stopped": "停付"}[self.value]


class Finding(StrEnum):
    """What the office that was asked found."""

    ALIVE = "alive"
    DECEASED = "deceased"
    MISSING = "missing"
    IMPRISONED = "imprisoned"
    UNCERTIFIED = "uncertified"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _FINDINGS[self][0]

    @property
    def consequence(self) -> Consequence:
        """Return what it means for the benefits."""
        return _FINDINGS[self][1]


_FINDINGS: Final = {
    Finding.ALIVE: ("健在", Consequence.CERTIFIED),
    Finding.DECEASED: ("去世", Consequence.STOPPED),
    Finding.MISSING: ("失踪", Consequence.SUSPENDED),
    Finding.IMPRISONED: ("收监", Consequence.SUSPENDED),
    Finding.UNCERTIFIED: ("未认证", Consequence.SUSPENDED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked, as it goes over the wire. `ref` is the asking office's number."""

    ref: str
    person_id: str
    person_name: str
    asked_on: date
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found on a day; `certified_until` is the last day that an "alive" is good for."""

    ref: str
    finding: Finding
    found_on: date
    certified_until: date | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse an answer that contradicts itself (`assistance_answer`)."""
        until = self.certified_until
        is_alive = self.finding is Finding.ALIVE
        if is_alive != (until is not None) or (until is not None and until < self.found_on):
            raise Rejected("assistance_answer", ref=self.ref)
        if len(self.note or "") > NOTE_CHARS_MAX:
            raise Rejected("assistance_answer", ref=self.ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistance:
    """One request at one office. `ours`: we asked; else `peer` asked us.

    `message_id` is the message that brought or took the request. `lifted_by` let the benefits go
    on again after the consequence.
    """

    id: int
    ours: bool
    peer: str
    request: Request
    message_id: str
    answer: Answer | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    lifted_by: str | None = None
    version: int = 1

    @property
    def evidence(self) -> str:
        """Return what a stop of benefits names as its proof."""
        return f"assistance:{self.id}"

    def is_late(self, on: date) -> bool:
        """Tell whether it is open after its day."""
        return self.answer is None and on > self.request.due_on

    def answered(self, answer: Answer, person: str | None, *, at: datetime) -> Assistance:
        """Return it answered; `Rejected("assistance_answered")` when it was before."""
        if self.answer is not None:
            raise Rejected("assistance_answered", ref=self.request.ref)
        return replace(self, answer=answer, answered_by=person, answered_at=at)
