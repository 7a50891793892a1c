"""Builds camt.053 messages for tests, right and wrong ones."""

from __future__ import annotations

from datetime import date

from hub.mappings.layout import Form, Layout
from tests.mappings.reading import rows_of

LAYOUT = Layout(partner="any", name="any", form=Form.CAMT, file_name="{any}", sha256="")
ONE = (
    '<Ntry><Amt Ccy="CNY">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    "<BookgDt><Dt>2026-11-23</Dt></BookgDt></Ntry>"
)
DAY = date(2026, 11, 23)


def bal(code, amount, sign="CRDT", day="2026-11-23"):
    mark = f"<CdtDbtInd>{sign}</CdtDbtInd>" if sign else ""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{amount}</Amt>{mark}<Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def stmt(inner, identity="S1", account="6222000000000001"):
    name = f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>"
    return f"<Stmt><Id>{identity}</Id>{name}{inner}</Stmt>"


def message(*statements, version="08"):
    inner = "".join(statements)
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>{inner}</BkToCstmrStmt></Document>"
    ).encode()


def entry(amount="10.00", sign="CRDT", more="", status="<Sts>BOOK</Sts>", ccy="CNY"):
    return (
        f'<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{status}'
        f"<BookgDt><Dt>2026-11-23</Dt></BookgDt>{more}</Ntry>"
    )


def values(raw, layout=LAYOUT):
    return [row.values for row in rows_of(layout, raw)[0]]
