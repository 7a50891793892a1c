"""Printed forms and originals as files: made when asked for, and each look on record."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from flask import request, send_file

from hub.console.access import record_look, require
from hub.console.context import console, viewer
from hub.console.registry import Page
from hub.console.topics.payouts.pages import may_print
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.forms import print_approval, print_entrust
from hub.flows.scratch import scratch
from hub.flows.stop_forms import print_stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Response

    from hub.console.topics.payouts.side import Side
    from hub.flows.forms import Printed
    from hub.flows.services import Services

COPIES: Final = 2  # 一式二份
_PDF: Final = "application/pdf"


def approval_form(list_id: int) -> Response:
    """Give the approval form (拨付审批表) of a list as PDF, in two copies."""
    return _form(lambda out, services: print_approval(list_id, out, services, copies=COPIES),
                 f"payout:{list_id}")  # fmt: skip


def entrust_form(batch_id: int) -> Response:
    """Give the order to the bank (银行托付单) of a batch as PDF, in two copies."""
    return _form(lambda out, services: print_entrust(batch_id, out, services, copies=COPIES),
                 f"payout_batch:{batch_id}")  # fmt: skip


def stop_form(item_id: int) -> Response:
    """Give 停发核定表 or 恢复发放核定表 of a payee as PDF, in two copies."""
    return _form(lambda out, services: print_stop(item_id, out, services),
                 f"payout_item:{item_id}")  # fmt: skip


def approval_annex(list_id: int) -> Response:
    """Give the details that the approval form names by their SHA-256, as a workbook."""
    return _annex(lambda out, services: print_approval(list_id, out, services),
                  f"payout:{list_id}")  # fmt: skip


def entrust_annex(batch_id: int) -> Response:
    """Give the details of a batch as a workbook."""
    return _annex(lambda out, services: print_entrust(batch_id, out, services),
                  f"payout_batch:{batch_id}")  # fmt: skip


def original_of(side: Side) -> Callable[[int], Response]:
    """Return the page that gives the archived original of a list of one side."""

    def original(list_id: int) -> Response:
        """Give the list as the desk sent it, with full numbers."""
        require(Permission.PERSONAL_SEE)
        services = side.services(console().services)
        with services.store.read() as uow:
            payout = uow.payouts.get(list_id)
            name = uow.inbox.get(payout.inbox_id).name if payout.inbox_id else "request.json"
        record_look("original", side.way.list(list_id))
        path = services.archive.path(payout.source_sha256)
        return send_file(path, as_attachment=True, download_name=name,
                         mimetype="application/octet-stream")  # fmt: skip

    return original


def _form(make: Callable[[Path, Services], Printed], subject: str) -> Response:
    if not may_print(viewer()):
        raise Rejected("not_permitted", permission=Permission.PERSONAL_SEE.value)
    services = console().services
    with scratch(services) as folder:
        out = folder / "form.pdf"
        printed = make(out, services)
        content = out.read_bytes()
    record_look("form", subject)
    inline = request.args.get("download") != "1"
    return send_file(io.BytesIO(content), mimetype=_PDF, as_attachment=not inline,
                     download_name=f"{printed.number}.pdf")  # fmt: skip


def _annex(make: Callable[[Path, Services], Printed], subject: str) -> Response:
    require(Permission.PERSONAL_SEE)
    require(Permission.EXPORT)
    services = console().services
    with scratch(services) as folder:
        printed = make(folder / "form.pdf", services)
        annex = printed.annex
        if annex is None:
            raise Rejected("page_missing")
        content, name = annex.read_bytes(), annex.name
    record_look("annex", subject)
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)


PAGES: Final = (
    Page(rule="/payouts/<int:list_id>/approval.pdf", endpoint="payout_form",
         permission=Permission.PAYOUT_SEE, view=approval_form),
    Page(rule="/payouts/<int:list_id>/details.xlsx", endpoint="payout_form_annex",
         permission=Permission.PAYOUT_SEE, view=approval_annex),
    Page(rule="/payouts/batches/<int:batch_id>/order.pdf", endpoint="payout_entrust",
         permission=Permission.PAYOUT_SEE, view=entrust_form),
    Page(rule="/payouts/batches/<int:batch_id>/details.xlsx", endpoint="payout_entrust_annex",
         permission=Permission.PAYOUT_SEE, view=entrust_annex),
    Page(rule="/payouts/items/<int:item_id>/stop.pdf", endpoint="payout_stop_form",
         permission=Permission.PAYOUT_SEE, view=stop_form),
)  # fmt: skip


def original_page(side: Side) -> Page:
    """Return the page of originals of one side."""
    return Page(rule=f"{side.path}/<int:list_id>/original", endpoint=f"{side.name}_original",
                permission=Permission.PAYOUT_SEE, view=original_of(side))  # fmt: skip
