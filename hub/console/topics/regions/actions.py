"""The directory changes by two people; one stops the wait for messages that were lost."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated

from flask import url_for
from pydantic import Field

from hub.console.fields import LongText, Upload
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.permission import Permission
from hub.domain.region_directory import Kind, RecordState
from hub.errors import Rejected
from hub.flows import region_directory as directory
from hub.flows.region_order import skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.permission import Viewer
    from hub.domain.region_directory import Record
    from hub.flows.services import Services

DRAFT = (Permission.TRANSFER_WORK,)
DECIDE = (Permission.TRANSFER_APPROVE,)
OPERATE = (Permission.OPERATION_WORK,)
Reason = Annotated[LongText, Field(title=N_("Reason"), min_length=1, max_length=500)]


class Proposing(Input):
    """One entry of the directory."""

    kind: Kind = Field(title=N_("Entry about"))
    region: str = Field(title=N_("Region"), min_length=6, max_length=6)
    facts: LongText = Field(
        title=N_("Facts"), max_length=2000,
        description=N_(
            "One in a line: name=… road=… fund=… account_no=… account_name=… bank_no=…"
            " bank_name=… public_key=…"
        ),
    )  # fmt: skip
    valid_from: date | None = Field(None, title=N_("Valid from"))
    valid_until: date | None = Field(None, title=N_("Valid until"))

    def read(self) -> dict[str, str]:
        """Return the facts by name; `Rejected("directory_facts_unreadable")`."""
        found: dict[str, str] = {}
        for number, line in enumerate(self.facts.splitlines(), 1):
            name, sign, value = line.partition("=")
            if line.strip() and not (sign and name.strip()):
                raise Rejected("directory_facts_unreadable", line=number)
            if line.strip():
                found[name.strip()] = value.strip()
        return found


class Importing(Input):
    """A file of entries."""

    file: Upload = Field(title=N_("File (CSV or TOML)"))


class Chosen(Input):
    """Proposed entries."""

    ids: list[int] = Field(title=N_("Entries"), min_length=1, max_length=500)


class Refusing(Chosen):
    """Proposed entries that are given back."""

    reason: Reason


class Skipping(Input):
    """A region whose missing messages cannot come any more."""

    peer: str = Field(title=N_("Region"), min_length=6, max_length=6)
    reason: Reason


def _propose(services: Services, viewer: Viewer, asked: Proposing) -> Done:
    record = directory.propose(
        asked.kind, asked.region, asked.read(), valid_from=asked.valid_from or services.today(),
        valid_until=asked.valid_until, person=viewer.person, services=services,
    )  # fmt: skip
    return _done([record])


def _import(services: Services, viewer: Viewer, asked: Importing) -> Done:
    found = directory.import_file(
        asked.file.content, file=asked.file.name, person=viewer.person, services=services
    )
    return _done(found)


def _confirm(services: Services, viewer: Viewer, asked: Chosen) -> Done:
    found = directory.decide(
        asked.ids, RecordState.CONFIRMED, person=viewer.person, services=services
    )
    return _done(found)


def _refuse(services: Services, viewer: Viewer, asked: Refusing) -> Done:
    found = directory.decide(
        asked.ids, RecordState.REFUSED, person=viewer.person, reason=asked.reason,
        services=services,
    )  # fmt: skip
    return _done(found)


def _skip(services: Services, viewer: Viewer, asked: Skipping) -> Done:
    number = skip(asked.peer, person=viewer.person, reason=asked.reason, services=services)
    text = gettext("Region %(region)s goes on with number %(number)s",
                   region=asked.peer, number=number)  # fmt: skip
    return Done(text=text, href=url_for("region", code=asked.peer), data={"next": number})


def _done(records: Sequence[Record]) -> Done:
    text = gettext("%(number)s entries are on record", number=len(records))
    return Done(
        text=text,
        href=url_for("table", name="region-drafts"),
        data={"ids": [one.id for one in records]},
    )


ACTIONS = (
    Action(name="region.propose", label=N_("Propose an entry"), permissions=DRAFT,
           takes=Proposing, run=_propose),
    Action(name="region.import", label=N_("Import entries"), permissions=DRAFT, takes=Importing,
           run=_import),
    Action(name="region.confirm", label=N_("Confirm the entries"), permissions=DECIDE,
           takes=Chosen, run=_confirm, step_up=True),
    Action(name="region.refuse", label=N_("Give the entries back"), permissions=DECIDE,
           takes=Refusing, run=_refuse),
    Action(name="exchange.skip", label=N_("Stop waiting for lost messages"),
           permissions=(*DECIDE, *OPERATE), takes=Skipping, run=_skip, danger=True),
)  # fmt: skip
