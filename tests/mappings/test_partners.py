"""Every partner of config/partners, found by itself: its samples read, write and break rightly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hub.mappings.codecs import parse, render
from hub.mappings.golden import content_of, golden_path, golden_text
from hub.mappings.layout import FieldType, Form
from hub.mappings.rendering import RENDERED
from hub.mappings.rendering import render as render_file
from hub.settings import Limits
from tests.conftest import ROOT
from tests.mappings import breaking
from tests.mappings.reading import CATALOG, refused, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.layout import Layout

SAMPLES = ROOT / "tests" / "samples"
LAYOUTS = [layout for p in CATALOG.partners.values() for layout in p.layouts.values()]


def samples_of(layout: Layout) -> list[Path]:
    """Return `<layout>.<ending>` and `<layout>-<what>.<ending>` of the partner's folder."""
    return [
        path
        for path in sorted((SAMPLES / layout.partner).glob("*"))
        if path.suffix != ".json" and path.name.partition(".")[0].partition("-")[0] == layout.name
    ]


def _name(value: object) -> str:
    return f"{value.partner}.{value.name}" if hasattr(value, "partner") else value.name


ALL = [(layout, sample) for layout in LAYOUTS for sample in samples_of(layout)]
RECORDS = [
    (layout, sample)
    for layout, sample in ALL
    if layout.form in RENDERED and layout.item.path != "."  # all of it one record: nothing to cut
]
each_sample = pytest.mark.parametrize(("layout", "sample"), ALL, ids=_name)
each_record_sample = pytest.mark.parametrize(("layout", "sample"), RECORDS, ids=_name)


def test_there_are_partners_of_every_kind() -> None:
    assert {p.kind for p in CATALOG.partners.values()} >= {"tax", "treasury", "core"}


@pytest.mark.parametrize("layout", LAYOUTS, ids=_name)
def test_every_layout_has_a_sample(layout) -> None:
    assert samples_of(layout), f"put one into tests/samples/{layout.partner}/{layout.name}.*"


def test_every_sample_belongs_to_a_layout() -> None:
    known = {path for layout in LAYOUTS for path in samples_of(layout)}

    assert {p for p in SAMPLES.glob("*/*") if p.suffix != ".json"} == known


@each_sample
def test_a_sample_says_exactly_what_its_golden_says(layout, sample) -> None:
    found = content_of(layout, sample, Limits())

    assert golden_text(found) == golden_path(sample).read_text("utf-8")
    assert json.loads(golden_text(found)) == found


@each_record_sample
def test_what_we_render_is_the_sample_byte_for_byte(layout, sample) -> None:
    whole = _without_only(layout)
    rows, reading = rows_of(whole, sample.read_bytes())

    assert render_file(whole, reading.head, [row.values for row in rows]) == sample.read_bytes()


@each_record_sample
def test_a_cut_item_breaks_the_controls(layout, sample) -> None:
    raw = breaking.without_first_item(layout, sample.read_bytes())

    if layout.controls:
        assert refused(layout, raw).code == "control_differs"
    else:
        assert len(rows_of(layout, raw)[0]) == len(rows_of(layout, sample.read_bytes())[0]) - 1


@each_record_sample
def test_an_item_that_is_there_twice_breaks_the_controls(layout, sample) -> None:
    if layout.controls:
        raw = breaking.with_item_twice(layout, sample.read_bytes())
        assert refused(layout, raw).code == "control_differs"


@each_record_sample
def test_every_total_must_be_true(layout, sample) -> None:
    raw = sample.read_bytes()
    head = rows_of(layout, raw)[1].head

    for control in layout.controls:
        record, _, name = control.field.partition(".")
        shape = layout.shape(record)
        field = next(f for f in shape.fields if f.name == name)
        text = render(head[control.field] + 1, field, layout.maps)

        error = refused(layout, breaking.with_field(layout, raw, shape, field, text))

        assert error.code == "control_differs"
        assert error.place.field == control.field
        assert error.place.line is not None


@each_record_sample
def test_an_unknown_code_is_never_guessed(layout, sample) -> None:
    raw = sample.read_bytes()

    for shape in layout.records:
        for field in shape.stored:
            if field.type is FieldType.CODE:
                error = refused(layout, breaking.with_field(layout, raw, shape, field, "99?"))
                assert (error.code, error.place.field) == ("code_unknown", field.name)


@each_record_sample
def test_a_wrong_byte_is_refused_where_it_stands(layout, sample) -> None:
    raw, offset = breaking.with_bad_byte(layout, sample.read_bytes())

    error = refused(layout, raw)

    assert (error.code, error.place.byte_offset) == ("encoding_broken", offset)
    assert error.place.line == raw[:offset].count(b"\n") + 1


@each_record_sample
def test_a_file_that_was_cut_off_is_refused(layout, sample) -> None:
    error = refused(layout, breaking.truncated(layout, sample.read_bytes()))

    assert (
        error.code
        in {
            Form.XML: {"xml_malformed"},
            Form.FIXED: {"width_wrong"},
            Form.DELIMITED: {"control_differs", "date_malformed", "field_missing", "fields_wrong"}
            if layout.controls
            else {"line_unfinished"},
        }[layout.form]
    )


@each_record_sample
def test_wherever_a_file_is_cut_no_wrong_rows_are_taken(layout, sample) -> None:
    """A list with controls is refused at every cut; only its last line end may be missing."""
    raw = sample.read_bytes()

    if layout.controls:
        for length in range(0, len(raw) - len(layout.newline), max(1, len(raw) // 40)):
            refused(layout, raw[:length])


@each_record_sample
def test_every_map_of_a_sample_can_be_written(layout, sample) -> None:
    for shape in layout.records:
        for field in shape.stored:
            if field.type is FieldType.CODE:
                for meaning in layout.maps[field.map].values():
                    text = render(meaning, field, layout.maps)
                    assert parse(text, field, layout.maps) == meaning


def _without_only(layout: Layout) -> Layout:
    return replace(layout, only={})


@pytest.mark.parametrize(
    ("layout", "sample"), [(la, s) for la, s in ALL if la.form not in RENDERED], ids=_name
)
def test_a_statement_with_a_broken_byte_or_without_its_end_is_refused(layout, sample) -> None:
    raw = sample.read_bytes()
    middle = len(raw) // 2

    refused(layout, raw[:middle] + breaking.BAD_BYTE * 2 + raw[middle + 2 :])
    if layout.form is not Form.SHEET or sample.suffix == ".xlsx":  # csv of people: no end to miss
        refused(layout, raw[:middle])
