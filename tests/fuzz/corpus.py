"""The inputs that once broke something, made small: `corpus/<target>/<name>`, label line first."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.fuzz.minimise import smaller
from tests.fuzz.trial import attempt, bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Target

FOLDER: Final = Path(__file__).with_name("corpus")
MINIMISE_S: Final = 120


def kept(target: Target) -> Iterator[tuple[str, Seed]]:
    """Yield the name and the input of each kept finding."""
    for path in sorted((FOLDER / target.name).glob("*")):
        label, _, content = path.read_bytes().partition(b"\n")
        yield path.name, (label.decode(), content)


def name_of(what: str) -> str:
    """Return a file's name for a kind of finding."""
    return re.sub(r"[^A-Za-z0-9]+", "-", what.replace("hub/", "")).strip("-").lower()[:80]


def keep(target: Target, what: str, given: Seed, folder: Path | None = None) -> Path:
    """Make an input smaller in a process of its own, as it may die of it, and keep it."""
    path = (folder or FOLDER) / target.name / name_of(what)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(given[0].encode() + b"\n" + given[1])
    if not what.startswith(("died", "Too")):
        words = [sys.executable, "-m", "tests.fuzz.corpus", target.name, what, str(path)]
        with suppress(subprocess.TimeoutExpired):  # as small as it is by then
            subprocess.run(words, timeout=MINIMISE_S, check=False, cwd=FOLDER.parents[2],
                           capture_output=True)  # fmt: skip
    return path


def main() -> None:
    """Be the process: `TARGET WHAT PATH`."""
    from tests.fuzz.registry import TARGETS

    name, what, path = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    target = TARGETS[name]
    label, _, content = path.read_bytes().partition(b"\n")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        run = target.open(Path(folder))
        bound()

        def still(shorter: bytes) -> bool:
            broken = attempt(target, run, (label.decode(), shorter)).what == what
            if broken:
                path.write_bytes(label + b"\n" + shorter)
            return broken

        if still(content):
            smaller(content, still)


if __name__ == "__main__":
    main()
