"""The catalog (格式目录): every partner file of a deployment, read and checked once.

A partner (对接方) is one file, `config/partners/<code>.toml`; adding one needs no Python.
Problems are reported all at once and in the same words as those of settings.
"""

from __future__ import annotations

# The reader resolves the annotations of Partner at run time, so none of them may hide.
import hashlib
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from datetime import time
from pathlib import Path  # noqa: TC003
from typing import Any, Final, Literal

from hub.domain.facts import Source
from hub.domain.file_name import shown
from hub.errors import Place, Rejected
from hub.mappings.catalog_checks import check_layout
from hub.mappings.file_names import match
from hub.mappings.layout import Layout
from hub.mappings.payout import Payout, check_payout
from hub.mappings.unpack import plain_name
from hub.settings import ConfigErrors, Problem, suggest
from hub.settings.keys import key
from hub.settings.protection import ProtectionSettings, check_protection
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

PARTNERS_FOLDER: Final = "partners"
CODE: Final = r"[a-z][a-z0-9_-]{0,39}"
LAYOUT_NAME: Final = r"[a-z][a-z0-9_]{0,39}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Someone who sends files through one inbound channel.

    `expects` names the sources that this partner owes every working day, each with its hour;
    `None` is the hour of `reconciliation.required`. `sha256` is that of the partner file and is
    stored with everything that is read through it. `payout` says how money is paid through it,
    `protection` how its files are encrypted and signed.
    """

    code: str
    file: Path
    sha256: str
    layouts: Mapping[str, Layout]
    expects: Mapping[Source, time | None]
    name: str
    kind: Literal["tax", "treasury", "bank", "core", "region"]
    channel: str = key(required=True, pattern=r"[a-z][a-z0-9-]{0,39}")
    payout: Payout | None = None
    protection: ProtectionSettings | None = None

    def layout(self, name: str) -> Layout:
        """Return a layout by name; `layout_unknown` if this partner has none of it."""
        if name not in self.layouts:
            known = ", ".join(self.layouts)
            raise Rejected("layout_unknown", partner=self.code, layout=name, known=known)
        return self.layouts[name]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All partners by code."""

    partners: Mapping[str, Partner]

    def partner(self, code: str) -> Partner:
        """Return a partner; `partner_unknown` if there is none of this code."""
        if code not in self.partners:
            raise Rejected("partner_unknown", partner=code, known=", ".join(self.partners))
        return self.partners[code]

    def identify(self, channel: str, file_name: str) -> tuple[Partner, Layout]:
        """Return whose file this is and its layout, by channel and file name.

        A packed file counts under its plain name. `file_not_recognised` or `file_ambiguous`.
        """
        known = [
            (partner, layout)
            for partner in self.partners.values()
            if partner.channel == channel
            for layout in partner.layouts.values()
            if layout.direction == "in"
        ]
        name = plain_name(file_name)
        found = [(p, layout) for p, layout in known if match(layout.file_name, name) is not None]
        place = Place(file=shown(file_name))
        if not found:
            templates = ", ".join(layout.file_name for _, layout in known) or "-"
            raise Rejected("file_not_recognised", place=place, channel=channel, known=templates)
        if len(found) > 1:
            names = ", ".join(f"{p.code}.{layout.name}" for p, layout in found)
            raise Rejected("file_ambiguous", place=place, layouts=names)
        return found[0]


def load_catalog(config_dir: Path) -> Catalog:
    """Return the catalog of a configuration folder; `ConfigErrors` holds every problem.

    A folder without `partners/` has an empty catalog. Nothing but partner files may be in it.
    """
    config_dir = config_dir.resolve()
    partners: dict[str, Partner] = {}
    problems: list[Problem] = []
    for path in sorted((config_dir / PARTNERS_FOLDER).glob("*.toml")):
        reader = Reader(f"{config_dir.name}/{PARTNERS_FOLDER}/{path.name}", config_dir)
        partner = _partner(path, reader)
        problems += reader.problems
        if partner is not None:
            partners[partner.code] = partner
    if problems:
        raise ConfigErrors(problems)
    return Catalog(partners)


def _partner(path: Path, reader: Reader) -> Partner | None:
    content, table = read_table(path, reader)
    if reader.problems:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    described = reader.take(table, "layouts")
    sent = {str(one.get("source")) for one in described.values() if isinstance(one, dict)}
    layouts = {
        name: layout
        for name, one in described.items()
        if (layout := _layout(path.stem, name, one, sha256, reader)) is not None
    }
    given = {
        "code": path.stem,
        "file": path,
        "sha256": sha256,
        "layouts": layouts,
        "expects": _expects(reader.take(table, "expects"), sent, reader),
    }
    if not layouts and not reader.problems:
        reader.report("layouts", "is missing")
    partner = reader.read(Partner, table, given=given)
    if partner is not None and partner.payout is not None:
        check_payout(partner.payout, layouts, reader.report)
    if partner is not None and partner.protection is not None:
        check_protection(partner.protection, reader.report)
    return partner


def _layout(code: str, name: str, table: Any, sha256: str, reader: Reader) -> Layout | None:  # noqa: ANN401
    at = f"layouts.{name}"
    options = reader.take(table, "options", at=at) if isinstance(table, dict) else {}
    given = {"partner": code, "name": name, "sha256": sha256, "options": options}
    layout = reader.read(Layout, table, at=at, given=given)
    if layout is not None:
        check_layout(layout, lambda where, message: reader.report(f"{at}.{where}", message))
    return layout


def _expects(table: dict[str, Any], sent: set[str], reader: Reader) -> dict[Source, time | None]:
    """Read `collections = "16:30"` or `collections = true` (the hour of hub.toml)."""
    expects: dict[Source, time | None] = {}
    for name, value in table.items():
        at = f"expects.{name}"
        if name not in sent or name not in set(Source):
            reader.report(at, "is the source of none of the layouts", suggest(name, sent))
        elif value is True:
            expects[Source(name)] = None
        elif isinstance(value, time):
            expects[Source(name)] = value
        else:
            try:
                expects[Source(name)] = time.fromisoformat(value)
            except (TypeError, ValueError):
                reader.report(at, 'must be true or an hour such as "16:30"')
    return expects
