"""What the messages of a transfer say: bodies as they travel, and the facts that they become.

Every body has `case` (who and what it is about) and one table more, named after what it says. A
fact keeps its number and day on its way, so both offices know it by the same key.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- the JSON reader resolves annotations
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003
from typing import TYPE_CHECKING, Any, Final

from hub.domain.transfer_facts import Announced, Answered, Consent, Form
from hub.domain.transfer_json import from_json, to_json
from hub.domain.transfer_kinds import Direction, Kind, Step
from hub.domain.transfer_messages import MessageType
from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.domain.transfer_case import TransferCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which case a message is about. `source`: the old place, `target`: the new one (regions)."""

    kind: Kind
    person_id: str
    person_name: str
    source: str
    target: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The relation goes on at the new place: which form was taken, under which ownership."""

    on: date
    form: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The transfer is not to be, for a reason."""

    on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its number."""

    on: date
    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallReply:
    """Whether a form is given back; it is not once the relation goes on."""

    on: date
    target: str
    given_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What the recipient owes, and since when it has been due."""

    on: date
    number: str
    step: Step
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalidation:
    """Something that was sent before is void, or is wanted back; `target` is its key."""

    on: date
    target: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """The request went on to another office, with the letter that asked for it."""

    on: date
    to: str
    reason: str
    letter: Consent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The sender has closed the case."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """The sender begins the round that the head names; `needs`: what has to be done again."""

    on: date
    reason: str
    needs: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRows:
    """What a core system hands over for a form: its items in fen and its yearly rows, as given."""

    items: Mapping[str, int] = field(default_factory=dict)
    years: tuple[Mapping[str, Any], ...] = ()


Said = (
    Consent | Form | Announced | Completed | Refusal | Question | Answered | RecallReply
    | Reminder | Invalidation | Onward | Closing | Reopening
)  # fmt: skip

_TABLES: Final[Mapping[MessageType, Mapping[str, type[Said]]]] = {
    MessageType.CONTACT_LETTER: {"consent": Consent},
    MessageType.FORM: {"form": Form},
    MessageType.FUNDS_NOTICE: {"funds": Announced},
    MessageType.COMPLETED: {"completed": Completed},
    MessageType.REFUSED: {"refusal": Refusal},
    MessageType.CLARIFY: {"question": Question},
    MessageType.REPLY: {"answer": Answered, "recall": RecallReply},
    MessageType.REMIND: {"reminder": Reminder},
    MessageType.INVALIDATE: {"invalidation": Invalidation},
    MessageType.FORWARD: {"onward": Onward},
    MessageType.CLOSE: {"closing": Closing},
    MessageType.REOPEN: {"reopening": Reopening},
}
_BY_CLASS: Final = {
    said: (message, name) for message, table in _TABLES.items() for name, said in table.items()
}


def type_of(said: Said) -> MessageType:
    """Return the type of the message that says something."""
    return _BY_CLASS[type(said)][0]


def body_of(head: Head, said: Said) -> dict[str, Any]:
    """Return the body that says something about a case."""
    return {"case": to_json(head), _BY_CLASS[type(said)][1]: to_json(said)}


def read_body(message: MessageType, body: Mapping[str, Any]) -> tuple[Head, Said]:
    """Return what a body says; `Rejected("transfer_body_invalid")` names what is wrong."""
    tables = _TABLES[message]
    names = [name for name in body if name != "case"]
    if len(names) != 1 or names[0] not in tables or "case" not in body:
        raise Rejected("transfer_body_invalid", field=f"case, {' / '.join(tables)}")
    head = from_json(Head, body["case"], at="case")
    return head, from_json(tables[names[0]], body[names[0]], at=names[0])


def head_of(case: TransferCase, own_region: str) -> Head:
    """Return the head of a message about a case, as this office writes it."""
    incoming = case.direction is Direction.IN
    return Head(
        kind=case.kind,
        person_id=case.person_id,
        person_name=case.person_name,
        source=case.counterpart if incoming else own_region,
        target=own_region if incoming else case.counterpart,
        round=case.round,
    )
