"""Our accounts at the bank alpha, and the statements that it sends: camt.053, .052, MT940, CSV."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from hub.domain.money import yuan_text
from hub.mappings.bank_accounts import load_banking
from hub.mappings.catalog import load_catalog
from tests import payouts
from tests.conftest import ROOT
from tests.lists import write_partners
from tests.office import Office

ACCOUNT = "8010000000000019"
TREASURY = "8010000000000027"
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)

LAYOUTS = """
[layouts.statement]
form = "camt"
file_name = "ST_{any}.xml"
options = { currency = "CNY" }

[layouts.statement_swift]
form = "mt940"
file_name = "MT_{any}.txt"
encoding = "ascii"

[layouts.statement_csv]
form = "sheet"
file_name = "MX_{day:%Y%m%d}_{sequence:02d}.csv"
encoding = "gbk"

[layouts.statement_csv.options]
totals = ["合计"]

[[layouts.statement_csv.records]]
name = "item"
repeat = true
fields = [
  { name = "credited_on", column = "交易日期", type = "date", format = "%Y-%m-%d" },
  { name = "deposit_no", column = "流水号", type = "text", required = false },
  { name = "credit_fen", column = "收入", type = "amount_yuan", required = false },
  { name = "debit_fen", column = "支出", type = "amount_yuan", required = false },
  { name = "balance_fen", column = "余额", type = "amount_yuan" },
  { name = "party_account", column = "对方账号", type = "text", required = false },
  { name = "narrative", column = "摘要", type = "text", required = false },
]

[layouts.statement_csv.maps.reasons]
"退汇 户名不符" = "BE01"
"""

ACCOUNTS = f"""
[accounts.out]
title = "养老支出户"
partner = "alpha"
kind = "expenditure"
funds = ["pension"]
number = "{ACCOUNT}"
since = 2026-11-24
opening_fen = 1000000000
numbered = true

[accounts.special]
title = "养老财政专户"
partner = "alpha"
kind = "treasury"
funds = ["pension"]
number = "{TREASURY}"
since = 2026-11-24
opening_fen = 5000000000
every_day = false
"""


def banking_office(home, accounts=ACCOUNTS, **options):
    """Return an office that keeps accounts at alpha."""
    home.mkdir(exist_ok=True)
    write_partners(home / "partners")
    payouts.write_payout_partners(home / "partners", **options)
    office = Office(home, catalog=load_catalog(home))
    keep_accounts(office, home, accounts)
    return office


def keep_accounts(office, home, accounts=ACCOUNTS):
    """Let an office keep accounts at alpha from now on."""
    alpha = home / "partners" / "alpha.toml"
    alpha.write_text(alpha.read_text("utf-8") + LAYOUTS, "utf-8")
    catalog = load_catalog(home)
    rules = (ROOT / "config" / "bank_accounts.toml").read_text("utf-8")
    config = office.services.settings.config_dir
    (config / "bank_accounts.toml").write_text(accounts + rules, "utf-8")
    banking = load_banking(config, books=office.services.books, partners=catalog.partners)
    office.services = replace(office.services, catalog=catalog, banking=banking)


@dataclass
class Move:
    """One entry of a statement; `ids` are the payments that it stands for."""

    fen: int
    text: str = ""
    ref: str = ""
    ids: tuple = ()
    message: str = ""
    code: str = ""
    account: str = ""
    returned: str = ""
    parts: dict = field(default_factory=dict)


def camt(moves, *, opening, on=TUESDAY, number=1, account=ACCOUNT, name="camt.053", ident=None):
    """Return a statement of one day with its balances."""
    root, one = {
        "camt.053": ("BkToCstmrStmt", "Stmt"), "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    }[name]  # fmt: skip
    closing = opening + sum(move.fen for move in moves)
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan_text(abs(fen))}</Amt>'
        f"<CdtDbtInd>{'CRDT' if fen >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
        for code, fen in (("OPBD", opening), ("CLBD", closing))
    )
    entries = "".join(_entry(move, on) for move in moves)
    ident = ident or f"S{on:%Y%m%d}-{number}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}.001.08"><{root}>'
        f"<GrpHdr><MsgId>{ident}</MsgId><CreDtTm>{on}T20:00:00</CreDtTm></GrpHdr>"
        f"<{one}><Id>{ident}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{on}T20:00:00</CreDtTm><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>"
        f"{balances}{entries}</{one}></{root}></Document>"
    ).encode()


def _entry(move, on):
    way = "CRDT" if move.fen >= 0 else "DBIT"
    amount = f'<Amt Ccy="CNY">{yuan_text(abs(move.fen))}</Amt>'
    reason = f"<RtrInf><Rsn><Cd>{move.returned}</Cd></Rsn></RtrInf>" if move.returned else ""
    side = "Cdtr" if move.fen < 0 else "Dbtr"
    party = (
        f"<RltdPties><{side}Acct><Id><Othr><Id>{move.account}</Id></Othr></Id></{side}Acct>"
        "</RltdPties>" if move.account else ""
    )  # fmt: skip
    batch = f"<Btch><MsgId>{move.message}</MsgId></Btch>" if move.message else ""
    ids = move.ids or (("",) if reason or party else ())
    details = "".join(
        "<TxDtls>" + (f"<Refs><EndToEndId>{one}</EndToEndId></Refs>" if one else "")
        + (f'<Amt Ccy="CNY">{yuan_text(move.parts.get(one, abs(move.fen)))}</Amt>'
           f"<CdtDbtInd>{way}</CdtDbtInd>")
        + f"{party}{reason}</TxDtls>"
        for one in ids
    )  # fmt: skip
    inner = f"<NtryDtls>{batch}{details}</NtryDtls>" if batch or details else ""
    code = f"<BkTxCd><Prtry><Cd>{move.code}</Cd></Prtry></BkTxCd>" if move.code else "<BkTxCd/>"
    ref = f"<AcctSvcrRef>{move.ref}</AcctSvcrRef>" if move.ref else ""
    text = f"<AddtlNtryInf>{move.text}</AddtlNtryInf>" if move.text else ""
    return (
        f"<Ntry>{amount}<CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{on}</Dt></BookgDt>{ref}{code}{inner}{text}</Ntry>"
    )


def send(office, content, name, channel="alpha-in"):
    """Send a file of the bank and work everything off; return it as it is then."""
    received = office.send(channel, name, content)
    office.work()
    return office.received(received.id)


def lines_of(office, account="out"):
    with office.store.read() as uow:
        return list(uow.bank_matches.lines(account))


def days_of(office, account="out"):
    with office.store.read() as uow:
        return uow.bank_statements.days(account)


def table_of(office, on, account="out"):
    from hub.flows.bank_day import reconcile

    with office.store.read() as uow:
        return reconcile(office.services.banking.get(account), on, office.services, uow)


def settle(office):
    from hub.flows.bank_day import settle_all

    settle_all(office.services)


def alarms(office):
    """Return the causes that are open now, as text."""
    return sorted(
        d.difference.cause.value for d in office.discrepancies() if d.state.value != "closed"
    )
