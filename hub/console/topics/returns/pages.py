"""How long people wait, how the months came out, the work list as a file, two names compared."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Final

from flask import abort, request, send_file

from hub.console.access import record_export, require
from hub.console.context import console
from hub.console.language import gettext, language
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.returns import work
from hub.domain.permission import Permission
from hub.domain.person_name import explain
from hub.flows.scratch import scratch
from hub.flows.work_list import export
from hub.mappings.person_names import load_names

if TYPE_CHECKING:
    from flask import Response

    from hub.console.topics.payouts.side import Side

MONTHS: Final = 12
NAME_CHARS_MAX: Final = 100
FORMATS: Final = ("xlsx", "csv")


def overview(*, side: Side) -> str:
    """Show who waits how long, at whose desk, and how the last months came out (5-4)."""
    services = console().services
    today = services.today()
    last = today.year * 100 + today.month
    first = _months_before(last, MONTHS - 1)
    with side.services(services).store.read() as uow:
        points, lines = work.ages(uow, side, services)
        months = work.success(uow, first, last)
    return render(
        "returns/overview.html",
        side=side,
        points=points,
        series=[(name, gettext(label)) for name, label in work.SERIES],
        lines=lines,
        months=months,
        missed=[
            (str(one["month"]), {"back": one["back_count"], "unknown": one["open_count"]})
            for one in reversed(months)
        ],
    )


def work_list(*, side: Side) -> Response:
    """Give the work list of a desk as a file that it fills in, with full numbers."""
    require(Permission.PERSONAL_SEE)
    require(Permission.EXPORT)
    kind = request.args.get("format", FORMATS[0])
    if kind not in FORMATS:
        abort(404)
    services = side.services(console().services)
    with scratch(services) as folder:
        path = folder / f"work-list.{kind}"
        rows = export(path, services, desk=request.args.get("desk") or None)
        content = path.read_bytes()
    record_export(f"{side.name}-work-list", kind, rows)
    return send_file(
        io.BytesIO(content), as_attachment=True,
        download_name=f"{side.name}-{services.today():%Y%m%d}.{kind}",
    )  # fmt: skip


def names() -> str:
    """Say why a bank may call two names different (户名不符), and what to do."""
    ours = request.args.get("ours", "").strip()[:NAME_CHARS_MAX]
    theirs = request.args.get("theirs", "").strip()[:NAME_CHARS_MAX]
    found = None
    if ours and theirs:
        tables = load_names(console().services.settings.config_dir)
        found = explain(ours, theirs, tables).text(language())
    return render("returns/names.html", ours=ours, theirs=theirs, found=found)


def _months_before(month: int, number: int) -> int:
    """Return the month (yyyymm) so many months earlier."""
    year, index = divmod(month // 100 * 12 + month % 100 - 1 - number, 12)
    return year * 100 + index + 1


NAMES: Final = Page(
    rule="/payouts/names", endpoint="explain_name", permission=Permission.PAYOUT_SEE, view=names
)


def pages(side: Side) -> tuple[Page, ...]:
    """Return the pages about what came back on one side."""
    name, path, see = side.name, side.path, Permission.PAYOUT_SEE
    return (
        Page(rule=f"{path}/open", endpoint=f"{name}_open", permission=see,
             view=partial(overview, side=side)),
        Page(rule=f"{path}/work-list", endpoint=f"{name}_work_list", permission=see,
             view=partial(work_list, side=side)),
    )  # fmt: skip
