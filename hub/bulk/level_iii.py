"""Level iii: what a payer owes for a kind and period, against what was collected for it.

Keys whose sums agree need no further look, and one aggregation over both sides finds the others.
Money that stands under another kind, another period or another payer is recognised by its amount
and only when the pair is the only one; in that order, since each step is less likely than the one
before. What a rule of level ii found to be listed twice is counted once here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.bulk.rules import (
    ASSESSED_AMOUNT,
    ASSESSED_KIND,
    ASSESSED_PAYER,
    ASSESSED_PERIOD,
    UNASSESSED,
    UNCOLLECTED,
    Rule,
)

if TYPE_CHECKING:
    from hub.bulk.sql import Sql

# of a slip that was listed k times, k-1 parts are too many; of one matched before, all is
_EXCESS: Final = """
CREATE OR REPLACE TEMP TABLE excess AS
SELECT row.payer_id, row.insurance_kind, row.period,
    sum(row.amount_fen) - if(reopened, 0, sum(row.amount_fen) // listed_times) AS fen
FROM suspect_collections AS row
JOIN (SELECT * FROM compared WHERE listed_times IS NOT NULL) AS slip
    USING (receipt_no, insurance_kind)
GROUP BY receipt_no, row.payer_id, row.insurance_kind, row.period, reopened, listed_times
"""

_UNEVEN: Final = """
CREATE OR REPLACE TEMP TABLE uneven AS
WITH judged AS (SELECT DISTINCT period FROM assessments)
SELECT payer_id, insurance_kind, period
FROM (
    SELECT payer_id, insurance_kind, period, amount_fen FROM period_collections
        SEMI JOIN judged USING (period)
    UNION ALL
    SELECT payer_id, insurance_kind, period, -fen FROM excess SEMI JOIN judged USING (period)
    UNION ALL
    SELECT payer_id, insurance_kind, period, -amount_fen FROM assessments
)
GROUP BY payer_id, insurance_kind, period
HAVING sum(amount_fen) <> 0
"""

_KEYS: Final = """
CREATE OR REPLACE TEMP TABLE keys AS
WITH listed AS (
    SELECT payer_id, insurance_kind, period, sum(amount_fen) AS fen,
        only_one(receipt_no) AS receipt_no, min(collected_on) AS collected_on
    FROM period_collections SEMI JOIN uneven USING (payer_id, insurance_kind, period) GROUP BY ALL
), twice AS (
    SELECT payer_id, insurance_kind, period, sum(fen) AS fen
    FROM excess GROUP BY payer_id, insurance_kind, period
), owed AS (
    SELECT payer_id, insurance_kind, period, sum(amount_fen)::BIGINT AS fen, max(due_on) AS due_on
    FROM assessments SEMI JOIN uneven USING (payer_id, insurance_kind, period) GROUP BY ALL
)
SELECT payer_id, insurance_kind, period, receipt_no, collected_on,
    (listed.fen - coalesce(twice.fen, 0))::BIGINT AS collected, owed.fen AS assessed,
    coalesce(due_on >= getvariable('as_of'), false) AS is_early,
    CASE WHEN coalesce(collected, 0) = 0 THEN 'owed' WHEN coalesce(assessed, 0) = 0 THEN 'paid'
        ELSE 'both' END AS side,
    if(side = 'both', abs(collected - assessed), coalesce(nullif(collected, 0), assessed))
        AS amount
FROM uneven
LEFT JOIN listed USING (payer_id, insurance_kind, period)
LEFT JOIN twice USING (payer_id, insurance_kind, period)
LEFT JOIN owed USING (payer_id, insurance_kind, period)
"""

_PAIRS: Final = """
CREATE OR REPLACE TEMP TABLE pairs (
    payer_id VARCHAR, insurance_kind VARCHAR, period INTEGER,
    verdict VARCHAR, rule VARCHAR, note VARCHAR
)
"""

# where what the two keys share is {shared}, they differ in {other} alone
_PAIR: Final = """
INSERT INTO pairs
WITH free AS (
    SELECT keys.* FROM keys ANTI JOIN pairs USING (payer_id, insurance_kind, period)
    WHERE side <> 'both'
), fits AS (
    SELECT {shared}, amount, count(*) FILTER (side = 'owed') AS owed,
        count(*) FILTER (side = 'paid') AS paid, min({other}) FILTER (side = 'owed') AS other
    FROM free GROUP BY {shared}, amount HAVING owed > 0 AND paid > 0
)
SELECT payer_id, insurance_kind, period,
    CASE WHEN owed = 1 AND paid = 1 THEN if(side = 'paid', '{verdict}', 'belongs')
        WHEN side = 'paid' THEN 'ambiguous' ELSE 'missing_at_tax' END,
    '{rule}',
    CASE WHEN owed > 1 OR paid > 1 THEN 'candidates=' || (owed + paid)
        WHEN side = 'paid' THEN '{name}=' || other END
FROM free JOIN fits USING ({shared}, amount)
"""

_STEPS: Final = (
    (ASSESSED_KIND, "wrong_kind", "kind", "insurance_kind", "payer_id, period"),
    (ASSESSED_PERIOD, "wrong_period", "period", "period", "payer_id, insurance_kind"),
    (ASSESSED_PAYER, "wrong_payer", "payer", "payer_id", "insurance_kind, period"),
)

_VERDICTS: Final = f"""
INSERT INTO verdicts BY NAME
WITH judged AS (
    SELECT keys.*, note,
        CASE WHEN pairs.verdict IS NOT NULL THEN pairs.verdict
            WHEN side = 'owed' THEN 'missing_at_tax' WHEN side = 'paid' THEN 'over'
            WHEN collected < assessed THEN 'short' ELSE 'over' END AS verdict,
        CASE WHEN pairs.verdict <> 'missing_at_tax' THEN pairs.rule
            WHEN side = 'owed' THEN '{UNCOLLECTED}' WHEN side = 'paid' THEN '{UNASSESSED}'
            ELSE '{ASSESSED_AMOUNT}' END AS rule
    FROM keys LEFT JOIN pairs USING (payer_id, insurance_kind, period)
)
SELECT receipt_no, verdict, 'iii' AS level, insurance_kind, payer_id, period, collected,
    if(verdict IN ('wrong_kind', 'wrong_period', 'wrong_payer'), amount, assessed) AS assessed,
    abs(amount) AS amount, collected_on, collected_on AS since_on, rule, note
FROM judged
WHERE verdict <> 'belongs' AND NOT (is_early AND verdict IN ('missing_at_tax', 'short'))
"""


def judge(connection: Sql) -> None:
    """Add the verdicts on payers to `verdicts`; needs what `level_ii.judge` left behind."""
    for statement in (_EXCESS, _UNEVEN, _KEYS, _PAIRS):
        connection.execute(statement)
    for rule, verdict, name, other, shared in _STEPS:
        connection.execute(_pair(rule, verdict=verdict, name=name, other=other, shared=shared))
    connection.execute(_VERDICTS)


def _pair(rule: Rule, **words: str) -> str:
    return _PAIR.format(rule=rule, **words)
