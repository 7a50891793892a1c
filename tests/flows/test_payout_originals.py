"""A pain.002 must be about our batch: its count, its sum, and the payments that it counts."""

from __future__ import annotations

import pytest

from hub.domain.money import yuan_text
from hub.store.inbox import InboxState
from tests.answers import answering_office
from tests.payouts import pay, row


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


@pytest.fixture
def sent(office):
    (batch,) = pay(office, [row(1), row(2), row(3)])
    with office.store.read() as uow:
        return batch, list(uow.payout_items.of_batch(batch.id))


def per_status(*stated):
    return "".join(
        f"<NbOfTxsPerSts><DtldNbOfTxs>{count}</DtldNbOfTxs><DtldSts>{status}</DtldSts>"
        + (f"<DtldCtrlSum>{yuan_text(fen)}</DtldCtrlSum>" if fen is not None else "")
        + "</NbOfTxsPerSts>"
        for status, count, fen in stated
    )


def report(batch, items, *, group="", part="", status="RJCT", priced=False):
    """Return a report that lists items with a status; `group` and `part` are what it states."""
    listed = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{one.end_to_end_id}</OrgnlEndToEndId>"
        f"<TxSts>{status}</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
        + (
            f'<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">{yuan_text(one.amount_fen)}</InstdAmt></Amt>'
            "</OrgnlTxRef>"
            if priced
            else ""
        )
        + "</TxInfAndSts>"
        for one in items
    )
    within = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch.message_id}</OrgnlPmtInfId>{part}{listed}"
        "</OrgnlPmtInfAndSts>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>ST1</MsgId><CreDtTm>2026-11-24T17:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{batch.message_id}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>{within}"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def told(office, content):
    received = office.send("alpha-in", "ZT_1.xml", content)
    office.work()
    return office.received(received.id)


def states(office, items):
    with office.store.read() as uow:
        return [uow.payout_items.get(one.id).state.value for one in items]


def stated(count, fen):
    return f"<OrgnlNbOfTxs>{count}</OrgnlNbOfTxs><OrgnlCtrlSum>{yuan_text(fen)}</OrgnlCtrlSum>"


def test_a_report_that_agrees_is_applied(office, sent):
    batch, items = sent
    totals = stated(3, batch.total_fen)
    failed = per_status(("RJCT", 1, items[0].amount_fen), ("ACSC", 2, None))

    received = told(
        office, report(batch, items[:1], group=totals + failed, part=totals + failed, priced=True)
    )

    assert received.state is InboxState.READ
    assert states(office, items) == ["returned", "in_flight", "in_flight"]


@pytest.mark.parametrize("where", ["group", "part"])
@pytest.mark.parametrize(("more", "more_fen"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_another_count_or_sum_than_the_batchs_refuses_the_whole_report(
    office, sent, where, more, more_fen
):
    batch, items = sent
    totals = stated(3 + more, batch.total_fen + more_fen)

    received = told(office, report(batch, items[:1], **{where: totals}))

    assert received.state is InboxState.REFUSED
    assert received.error["code"] == "answer_not_of_batch"
    assert states(office, items) == ["in_flight"] * 3


@pytest.mark.parametrize("where", ["group", "part"])
@pytest.mark.parametrize(
    "counts",
    [
        (("RJCT", 2, None),),  # a rejection is counted and not named
        (("RJCT", 0, None),),  # named and not counted
        (("RJCT", 1, 1),),  # the named payment has another amount
        (("RJCT", 1, None), ("ACSC", 3, None)),  # more than there are
    ],
)
def test_counts_by_status_that_do_not_hold_refuse_the_whole_report(office, sent, where, counts):
    batch, items = sent
    totals = stated(3, batch.total_fen) + per_status(*counts)

    received = told(office, report(batch, items[:1], priced=True, **{where: totals}))

    assert received.state is InboxState.REFUSED
    assert received.error["code"] == "answer_counts_differ"
    assert states(office, items) == ["in_flight"] * 3


def test_a_whole_file_that_was_rejected_needs_no_list(office, sent):
    batch, items = sent
    part = "<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
    part += per_status(("RJCT", 3, batch.total_fen))
    group = stated(3, batch.total_fen) + per_status(("RJCT", 3, batch.total_fen))

    received = told(office, report(batch, [], group=group, part=part))

    assert received.state is InboxState.READ
    assert states(office, items) == ["returned"] * 3


def test_a_count_that_is_no_number_is_refused(office, sent):
    batch, items = sent

    received = told(office, report(batch, items, group="<OrgnlNbOfTxs>３</OrgnlNbOfTxs>"))

    assert received.error["code"] == "count_malformed"
