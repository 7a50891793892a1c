"""What a run leaves behind: four Parquet files, always in the same order, and a summary.

Every fen is accounted for before a file counts: what was listed and booked is either matched or
in a verdict, on both sides, counted in two ways that know nothing of each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.bulk.rules import RECEIPT
from hub.bulk.tables import DISCREPANCIES, MATCHES

if TYPE_CHECKING:
    from pathlib import Path

    from hub.bulk.sql import Sql

_HOW: Final = {
    **{name: f"yuan({name})" for name in ("collected", "deposited", "assessed", "amount")},
    "period": "lpad(period::VARCHAR, 6, '0')",
    "age_working_days": "age_on(since_on, age)",
}

_DISCREPANCIES: Final = f"""
SELECT {", ".join(f"{_HOW.get(name, name)} AS {name}" for name in DISCREPANCIES)}
FROM verdicts LEFT JOIN ages ON ages.day = since_on
ORDER BY verdict, receipt_no, deposit_no, payer_id, insurance_kind, verdicts.period, level,
    verdicts.amount, since_on, note, verdicts.collected, verdicts.deposited, verdicts.assessed,
    collected_on, rule
"""

_OPEN_COLLECTIONS: Final = """
SELECT * EXCLUDE (is_new)
FROM suspect_collections ANTI JOIN unnumbered_matches USING (receipt_no, insurance_kind)
ORDER BY receipt_no, insurance_kind, line, COLUMNS(*)
"""

_OPEN_DEPOSITS: Final = """
SELECT * EXCLUDE (is_new) FROM (
    SELECT * FROM suspect_deposits
    UNION ALL
    SELECT loose.* FROM unnumbered_deposits AS loose
    ANTI JOIN unnumbered_matches AS fit
        ON fit.insurance_kind = loose.insurance_kind AND fit.amount = loose.amount_fen
)
ORDER BY receipt_no, deposit_no, insurance_kind, line, COLUMNS(*)
"""

# each slip once; a match that a verdict of today rests on is handed on as it was. Only slips of
# several rows a side are aggregated: joining the others costs a third of that
_MATCHES: Final = f"""
WITH listed AS (
    FROM collections ANTI JOIN exceptions USING (receipt_no, insurance_kind)
), booked AS (
    FROM deposits ANTI JOIN exceptions USING (receipt_no, insurance_kind)
    WHERE receipt_no IS NOT NULL
), sides AS (
    SELECT receipt_no, insurance_kind, payer_id, period, collected_on,
        amount_fen AS collected_fen, 0 AS deposited_fen, 1 AS collected_rows, 0 AS deposited_rows,
        NULL AS deposit_no
    FROM collections
    UNION ALL
    SELECT receipt_no, insurance_kind, NULL, NULL, NULL, 0, amount_fen, 0, 1, deposit_no
    FROM deposits
), found AS (
    SELECT getvariable('as_of') AS matched_on, receipt_no, insurance_kind, payer_id, period,
        collected_on, coalesce(listed.amount_fen, 0) AS collected_fen,
        coalesce(booked.amount_fen, 0) AS deposited_fen,
        if(listed.amount_fen IS NULL, 0, 1) AS collected_rows,
        if(booked.amount_fen IS NULL, 0, 1) AS deposited_rows, deposit_no, '{RECEIPT}' AS rule
    FROM listed FULL JOIN booked USING (receipt_no, insurance_kind)
    UNION ALL
    SELECT getvariable('as_of') AS matched_on, receipt_no, insurance_kind,
        only_one(payer_id) AS payer_id, only_one(period) AS period,
        min(collected_on) AS collected_on, sum(collected_fen)::BIGINT AS collected_fen,
        sum(deposited_fen)::BIGINT AS deposited_fen,
        sum(collected_rows)::BIGINT AS collected_rows,
        sum(deposited_rows)::BIGINT AS deposited_rows,
        only_one(deposit_no) AS deposit_no, '{RECEIPT}' AS rule
    FROM sides SEMI JOIN (FROM exceptions WHERE NOT differs) USING (receipt_no, insurance_kind)
    GROUP BY receipt_no, insurance_kind
    UNION ALL
    SELECT getvariable('as_of') AS matched_on, receipt_no, insurance_kind, payer_id, period,
        collected_on, amount AS collected_fen, amount AS deposited_fen, collected_rows,
        1 AS deposited_rows, deposit_no, rule
    FROM unnumbered_matches
    UNION ALL
    SELECT {", ".join(MATCHES)} FROM reopened
)
SELECT {", ".join(MATCHES)} FROM found ORDER BY receipt_no, insurance_kind, matched_on, COLUMNS(*)
"""

# what was given is matched by receipt or suspect; a suspect row is fitted, or judged and open
_ACCOUNT: Final = """
SELECT source, 'given', sum(rows)::BIGINT, sum(fen)::BIGINT FROM daily GROUP BY source
UNION ALL
SELECT 'collections', 'suspect', count(*), sum(amount_fen)::BIGINT FROM suspect_collections
UNION ALL
SELECT 'deposits', 'suspect', count(*), sum(amount_fen)::BIGINT FROM (
    SELECT amount_fen FROM suspect_deposits UNION ALL SELECT amount_fen FROM unnumbered_deposits)
UNION ALL
SELECT 'collections', 'fitted', sum(collected_rows)::BIGINT, sum(amount)::BIGINT
FROM unnumbered_matches
UNION ALL
SELECT 'deposits', 'fitted', count(*), sum(amount)::BIGINT FROM unnumbered_matches
UNION ALL
SELECT 'collections', 'judged', NULL, sum(own_collected)::BIGINT FROM verdicts WHERE level = 'ii'
UNION ALL
SELECT 'deposits', 'judged', NULL, sum(own_deposited)::BIGINT FROM verdicts WHERE level = 'ii'
UNION ALL
SELECT 'collections', 'open', count(*), sum(amount_fen)::BIGINT FROM read_parquet($collections)
UNION ALL
SELECT 'deposits', 'open', count(*), sum(amount_fen)::BIGINT FROM read_parquet($deposits)
"""

Account = dict[tuple[str, str], tuple[int, int]]


def write(connection: Sql, out: Path, *, keep_matches: bool) -> dict[str, Any]:
    """Write the files into the folder `out` and return the summary: counts, and sums in fen.

    `ArithmeticError` if a record or a fen was lost on the way.
    """
    _copy(connection, _DISCREPANCIES, out / "discrepancies.parquet")
    _copy(connection, _OPEN_COLLECTIONS, out / "open_collections.parquet")
    _copy(connection, _OPEN_DEPOSITS, out / "open_deposits.parquet")
    (out / "matches.parquet").unlink(missing_ok=True)  # an earlier run may have kept them
    if keep_matches:
        _copy(connection, _MATCHES, out / "matches.parquet")
    account = _account(connection, out)
    return {
        "inputs": _inputs(connection),
        "matched": _matched(account),
        "verdicts": _verdicts(connection),
    }


def _copy(connection: Sql, query: str, path: Path) -> None:
    name = str(path).replace("'", "''")
    connection.execute(f"COPY ({query}) TO '{name}' (FORMAT parquet, COMPRESSION zstd)")


def _account(connection: Sql, out: Path) -> Account:
    paths = {side: str(out / f"open_{side}.parquet") for side in ("collections", "deposits")}
    account: Account = {(side, "given"): (0, 0) for side in paths}
    for side, what, rows, fen in connection.execute(_ACCOUNT, paths).fetchall():
        account[side, what] = (rows or 0, fen or 0)
    for side in paths:
        suspect, fitted, judged, left = (
            account[side, what] for what in ("suspect", "fitted", "judged", "open")
        )
        if not suspect[1] - fitted[1] == judged[1] == left[1] or suspect[0] - fitted[0] != left[0]:
            raise ArithmeticError(f"{side} were lost: {suspect} - {fitted}, {judged}, {left}")
    return account


def _matched(account: Account) -> dict[str, int]:
    rows, fen = {}, {}
    for side in ("collections", "deposits"):
        given, left = account[side, "given"], account[side, "open"]
        rows[side], fen[side] = given[0] - left[0], given[1] - left[1]
    if fen["collections"] != fen["deposits"]:
        raise ArithmeticError(f"what matched is not equal on both sides: {fen} fen")
    return {**rows, "fen": fen["collections"]}


def _inputs(connection: Sql) -> dict[str, dict[str, int]]:
    inputs: dict[str, dict[str, int]] = {
        source: {"rows": 0, "fen": 0, "carried_rows": 0, "carried_fen": 0}
        for source in ("collections", "deposits")
    }
    given = connection.execute(
        "SELECT source, is_new, sum(rows)::BIGINT, sum(fen)::BIGINT FROM daily GROUP BY ALL"
        " UNION ALL SELECT 'assessments', true, count(*), sum(amount_fen)::BIGINT FROM assessments"
        " UNION ALL SELECT 'credits', true, count(*), sum(amount_fen)::BIGINT FROM credits"
        " UNION ALL SELECT 'denials', true, count(*), NULL FROM denials"
    )
    for source, is_new, rows, fen in given.fetchall():
        carried = "" if is_new else "carried_"
        side = inputs.setdefault(source, {})
        side[f"{carried}rows"], side[f"{carried}fen"] = rows, fen or 0
    return inputs


def _verdicts(connection: Sql) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT level, verdict, count(*), sum(amount)::BIGINT FROM verdicts"
        " GROUP BY ALL ORDER BY ALL"
    )
    names = ("level", "verdict", "count", "fen")
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
