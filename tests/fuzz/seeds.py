"""Where inputs begin: the project's own samples, and files of others that are read in place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from tests.conftest import ROOT
from tests.mappings.reading import CATALOG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Form, Layout
    from tests.fuzz.mutations import Seed

OWN: Final = ROOT / "tests" / "samples"
OTHERS: Final = ROOT.parent / "shared" / "samples"
BYTES_MAX: Final = 8 * 1024  # larger ones make few inputs a second and break the same


@cache
def layouts() -> dict[str, Layout]:
    """Return every layout of the house's own configuration by `partner.name`."""
    return {
        f"{partner.code}.{layout.name}": layout
        for partner in CATALOG.partners.values()
        for layout in partner.layouts.values()
    }


def of_form(form: Form) -> Iterator[Seed]:
    """Yield each layout's own sample, and each file of others that may be of the form."""
    labels = [label for label, layout in layouts().items() if layout.form is form]
    for label in labels:
        partner, _, name = label.partition(".")
        for path in (OWN / partner).glob(f"{name}.*"):
            if path.suffix != ".json":
                yield label, path.read_bytes()
    words = _WORDS.get(form.value, ())
    for path in sorted(OTHERS.rglob("*")) if OTHERS.is_dir() else ():
        if path.is_file() and path.stat().st_size <= BYTES_MAX:
            content = path.read_bytes()
            for label in labels:
                if any(word in content for word in words):
                    yield label, content


_WORDS: Final = {
    "camt": (b"BkToCstmr",), "camt_returns": (b"BkToCstmr",), "mt940": (b":61:",),
    "pain002": (b"CstmrPmtStsRpt",), "pacs004": (b"PmtRtr",),
    "pain001": (b"CstmrCdtTrfInitn",), "pain008": (b"CstmrDrctDbtInitn",),
}  # fmt: skip
