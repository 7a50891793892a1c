"""What finance does with bank accounts: book a line, sweep interest, settle the days now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for
from pydantic import Field

from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.permission import Permission
from hub.flows.bank_day import settle_all
from hub.flows.bank_desk import prepare_line
from hub.flows.bank_interest import prepare_sweep

if TYPE_CHECKING:
    from hub.domain.permission import Viewer
    from hub.domain.voucher_draft import VoucherDraft
    from hub.flows.services import Services

WORK = (Permission.BANK_WORK,)


class Booking(Input):
    """A line and the event that it is."""

    line_id: int = Field(title=N_("Line"), ge=1)
    event: str = Field(
        title=N_("Event"), description=N_("The name of an event of the books"), max_length=64
    )
    fund: str | None = Field(
        None, title=N_("Fund"), description=N_("If the account has several"), max_length=40
    )


class Sweeping(Input):
    """An account whose interest goes to the treasury account."""

    account: str = Field(title=N_("Account"), max_length=64)


class Nothing(Input):
    """Nothing is asked."""


def _book(services: Services, viewer: Viewer, asked: Booking) -> Done:
    draft = prepare_line(
        asked.line_id, asked.event, fund=asked.fund, person=viewer.person, services=services
    )
    with services.store.read() as uow:
        kept = uow.bank_matches.line(asked.line_id)
    href = url_for("table", name="bank-lines")
    if kept is not None:
        href = url_for("bank_day", code=kept.account, on=kept.line.booked_on.isoformat())
    return _drafted(draft, href)


def _sweep(services: Services, viewer: Viewer, asked: Sweeping) -> Done:
    draft = prepare_sweep(asked.account, person=viewer.person, services=services)
    return _drafted(draft, url_for("bank_account", code=asked.account))


def _settle(services: Services, viewer: Viewer, _asked: Nothing) -> Done:
    del viewer  # the hub does it by itself each working day; who asked changes nothing
    settle_all(services)
    return Done(text=gettext("Lines were explained and days closed as far as they can be"),
                href=url_for("table", name="bank-accounts"))  # fmt: skip


def _drafted(draft: VoucherDraft, href: str) -> Done:
    text = gettext("Voucher draft %(number)s: another person confirms it", number=draft.id)
    return Done(text=text, href=href, data={"draft": draft.id})


ACTIONS = (
    Action(name="bank.book", label=N_("Prepare the voucher of a line"), permissions=WORK,
           takes=Booking, run=_book),
    Action(name="bank.sweep", label=N_("Prepare the sweep of the interest"), permissions=WORK,
           takes=Sweeping, run=_sweep),
    Action(name="bank.settle", label=N_("Explain lines and close days now"), permissions=WORK,
           takes=Nothing, run=_settle),
)  # fmt: skip
