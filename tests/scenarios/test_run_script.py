"""What `./run` shows: three days and a paid month in partners' own formats, by commands only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_three_days_of_run_find_exactly_what_was_planted(tmp_path):
    line = [
        sys.executable,
        ROOT / "scripts" / "demo.py",
        tmp_path / "demo",
        "150",
        "200",
        "--no-console",
    ]

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


def demo_console(words, home, **environment):
    """Run a line of the script's own module as `./run` does, and return what it printed."""
    program = f"import sys; sys.path.insert(0, 'scripts'); import demo_console; {words}"
    line = [sys.executable, "-c", program, str(home)]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def home(tmp_path):
    """A deployment of the project's configuration, whose console is stopped in the end."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    yield tmp_path
    demo_console(STOP, tmp_path)


START = (
    "from datetime import date; from pathlib import Path; home = Path(sys.argv[1]);"
    " demo_console.start(home, date(2026, 11, 27), home)"
)
STOP = "from pathlib import Path; demo_console.stop(Path(sys.argv[1]))"


@pytest.mark.slow
def test_the_console_is_left_open_and_ends_with_the_next_run(home):
    said = demo_console(START, home)
    url = re.search(r"http://127.0.0.1:[0-9]+", said)[0]
    with urllib.request.urlopen(f"{url}/sign-in", timeout=30) as page:  # noqa: S310
        assert page.status == 200
    line = [
        sys.executable,
        "-m",
        "hub",
        "user",
        "code",
        "payout-maker",
        "--config",
        home / "config",
    ]
    code = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    assert re.fullmatch(r"[0-9]{6}", code.stdout.strip())
    assert "payout-maker" in said

    demo_console(STOP, home)

    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/health", timeout=30)  # noqa: S310


def test_no_console_is_left_where_none_is_wanted(tmp_path):
    ask = "print(demo_console.wanted(sys.argv[2:]))"

    assert demo_console(ask, tmp_path, CI="1").strip() == "False"
    assert demo_console(ask, tmp_path, CI="").strip() == "True"
    assert (
        demo_console(f"sys.argv.append('--no-console'); {ask}", tmp_path, CI="").strip() == "False"
    )


def test_a_folder_that_is_not_its_own_is_not_emptied(tmp_path):
    (tmp_path / "precious").write_text("x", "utf-8")
    line = [sys.executable, ROOT / "scripts" / "demo.py", tmp_path, "150"]

    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)

    assert done.returncode != 0
    assert (tmp_path / "precious").exists()
