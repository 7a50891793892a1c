"""The bank's view of the treasury account: camt.053, camt.054, MT940, and statements as downloaded.

One entry a day and insurance kind, as the bank credits what the tax bureau sends it. Every
statement adds up: opening balance and entries give the closing balance.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping  # noqa: TC003 -- WRITERS is annotated with them
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

import xlsxwriter

from hub.domain.money import yuan_display, yuan_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

ACCOUNT: Final = "44050158200109000123"
OWNER: Final = "广州市财政局社会保障基金财政专户"
OPENING_FEN: Final = 1_234_567_890

_NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
_SWIFT_CHARACTERS: Final = 65


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Credits to the account up to and on a day, in order of time; amounts are fen."""

    day: date
    credits: Sequence[dict[str, Any]]
    opening_fen: int = OPENING_FEN

    @property
    def credited_fen(self) -> int:
        """What the entries add up to."""
        return sum(c["amount_fen"] for c in self.credits)

    @property
    def closing_fen(self) -> int:
        """The balance after the last entry."""
        return self.opening_fen + self.credited_fen

    @property
    def first_day(self) -> date:
        """The day of the first entry."""
        return min((c["credited_on"] for c in self.credits), default=self.day)


def camt053(statement: Statement) -> bytes:
    """Return the day's statement as ISO 20022 camt.053.001.08."""
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(fen)}"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, fen, day in (
            ("OPBD", statement.opening_fen, statement.first_day),
            ("CLBD", statement.closing_fen, statement.day),
        )
    )
    return _camt("camt.053.001.08", "BkToCstmrStmt", "Stmt", statement, balances)


def camt054(statement: Statement) -> bytes:
    """Return the day's credits as ISO 20022 camt.054.001.08; it has no balances."""
    return _camt("camt.054.001.08", "BkToCstmrDbtCdtNtfctn", "Ntfctn", statement, "")


def mt940(statement: Statement) -> bytes:
    """Return the day's statement as SWIFT MT940; ASCII only, so kinds stand as their codes."""
    lines = [
        f":20:{statement.day:%Y%m%d}001",
        f":25:{ACCOUNT}",
        f":28C:{statement.day.timetuple().tm_yday:05d}/001",
        f":60F:C{statement.first_day:%y%m%d}CNY{_comma(statement.opening_fen)}",
    ]
    for credit in statement.credits:
        day, reference = credit["credited_on"], credit["deposit_no"]
        lines += [
            f":61:{day:%y%m%d}{day:%m%d}C{_comma(credit['amount_fen'])}NTRF{reference}",
            f":86:{credit['insurance_kind'].upper()}"[:_SWIFT_CHARACTERS],
        ]
    lines.append(f":62F:C{statement.day:%y%m%d}CNY{_comma(statement.closing_fen)}")
    return ("\r\n".join([*lines, "-"]) + "\r\n").encode("ascii")


def downloaded_csv(statement: Statement) -> bytes:
    """Return the statement as staff download it: GBK, lines of junk, thousands separators."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([["明细查询"], [f"账号：{ACCOUNT}", f"户名：{OWNER}"], [], *_table(statement)])
    writer.writerow(["合计", "", yuan_display(statement.credited_fen)])
    return out.getvalue().encode("gbk")


def workbook(statement: Statement) -> bytes:
    """Return the statement as an XLSX workbook, amounts as text as banks write them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        # the clock would change the bytes
        book.set_properties({"created": datetime.combine(statement.day, time())})
        sheet = book.add_worksheet("明细")
        for row, values in enumerate(_table(statement)):
            sheet.write_row(row, 0, values)
    return out.getvalue()


WRITERS: Final[Mapping[str, Callable[[Statement], bytes]]] = {
    "camt053": camt053,
    "camt054": camt054,
    "mt940": mt940,
    "statement_csv": downloaded_csv,
    "statement_xlsx": workbook,
}
"""The forms of a statement, by the names that their layouts have in the partner file."""


def _table(statement: Statement) -> list[list[str]]:
    rows = [["交易日期", "凭证号", "贷方发生额", "余额", "摘要"]]
    balance = statement.opening_fen
    for credit in statement.credits:
        balance += credit["amount_fen"]
        rows.append(
            [
                credit["credited_on"].isoformat(),
                credit["deposit_no"],
                yuan_display(credit["amount_fen"]),
                yuan_display(balance),
                credit["narrative"],
            ]
        )
    return rows


def _camt(message: str, root: str, part: str, statement: Statement, balances: str) -> bytes:
    created, number = f"{statement.day}T18:00:00+08:00", f"{statement.day:%Y%m%d}"
    entries = "".join(map(_entry, statement.credits))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}{message}">'
        f"<{root}><GrpHdr><MsgId>{part.upper()}{number}</MsgId><CreDtTm>{created}</CreDtTm>"
        f"</GrpHdr><{part}><Id>{number}</Id><CreDtTm>{created}</CreDtTm>"
        f"<Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>CNY</Ccy>"
        f"<Nm>{escape(OWNER)}</Nm></Acct>{balances}{entries}</{part}></{root}></Document>\n"
    ).encode()


def _entry(credit: dict[str, Any]) -> str:
    day, fen, reference = credit["credited_on"], credit["amount_fen"], credit["deposit_no"]
    return (
        f"<Ntry><NtryRef>{reference}</NtryRef>{_amount(fen)}<CdtDbtInd>CRDT</CdtDbtInd>"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        f"<SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<AddtlNtryInf>{escape(credit['narrative'])}</AddtlNtryInf></Ntry>"
    )


def _amount(fen: int) -> str:
    return f'<Amt Ccy="CNY">{yuan_text(fen)}</Amt>'


def _comma(fen: int) -> str:
    return yuan_text(fen).replace(".", ",")
