"""What people do about letters: draft, sign as another person, send, register the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import url_for
from pydantic import Field

from hub.console.fields import LongText, Upload  # noqa: TC001 -- pydantic reads the annotations
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.discrepancy import TEXT_CHARS_MAX
from hub.domain.letter import LetterState, parse_month
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows import letter as letters
from hub.flows.letter_draft import draft
from hub.flows.scratch import scratch

if TYPE_CHECKING:
    from hub.domain.letter import Letter
    from hub.domain.permission import Viewer
    from hub.flows.services import Services

SHA256_CHARS: Final = 64
_REPLY: Final = "reply"


class Draft(Input):
    """Draft a month's letter, or draft it again while nobody has signed it."""

    month: str = Field(title=N_("Month"), description=N_("Such as 2026-11"), max_length=7)


class Sign(Input):
    """Sign a draft as another person: it gets its number and goes out."""

    letter: int = Field(title=N_("Letter"), ge=1)
    content: str = Field(
        title=N_("Digest of the draft"), pattern=rf"^[0-9a-f]{{{SHA256_CHARS}}}$",
        description=N_("What you read: nothing is signed if it was drafted anew"),
    )  # fmt: skip


class Send(Input):
    """Make the papers of a signed letter and send them."""

    letter: int = Field(title=N_("Letter"), ge=1)


class RegisterReply(Input):
    """Register the written reply: a file, or its words where it came without one."""

    letter: int = Field(title=N_("Letter"), ge=1)
    note: LongText = Field(
        title=N_("What it says"), min_length=1, max_length=TEXT_CHARS_MAX,
        description=N_("In a sentence or two; without a file this is kept as the reply"),
    )  # fmt: skip
    file: Upload | None = Field(default=None, title=N_("The written reply"))


def _draft(services: Services, viewer: Viewer, taken: Draft) -> Done:
    drafted = draft(parse_month(taken.month), person=viewer.person, services=services)
    return _done(gettext("Drafted. Another person signs it."), drafted)


def _sign(services: Services, viewer: Viewer, taken: Sign) -> Done:
    letters.sign(
        taken.letter, person=viewer.person, services=services, content_sha256=taken.content
    )
    letters.issue_letter(taken.letter, services)
    sent = _get(taken.letter, services)
    return _done(gettext("Signed and sent as %(number)s.", number=sent.number), sent)


def _send(services: Services, _viewer: Viewer, taken: Send) -> Done:
    _get(taken.letter, services).require_state(LetterState.SIGNED)
    letters.issue_letter(taken.letter, services)
    sent = _get(taken.letter, services)
    return _done(gettext("Sent as %(number)s.", number=sent.number), sent)


def _reply(services: Services, viewer: Viewer, taken: RegisterReply) -> Done:
    content = taken.file.content if taken.file else taken.note.encode()
    if not content:
        raise Rejected("reply_empty")
    with scratch(services) as folder:
        file = folder / _REPLY
        file.write_bytes(content)
        replied = letters.reply(
            taken.letter, file=file, note=taken.note, person=viewer.person, services=services
        )
    return _done(gettext("The reply is registered; the clock has stopped."), replied)


def _get(letter_id: int, services: Services) -> Letter:
    with services.store.read() as uow:
        return uow.letters.get(letter_id)


def _done(text: str, letter: Letter) -> Done:
    data: dict[str, Any] = {
        "id": letter.id, "state": letter.state.value, "number": letter.number,
        "content": letter.content_sha256,
    }  # fmt: skip
    return Done(text=text, href=url_for("letter", number=letter.id), data=data)


ACTIONS: Final = (
    Action(
        name="letter.draft", label=N_("Draft the letter of a month"),
        permissions=(Permission.LETTER_DRAFT,), takes=Draft, run=_draft,
    ),
    Action(
        name="letter.sign", label=N_("Sign and send"), permissions=(Permission.LETTER_SIGN,),
        takes=Sign, run=_sign, step_up=True,
    ),
    Action(
        name="letter.send", label=N_("Send the signed letter"),
        permissions=(Permission.LETTER_DRAFT, Permission.LETTER_SIGN), takes=Send, run=_send,
    ),
    Action(
        name="letter.reply", label=N_("Register the reply"),
        permissions=(Permission.LETTER_DRAFT,), takes=RegisterReply, run=_reply,
    ),
)  # fmt: skip
