"""Plants the bugs of tests/mutants.toml one by one in a copy of the project; runs their tests.

Exit code 0 when the tests noticed every bug, 1 when one went unnoticed. Arguments: parts of names;
without any, all bugs are planted. Takes some minutes.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LIST = HOME / "tests" / "mutants.toml"
LEFT_OUT = shutil.ignore_patterns(".*", "demo*", "var", "__pycache__", "node_modules")
TIMEOUT_S = 600
TESTS_FAILED = 1  # pytest's exit code; anything else means that nothing was proven


def main(wanted: list[str]) -> int:
    """Plant the bugs whose name has one of the words, or all."""
    mutants = tomllib.loads(LIST.read_text("utf-8"))["mutant"]
    chosen = [m for m in mutants if not wanted or any(word in m["name"] for word in wanted)]
    with tempfile.TemporaryDirectory(prefix="hub-mutants-") as folder:
        copy = Path(folder) / "main"
        shutil.copytree(HOME, copy, ignore=LEFT_OUT)
        samples = HOME.parent / "shared"
        if samples.exists():
            (Path(folder) / "shared").symlink_to(samples)
        unnoticed = [m["name"] for m in chosen if not noticed(m, copy)]
    say(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    return 1 if unnoticed else 0


def noticed(mutant: dict[str, object], copy: Path) -> bool:
    """Plant one bug, run its tests, take it out again; tell whether a test failed."""
    file = copy / str(mutant["file"])
    sound = file.read_text("utf-8")
    file.write_text(planted(mutant, sound), "utf-8")
    began_s = time.monotonic()
    try:
        code = run_tests(mutant["tests"], copy)
    finally:
        file.write_text(sound, "utf-8")
    verdict = {TESTS_FAILED: "noticed", 0: "NOT NOTICED"}.get(code, f"BROKEN (exit code {code})")
    say(f"{verdict:12} {time.monotonic() - began_s:6.1f} s  {mutant['name']}")
    return code == TESTS_FAILED


def planted(mutant: dict[str, object], sound: str) -> str:
    """Return the text of a file with the bug in it."""
    old = str(mutant["old"])
    if sound.count(old) != 1:
        raise SystemExit(f"{mutant['name']}: its place is not there once in {mutant['file']}")
    return sound.replace(old, str(mutant["new"]))


def run_tests(tests: object, copy: Path) -> int:
    """Run tests on the copy until the first fails, and return pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command, cwd=copy, env=environment, timeout=TIMEOUT_S, capture_output=True, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return TESTS_FAILED  # a bug that hangs its tests shows


def say(line: str) -> None:
    """Print one line at once, even into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
