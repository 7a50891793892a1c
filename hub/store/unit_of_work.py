"""One unit of work: everything that one transaction sees and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.store.arrivals import Arrivals
from hub.store.audit import Audit
from hub.store.conservation import Conservations
from hub.store.discrepancies import Discrepancies
from hub.store.inbox import Inbox
from hub.store.journal import Journal
from hub.store.letters import Letters
from hub.store.outbox import Outbox
from hub.store.payout_answers import PayoutAnswers
from hub.store.payout_batches import PayoutBatches
from hub.store.payout_checks import PayoutChecks
from hub.store.payout_items import PayoutItems
from hub.store.payout_outcomes import PayoutOutcomes
from hub.store.payouts import Payouts
from hub.store.refunds import Refunds
from hub.store.runs import Runs
from hub.store.tasks import Tasks
from hub.store.voucher_drafts import VoucherDrafts
from hub.store.vouchers import Vouchers

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
        self.payouts = Payouts(connection)
        self.payout_items = PayoutItems(connection)
        self.payout_batches = PayoutBatches(connection)
        self.payout_checks = PayoutChecks(connection)
        self.payout_answers = PayoutAnswers(connection)
        self.payout_outcomes = PayoutOutcomes(connection)
        self.refunds = Refunds(connection)
        self.vouchers = Vouchers(connection)
        self.conservations = Conservations(connection)
        self.audit = Audit(connection)
        self.voucher_drafts = VoucherDrafts(connection)
