"""What is wrong with an input, field by field, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.console.language import N_, gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

_WORDS: Final[Mapping[str, str]] = {
    "missing": N_("This must be filled in"),
    "extra_forbidden": N_("This field is not known here"),
    "int_parsing": N_("A whole number is expected"),
    "int_type": N_("A whole number is expected"),
    "integer_too_large": N_("%(name)s is too large a number"),
    "bool_parsing": N_("Yes or no is expected"),
    "date_from_datetime_parsing": N_("A date such as 2026-11-24 is expected"),
    "date_parsing": N_("A date such as 2026-11-24 is expected"),
    "enum": N_("One of the values offered is expected"),
    "literal_error": N_("One of the values offered is expected"),
    "string_type": N_("Text is expected"),
    "string_too_long": N_("This is too long: at most %(max_length)s characters"),
    "string_too_short": N_("This is too short: at least %(min_length)s characters"),
    "too_short": N_("Choose at least %(min_length)s"),
    "greater_than": N_("More than %(gt)s is expected"),
    "greater_than_equal": N_("At least %(ge)s is expected"),
    "less_than_equal": N_("At most %(le)s is expected"),
}


def mistakes(error: ValidationError) -> dict[str, str]:
    """Return the first mistake of each field; pydantic's own words where we have none."""
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in one["loc"][:1]) or "input"
        words = _WORDS.get(one["type"])
        text = one["msg"] if words is None else gettext(words) % one.get("ctx", {})
        found.setdefault(name, text)
    return found
