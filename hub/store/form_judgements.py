"""Forms that people accepted in spite of what was found about their sums (有保留认可)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from hub.store.schema.transfer_funds import transfer_judgements
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


class FormJudgements:
    """The accepted forms that one unit of work sees; each is accepted once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accept(
        self,
        case_id: int,
        form: str,
        *,
        verdict: str,
        content: str,
        reason: str,
        person: str,
        at: datetime,
    ) -> bool:
        """Keep that a person accepts a form with what was found; tell whether it was new."""
        return insert_new(
            self._connection, transfer_judgements, case_id=case_id, form=form, verdict=verdict,
            content=content, reason=reason, accepted_by=person, accepted_at=at,
        )  # fmt: skip

    def accepted(self, case_id: int, form: str) -> str | None:
        """Return who accepted a form in spite of its sums; `None` if nobody did."""
        c = transfer_judgements.c
        query = select(c.accepted_by).where(c.case_id == case_id, c.form == form)
        return self._connection.execute(query).scalar_one_or_none()
