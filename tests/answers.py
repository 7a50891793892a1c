"""Banks' answers for tests of flows: result lines, pain.002, pacs.004 and camt.054 for `alpha`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.money import yuan_text
from tests.office import Office

if TYPE_CHECKING:
    from pathlib import Path


def answering_office(home: Path) -> Office:
    """Return an office whose banks answer in every form."""
    home.mkdir(exist_ok=True)
    return Office(home)


def line(item, result, text="", *, on="20261124", reference="", amount_fen=None) -> str:
    fen = item.amount_fen if amount_fen is None else amount_fen
    return f"D|{item.end_to_end_id}|{fen}|{result}|{text}|{on}|{reference}"


def result_bytes(lines, *, agency="SB001", total_fen=None) -> bytes:
    total = sum(int(one.split("|")[2]) for one in lines) if total_fen is None else total_fen
    return "\n".join([f"H|{agency}|{len(lines)}|{total}", *lines, ""]).encode()


def answer(office, lines, name="1", *, bank="alpha", **options):
    """Send lines as a result file, work them off; return the received file."""
    received = office.send(f"{bank}-in", f"HP_{name}.txt", result_bytes(lines, **options))
    office.work()
    return office.received(received.id)


def send_xml(office, name, content, *, bank="alpha"):
    received = office.send(f"{bank}-in", name, content.encode())
    office.work()
    return office.received(received.id)


def pain002(message_id, *, group=None, items=(), report="S1", reason=None) -> str:
    """Return a pain.002.001.10; items are (end-to-end id, status, reason, text)."""
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    wide = f"<GrpSts>{group}</GrpSts>{why}" if group else ""
    found = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{e2e}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        + (f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>{text}</AddtlInf></StsRsnInf>"
           if code else "")
        + "</TxInfAndSts>"
        for e2e, status, code, text in items
    )  # fmt: skip
    part = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>{found}"
        "</OrgnlPmtInfAndSts>" if found else ""
    )  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{report}</MsgId><CreDtTm>2026-11-24T17:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{wide}</OrgnlGrpInfAndSts>{part}"
        "</CstmrPmtStsRpt></Document>"
    )


def pacs004(returns, *, message="R1", total_fen=None) -> str:
    """Return a pacs.004.001.09; returns are (end-to-end id, fen, reason, return id)."""
    total = sum(fen for _, fen, _, _ in returns) if total_fen is None else total_fen
    found = "".join(
        f"<TxInf><RtrId>{rid}</RtrId><OrgnlEndToEndId>{e2e}</OrgnlEndToEndId>"
        f'<RtrdIntrBkSttlmAmt Ccy="CNY">{yuan_text(fen)}</RtrdIntrBkSttlmAmt>'
        f"<RtrRsnInf><Rsn><Cd>{code}</Cd></Rsn></RtrRsnInf></TxInf>"
        for e2e, fen, code, rid in returns
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"><PmtRtr><GrpHdr>'
        f"<MsgId>{message}</MsgId><CreDtTm>2026-11-26T09:00:00</CreDtTm>"
        f"<NbOfTxs>{len(returns)}</NbOfTxs>"
        f'<TtlRtrdIntrBkSttlmAmt Ccy="CNY">{yuan_text(total)}</TtlRtrdIntrBkSttlmAmt>'
        "<IntrBkSttlmDt>2026-11-26</IntrBkSttlmDt><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>"
        f"</GrpHdr>{found}</PmtRtr></Document>"
    )


def camt054(returns, *, message="C1") -> str:
    """Return a camt.054.001.08; returns are (end-to-end id, fen, reason, bank's reference)."""
    entries = "".join(
        f'<Ntry><Amt Ccy="CNY">{yuan_text(fen)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-26</Dt></BookgDt>"
        f"<AcctSvcrRef>{ref}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{e2e}</EndToEndId></Refs>"
        f'<Amt Ccy="CNY">{yuan_text(fen)}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"
        for e2e, fen, code, ref in returns
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>'
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-11-26T18:00:00</CreDtTm></GrpHdr>"
        f"<Ntfctn><Id>{message}</Id><CreDtTm>2026-11-26T18:00:00</CreDtTm>"
        f"<Acct><Id><Othr><Id>8010000000000019</Id></Othr></Id></Acct>{entries}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    )
