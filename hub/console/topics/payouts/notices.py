"""Notices for cash (一次性待遇现付通知单): an action prints them, as each print is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from flask import send_file, url_for
from pydantic import Field

from hub.console.access import record_look
from hub.console.context import console, viewer
from hub.console.language import N_, gettext
from hub.console.registry import INTEGER_MAX, Action, Done, Input, Page
from hub.console.topics.payouts.inputs import ListId  # noqa: TC001 -- pydantic reads it
from hub.documents.approval_form import VALID
from hub.domain.form_code import FormKind, form_number, read_code
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.notices import NOTICES_MAX, print_notices, printed_notice
from hub.flows.scratch import scratch

if TYPE_CHECKING:
    from flask import Response

    from hub.domain.permission import Viewer
    from hub.flows.services import Services

ItemNo = Annotated[int | None, Field(title=N_("Item no. in the list"), ge=1, le=INTEGER_MAX)]
After = Annotated[int, Field(title=N_("Behind item no."), ge=0, le=INTEGER_MAX)]


class Printing(Input):
    """A list of cash payments, or one of them; a long list is printed in parts."""

    list_id: ListId
    item_no: ItemNo = None
    after: After = 0


def _print(services: Services, viewer: Viewer, given: Printing) -> Done:
    with services.store.read() as uow:
        payout = uow.payouts.get(given.list_id)
        page = uow.payout_items.page(
            list_id=given.list_id, after=given.after, limit=NOTICES_MAX + 1
        )
    if payout.state not in VALID:
        raise Rejected("notice_unapproved", id=given.list_id)
    with scratch(services) as folder:
        printed = print_notices(
            given.list_id, folder / "notices.pdf", person=viewer.person, item_no=given.item_no,
            after=given.after, services=services,
        )  # fmt: skip
    first = int(read_code(printed.code).number)
    text = gettext("Printed, and on record with your name: %(number)s", number=printed.number)
    data: dict[str, object] = {"list": given.list_id, "item": first, "number": printed.number}
    if given.item_no is None and len(page) > NOTICES_MAX:
        data["after"] = page[NOTICES_MAX - 1].item_no
        text += gettext("; the next part is behind item no. %(after)s", after=data["after"])
    return Done(text=text, href=url_for("payout_item", item_id=first), data=data)


def notice(item_id: int) -> Response:
    """Give the last print of a payment's notice, two copies on a page, to whoever made it."""
    path = printed_notice(item_id, person=viewer().person, services=console().services)
    record_look("notice", f"payout_item:{item_id}")
    number = form_number(FormKind.NOTICE, item_id)
    return send_file(path, mimetype="application/pdf", download_name=f"{number}.pdf")


ACTIONS: Final = (
    Action(name="payout.print_notices", label=N_("Print notices for cash"), takes=Printing,
           permissions=(Permission.PAYOUT_MAKE, Permission.PAYOUT_RELEASE), run=_print),
)  # fmt: skip
PAGES: Final = (
    Page(rule="/payouts/items/<int:item_id>/notice.pdf", endpoint="payout_notice",
         permission=Permission.PAYOUT_SEE, view=notice),
)  # fmt: skip
