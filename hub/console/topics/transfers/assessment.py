"""《失业保险待遇核定表》 of a case as a file: who may print it, and each print is on record."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from flask import send_file

from hub.console.access import record_look
from hub.console.context import console, viewer
from hub.console.registry import Page
from hub.domain.permission import Permission
from hub.domain.transfer_kinds import Direction, Kind
from hub.errors import Rejected
from hub.flows.scratch import scratch
from hub.flows.transfer_assess import print_assessment

if TYPE_CHECKING:
    from flask import Response

    from hub.domain.permission import Viewer
    from hub.domain.transfer_case import TransferCase


def may_print(who: Viewer) -> bool:
    """Tell whether somebody prints the form with its full number: the desk, and who signs."""
    return not who.is_outsider and (
        who.may(Permission.PERSONAL_SEE) or who.may(Permission.TRANSFER_APPROVE)
    )


def is_assessed(case: TransferCase) -> bool:
    """Tell whether a case has such a form by now."""
    comes_in = case.direction is Direction.IN and case.kind is Kind.UNEMPLOYMENT_BENEFIT
    return comes_in and case.form is not None


def assessment(case_id: int) -> Response:
    """Give the form of a case as PDF, in two copies."""
    if not may_print(viewer()):
        raise Rejected("not_permitted", permission=Permission.PERSONAL_SEE.value)
    services = console().services
    with scratch(services) as folder:
        out = folder / "form.pdf"
        printed = print_assessment(case_id, out, services)
        content = out.read_bytes()
    record_look("form", f"transfer:{case_id}")
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True,
                     download_name=f"{printed.number}.pdf")  # fmt: skip


PAGES: Final = (
    Page(rule="/transfers/<int:case_id>/assessment.pdf", endpoint="transfer_assessment",
         permission=Permission.TRANSFER_SEE, view=assessment),
)  # fmt: skip
