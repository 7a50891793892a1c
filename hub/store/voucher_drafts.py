"""Voucher drafts in the store: prepared by one person, ended once."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.domain.voucher import Document
from hub.domain.voucher_draft import DraftState, Manual, Undoing, VoucherDraft
from hub.errors import Rejected
from hub.store.schema.vouchers import voucher_drafts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row


class VoucherDrafts:
    """The drafts that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, content: Manual | Undoing, *, person: str, at: datetime) -> VoucherDraft:
        """Keep what a person prepared."""
        added = self._connection.execute(
            voucher_drafts.insert()
            .values(
                kind="event" if isinstance(content, Manual) else "reversal",
                fund=content.fund,
                content=json.dumps(asdict(content), ensure_ascii=False, default=str),
                state=DraftState.OPEN.value,
                prepared_by=person,
                prepared_at=at,
            )
            .returning(voucher_drafts.c.id)
        )
        return self.get(int(added.scalar_one()))

    def get(self, draft_id: int) -> VoucherDraft:
        """Return one draft; `Rejected` when there is none."""
        found = self._all(voucher_drafts.c.id == draft_id)
        if not found:
            raise Rejected("voucher_draft_missing", id=draft_id)
        return found[0]

    def list(self, state: DraftState | None = None) -> list[VoucherDraft]:
        """Return drafts, oldest first."""
        wanted = () if state is None else (voucher_drafts.c.state == state.value,)
        return list(self._all(*wanted))

    def end(self, draft: VoucherDraft) -> None:
        """Write the end of a draft; `Rejected` when somebody else was quicker."""
        c = voucher_drafts.c
        done = self._connection.execute(
            voucher_drafts.update()
            .where(c.id == draft.id, c.state == DraftState.OPEN.value)
            .values(
                state=draft.state.value,
                ended_by=draft.ended_by,
                ended_at=draft.ended_at,
                voucher_no=draft.voucher_no,
            )
        )
        if done.rowcount != 1:
            raise Rejected("voucher_draft_ended", id=draft.id, found=self.get(draft.id).state.value)

    def _all(self, *conditions: ColumnElement[bool]) -> Sequence[VoucherDraft]:
        query = select(voucher_drafts).where(*conditions).order_by(voucher_drafts.c.id)
        return [_draft_of(row) for row in self._connection.execute(query)]


def _draft_of(row: Row[Any]) -> VoucherDraft:
    values = json.loads(row.content)
    values["on"] = date.fromisoformat(values["on"])
    values["documents"] = tuple(Document(**one) for one in values["documents"])
    return VoucherDraft(
        id=row.id,
        content=Manual(**values) if row.kind == "event" else Undoing(**values),
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        state=DraftState(row.state),
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        voucher_no=row.voucher_no,
    )
