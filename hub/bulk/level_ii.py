"""Level ii: every slip (one insurance kind of one receipt) is matched, or gets one verdict.

Nearly all slips net to zero, collected against deposited, and one aggregation over both sides
finds the few that do not: the suspects. Only their rows are looked at again. Each step below
takes what the steps before left undecided, in the order of `rules`.

A slip that an earlier run matched is judged over all its money, then and now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.bulk.rules import AMOUNT, DUPLICATE, OTHER_KIND, UNBOOKED, UNLISTED, UNNUMBERED

if TYPE_CHECKING:
    from hub.bulk.sql import Sql

# all other slips have one row a side at most, and net to zero
_EXCEPTIONS: Final = """
CREATE OR REPLACE TEMP TABLE exceptions AS
SELECT receipt_no, insurance_kind, sum(amount_fen) <> 0 AS differs
FROM (
    SELECT receipt_no, insurance_kind, amount_fen, 1 AS listed FROM collections
    UNION ALL
    SELECT receipt_no, insurance_kind, -amount_fen, 0 FROM deposits WHERE receipt_no IS NOT NULL
)
GROUP BY receipt_no, insurance_kind
HAVING sum(amount_fen) <> 0 OR sum(listed) > 1 OR count(*) - sum(listed) > 1
"""

_SUSPECTS: Final = """
CREATE OR REPLACE TEMP TABLE suspects AS
SELECT receipt_no, insurance_kind FROM exceptions WHERE differs
"""

_ROWS: Final = (
    """
CREATE OR REPLACE TEMP TABLE suspect_collections AS
SELECT collections.* FROM collections SEMI JOIN suspects USING (receipt_no, insurance_kind)
""",
    """
CREATE OR REPLACE TEMP TABLE suspect_deposits AS
SELECT deposits.* FROM deposits SEMI JOIN suspects USING (receipt_no, insurance_kind)
""",
    """
CREATE OR REPLACE TEMP TABLE unnumbered_deposits AS
SELECT * FROM deposits WHERE receipt_no IS NULL
""",
    # a match that a verdict rests on is handed on from run to run, so it can be here repeatedly
    """
CREATE OR REPLACE TEMP TABLE reopened AS
SELECT DISTINCT earlier_matches.*
FROM earlier_matches SEMI JOIN suspects USING (receipt_no, insurance_kind)
""",
)

# `…_evenly` is the largest number of times that the same rows can have been sent
_SLIPS: Final = """
CREATE OR REPLACE TEMP TABLE slips AS
WITH listed_rows AS (
    SELECT receipt_no, insurance_kind, payer_id, period, amount_fen,
        count(*) AS times, min(collected_on) AS collected_on
    FROM suspect_collections GROUP BY ALL
), listed AS (
    SELECT receipt_no, insurance_kind, only_one(payer_id) AS payer_id,
        only_one(period) AS period, min(collected_on) AS collected_on,
        sum(amount_fen::HUGEINT * times)::BIGINT AS fen, sum(times)::BIGINT AS rows,
        divisor(times) AS evenly
    FROM listed_rows GROUP BY receipt_no, insurance_kind
), booked_rows AS (
    SELECT receipt_no, insurance_kind, amount_fen, count(*) AS times,
        min(deposit_no) AS first_no, max(deposit_no) AS last_no, min(credited_on) AS credited_on
    FROM suspect_deposits GROUP BY receipt_no, insurance_kind, amount_fen
), booked AS (
    SELECT receipt_no, insurance_kind, min(credited_on) AS credited_on,
        CASE WHEN min(first_no) = max(last_no) THEN min(first_no) END AS deposit_no,
        sum(amount_fen::HUGEINT * times)::BIGINT AS fen, divisor(times) AS evenly
    FROM booked_rows GROUP BY receipt_no, insurance_kind
), matched AS (
    SELECT receipt_no, insurance_kind, only_one(payer_id) AS payer_id,
        only_one(period) AS period, min(collected_on) AS collected_on,
        sum(collected_fen)::BIGINT AS fen
    FROM reopened GROUP BY receipt_no, insurance_kind
)
SELECT receipt_no, insurance_kind, booked.deposit_no, booked.credited_on,
    coalesce(matched.payer_id, listed.payer_id) AS payer_id,
    coalesce(matched.period, listed.period) AS period,
    least(matched.collected_on, listed.collected_on) AS collected_on,
    CASE WHEN matched.fen IS NULL THEN listed.fen ELSE matched.fen + coalesce(listed.fen, 0) END
        AS collected,
    CASE WHEN matched.fen IS NULL THEN booked.fen ELSE matched.fen + coalesce(booked.fen, 0) END
        AS deposited,
    listed.rows AS collected_rows,
    listed.fen AS own_collected, booked.fen AS own_deposited, matched.fen IS NOT NULL AS reopened,
    CASE WHEN matched.fen IS NULL THEN listed.evenly WHEN booked.fen IS NULL THEN 0 ELSE 1 END
        AS listed_evenly,
    CASE WHEN matched.fen IS NULL THEN booked.evenly WHEN listed.fen IS NULL THEN 0 ELSE 1 END
        AS booked_evenly
FROM suspects
LEFT JOIN listed USING (receipt_no, insurance_kind)
LEFT JOIN booked USING (receipt_no, insurance_kind)
LEFT JOIN matched USING (receipt_no, insurance_kind)
"""

# both sides are there and differ
_COMPARED: Final = f"""
CREATE OR REPLACE TEMP TABLE compared AS
WITH ratios AS (
    SELECT *,
        CASE WHEN collected > 0 AND deposited > collected AND deposited % collected = 0
            THEN deposited // collected END AS booked,
        CASE WHEN deposited > 0 AND collected > deposited AND collected % deposited = 0
            THEN collected // deposited END AS listed
    FROM slips WHERE collected IS NOT NULL AND deposited IS NOT NULL
)
SELECT * EXCLUDE (booked, listed),
    CASE WHEN booked_evenly % booked = 0 THEN booked END AS booked_times,
    CASE WHEN listed_evenly % listed = 0 THEN listed END AS listed_times,
    abs(collected - deposited) AS amount,
    CASE WHEN coalesce(booked_times, listed_times) IS NOT NULL THEN 'duplicate'
        WHEN deposited < collected THEN 'short' ELSE 'over' END AS verdict,
    CASE WHEN verdict = 'duplicate' THEN '{DUPLICATE}' ELSE '{AMOUNT}' END AS rule,
    CASE WHEN booked_times IS NOT NULL THEN 'booked=' || booked_times
        WHEN listed_times IS NOT NULL THEN 'listed=' || listed_times END AS note
FROM ratios
"""

# one side only; within a receipt, equal amounts of different kinds may belong together
_KINDS: Final = f"""
CREATE OR REPLACE TEMP TABLE one_sided AS
WITH amounts AS (
    SELECT *, coalesce(collected, deposited) AS amount, collected IS NOT NULL AS is_listed
    FROM slips WHERE collected IS NULL OR deposited IS NULL
), fits AS (
    SELECT receipt_no, amount,
        count(*) FILTER (is_listed) AS listed, count(*) FILTER (NOT is_listed) AS booked,
        min(insurance_kind) FILTER (NOT is_listed) AS booked_kind,
        min(deposit_no) FILTER (NOT is_listed) AS booked_no
    FROM amounts GROUP BY receipt_no, amount HAVING listed > 0 AND booked > 0
)
SELECT amounts.* EXCLUDE (deposited, own_deposited, deposit_no),
    CASE WHEN listed = 1 AND booked = 1 THEN if(is_listed, 'wrong_kind', 'belongs')
        WHEN listed > 0 THEN 'ambiguous' END AS verdict,
    CASE WHEN listed > 0 THEN '{OTHER_KIND}' END AS rule,
    CASE verdict WHEN 'wrong_kind' THEN 'kind=' || booked_kind
        WHEN 'ambiguous' THEN 'candidates=' || (listed + booked) END AS note,
    if(verdict = 'wrong_kind', amount, deposited) AS deposited,
    if(verdict = 'wrong_kind', amount, own_deposited) AS own_deposited,
    if(verdict = 'wrong_kind', booked_no, deposit_no) AS deposit_no
FROM amounts LEFT JOIN fits USING (receipt_no, amount)
"""

# deposits without a receipt number, against slips for which nothing was booked
_UNNUMBERED: Final = """
CREATE OR REPLACE TEMP TABLE fitting AS
WITH loose AS (
    SELECT insurance_kind, amount_fen AS amount, count(*) AS booked,
        only_one(deposit_no) AS deposit_no, min(credited_on) AS credited_on
    FROM unnumbered_deposits GROUP BY insurance_kind, amount_fen
), waiting AS (
    SELECT insurance_kind, amount, count(*) AS listed, min(receipt_no) AS receipt_no
    FROM one_sided SEMI JOIN loose USING (insurance_kind, amount)
    WHERE is_listed AND verdict IS NULL GROUP BY insurance_kind, amount
)
SELECT loose.*, listed, receipt_no, listed = 1 AND booked = 1 AS fits
FROM loose JOIN waiting USING (insurance_kind, amount)
"""

_COLUMNS: Final = (
    "receipt_no, deposit_no, verdict, 'ii' AS level, insurance_kind, payer_id, period, collected,"
    " deposited, NULL::BIGINT AS assessed, abs(amount) AS amount, collected_on,"
    " coalesce(collected_on, credited_on) AS since_on, rule, note, own_collected, own_deposited"
)

_SLIP_VERDICTS: Final = f"""
CREATE OR REPLACE TEMP TABLE verdicts AS
WITH rest AS (
    SELECT one_sided.* EXCLUDE (verdict, rule, note),
        CASE WHEN one_sided.verdict IS NOT NULL THEN one_sided.verdict
            WHEN fits THEN 'matched' WHEN NOT fits THEN 'ambiguous'
            WHEN NOT is_listed THEN if(getvariable('awaiting_tax'), 'in_transit', 'missing_at_tax')
            WHEN denied.receipt_no IS NOT NULL THEN 'missing_at_treasury'
            WHEN age_on(one_sided.collected_on, age) <= getvariable('transit') THEN 'in_transit'
            ELSE 'overdue' END AS verdict,
        CASE WHEN one_sided.verdict IS NOT NULL THEN one_sided.rule
            WHEN fits IS NOT NULL THEN '{UNNUMBERED}'
            WHEN is_listed THEN '{UNBOOKED}' ELSE '{UNLISTED}' END AS rule,
        CASE WHEN one_sided.verdict IS NOT NULL THEN one_sided.note
            WHEN NOT fits THEN 'candidates=' || (listed + booked) END AS note
    FROM one_sided
    LEFT JOIN fitting ON is_listed AND one_sided.verdict IS NULL
        AND fitting.insurance_kind = one_sided.insurance_kind AND fitting.amount = one_sided.amount
    LEFT JOIN (SELECT DISTINCT receipt_no FROM denials) AS denied
        ON denied.receipt_no = one_sided.receipt_no
    LEFT JOIN ages ON ages.day = one_sided.collected_on
)
SELECT {_COLUMNS} FROM compared
UNION ALL
SELECT {_COLUMNS} FROM rest WHERE verdict NOT IN ('belongs', 'matched')
"""

_DEPOSIT_VERDICTS: Final = f"""
INSERT INTO verdicts BY NAME
WITH deposit AS (
    SELECT NULL::VARCHAR AS receipt_no, deposit_no, insurance_kind, credited_on, amount,
        amount AS deposited, amount AS own_deposited, NULL::VARCHAR AS payer_id,
        NULL::INTEGER AS period, NULL::BIGINT AS collected, NULL::BIGINT AS own_collected,
        NULL::DATE AS collected_on,
        CASE WHEN listed > 0 THEN 'ambiguous'
            WHEN getvariable('awaiting_tax') THEN 'in_transit' ELSE 'missing_at_tax' END AS verdict,
        '{UNNUMBERED}' AS rule,
        CASE WHEN listed > 0 THEN 'candidates=' || (listed + booked) END AS note
    FROM (
        SELECT deposit_no, insurance_kind, credited_on, amount_fen AS amount
        FROM unnumbered_deposits
    )
    LEFT JOIN (SELECT * EXCLUDE (deposit_no, credited_on) FROM fitting) AS fitting
        USING (insurance_kind, amount)
    WHERE fits IS NOT TRUE
)
SELECT {_COLUMNS} FROM deposit
"""

_LOOSE_MATCHES: Final = f"""
CREATE OR REPLACE TEMP TABLE unnumbered_matches AS
SELECT slip.receipt_no, insurance_kind, payer_id, period, collected_on, amount,
    collected_rows, fitting.deposit_no, '{UNNUMBERED}' AS rule
FROM one_sided AS slip JOIN fitting USING (insurance_kind, amount)
WHERE fits AND is_listed AND verdict IS NULL
"""


def judge(connection: Sql) -> None:
    """Fill `verdicts` and `unnumbered_matches` from the inputs of the connection.

    Needs the macros, variables and `ages` that `engine` prepares. What is neither in a verdict
    nor in `unnumbered_matches` is matched by its receipt.
    """
    for statement in (
        _EXCEPTIONS, _SUSPECTS, *_ROWS, _SLIPS, _COMPARED, _KINDS, _UNNUMBERED, _LOOSE_MATCHES,
        _SLIP_VERDICTS, _DEPOSIT_VERDICTS,
    ):  # fmt: skip
        connection.execute(statement)
