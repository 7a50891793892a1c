"""`hub format`: list, try, bless, as a person types them."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.conftest import ROOT

CONFIG = ["--config", str(ROOT / "config")]
SAMPLES = ROOT / "tests" / "samples" / "tax"


def hub(*arguments: str):
    return CliRunner().invoke(app, ["format", *arguments, *CONFIG])


def test_list_names_every_layout() -> None:
    rows = json.loads(hub("list", "--json").stdout)

    assert {"tax", "treasury", "core"} <= {row["partner"] for row in rows}
    assert "ZSMX_" in hub("list").stdout


def test_try_shows_rows_and_head(tmp_path) -> None:
    packed = tmp_path / "collections.txt.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "collections.txt").read_bytes()))

    answer = hub("try", "tax", "collections", str(packed), "--json", "--rows", "2")

    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["row_count"], len(found["rows"])) == (0, 7, 2)
    assert found["head"]["header.total_fen"] == 2088348
    shown = hub("try", "tax", "collections", str(packed))
    assert "rows: 7" in shown.stdout


def test_try_says_where_and_shows_the_bytes(tmp_path) -> None:
    raw = (SAMPLES / "collections.txt").read_bytes().replace(b"|202611|", b"|202699|", 1)
    path = tmp_path / "a.txt"
    path.write_bytes(raw)

    answer = hub("try", "tax", "collections", str(path))

    assert answer.exit_code == 2
    assert f"字节位置 {raw.index(b'202699')}" in answer.stderr
    assert "32 30 32 36 39 39" in answer.stderr
    assert (
        json.loads(hub("try", "tax", "collections", str(path), "--json").stdout)["error"]["line"]
        == 2
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("try", "nobody", "collections", "x"), "partner_unknown"),
        (("try", "tax", "nothing", "x"), "layout_unknown"),
        (("try", "tax", "collections", "/nowhere/x"), "format_file_unreadable"),
        (("bless", "tax", "collections", "/nowhere/x"), "format_file_unreadable"),
    ],
)
def test_what_is_not_there(arguments, code) -> None:
    answer = hub(*arguments, "--json")

    assert (answer.exit_code, json.loads(answer.stdout)["error"]["code"]) == (2, code)


def test_bless_never_overwrites_by_accident(tmp_path) -> None:
    sample = tmp_path / "collections.txt"
    shutil.copy(SAMPLES / "collections.txt", sample)
    golden = tmp_path / "collections.txt.json"

    assert hub("bless", "tax", "collections", str(sample)).exit_code == 0
    assert golden.read_text("utf-8") == (SAMPLES / golden.name).read_text("utf-8")
    golden.write_text("mine", "utf-8")
    assert hub("bless", "tax", "collections", str(sample)).exit_code == 2
    assert golden.read_text("utf-8") == "mine"
    assert hub("bless", "tax", "collections", str(sample), "--again").exit_code == 0
    assert golden.read_text("utf-8") != "mine"


def test_a_sample_that_is_refused_gets_no_golden(tmp_path) -> None:
    sample = tmp_path / "a.txt"
    sample.write_bytes(b"")

    assert hub("bless", "tax", "collections", str(sample)).exit_code == 2
    assert list(tmp_path.iterdir()) == [sample]
