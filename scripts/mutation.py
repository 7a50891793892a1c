"""Mutation score of the domain core: how many small changes of its code its tests notice.

mutmut changes one operator, constant, argument or call at a time inside the functions of a module
and runs the tests that reach that function, in forked processes. It works on a copy of the
project. Arguments: names of modules of `hub.domain` (all of CORE without any), `--processes N`.
Exit code 1 when a module of MONEY is below GOAL. Takes from minutes to hours.

mutmut is no dependency of the project: this script puts it into an environment of its own,
which sees the project's packages.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections import Counter, defaultdict
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
TOOL = "mutmut==3.8.1"
GOAL = 80  # percent
MONEY = (
    "approval", "banking_day", "bank_chain", "calendar", "conservation", "money", "payout",
    "payout_answer", "payout_return", "payout_state", "refund", "transfer_state", "transfer_sums",
    "verdict", "voucher",
)  # fmt: skip
CORE = (
    *MONEY, "aging", "bank_day", "bank_entries", "bank_matching", "bank_statement", "batch_order",
    "books", "debit", "debit_preflight", "discrepancy", "form_code", "fund_account", "lanes",
    "payout_change", "payout_form", "preflight", "reasons", "transfer_case", "transfer_clock",
    "transfer_matching", "transfer_receipt", "transfer_remittance", "transfer_steps", "unpaid",
    "voucher_draft", "way",
)  # fmt: skip
COPIED = ("hub", "hub_verify", "tests", "config", "docs", "scripts", "pyproject.toml", "README.md")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "simulation", "proof")
PROFILE = """

from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile("mutation", deadline=None, derandomize=True, database=None,
                          max_examples=40, suppress_health_check=list(HealthCheck))
settings.load_profile("mutation")
"""
TIMED = "costs_no_more"  # a test of time, which a mutated module need not keep
KILLED = ("killed", "timeout", "segfault", "suspicious", "caught by type check")


def main(words: list[str]) -> int:
    """Mutate the modules that are named, and say what became of the mutants of each."""
    asked = argparse.ArgumentParser(description="Mutation score of hub.domain.")
    asked.add_argument("modules", nargs="*", default=list(CORE), metavar="module")
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--tests", nargs="+", default=["tests/domain"], help="what has to notice")
    asked.add_argument("--keep", type=Path, help="a folder to keep, for mutmut show NAME")
    given = asked.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="hub-mutation-") as made:
        folder = (given.keep or Path(made)).resolve()
        copy = folder / "main"
        prepare(copy, given.modules, given.tests)
        mutmut = install(folder / "tool")
        environment = {**os.environ, "PATH": f"{mutmut.parent}{os.pathsep}{os.environ['PATH']}"}
        run = [mutmut, "run", "--max-children", str(given.processes)]
        subprocess.run(run, cwd=copy, env=environment, check=True)
        found = subprocess.run(
            [mutmut, "results", "--all", "true"], cwd=copy, env=environment, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
    return report(found.stdout)


def prepare(copy: Path, modules: list[str], tests: list[str]) -> None:
    """Copy what the tests need, and write down what is to be mutated."""
    for name in COPIED:
        source = HOME / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, copy / name)
    with (copy / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(PROFILE)
    wanted = ", ".join(f'"hub/domain/{name}.py"' for name in modules)
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(
            f'\n[tool.mutmut]\nsource_paths = ["hub"]\nonly_mutate = [{wanted}]\n'
            'also_copy = ["config", "hub_verify", "docs", "scripts"]\n'
            f'pytest_add_cli_args = ["-q", "-x", "-k", "not {TIMED}"]\n'
            f"pytest_add_cli_args_test_selection = {tests!r}\nuse_git_change_detection = false\n"
        )


def install(folder: Path) -> Path:
    """Return mutmut's command, in an environment that sees the packages of this one."""
    if not (folder / "bin" / "mutmut").exists():
        venv.create(folder, with_pip=True)
        (place,) = folder.glob("lib/python*/site-packages")
        (place / "project.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
        subprocess.run([folder / "bin" / "pip", "install", "-q", TOOL], check=True)
    return folder / "bin" / "mutmut"


def report(results: str) -> int:
    """Print killed, survived and untested mutants by module; tell whether MONEY is at its goal."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in results.splitlines():
        found = re.match(r"\s*hub\.domain\.(\w+)\.\S+: (.+)", line)
        if found:
            counts[found[1]][found[2].strip()] += 1
    low = []
    say(f"{'module':22} {'killed':>7} {'survived':>9} {'no test':>8} {'score':>6}")
    for name, of in sorted(counts.items()):
        killed = sum(of[how] for how in KILLED)
        survived, untested = of["survived"], of["no tests"]
        score = 100 * killed / max(killed + survived, 1)
        say(f"{name:22} {killed:7} {survived:9} {untested:8} {score:5.0f}%")
        if name in MONEY and score < GOAL:
            low.append(name)
    if low:
        say(f"below {GOAL}%: {', '.join(low)}")
    return 1 if low else 0


def say(line: str) -> None:
    """Print one line at once, even into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
