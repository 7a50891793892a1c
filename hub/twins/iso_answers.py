"""The ISO 20022 answers of a twin: pain.002.001.10, pacs.004.001.09, camt.054.001.08.

A payment that comes back has one reference of the bank, in whatever message it is told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from hub.domain.money import yuan_text
from hub.domain.payout_answer import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.twins.plan import Step
    from hub.twins.said import Answer

_NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
_ISO_CODE: Final = re.compile(r"[A-Z0-9]{4}")
_STATUS: Final = {Standing.PAID: "ACSC", Standing.REJECTED: "RJCT", Standing.OPEN: "BLCK"}
_TOLD_AT: Final = "T17:00:00"


def pain002(answer: Answer, *, refused: str | None = None) -> bytes:
    """Return the statuses of payments; with `refused`, the refusal of the whole file instead."""
    head = answer.about.bare
    message_id = escape(str(head["message_id"]))
    group = f"<GrpSts>RJCT</GrpSts>{_reason('StsRsnInf', refused)}" if refused else ""
    part = (
        [f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>",
         *(_status(answer, step) for step in answer.steps), "</OrgnlPmtInfAndSts>"]
        if answer.steps
        else []
    )  # fmt: skip
    return _message(
        "pain.002.001.10",
        "CstmrPmtStsRpt",
        f"<GrpHdr>{_ids(answer)}</GrpHdr>",
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>",
        f"<OrgnlMsgNmId>{_order(answer)}</OrgnlMsgNmId>",
        f"<OrgnlNbOfTxs>{head['item_count']}</OrgnlNbOfTxs>",
        f"<OrgnlCtrlSum>{yuan_text(head['total_fen'] + answer.more_fen)}</OrgnlCtrlSum>",
        f"{group}</OrgnlGrpInfAndSts>",
        *part,
    )


def pacs004(answer: Answer) -> bytes:
    """Return payments that come back, as the clearing system tells of them."""
    head, total = answer.about.bare, yuan_text(answer.total_fen)
    return _message(
        "pacs.004.001.09",
        "PmtRtr",
        f"<GrpHdr>{_ids(answer)}<NbOfTxs>{len(answer.steps)}</NbOfTxs>",
        f'<TtlRtrdIntrBkSttlmAmt Ccy="{answer.currency}">{total}</TtlRtrdIntrBkSttlmAmt>',
        f"<IntrBkSttlmDt>{answer.day}</IntrBkSttlmDt>",
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>",
        f"<OrgnlGrpInf><OrgnlMsgId>{escape(str(head['message_id']))}</OrgnlMsgId>",
        f"<OrgnlMsgNmId>{_order(answer)}</OrgnlMsgNmId></OrgnlGrpInf>",
        *(_returned(answer, step) for step in answer.steps),
    )


def camt054(answer: Answer) -> bytes:
    """Return payments that come back, as an advice of credit to our account (退汇通知).

    Of direct debits it is one of debit: what was collected is taken back.
    """
    account = escape(str(answer.about.head["payment.account_no"]))
    return _message(
        "camt.054.001.08",
        "BkToCstmrDbtCdtNtfctn",
        f"<GrpHdr>{_ids(answer)}</GrpHdr><Ntfctn><Id>{escape(answer.message_id)}</Id>",
        f"<CreDtTm>{answer.day}{_TOLD_AT}</CreDtTm>",
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>",
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(answer.steps)}</NbOfNtries>"
        f"<Sum>{yuan_text(answer.total_fen)}</Sum></TtlNtries></TxsSummry>",
        *(_credited(answer, step) for step in answer.steps),
        "</Ntfctn>",
    )


def _order(answer: Answer) -> str:
    return "pain.008" if answer.about.debits else "pain.001"


def _status(answer: Answer, step: Step) -> str:
    row = answer.row(step)
    return (
        f"<TxInfAndSts>{_original(answer, step)}<TxSts>{_STATUS[step.standing]}</TxSts>"
        f"{_reason('StsRsnInf', step.reason) if step.reason else ''}"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="{answer.currency}">{yuan_text(row["amount_fen"])}'
        f"</InstdAmt></Amt><IntrBkSttlmDt>{answer.day}</IntrBkSttlmDt></OrgnlTxRef></TxInfAndSts>\n"
    )


def _returned(answer: Answer, step: Step) -> str:
    amount = yuan_text(answer.row(step)["amount_fen"])
    return (
        f"<TxInf><RtrId>{_reference(answer, step)}</RtrId>{_original(answer, step)}"
        f'<RtrdIntrBkSttlmAmt Ccy="{answer.currency}">{amount}</RtrdIntrBkSttlmAmt>'
        f"{_reason('RtrRsnInf', step.reason)}</TxInf>\n"
    )


def _credited(answer: Answer, step: Step) -> str:
    row = answer.row(step)
    amount = f'<Amt Ccy="{answer.currency}">{yuan_text(row["amount_fen"])}</Amt>'
    way = f"<CdtDbtInd>{'DBIT' if answer.about.debits else 'CRDT'}</CdtDbtInd>"
    return (
        f"<Ntry>{amount}{way}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{answer.day}</Dt></BookgDt>"
        f"<AcctSvcrRef>{_reference(answer, step)}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{escape(str(row['end_to_end_id']))}</EndToEndId></Refs>{amount}"
        f"{way}{_reason('RtrInf', step.reason)}"
        "</TxDtls></NtryDtls></Ntry>\n"
    )


def _original(answer: Answer, step: Step) -> str:
    row = answer.row(step)
    number = escape(str(row["item_no"])) if row.get("item_no") else None
    return (f"<OrgnlInstrId>{number}</OrgnlInstrId>" if number else "") + (
        f"<OrgnlEndToEndId>{escape(str(row['end_to_end_id']))}</OrgnlEndToEndId>"
    )


def _reason(name: str, reason: str | None) -> str:
    """Return a reason; what is no ISO code is the bank's own."""
    tag = "Cd" if _ISO_CODE.fullmatch(reason or "") else "Prtry"
    return f"<{name}><Rsn><{tag}>{escape(str(reason))}</{tag}></Rsn></{name}>"


def _reference(answer: Answer, step: Step) -> str:
    return f"R{escape(str(answer.row(step)['end_to_end_id']))}"


def _ids(answer: Answer) -> str:
    return f"<MsgId>{escape(answer.message_id)}</MsgId><CreDtTm>{answer.day}{_TOLD_AT}</CreDtTm>"


def _message(name: str, element: str, *parts: str) -> bytes:
    return "".join(_framed(name, element, parts)).encode()


def _framed(name: str, element: str, parts: Iterable[str]) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<Document xmlns="{_NAMESPACE}{name}"><{element}>'
    yield from parts
    yield f"</{element}></Document>\n"
