"""What people do with the books: prepare a voucher, prepare a reversal, sign, withdraw."""

from __future__ import annotations

import tempfile
from datetime import date  # noqa: TC003 -- pydantic reads the annotations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import Field

from hub.console.fields import LongText, Upload, Yuan  # noqa: TC001 -- as above
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows import voucher_desk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.console.fields import Uploaded
    from hub.domain.permission import Viewer
    from hub.domain.voucher_draft import VoucherDraft
    from hub.flows.services import Services


class Prepare(Input):
    """A voucher by hand (手工凭证)."""

    event: str = Field(title=N_("Event"), max_length=80)
    fund: str = Field(title=N_("Fund"), max_length=40)
    amount: Yuan = Field(title=N_("Amount"), description=N_("In yuan."))
    on: date = Field(title=N_("Day of the voucher"))
    subject: str = Field(
        title=N_("Subject"), description=N_("What it is about, once: 2026Q3."), max_length=200
    )
    facts: LongText | None = Field(
        None, title=N_("Facts"), description=N_("name=value, one a line, as the template asks.")
    )
    document: Upload = Field(title=N_("Original document"))
    document_2: Upload | None = Field(None, title=N_("Second original"))
    document_3: Upload | None = Field(None, title=N_("Third original"))


class Reverse(Input):
    """A reversal (红字冲销) of a voucher."""

    no: str = Field(title=N_("Voucher"), max_length=80)
    on: date = Field(title=N_("Day of the voucher"))
    reason: LongText = Field(title=N_("Reason"))
    document: Upload = Field(title=N_("Original document"))


class OneDraft(Input):
    """A draft of a voucher."""

    draft_id: int = Field(title=N_("Draft"), ge=1)


def _prepare(services: Services, viewer: Viewer, given: Prepare) -> Done:
    facts = dict(_fact(line) for line in (given.facts or "").splitlines() if line.strip())
    with _Files([given.document, given.document_2, given.document_3]) as files:
        draft = voucher_desk.prepare(
            given.event, subject=given.subject, fund=given.fund, amount_fen=given.amount,
            on=given.on, files=files, facts=facts, person=viewer.person, services=services,
        )  # fmt: skip
    return _drafted(draft)


def _reverse(services: Services, viewer: Viewer, given: Reverse) -> Done:
    with _Files([given.document]) as files:
        draft = voucher_desk.prepare_reversal(
            given.no, on=given.on, reason=given.reason, files=files, person=viewer.person,
            services=services,
        )  # fmt: skip
    return _drafted(draft)


def _sign(services: Services, viewer: Viewer, given: OneDraft) -> Done:
    voucher = voucher_desk.confirm(given.draft_id, person=viewer.person, services=services)
    return Done(
        text=gettext("Booked as voucher %(no)s.", no=voucher.no),
        href=f"/books/vouchers/{voucher.no}",
        data={"voucher": voucher.no},
    )


def _withdraw(services: Services, viewer: Viewer, given: OneDraft) -> Done:
    voucher_desk.withdraw(given.draft_id, person=viewer.person, services=services)
    return Done(
        text=gettext("The draft is withdrawn; nothing was booked."),
        href=f"/books/drafts/{given.draft_id}",
    )


def _drafted(draft: VoucherDraft) -> Done:
    return Done(
        text=gettext("Prepared as draft %(id)s; another person signs it.", id=draft.id),
        href=f"/books/drafts/{draft.id}",
        data={"draft": draft.id},
    )


def _fact(line: str) -> tuple[str, str]:
    name, found, value = line.partition("=")
    if not found or not name.strip():
        raise Rejected("voucher_fact_line", found=line[:40])
    return name.strip(), value.strip()


class _Files:
    """Uploaded files under their own names for as long as a flow reads them."""

    def __init__(self, uploads: Iterable[Uploaded | None]) -> None:
        self._uploads = [one for one in uploads if one is not None]
        self._folder = tempfile.TemporaryDirectory(prefix="hub-originals-")

    def __enter__(self) -> list[Path]:
        """Write the files; two of one name stay two."""
        paths = []
        for number, one in enumerate(self._uploads):
            folder = Path(self._folder.name) / str(number)
            folder.mkdir()
            path = folder / (Path(one.name.replace("\\", "/")).name[:100] or "original")
            path.write_bytes(one.content)
            paths.append(path)
        return paths

    def __exit__(self, *_: object) -> None:
        """Remove them: their bytes are in the archive, or nothing happened."""
        self._folder.cleanup()


ACTIONS: Final = (
    Action(
        name="voucher.prepare",
        label=N_("Prepare a voucher"),
        permissions=(Permission.VOUCHER_DRAFT,),
        takes=Prepare,
        run=_prepare,
    ),
    Action(
        name="voucher.reverse",
        label=N_("Prepare a reversal"),
        permissions=(Permission.VOUCHER_DRAFT,),
        takes=Reverse,
        run=_reverse,
        danger=True,
    ),
    Action(
        name="voucher.sign",
        label=N_("Sign and book"),
        permissions=(Permission.VOUCHER_SIGN,),
        takes=OneDraft,
        run=_sign,
        step_up=True,
    ),
    Action(
        name="voucher.withdraw",
        label=N_("Withdraw the draft"),
        permissions=(Permission.VOUCHER_DRAFT, Permission.VOUCHER_SIGN),
        takes=OneDraft,
        run=_withdraw,
        danger=True,
    ),
)
