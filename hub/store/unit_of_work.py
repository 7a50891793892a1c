"""One unit of work: everything that one transaction sees and changes.

Payouts and direct debits are two ways of the same machinery: for debits a unit has their lists,
items, batches and answers where it has those of payouts otherwise.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Self

from hub.domain.event import opened_facts
from hub.domain.way import Way
from hub.store.arrivals import Arrivals
from hub.store.assistances import Assistances
from hub.store.audit import Audit
from hub.store.bank_books import BankBooks
from hub.store.bank_matches import BankMatches
from hub.store.bank_statements import BankStatements
from hub.store.batch_orders import BatchOrders
from hub.store.conservation import Conservations
from hub.store.debits import (
    DebitAnswers,
    DebitAudit,
    DebitBatches,
    DebitChecks,
    DebitConservations,
    DebitItems,
    DebitLists,
    DebitOutcomes,
)
from hub.store.discrepancies import Discrepancies
from hub.store.form_judgements import FormJudgements
from hub.store.inbox import Inbox
from hub.store.journal import Journal
from hub.store.leases import Leases
from hub.store.letters import Letters
from hub.store.message_arrivals import MessageArrivals
from hub.store.messages import EventRoad, Messages
from hub.store.months import Months
from hub.store.outbox import Outbox
from hub.store.payout_answers import PayoutAnswers
from hub.store.payout_batches import PayoutBatches
from hub.store.payout_changes import DebitChanges, PayoutChanges
from hub.store.payout_checks import PayoutChecks
from hub.store.payout_items import PayoutItems
from hub.store.payout_outcomes import PayoutOutcomes
from hub.store.payouts import Payouts
from hub.store.people import People
from hub.store.quarantine import Quarantine
from hub.store.receipts import Receipts
from hub.store.refunds import Refunds
from hub.store.region_messages import RegionMessages
from hub.store.regions import Regions
from hub.store.remittances import Remittances
from hub.store.restores import Restores
from hub.store.runs import Runs
from hub.store.security import Security
from hub.store.sessions import Sessions
from hub.store.tasks import Tasks
from hub.store.transfers import Transfers
from hub.store.voucher_drafts import VoucherDrafts
from hub.store.vouchers import Vouchers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from hub.domain.discrepancy import Discrepancy


class UnitOfWork:
    """The hub's records inside one transaction; of no use once that has ended."""

    way = Way.PAYOUT

    def __init__(self, connection: Connection, events: EventRoad | None = None) -> None:
        self._connection = connection
        self.inbox = Inbox(connection)
        self.outbox = Outbox(connection)
        self.tasks = Tasks(connection)
        self.journal = Journal(connection)
        self.arrivals = Arrivals(connection)
        self.runs = Runs(connection)
        self.messages = Messages(connection, events)
        self.discrepancies = Discrepancies(connection, self._opened if events else None)
        self.letters = Letters(connection)
        self.leases = Leases(connection)
        self.payouts = Payouts(connection)
        self.payout_items = PayoutItems(connection)
        self.payout_batches = PayoutBatches(connection)
        self.payout_checks = PayoutChecks(connection)
        self.payout_changes = PayoutChanges(connection)
        self.payout_answers = PayoutAnswers(connection)
        self.payout_outcomes = PayoutOutcomes(connection)
        self.batch_orders = BatchOrders(connection)
        self.refunds = Refunds(connection)
        self.vouchers = Vouchers(connection)
        self.conservations = Conservations(connection)
        self.audit = Audit(connection)
        self.voucher_drafts = VoucherDrafts(connection)
        self.message_arrivals = MessageArrivals(connection)
        self.quarantine = Quarantine(connection)
        self.transfers = Transfers(connection)
        self.remittances = Remittances(connection)
        self.form_judgements = FormJudgements(connection)
        self.receipts = Receipts(connection)
        self.assistances = Assistances(connection)
        self.regions = Regions(connection)
        self.region_messages = RegionMessages(connection)
        self.bank_statements = BankStatements(connection)
        self.bank_matches = BankMatches(connection)
        self.bank_books = BankBooks(connection)
        self.people = People(connection)
        self.sessions = Sessions(connection)
        self.security = Security(connection)
        self.restores = Restores(connection)
        self.months = Months(connection)

    @property
    def connection(self) -> Connection:
        """Return the connection itself, for the read models in `hub.store.views`."""
        return self._connection

    def take_time(self) -> None:
        """Let statements of this unit take as long as they need: it reads everything."""
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql("SET LOCAL statement_timeout = 0")

    def on(self, way: Way) -> Self:
        """Return the same unit of work for a way; the journal and all else are the same."""
        if way is self.way:
            return self
        other, connection = copy(self), self._connection
        other.way = way
        debits = way is Way.DEBIT
        other.payouts = (DebitLists if debits else Payouts)(connection)
        other.payout_items = (DebitItems if debits else PayoutItems)(connection)
        other.payout_batches = (DebitBatches if debits else PayoutBatches)(connection)
        other.payout_checks = (DebitChecks if debits else PayoutChecks)(connection)
        other.payout_changes = (DebitChanges if debits else PayoutChanges)(connection)
        other.payout_answers = (DebitAnswers if debits else PayoutAnswers)(connection)
        other.payout_outcomes = (DebitOutcomes if debits else PayoutOutcomes)(connection)
        other.conservations = (DebitConservations if debits else Conservations)(connection)
        other.audit = (DebitAudit if debits else Audit)(connection)
        return other

    def _opened(self, opened: Discrepancy, at: datetime) -> None:
        self.messages.announce("discrepancy.opened", opened_facts(opened), at)
