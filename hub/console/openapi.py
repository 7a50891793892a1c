"""The HTTP interface described by itself: `/api/v1/openapi.json`, made from what is registered."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from flask import Response, jsonify

from hub.console.access import may_use
from hub.console.context import console, viewer
from hub.console.fields import shown
from hub.console.tables import PAGE_ROWS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from hub.console.registry import Action, Registry, Table

_ERRORS: Final = {
    "400": "The input cannot be used: `error.fields` says why, field by field.",
    "401": "Nobody is signed in.",
    "403": "Not permitted, or a fresh one-time code is needed.",
    "404": "There is no such thing, or it is not yours to see.",
    "409": "Somebody else changed it meanwhile.",
    "413": "The request is too large.",
    "415": "Only the content types named here are read.",
    "422": "Refused: `error.zh` and `error.en` say why and what to do.",
    "429": "Too many requests.",
    "503": "Somebody is not ready; try again later.",
}


def install(app: Flask) -> None:
    """Add the address of the description."""
    app.add_url_rule("/api/v1/openapi.json", "openapi", _serve)


def _serve() -> Response:
    may = viewer()
    registry = console().registry
    tables = {n: t for n, t in registry.tables.items() if may.may(t.permission)}
    actions = {n: a for n, a in registry.actions.items() if may_use(a, may)}
    return jsonify(describe(registry, tables, actions))


def describe(
    registry: Registry,
    tables: Mapping[str, Table] | None = None,
    actions: Mapping[str, Action] | None = None,
) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document of some tables and actions, or of all."""
    paths: dict[str, Any] = {}
    for name, table in (registry.tables if tables is None else tables).items():
        paths[f"/api/v1/tables/{name}"] = {"get": _table(table)}
    for name, action in (registry.actions if actions is None else actions).items():
        paths[f"/api/v1/actions/{name}"] = {"post": _action(action)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Agency hub", "version": version("agency-hub")},
        "paths": paths,
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "object", "required": ["code"]}},
                }
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _table(table: Table) -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": PAGE_ROWS_MAX}
    row: dict[str, Any] = {column.name: {} for column in table.columns}
    page = {
        "type": "object",
        "required": ["rows", "after"],
        "properties": {
            "rows": {"type": "array", "items": {"type": "object", "properties": row}},
            "after": {"type": ["string", "null"]},
        },
    }
    parameters = [
        *(_parameter(f.name, f.label, {"type": "string"}) for f in table.filters),
        _parameter("after", "Continue behind the last row of a page.", {"type": "string"}),
        _parameter("limit", "Rows of a page.", limit),
    ]
    return {
        "operationId": f"table_{table.name}",
        "summary": table.title,
        "description": f"Needs {table.permission.value}.",
        "parameters": parameters,
        "responses": _responses(page),
    }


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _action(action: Action) -> dict[str, Any]:
    schema = action.takes.model_json_schema(ref_template="#/components/schemas/{model}")
    schema = _inlined(schema)
    if action.step_up:
        schema.setdefault("properties", {})["code"] = {"type": "string", "pattern": "^[0-9]{6}$"}
        schema["required"] = [*schema.get("required", []), "code"]
    takes_file = any(field.kind == "file" for field in shown(action.takes))
    kind = "multipart/form-data" if takes_file else "application/json"
    needs = " or ".join(permission.value for permission in action.permissions)
    done = {
        "type": "object",
        "required": ["text", "href"],
        "properties": {"text": {"type": "string"}, "href": {"type": ["string", "null"]}},
    }
    return {
        "operationId": f"action_{action.name}",
        "summary": action.label,
        "description": f"Needs {needs}.",
        "requestBody": {"required": True, "content": {kind: {"schema": schema}}},
        "responses": _responses(done),
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without `$defs`: each name of one stands for one input only."""
    definitions = schema.pop("$defs", {})

    def resolve(part: Any) -> Any:  # noqa: ANN401
        if isinstance(part, dict):
            if "$ref" in part:
                return resolve(definitions[part["$ref"].rsplit("/", 1)[1]])
            return {key: resolve(value) for key, value in part.items()}
        return [resolve(one) for one in part] if isinstance(part, list) else part

    resolved: dict[str, Any] = resolve(schema)
    return resolved


def _responses(schema: dict[str, Any]) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "200": {"description": "Done.", "content": {"application/json": {"schema": schema}}},
        **{status: {"description": text, "content": error} for status, text in _ERRORS.items()},
    }
