"""How credits of transferred money are shown: one line each, and the cases they may be for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.cli.output import emit, say, table

if TYPE_CHECKING:
    from hub.domain.transfer_matching import Match
    from hub.domain.transfer_receipt import Receipt

LISTED: Final = ("id", "number", "credited_on", "fund", "yuan", "payer_name", "region", "state_zh",
           "case", "how")  # fmt: skip
MATCHED: Final = ("case", "ref", "person", "counterpart", "score", "reasons_zh", "approved")


def say_receipt(line: dict[str, Any]) -> None:
    """Say where a credit is."""
    where = f" → 转移案 {line['case']}" if line["case"] else ""
    say(f"✓ 到账 {line['number']}，{line['yuan']} 元：{line['state_zh']}{where}")


def say_matches(found: Receipt, matches: tuple[Match, ...], *, as_json: bool) -> None:
    """Say where a credit is, and which cases it may be for."""
    from hub.domain.codes import shape

    line = line_of(found)
    rows = [
        {"case": one.case.id, "ref": one.case.ref, "person": shape.mask_name(one.case.person_name),
         "counterpart": one.case.counterpart, "score": one.score,
         "reasons": [reason.value for reason in one.reasons],
         "reasons_zh": "、".join(reason.zh for reason in one.reasons),
         "approved": one.case.consent is not None}
        for one in matches
    ]  # fmt: skip

    def text() -> None:
        say_receipt(line)
        if found.case_id is None:
            table(rows, columns=MATCHED)

    emit({**line, "matches": rows}, as_json=as_json, text=text)


def line_of(one: Receipt) -> dict[str, Any]:
    """Return a credit as one line; the account masked."""
    from hub.domain.codes import bank_account
    from hub.domain.money import yuan_display

    return {
        "id": one.id, "number": one.number, "credit_no": one.credit_no, "fund": one.fund,
        "amount_fen": one.amount_fen, "yuan": yuan_display(one.amount_fen),
        "credited_on": one.credited_on, "payer_name": one.payer_name,
        "payer_account": bank_account.mask(one.payer_account) if one.payer_account else None,
        "words": one.narrative, "region": one.region, "state": one.state.value,
        "state_zh": one.state.zh, "case": one.case_id,
        "how": one.joined_how.value if one.joined_how else None, "cause": one.cause,
        "source": one.source, "entered_by": one.entered_by, "proposed_by": one.proposed_by,
        "confirmed_by": one.confirmed_by, "version": one.version,
    }  # fmt: skip
