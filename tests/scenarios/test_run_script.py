"""What `./run` shows: three days and a paid month in partners' own formats, by commands only."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_three_days_of_run_find_exactly_what_was_planted(tmp_path):
    line = [sys.executable, ROOT / "scripts" / "demo.py", tmp_path / "demo", "150", "200"]

    done = subprocess.run(line, capture_output=True, text=True, timeout=600, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("完全一致") == 3
    assert "source_missing" in done.stdout
    work = tmp_path / "demo" / "var" / "work"
    assert (work / "2026-11-25" / "discrepancies.xlsx").is_file()
    assert list((work / "letters").glob("示社保财函*.docx"))
    assert "TF000001" in done.stdout  # a refund of what the treasury was credited with twice
    assert "✓ 拨付资金守恒 · conservation" in done.stdout
    assert done.stdout.rstrip().splitlines()[-2].split("│")[-2].strip() == "0.00"


def test_a_folder_that_is_not_its_own_is_not_emptied(tmp_path):
    (tmp_path / "precious").write_text("x", "utf-8")
    line = [sys.executable, ROOT / "scripts" / "demo.py", tmp_path, "150"]

    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)

    assert done.returncode != 0
    assert (tmp_path / "precious").exists()
