"""Records that tests of the store put in: differences, letters, received files."""

from __future__ import annotations

from hub.domain.discrepancy import Difference, Level
from hub.domain.letter import Letter, LetterKind
from hub.domain.verdict import Verdict

SHA = "ab" * 32


def differ(key, *, verdict=Verdict.SHORT, amount_fen=100, level=Level.RECEIPT, **facts):
    return Difference(key=key, level=level, cause=verdict, amount_fen=amount_fen, **facts)


def draft(at, *, key="monthly/202611", kind=LetterKind.MONTHLY, **facts):
    values = {
        "id": 0, "key": key, "kind": kind, "month": 202611, "to_party": "税务局",
        "cc_party": "财政局", "content_sha256": SHA, "drafted_by": "王芳", "drafted_at": at,
    }  # fmt: skip
    return Letter(**{**values, **facts})


def receive(uow, number, *, at, channel="tax-in", name=None, content=None):
    """Record a received file; `content` (or else `number`) stands for its bytes."""
    return uow.inbox.add(
        channel=channel,
        name=name or f"{number}.csv",
        sha256=f"{content if content is not None else number:064d}",
        size_bytes=10,
        at=at,
        trace_id=f"t-{number}",
    )


def read(uow, received, *, at, key=None, partner="tax", rows=3, **options):
    return uow.inbox.mark_read(
        received.id, partner=partner, layout="list", layout_sha256=SHA, rows=rows,
        business_key=key, at=at, **options,
    )  # fmt: skip
