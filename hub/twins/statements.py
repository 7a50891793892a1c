"""The statement (对账单) of our account at a twin bank, from its own log and its script.

What it took is debited on that day, in one sum or payment by payment, without what it refuses
before it pays; what comes back is credited on the day on which it says so. The script adds other
moves: an appropriation, interest, a charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from hub.domain.money import yuan_text
from hub.domain.payout_answer import Standing
from hub.mappings.layout import Form
from hub.mappings.rendering import render
from hub.twins.plan import steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hub.mappings.layout import Layout
    from hub.twins.ledger import Got, Ledger
    from hub.twins.script import Script

_NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_TOLD_AT: Final = "T20:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of our account, receipts positive; `reason` marks a payment that came back."""

    fen: int
    reference: str
    words: str
    message_id: str | None = None
    end_to_end_id: str | None = None
    account_no: str | None = None
    reason: str | None = None


def entries(script: Script, ledger: Ledger, day: date) -> list[Entry]:
    """Return the entries of a day: what the script adds, what was paid, what came back."""
    play = script.statement
    moves = [
        Entry(fen=move.fen, reference=f"M{move.on:%y%m%d}{number:03d}", words=move.words)
        for number, move in enumerate(play.moves if play else (), start=1)
        if move.on == day
    ]
    for got in ledger.taken:
        if got.day == day.isoformat():
            moves += _paid(script, got)
    return moves + list(_returned(script, ledger, day))


def balance_before(script: Script, ledger: Ledger, day: date) -> int:
    """Return the account's balance before a day, from the beginning of the script."""
    play = script.statement
    balance = play.opening_fen if play else 0
    days = {date.fromisoformat(got.day) for got in ledger.taken}
    days |= {date.fromisoformat(said.day) for said in ledger.said}
    days |= {move.on for move in (play.moves if play else ())}
    for one in days:
        if one < day:
            balance += sum(entry.fen for entry in entries(script, ledger, one))
    return balance


def _paid(script: Script, got: Got) -> list[Entry]:
    refused = {step.index for step in steps(script, got) if step.standing is Standing.REJECTED}
    left = [(n, item) for n, item in enumerate(got.items) if n not in refused and int(item[2]) > 0]
    if not left:
        return []
    if script.statement is not None and script.statement.per_item:
        return [
            Entry(
                fen=-int(item[2]), reference=f"P{got.number:03d}{n:07d}", words="代发",
                end_to_end_id=item[0], account_no=item[1],
            )
            for n, item in left
        ]  # fmt: skip
    total = sum(int(item[2]) for _, item in left)
    return [
        Entry(
            fen=-total, reference=f"B{got.sha256[:12]}", words=f"代发 {got.name}",
            message_id=got.message_id or None,
        )
    ]  # fmt: skip


def _returned(script: Script, ledger: Ledger, day: date) -> Iterator[Entry]:
    """Yield what came back on a day: when it was first said."""
    known: set[tuple[str, int]] = set()
    taken = {got.sha256: got for got in ledger.taken}
    for said in ledger.said:
        if said.how != "whole" or said.about not in taken:
            continue
        got = taken[said.about]
        for index, outcome in said.steps:
            if outcome != Standing.RETURNED.value or (said.about, index) in known:
                continue
            known.add((said.about, index))
            if said.day == day.isoformat():
                yield _back(script, got, index)


def _back(script: Script, got: Got, index: int) -> Entry:
    item = got.items[index]
    reason = next(
        step.reason
        for step in steps(script, got)
        if step.index == index and step.standing is Standing.RETURNED
    )
    return Entry(
        fen=int(item[2]), reference=f"R{item[0] or index}", words=f"退汇 {reason}",
        end_to_end_id=item[0], account_no=item[1], reason=reason,
    )  # fmt: skip


def written(
    layout: Layout,
    moves: Sequence[Entry],
    *,
    account_no: str,
    day: date,
    number: int,
    opening_fen: int,
) -> bytes:
    """Return the statement of a day in the bank's own format."""
    closing_fen = opening_fen + sum(move.fen for move in moves)
    if layout.form is Form.CAMT:
        return _camt053(account_no, day, number, (opening_fen, closing_fen), moves)
    known: dict[str, Any] = {
        "account": account_no, "first_on": day, "last_on": day, "opening_fen": opening_fen,
        "closing_fen": closing_fen, "sequence_no": number, "item_count": len(moves),
    }  # fmt: skip
    head = {
        f"{shape.name}.{field.name}": known.get(field.name)
        for shape in layout.records
        if not shape.repeat
        for field in shape.fields
    }
    rows: list[dict[str, object]] = [
        {
            "credited_on": day, "reference": move.reference, "narrative": move.words,
            "credit_fen": move.fen if move.fen > 0 else None,
            "debit_fen": -move.fen if move.fen < 0 else None,
            "message_id": move.message_id, "party_account": move.account_no,
        }
        for move in moves
    ]  # fmt: skip
    return render(layout, head, rows)


def _camt053(
    account_no: str, day: date, number: int, balances: tuple[int, int], moves: Sequence[Entry]
) -> bytes:
    name = f"S{day:%Y%m%d}-{number}"
    told = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan_text(abs(fen))}</Amt>'
        f"<CdtDbtInd>{'CRDT' if fen >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, fen in zip(("OPBD", "CLBD"), balances, strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{name}</MsgId><CreDtTm>{day}{_TOLD_AT}</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{name}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{day}{_TOLD_AT}</CreDtTm>"
        f"<Acct><Id><Othr><Id>{escape(account_no)}</Id></Othr></Id></Acct>{told}\n"
        + "".join(_ntry(move, day) for move in moves)
        + "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _ntry(move: Entry, day: date) -> str:
    way = "CRDT" if move.fen >= 0 else "DBIT"
    amount = f'<Amt Ccy="CNY">{yuan_text(abs(move.fen))}</Amt>'
    batch = f"<Btch><MsgId>{escape(move.message_id)}</MsgId></Btch>" if move.message_id else ""
    detail = ""
    if move.end_to_end_id is not None:
        reason = (
            f"<RtrInf><Rsn><Cd>{escape(move.reason)}</Cd></Rsn></RtrInf>" if move.reason else ""
        )
        detail = (
            f"<TxDtls><Refs><EndToEndId>{escape(move.end_to_end_id)}</EndToEndId></Refs>"
            f"{amount}<CdtDbtInd>{way}</CdtDbtInd>{reason}</TxDtls>"
        )
    inner = f"<NtryDtls>{batch}{detail}</NtryDtls>" if batch or detail else ""
    return (
        f"<Ntry>{amount}<CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{escape(move.reference)}</AcctSvcrRef>"
        f"<BkTxCd/>{inner}<AddtlNtryInf>{escape(move.words)}</AddtlNtryInf></Ntry>\n"
    )
