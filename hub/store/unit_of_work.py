"""One unit of work: everything that one transaction sees and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.store.arrivals import Arrivals
from hub.store.discrepancies import Discrepancies
from hub.store.inbox import Inbox
from hub.store.journal import Journal
from hub.store.letters import Letters
from hub.store.outbox import Outbox
from hub.store.runs import Runs
from hub.store.tasks import Tasks

if TYPE_CHECKING:
    from sqlalchemy import Connection


class UnitOfWork:
    """The hub's records inside one transaction; of no use once that has ended."""

    def __init__(self, connection: Connection) -> None:
        self.inbox = Inbox(connection)
        self.outbox = Outbox(connection)
        self.tasks = Tasks(connection)
        self.journal = Journal(connection)
        self.arrivals = Arrivals(connection)
        self.runs = Runs(connection)
        self.discrepancies = Discrepancies(connection)
        self.letters = Letters(connection)
