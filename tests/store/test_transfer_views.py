"""Every list of transfers, credits, messages and bank days is read by an index, page by page."""

from __future__ import annotations

from datetime import date

import pytest

from hub.domain.region_directory import Kind as EntryKind
from hub.domain.region_message import MessageState
from hub.domain.transfer_kinds import Direction, Kind
from hub.domain.transfer_receipt import ReceiptState
from hub.domain.transfer_remittance import RemittanceState
from hub.domain.transfer_state import TransferState
from hub.store.views import bank, regions, suspense, transfers
from tests.servers import migrated_store
from tests.store.plans import explaining

DAY = date(2026, 11, 24)
MOMENT = "2026-11-24T04:00:00+00:00"
CASES = [
    transfers.Wanted(),
    transfers.Wanted(ref="330100-2026-000001"),
    transfers.Wanted(live=True),
    transfers.Wanted(state=TransferState.APPLIED),
    transfers.Wanted(direction=Direction.IN),
    transfers.Wanted(kind=Kind.MEDICAL),
    transfers.Wanted(counterpart="510100"),
    transfers.Wanted(counterpart="510100", state=TransferState.SENT, kind=Kind.PENSION),
]
CREDITS = [
    suspense.Wanted(),
    suspense.Wanted(held=True),
    suspense.Wanted(state=ReceiptState.JOINED),
    suspense.Wanted(fund="pension"),
    suspense.Wanted(region="510100"),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A migrated SQLite store, which tells its plans whether or not there are rows."""
    store = migrated_store(tmp_path_factory.mktemp("views") / "hub.db")
    yield store
    store.close()


@pytest.fixture
def plans(empty):
    """Collect how SQLite would carry out each query that a test makes."""
    found = []
    with explaining(empty, lambda _, steps: found.extend(steps)):
        yield found


def bad(plans):
    """Return the steps that read through rows or sort them: rows come from an index in order."""
    assert plans
    return [
        step for step in plans
        if "USE TEMP B-TREE" in step or (step.startswith("SCAN") and "USING" not in step)
    ]  # fmt: skip


def ask(store, view, *args, after, **kwargs):
    with store.read() as uow:
        return view(uow, *args, after=after, limit=50, **kwargs)


@pytest.mark.parametrize("after", [None, "[7]"])
@pytest.mark.parametrize("wanted", CASES)
def test_cases(empty, plans, wanted, after):
    ask(empty, transfers.cases, wanted, after=after)
    allowed = {  # backwards along the primary key; the few of one reference in order
        0: {"SCAN transfers"}, 1: {"USE TEMP B-TREE FOR ORDER BY"},
    }  # fmt: skip
    assert set(bad(plans)) <= allowed.get(CASES.index(wanted), set())


@pytest.mark.parametrize("after", [None, "[7]"])
@pytest.mark.parametrize(
    "wanted",
    [
        transfers.Wanted(kind=Kind.MEDICAL, counterpart="510100"),
        transfers.Wanted(direction=Direction.IN, state=TransferState.APPLIED),
        transfers.Wanted(live=True, counterpart="510100"),
    ],
)
def test_cases_by_several_conditions_are_found_without_reading_a_case(empty, plans, wanted, after):
    ask(empty, transfers.cases, wanted, after=after)
    of_an_office = "transfer_by_counterpart" if wanted.counterpart else "transfer_listed"
    index = "transfer_live" if wanted.live else of_an_office
    assert any(f"USING COVERING INDEX {index}" in step for step in plans), plans


def test_a_case_is_found_by_its_number_whatever_else_is_asked(empty, plans):
    wanted = transfers.Wanted(ref="330100-2026-000001", counterpart="510100", live=True)
    ask(empty, transfers.cases, wanted, after=None)
    assert any("transfer_by_peer_ref" in step for step in plans)
    assert not any("transfer_by_counterpart" in step for step in plans)


@pytest.mark.parametrize("after", [None, "[7]"])
def test_clocks_that_run(empty, plans, after):
    from hub.adapters import china_calendar

    calendar = china_calendar.load()
    ask(empty, transfers.running, transfers.Wanted(), calendar=calendar, late_on=DAY, after=after)
    assert not bad(plans)
    assert any("transfer_live" in step for step in plans)


@pytest.mark.parametrize("after", [None, "[7]"])
@pytest.mark.parametrize("wanted", CREDITS)
def test_credits(empty, plans, wanted, after):
    if after and wanted.held:
        after = '["held", 7]'
    ask(empty, suspense.credits_, wanted, after=after)
    assert set(bad(plans)) <= ({"SCAN transfer_receipts"} if wanted == CREDITS[0] else set())


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"fund": "pension", "region": "510100"}, "fund_and_region (fund=? AND region=? AND"),
        (
            {"fund": "pension", "state": ReceiptState.JOINED},
            "fund_and_state (fund=? AND state=? AND",
        ),
        ({"region": "510100", "held": True}, "region_and_state (region=? AND state"),
        (
            {"fund": "pension", "region": "510100", "held": True},
            "receipt_by_all (fund=? AND region=?",
        ),
    ],
)
def test_credits_by_several_conditions(empty, plans, wanted, index):
    after = '["held", 7]' if "held" in wanted else "[7]"
    ask(empty, suspense.credits_, suspense.Wanted(**wanted), after=after)
    assert any(index in step for step in plans), plans
    assert not bad(plans)


@pytest.mark.parametrize("after", [None, "[7]"])
@pytest.mark.parametrize(
    "wanted", [{"state": RemittanceState.SENT}, {"counterpart": "510100"}, {"month": 202611}]
)
def test_remittances(empty, plans, wanted, after):
    ask(empty, transfers.remittances, after=after, **wanted)
    assert not bad(plans)


@pytest.mark.parametrize("after", [None, "[7]"])
@pytest.mark.parametrize(("peer", "is_open"), [(None, True), ("510100", False)])
def test_requests(empty, plans, peer, is_open, after):
    ask(empty, transfers.requests, peer=peer, is_open=is_open, after=after)
    assert not bad(plans)


@pytest.mark.parametrize("after", [None, f'["{MOMENT}", "x", "in"]'])
@pytest.mark.parametrize(
    ("peer", "state"), [(None, None), ("510100", None), (None, MessageState.SENT)]
)
def test_messages(empty, plans, peer, state, after):
    ask(empty, regions.messages, peer=peer, state=state, after=after)
    assert not bad(plans)
    assert any("region_message_by" in step for step in plans)


@pytest.mark.parametrize("after", [None, '["510100", "account", "pension", "2026-01-01", 7]'])
@pytest.mark.parametrize(("code", "kind"), [(None, None), ("510100", EntryKind.ACCOUNT)])
def test_the_directory(empty, plans, code, kind, after):
    ask(empty, regions.directory, on=DAY, code=code, kind=kind, after=after)
    assert not bad(plans)


@pytest.mark.parametrize("after", [None, '["b", 7]'])
def test_drafts_of_the_directory(empty, plans, after):
    ask(empty, regions.drafts, after=after)
    assert not bad(plans)


@pytest.mark.parametrize("after", [None, '["2026-11-24"]'])
@pytest.mark.parametrize("only_open", [True, False])
def test_days_of_an_account(empty, plans, only_open, after):
    ask(empty, bank.days, "out", only_open=only_open, after=after)
    assert not bad(plans)


@pytest.mark.parametrize("after", [None, '["2026-11-24", 7]'])
def test_lines_of_an_account(empty, plans, after):
    ask(empty, bank.lines, "out", only_open=False, since=DAY, after=after)
    assert not bad(plans)
    assert any("bank_line_by_day (account=?" in step for step in plans)
