"""Items and yearly rows of a form (转移信息表) as a file of JSON, which core systems write."""

from __future__ import annotations

from typing import Final

from hub.domain import strict_json
from hub.domain.transfer_body import FormRows
from hub.domain.transfer_json import from_json
from hub.errors import Place, Rejected

FORM_FILE_BYTES_MAX: Final = 1024 * 1024


def read_rows(content: bytes, *, file: str) -> FormRows:
    """Return the rows; `Rejected("transfer_form_unreadable")`, or what `from_json` refuses."""
    try:
        # what is cut off at the limit is no JSON any more
        table = strict_json.loads(content[:FORM_FILE_BYTES_MAX])
    except (ValueError, RecursionError) as error:
        raise Rejected("transfer_form_unreadable", place=Place(file=file)) from error
    return from_json(FormRows, table)
