"""docs/formats.md keeps up: every key, type and form of a partner file is in it."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hub.mappings.catalog import Partner
from hub.mappings.layout import Field, FieldType, Form, Layout, PartFields, RecordShape
from hub.mappings.pain_options import PainOptions
from hub.mappings.payout import HEAD, ITEM, IncomeAccount, Payout
from hub.mappings.sheet_options import SheetOptions
from hub.mappings.statement import COMMON_OPTIONS
from tests.conftest import ROOT
from tests.mappings.reading import CATALOG

DOCUMENT = (ROOT / "docs" / "formats.md").read_text("utf-8")
GIVEN = {"code", "file", "sha256", "partner"}  # not written in the file

KEYS = {
    field.name
    for cls in (
        Partner,
        Layout,
        RecordShape,
        Field,
        PartFields,
        SheetOptions,
        Payout,
        IncomeAccount,
        PainOptions,
    )
    for field in fields(cls)
} - GIVEN


@pytest.mark.parametrize(
    "word", sorted(KEYS | HEAD.keys() | ITEM.keys() | COMMON_OPTIONS | set(FieldType) | set(Form))
)
def test_every_word_of_a_partner_file_is_described(word) -> None:
    assert f"`{word}`" in DOCUMENT or f", {word}" in DOCUMENT or f"{word}," in DOCUMENT


def test_every_partner_and_layout_of_the_hub_is_listed() -> None:
    for partner in CATALOG.partners.values():
        assert f"`{partner.code}`" in DOCUMENT
        if partner.kind != "bank":
            assert all(f"`{name}`" in DOCUMENT for name in partner.layouts)
