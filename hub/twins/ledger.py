"""The twin's own log: what it received and what it said, one JSON line each, only ever appended.

It is an oracle: it knows nothing of the hub. The bytes that came lie beside it, by their SHA-256. A
twin that was stopped at any moment goes on from its log: it may say something twice, and it never
forgets what it took.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEDGER: Final = "ledger.jsonl"
RECEIVED: Final = "received"


class Verdict(StrEnum):
    """What the bank thinks of a file."""

    TAKEN = "taken"
    REPEAT = "repeat"  # the same bytes as before: nothing is paid again
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A file that came. `items` are [how the file names it, account, fen, person] of each payment.

    `number` counts the files that were taken, from 1. `why` is the code of a refusal.
    """

    day: str
    name: str
    sha256: str
    size_bytes: int
    verdict: Verdict
    number: int = 0
    why: str | None = None
    message_id: str | None = None
    total_fen: int = 0
    items: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A file that the bank gave. `steps` are [number of the payment, outcome] that it told of.

    `how` is `whole`, `again` (said before), `half` or `wrong_totals`; the last two tell nothing.
    """

    day: str
    about: str  # SHA-256 of the file that it answers
    layout: str
    name: str
    sha256: str
    how: str = "whole"
    steps: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the log proves. `twice` are end-to-end ids that stood in two different files."""

    files: int
    repeats: int
    refused: int
    payments: int
    total_fen: int
    outcomes: dict[str, int]
    twice: list[str]


class Ledger:
    """The log of one twin, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        (home / RECEIVED).mkdir(parents=True, exist_ok=True)
        self._path = home / LEDGER
        self.got: list[Got] = []
        self.said: list[Said] = []
        _mend(self._path)
        for line in _lines(self._path):
            what = line.pop("what")
            if what == "got":
                self.got.append(Got(**{**line, "verdict": Verdict(line["verdict"])}))
            else:
                self.said.append(Said(**line))

    @property
    def taken(self) -> list[Got]:
        """The files of payments that the bank carries out, in their order."""
        return [one for one in self.got if one.verdict is Verdict.TAKEN]

    def keep(self, content: bytes) -> str:
        """Keep received bytes; return their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._home / RECEIVED / sha256
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(content)
            part.rename(path)
        return sha256

    def path(self, sha256: str) -> Path:
        """Return where received bytes lie."""
        return self._home / RECEIVED / sha256

    def note(self, entry: Got | Said) -> None:
        """Write one entry down; it is on the disk when this returns."""
        what = "got" if isinstance(entry, Got) else "said"
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, **asdict(entry)}, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if isinstance(entry, Got):
            self.got.append(entry)
        else:
            self.said.append(entry)

    def outcomes(self) -> dict[tuple[str, int], str]:
        """Return the last that the bank said of each payment, by file and number."""
        last: dict[tuple[str, int], str] = {}
        for said in self.said:
            if said.how == "whole":
                last |= {(said.about, number): outcome for number, outcome in said.steps}
        return last

    def audit(self) -> Audit:
        """Count everything, and look for payments that came in two different files.

        Files that were refused count too: what the hub sent twice is wrong whoever notices.
        """
        files: defaultdict[str, set[str]] = defaultdict(set)
        for got in self.got:
            for name, _account, _fen, _person in got.items:
                if name is not None:
                    files[name].add(got.sha256)
        verdicts = Counter(got.verdict for got in self.got)
        return Audit(
            files=verdicts[Verdict.TAKEN],
            repeats=verdicts[Verdict.REPEAT],
            refused=verdicts[Verdict.REFUSED],
            payments=sum(len(got.items) for got in self.taken),
            total_fen=sum(got.total_fen for got in self.taken),
            outcomes=dict(sorted(Counter(self.outcomes().values()).items())),
            twice=sorted(name for name, where in files.items() if len(where) > 1),
        )


def _mend(path: Path) -> None:
    """Cut off a last line that was never finished."""
    if path.exists():
        content = path.read_bytes()
        if not content.endswith(b"\n"):
            path.write_bytes(content[: content.rfind(b"\n") + 1])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def item_of(values: dict[str, Any]) -> list[Any]:
    """Return what is kept of one payment: id, account, amount in fen, whose it is."""
    return [
        values.get("end_to_end_id"),
        values.get("account_no"),
        values["amount_fen"],
        values.get("person_id"),
    ]
