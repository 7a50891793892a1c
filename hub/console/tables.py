"""A registered table on a page, as a file, and over HTTP: the same query behind all three."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from flask import Response, abort, jsonify, request, url_for

from hub.console.access import require, require_scope, unmasks
from hub.console.context import console, viewer
from hub.console.exports import FORMATS
from hub.console.formatting import masked
from hub.console.pages import render
from hub.console.registry import Query
from hub.domain.permission import Permission
from hub.domain.whole import whole
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask

    from hub.console.registry import Rows, Table

PAGE_ROWS: Final = 50
PAGE_ROWS_MAX: Final = 500
EXPORT_ROWS_MAX: Final = 100_000
_OWN: Final = frozenset({"after", "limit", "format", "lang", "unmask"})


def install(app: Flask) -> None:
    """Add the addresses of tables."""
    app.add_url_rule("/tables/<name>", "table", _page)
    app.add_url_rule("/api/v1/tables/<name>", "api_table", _answer)


def fetch(table: Table, filters: Mapping[str, str], *, limit: int, after: str | None) -> Rows:
    """Return some rows of a table as this viewer may see them."""
    services = console().services
    unmasks(viewer())  # a look is put on record before the database is read, for that is a write
    query = Query(filters=filters, limit=limit, after=after, viewer=viewer(), services=services)
    with services.store.read() as uow:
        return table.fetch(uow, query)


def open_table(name: str) -> Table:
    """Return a table that this viewer may see; 404 when there is none, refused when not."""
    table: Table | None = console().registry.tables.get(name)
    if table is None:
        abort(404)
    require(table.permission)
    require_scope(table.scope)
    return table


def _page(name: str) -> Response | str:
    table = open_table(name)
    filters = _filters(table)
    if wanted := request.args.get("format"):
        return _export(table, filters, wanted)
    after = request.args.get("after")
    rows = fetch(table, filters, limit=_limit(), after=after)
    return render(
        "table.html",
        table=table,
        rows=rows.rows,
        filters=filters,
        choices={f.name: f.choices(console().services) for f in table.filters if f.choices},
        next_href=_href(table, filters, after=rows.after) if rows.after else None,
        first_href=_href(table, filters) if after else None,
        exports={kind: _href(table, filters, format=kind) for kind in FORMATS},
        bulk=[console().registry.actions[name] for name in table.bulk],
    )


def _answer(name: str) -> Response:
    table = open_table(name)
    rows = fetch(table, _filters(table), limit=_limit(), after=request.args.get("after"))
    return jsonify({"rows": [as_data(table, row) for row in rows.rows], "after": rows.after})


def as_data(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row for programs: amounts in fen, states by their code, personal data masked."""
    data = {c.name: _plain(row.get(c.name), c.kind) for c in table.columns}
    return {**data, **({"href": row["_href"]} if "_href" in row else {})}


def _plain(value: Any, kind: str) -> Any:  # noqa: ANN401
    if value is None:
        return None
    if kind in {"id_no", "account_no"}:
        return masked(str(value), kind)
    if kind in {"money", "count", "days"}:
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(getattr(value, "value", value))


def _export(table: Table, filters: dict[str, str], wanted: str) -> Response:
    require(Permission.EXPORT)
    if wanted not in FORMATS:
        abort(404)
    return FORMATS[wanted](table, _all(table, filters))


def _all(table: Table, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield every row from one state of the database, page by page.

    `Rejected("export_too_large")` when there are more than a file may have: none is cut unsaid.
    """
    services = console().services
    unmasks(viewer())
    query = Query(filters=filters, limit=PAGE_ROWS_MAX, viewer=viewer(), services=services)
    given = 0
    with services.store.read() as uow:
        while True:
            found = table.fetch(uow, query)
            yield from found.rows
            given += len(found.rows)
            if given > EXPORT_ROWS_MAX:
                raise Rejected("export_too_large", most=EXPORT_ROWS_MAX)
            if found.after is None:
                return
            query = replace(query, after=found.after)


def _filters(table: Table) -> dict[str, str]:
    known = {one.name for one in table.filters}
    unknown = sorted(set(request.args) - known - _OWN)
    if unknown:
        raise Rejected("filter_unknown", found=unknown[0], known=", ".join(sorted(known)) or "-")
    return {k: v.strip() for k, v in request.args.items() if k in known and v.strip()}


def _limit() -> int:
    given = request.args.get("limit", str(PAGE_ROWS))
    limit = whole(given) or 0
    if not 0 < limit <= PAGE_ROWS_MAX:
        raise Rejected("page_size_unusable", found=given[:20], most=PAGE_ROWS_MAX)
    return limit


def _href(table: Table, filters: Mapping[str, str], **more: str | None) -> str:
    asked = {**filters, **{k: v for k, v in more.items() if v is not None}}
    address = url_for("table", name=table.name)
    return f"{address}?{urlencode(asked)}" if asked else address
