"""Proves the journal: reads the whole chain and names the first row that is not as it was written.

Somebody who may write to the database can compute a whole new chain. Heads that were exported to
another system before tell this too; without one, a cut-off end is not to be seen.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from hub.errors import Place, Rejected
from hub.store.journal import GENESIS, Head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hub.store.engine import Store

PAGE_ROWS: Final = 5_000  # each page is a short read of its own: the journal only grows


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How far the chain holds; `first_bad` is the number of the first bad row, if there is one.

    `reason`: `changed` (the row, or its place), `missing`, or `head_differs` (the row is in a
    chain of its own, but not the one that was exported).
    """

    head: Head
    first_bad: int | None = None
    reason: str | None = None


def verify(
    store: Store, heads: Iterable[Head] = (), *, seen: Callable[[int], None] = lambda _rows: None
) -> Verdict:
    """Check every row, in order, and every exported head; `seen` is told of each page's rows."""
    exported = {head.n: head.hash for head in heads}
    last = Head(n=0, hash=GENESIS)
    while True:
        with store.read() as uow:
            page = uow.journal.after(last.n, limit=PAGE_ROWS)
        if not page:
            break
        for entry in page:
            if entry.n != last.n + 1:
                return Verdict(head=last, first_bad=last.n + 1, reason="missing")
            if entry.hash != entry.hash_after(last.hash):
                return Verdict(head=last, first_bad=entry.n, reason="changed")
            if exported.get(entry.n, entry.hash) != entry.hash:
                return Verdict(head=last, first_bad=entry.n, reason="head_differs")
            last = Head(n=entry.n, hash=entry.hash)
        seen(len(page))
    if max(exported, default=0) > last.n:
        return Verdict(head=last, first_bad=last.n + 1, reason="missing")
    return Verdict(head=last)


def export_head(store: Store, path: Path) -> Head:
    """Append the chain's present head to a file of heads, which belongs on another system."""
    with store.read() as uow:
        head = uow.journal.head()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(head)) + "\n")
    return head


def read_heads(path: Path) -> list[Head]:
    """Return exported heads, one JSON object a line; `Rejected` when the file holds others."""
    heads = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            head = Head(**json.loads(line))
            bytes.fromhex(head.hash)
        except (ValueError, TypeError) as error:
            place = Place(file=path.name, line=number)
            raise Rejected("journal_head_unreadable", place=place) from error
        heads.append(head)
    return heads
