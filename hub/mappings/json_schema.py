"""JSON that comes in, held against the hub's own JSON Schemas (2020-12) before anybody uses it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jsonschema import Draft202012Validator

from hub.domain import strict_json
from hub.errors import Place, Rejected

JSON_BYTES_MAX: Final = 1024 * 1024
REASON_CHARACTERS: Final = 200


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema of `hub/schemas` by its name, such as `command.file_ready`."""
    loaded: dict[str, Any] = json.loads((files("hub.schemas") / f"{name}.json").read_bytes())
    return loaded


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)


def parse(name: str, content: bytes) -> dict[str, Any]:
    """Return the object that `content` holds; `Rejected("json_invalid")` with the field.

    Strict: UTF-8, one object, no key twice, no `NaN`, and nothing that the schema does not know.
    """
    if len(content) > JSON_BYTES_MAX:
        raise Rejected("json_invalid", schema=name, reason=f"more than {JSON_BYTES_MAX} bytes")
    try:
        value = strict_json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = f"not JSON: {error}"[:REASON_CHARACTERS]
        raise Rejected("json_invalid", schema=name, reason=reason) from error
    wrong = next(iter(_validator(name).iter_errors(value)), None)
    if wrong is not None:
        where = "/".join(str(part) for part in wrong.absolute_path) or None
        reason = f"{wrong.validator}: {wrong.validator_value!r}"[:REASON_CHARACTERS]
        raise Rejected("json_invalid", place=Place(field=where), schema=name, reason=reason)
    return dict(value)
