"""The scan and the codecs read the same from every file, and refuse the same at the same place."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hub.bulk.arrow_rows import by_codec
from hub.bulk.bulk_text import Doubt, by_scan
from hub.bulk.facts_file import schema
from hub.domain.facts import Source
from hub.errors import Rejected
from hub.settings.model import Limits
from tests.bulk.partner_files import LAYOUTS, ROWS, content, damaged

FIELDS = schema(Source.COLLECTIONS)
WANTED = ["receipt_no", "payer_id", "payer_name", "insurance_kind", "period", "amount_fen",
          "collected_on"]  # fmt: skip


def outcome(found):
    """Everything that reading a file gives: its rows, its head, its deviations or its refusal."""
    try:
        tables = list(found().tables)
    except Rejected as error:
        return error.as_dict() | {"facts": error.facts, "place": asdict(error.place)}
    reading = found()
    rows = [row for table in reading.tables for row in table.select(["line", *WANTED]).to_pylist()]
    assert sum(table.num_rows for table in tables) == len(rows)
    return rows, reading.head, reading.deviations


def both(layout, path, limits, block_bytes):
    def scanned():
        return by_scan(
            layout, path, WANTED, file="list.txt", limits=limits, block_bytes=block_bytes
        )

    with path.open("rb") as opened:

        def read():
            opened.seek(0)
            return by_codec(layout, opened, FIELDS, file="list.txt", limits=limits)

        by_code = outcome(read)
    try:
        return by_code, outcome(scanned)
    except Doubt:
        return by_code, None


@pytest.mark.slow
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), layout=LAYOUTS, rows=st.lists(ROWS, max_size=8))
def test_scan_and_codec_agree_on_damaged_files(tmp_path, data, layout, rows):
    path = tmp_path / "list.txt"
    path.write_bytes(data.draw(damaged(content(layout, rows))))
    limits = Limits(items_max=data.draw(st.sampled_from([3, 100])), line_bytes_max=256)
    by_code, scanned = both(layout, path, limits, data.draw(st.sampled_from([1, 100, 10_000])))
    if scanned is None:
        event("left to the codec")
        return
    event("refused" if isinstance(scanned, dict) else "read")
    assert scanned == by_code


@pytest.mark.slow
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(layout=LAYOUTS, rows=st.lists(ROWS, min_size=1, max_size=8))
def test_scan_reads_good_files_itself(tmp_path, layout, rows):
    path = tmp_path / "list.txt"
    path.write_bytes(content(layout, rows))
    by_code, scanned = both(layout, path, Limits(), 100)
    assert scanned is not None
    assert scanned == by_code
    assert not isinstance(scanned, dict), scanned
