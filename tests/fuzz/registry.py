"""All targets by name, each loaded when it is asked for; and which parsers need none, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.fuzz.target import Target

PARTS: Final = {
    "files": ("delimited", "fixed", "xml", "sheet", "camt", "mt940", "pain001", "pain008",
              "pain002", "pacs004", "camt_returns"),
    "messages": ("envelope", "body", "form_rows", "spool", "commands"),
    "papers": ("unpack", "workbook", "transfer_sheet", "transfer_paper", "file_names", "raw_text",
               "sm3", "sm2", "pgp", "work_list"),
    "sealed": ("evidence", "month"),
    "bulk": ("intake", "canonical_csv", "canonical_parquet"),
    "settings": ("settings", "partners", "rules", "books", "bank_accounts", "roles", "reasons",
                 "person_names", "retention", "calendar", "region_file"),
    "console": ("console_pages", "console_forms", "console_uploads", "console_api",
                "console_door"),
}  # fmt: skip


class _Targets(Mapping[str, "Target"]):
    """A process that tries one target loads no other: the console alone takes seconds."""

    def __getitem__(self, name: str) -> Target:
        part = next((part for part, names in PARTS.items() if name in names), None)
        if part is None:
            raise KeyError(name)
        return loaded(part)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for names in PARTS.values() for name in names)

    def __len__(self) -> int:
        return sum(map(len, PARTS.values()))


@cache
def loaded(part: str) -> dict[str, Target]:
    """Return the targets of a module by name."""
    return {one.name: one for one in import_module(f"tests.fuzz.{part}").TARGETS}


TARGETS: Final[Mapping[str, Target]] = _Targets()
_STORE: Final = "rows that the hub itself wrote into its store"
_FACTS: Final = "facts in Parquet that the hub itself wrote"
_PASSED_ON: Final = "passes bytes on and takes none of them apart"
_RENDERED: Final = "writes files, and reads back only what it wrote"
_TWIN: Final = "of twins and simulations, which no deployment runs"
_DAY: Final = "a day or instant out of the hub's own tasks and tables"

EXEMPT: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("hub.flows.evidence", "hub.flows.nightly", "hub.flows.notices", "hub.flows.running",
         "hub.flows.stop_forms", "hub.flows.verify_journalled", "hub.flows.verify_messages",
         "hub.flows.verify_records", "hub.flows.restore_settle", "hub.flows.backup",
         "hub.store.bank_matches", "hub.store.inbox", "hub.store.journal", "hub.store.leases",
         "hub.store.months", "hub.store.outside", "hub.store.people", "hub.store.regions",
         "hub.store.restores", "hub.store.runs", "hub.store.schema.metadata",
         "hub.store.sessions", "hub.store.transfer_approvals", "hub.store.transfers",
         "hub.store.verifying", "hub.store.voucher_drafts", "hub.store.vouchers",
         "hub.domain.letter_content", "hub.console.topics.home.waiting",
         "hub.console.topics.journal.pages", "hub.console.topics.operations.health",
         "hub.console.topics.payouts.pages", "hub.console.topics.people.tables"), _STORE,
    ),
    **dict.fromkeys(
        ("hub.bulk.differences", "hub.bulk.letter_facts", "hub.bulk.packages", "hub.bulk.persons",
         "hub.bulk.report", "hub.bulk.results", "hub.bulk.spark", "hub.bulk.tables"), _FACTS,
    ),
    **dict.fromkeys(
        ("hub.adapters.folder", "hub.adapters.retrying", "hub.adapters.sftp", "hub.ports",
         "hub.adapters.sftp_transfer", "hub.bulk.judge", "hub.documents.spreadsheet",
         "hub.flows.payout_file", "hub.flows.receive", "hub.store.archive"), _PASSED_ON,
    ),
    **dict.fromkeys(
        ("hub.documents.docx_parts", "hub.mappings.pain_options", "hub.mappings.pain_writing",
         "hub.mappings.payout_file", "hub.mappings.payout_texts", "hub.mappings.rendering"),
        _RENDERED,
    ),
    **dict.fromkeys(
        ("hub.simulate.benefits", "hub.simulate.rates", "hub.twins.bank", "hub.twins.script",
         "hub.twins.statements"), _TWIN,
    ),
    **dict.fromkeys(
        ("hub.flows.contributions", "hub.flows.day_totals", "hub.flows.package_check",
         "hub.flows.reconcile", "hub.flows.restore_adopt", "hub.flows.restore_scan",
         "hub.flows.schedule", "hub.flows.transfer_deadlines"), _DAY,
    ),
    "hub.errors": "the texts of refusals, which are part of the program",
    "hub.adapters.credentials": "what the hub sealed with its own key; altered, it does not open",
    "hub.adapters.signing": "keys; those of others come by `region_file`, two people confirm each",
    "hub.domain.region_directory": "keys of others, as above",
    "hub.flows.region_receipts": "bodies of signed receipts: `envelope` and its canonical form",
    "hub.adapters.rabbit_management": "the broker's own answers about itself, to `hub check`",
    "hub.flows.months": "the hub's own archive of a month; its digest is checked first",
}  # fmt: skip
