"""`python -m tests.fuzz --target NAME|all --inputs N --seed S`: exit code 1 if anything broke.

What breaks is made small and kept in `tests/fuzz/corpus/<target>/`, where CI tries it for ever.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.corpus import keep, name_of
from tests.fuzz.process import fuzz
from tests.fuzz.registry import TARGETS

if TYPE_CHECKING:
    from tests.fuzz.process import Report


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--target", default="all", help=f"all, or some of {', '.join(TARGETS)}")
    parser.add_argument("--inputs", type=int, default=100_000, help="of each target")
    parser.add_argument("--seconds", type=float, help="of each target at most, on the clock")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, help="write one input to stdout instead, by its number")
    parser.add_argument("--corpus", type=Path, help="where findings are kept instead")
    options = parser.parse_args()
    names = list(TARGETS) if options.target == "all" else options.target.split(",")
    if options.show is not None:
        label, content = TARGETS[names[0]].input(options.seed, options.show)
        sys.stdout.buffer.write(label.encode() + b"\n" + content)
        return
    broken = 0
    for name in names:
        report = fuzz(
            TARGETS[name], inputs=options.inputs, seed=options.seed, seconds=options.seconds
        )
        sys.stdout.write(report.line() + "\n")
        _tell(report, options.seed, options.corpus)
        broken += len(report.broken)
    raise SystemExit(1 if broken else 0)


def _tell(report: Report, seed: int, corpus: Path | None) -> None:
    for what, found in report.broken.items():
        target = TARGETS[report.target]
        path = keep(target, what, (found["label"], found["content"].encode("latin-1")), corpus)
        shown = path.name if path else name_of(what)
        sys.stdout.write(
            f"  ✗ {what}: {found['times']} times, first {report.target}:{seed}:{found['number']}"
            f" → {shown}\n    " + found["detail"].strip().replace("\n", "\n    ") + "\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
