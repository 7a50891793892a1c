"""The journal verified on demand: the whole chain is read, and the verdict is itself noted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.errors import Rejected
from hub.store.verifying import verify

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.store.verifying import Verdict

EVENT: Final = "journal.verified"
_ONE_AT_A_TIME: Final = threading.Lock()


def verify_now(*, person: str, services: Services) -> Verdict:
    """Read the whole journal and note what was found.

    `Rejected("journal_check_running")` while this process does it for somebody else: one pass over
    a long journal is enough at a time.
    """
    who = named(person)
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise Rejected("journal_check_running")
    try:
        verdict = verify(services.store)
    finally:
        _ONE_AT_A_TIME.release()
    services.store.transact(
        lambda uow: uow.journal.note(
            EVENT, "journal", at=services.now(), actor="person", person=who,
            rows=verdict.head.n, head=verdict.head.hash, first_bad=verdict.first_bad,
            reason=verdict.reason,
        )
    )  # fmt: skip
    return verdict
