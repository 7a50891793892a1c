"""Tables of the money of transfers: judged forms, remittances going out, credits coming in.

That a case has one remittance under way, that a credit is entered once and joined to a case by two
different people: all of it is a constraint here. Amounts are fen.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

_UNDER_WAY = text("state IN ('listed', 'sent', 'returned')")

transfer_judgements = table(
    "transfer_judgements",
    identity(),
    Column("case_id", Number, ForeignKey("transfers.id"), nullable=False),
    Column("form", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    CheckConstraint("verdict IN ('accept', 'reservation', 'query')", name="transfer_verdict"),
    UniqueConstraint("case_id", "form", name="transfer_judgement_once"),
)
"""Forms that people accepted with what was found about their sums, and why they did."""

transfer_remittances = table(
    "transfer_remittances",
    identity(),
    Column("case_id", Number, ForeignKey("transfers.id"), nullable=False),
    Column("fund", Text, nullable=False),
    Column("counterpart", Text, nullable=False),
    Column("month", Number, nullable=False),
    Column("form", Text, nullable=False),
    Column("amount_fen", Number, nullable=False),
    Column("state", Text, nullable=False),
    Column("item_id", Number, ForeignKey("payout_items.id")),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("version", Number, nullable=False),
    CheckConstraint(
        "state IN ('listed', 'sent', 'paid', 'returned', 'cancelled')", name="remittance_state"
    ),
    CheckConstraint("amount_fen >= 1 AND version >= 1", name="remittance_amount"),
    CheckConstraint(
        "state NOT IN ('sent', 'paid', 'returned') OR item_id IS NOT NULL",
        name="remittance_payment",
    ),
    Index(
        "remittance_once",
        "case_id",
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    ),
    Index("remittance_by_region", "counterpart", "month"),
    Index("remittance_by_counterpart", "counterpart", "id"),
    Index("remittance_by_state", "state", "id"),
    Index("remittance_by_month", "month", "id"),
    Index("remittance_by_case", "case_id", "id"),
)
"""Money that goes to other offices; `remittance_once`: one at a time for each case."""

transfer_receipts = table(
    "transfer_receipts",
    identity(),
    Column("credit_no", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("amount_fen", Number, nullable=False),
    Column("credited_on", Day, nullable=False),
    Column("payer_name", Text),
    Column("payer_account", Text),
    Column("narrative", Text),
    Column("source", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("turn", Number, nullable=False),
    Column("region", Text),
    Column("case_id", Number, ForeignKey("transfers.id")),
    Column("joined_how", Text),
    Column("proposed_by", Text),
    Column("proposed_at", Instant),
    Column("confirmed_by", Text),
    Column("confirmed_at", Instant),
    Column("cause", Text),
    Column("item_id", Number, ForeignKey("payout_items.id")),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("version", Number, nullable=False),
    CheckConstraint(
        "state IN ('held', 'proposed', 'joined', 'sending_back', 'sent_back')",
        name="receipt_state",
    ),
    CheckConstraint(
        "amount_fen >= 1 AND turn >= 1 AND version >= 1 AND length(document) = 64",
        name="receipt_values",
    ),
    CheckConstraint(
        "(state IN ('proposed', 'joined')) = (case_id IS NOT NULL)", name="receipt_case"
    ),
    CheckConstraint(
        "(state = 'joined') = (joined_how IS NOT NULL)"
        " AND (joined_how IS NULL OR joined_how IN ('reference', 'people'))",
        name="receipt_joined",
    ),
    CheckConstraint(
        "(proposed_by IS NULL) = (proposed_at IS NULL)"
        " AND (confirmed_by IS NULL) = (confirmed_at IS NULL)"
        " AND (state <> 'proposed' OR proposed_by IS NOT NULL)",
        name="receipt_signatures",
    ),
    CheckConstraint(
        "joined_how IS NULL OR joined_how <> 'people' OR (proposed_by IS NOT NULL"
        " AND confirmed_by IS NOT NULL AND"
        " replace(lower(confirmed_by), ' ', '') <> replace(lower(proposed_by), ' ', ''))",
        name="receipt_two_people",
    ),
    CheckConstraint(
        "state NOT IN ('sending_back', 'sent_back') OR (item_id IS NOT NULL AND cause IS NOT NULL)",
        name="receipt_sent_back",
    ),
    UniqueConstraint("fund", "credit_no", name="receipt_once"),
    Index("receipt_by_state", "state", "id"),
    Index("receipt_by_region", "region", "id"),
    Index("receipt_by_fund", "fund", "id"),
    Index("receipt_by_fund_and_state", "fund", "state", "id"),
    Index("receipt_by_fund_and_region", "fund", "region", "id"),
    Index("receipt_by_region_and_state", "region", "state", "id"),
    Index("receipt_by_all", "fund", "region", "state", "id"),
    Index("receipt_by_case", "case_id"),
    Index("receipt_by_credit", "credit_no"),
    Index("receipt_by_amount", "amount_fen"),
)
"""Credits of transferred money (到账), one row each; `receipt_once`: none is entered twice."""
