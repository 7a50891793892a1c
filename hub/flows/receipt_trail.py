"""Everything that is known of one receipt (税票) or one payer, on every side, with its places.

Facts lie in the files of days. What the runs said of a receipt tells on which days to look, so
that few files are opened; the search ends when what the runs counted is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.bulk import look
from hub.domain.facts import Source
from hub.errors import Rejected
from hub.flows.run_inputs import DENIED_DAYS, MATCHED_RUNS
from hub.store.views import discrepancies as differences
from hub.store.views import reconciliation as view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.bulk.look import Found
    from hub.domain.discrepancy import Discrepancy
    from hub.flows.services import Services
    from hub.store.arrivals import Arrival
    from hub.store.engine import UnitOfWork
    from hub.store.views.reconciliation import Arrived

ROWS_MAX: Final = 500  # facts of one receipt or payer and source that a page shows
LATE_DAYS: Final = 31  # how long after the money was taken a list of it may come
FILES_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One fact and the file that it was read from."""

    source: Source
    arrived: Arrived
    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTrail:
    """What is known of a receipt; `matches` and `verdicts` are rows as runs wrote them."""

    receipt_no: str
    records: tuple[Record, ...]
    matches: tuple[dict[str, Any], ...]
    verdicts: tuple[dict[str, Any], ...]  # of the latest run: in transit, or different
    discrepancies: tuple[Discrepancy, ...]

    def of(self, source: Source) -> list[Record]:
        """Return the records of one side."""
        return [record for record in self.records if record.source is source]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerTrail:
    """What is known of a payer in a period; sums in fen by kind: assessed and collected."""

    payer_id: str
    period: int
    records: tuple[Record, ...]
    discrepancies: tuple[Discrepancy, ...]
    sums: dict[str, tuple[int | None, int | None]]


def receipt_trail(receipt_no: str, services: Services) -> ReceiptTrail:
    """Return what is known of a receipt; `Rejected("tax_receipt_missing")` when that is nothing."""
    with services.store.read() as uow:
        found = differences.of_receipt(uow, receipt_no)
        runs = uow.runs.recent(before=date.max, limit=MATCHED_RUNS)
        archive = services.archive.path
        matches = look.matches_of([archive(r.files.matches_sha256) for r in runs], receipt_no)
        verdicts: list[dict[str, Any]] = []
        if runs:
            verdicts = look.verdicts_of(archive(runs[0].files.discrepancies_sha256), receipt_no)
        if not (found or matches or verdicts):
            raise Rejected("tax_receipt_missing", receipt_no=receipt_no[:40])
        days = _days(found, matches, verdicts, latest=runs[0].as_of if runs else services.today())
        expected = _expected(found, matches, verdicts)
        records = [
            record
            for source in (Source.COLLECTIONS, Source.DEPOSITS, Source.DENIALS)
            for record in _records(
                source, receipt_no, days, expected.get(source), services=services, uow=uow
            )
        ]
    return ReceiptTrail(
        receipt_no=receipt_no, records=tuple(records), matches=tuple(matches),
        verdicts=tuple(verdicts), discrepancies=tuple(found),
    )  # fmt: skip


def payer_trail(payer_id: str, period: int, services: Services) -> PayerTrail:
    """Return what is known of a payer in a period `yyyymm`."""
    records: list[Record] = []
    sums: dict[str, dict[Source, int]] = {}
    with services.store.read() as uow:
        for source in (Source.ASSESSMENTS, Source.COLLECTIONS):
            files = uow.arrivals.touching(source, period_min=period, period_max=period)
            paths = {str(services.archive.path(a.facts_sha256)): a for a in files if a.rows}
            found = look.payer_facts(
                source, [services.archive.path(a.facts_sha256) for a in paths.values()],
                payer_id, period, limit=ROWS_MAX,
            )  # fmt: skip
            records += _placed(source, found, paths, uow)
            for one in found:
                of_kind = sums.setdefault(one.values["insurance_kind"], {})
                of_kind[source] = of_kind.get(source, 0) + one.values["amount_fen"]
        found_differences = differences.of_payer(uow, payer_id)
    if not records and not found_differences:
        raise Rejected("payer_missing", period=period)
    return PayerTrail(
        payer_id=payer_id,
        period=period,
        records=tuple(records),
        discrepancies=tuple(found_differences),
        sums={
            kind: (of_kind.get(Source.ASSESSMENTS), of_kind.get(Source.COLLECTIONS))
            for kind, of_kind in sorted(sums.items())
        },
    )


def deposit_records(found: Discrepancy, services: Services) -> list[Record]:
    """Return the deposit of a discrepancy that has no receipt number, where it was booked."""
    number = found.difference.deposit_no
    if number is None or found.difference.receipt_no is not None:
        return []
    days = (found.opened_on - timedelta(days=LATE_DAYS), found.opened_on)
    with services.store.read() as uow:
        return list(
            _records(
                Source.DEPOSITS,
                number,
                days,
                None,
                services=services,
                uow=uow,
                column="deposit_no",
            )
        )


def _records(
    source: Source,
    number: str,
    days: tuple[date, date],
    expected_fen: int | None,
    *,
    services: Services,
    uow: UnitOfWork,
    column: str = "receipt_no",
) -> Iterable[Record]:
    """Yield a side's facts of a number, from the files in which they are likely to be first."""
    first, last = days
    until = last + timedelta(days=LATE_DAYS)
    back = DENIED_DAYS if source is Source.DENIALS else LATE_DAYS
    files = [a for a in uow.arrivals.since(source, first, until=until) if a.rows]
    files = [a for a in files if a.day <= first + timedelta(days=back) or a.day <= last]
    # lists of a day are for that day; deposits come with the run that matched them
    near = first if source is Source.COLLECTIONS else last
    files.sort(key=lambda a: (abs((a.day - near).days), a.id))
    fen = 0
    for n in range(0, len(files), FILES_AT_ONCE):
        batch = files[n : n + FILES_AT_ONCE]
        paths = {str(services.archive.path(a.facts_sha256)): a for a in batch}
        found = look.facts_of(
            source, [services.archive.path(a.facts_sha256) for a in paths.values()],
            column, number, limit=ROWS_MAX,
        )  # fmt: skip
        yield from _placed(source, found, paths, uow)
        fen += sum(one.values.get("amount_fen", 0) for one in found)
        if expected_fen is not None and fen >= expected_fen:
            return


def _placed(
    source: Source, found: Sequence[Found], files: dict[str, Arrival], uow: UnitOfWork
) -> list[Record]:
    arrived = view.arrived_by_facts(uow, [files[one.path].id for one in found])
    return [
        Record(source=source, arrived=arrived[files[one.path].facts_sha256], line=one.line,
               values=one.values)
        for one in found
    ]  # fmt: skip


def _days(
    found: Sequence[Discrepancy],
    matches: Sequence[dict[str, Any]],
    verdicts: Sequence[dict[str, Any]],
    *,
    latest: date,
) -> tuple[date, date]:
    """Return the first and last day on which a list may have told of a receipt."""
    first = [row["collected_on"] for row in (*matches, *verdicts) if row["collected_on"]]
    first += [one.since_on for one in found]
    last = [row["matched_on"] for row in matches] or [one.seen_on for one in found] or [latest]
    return min(first or last), max(last)


def _expected(
    found: Sequence[Discrepancy],
    matches: Sequence[dict[str, Any]],
    verdicts: Sequence[dict[str, Any]],
) -> dict[Source, int]:
    """Return how much each side is known to say, in fen, the latest word on each kind."""
    by_kind: dict[str, tuple[int, int]] = {}
    for one in found:
        what = one.difference
        by_kind[what.insurance_kind or ""] = (what.collected_fen or 0, what.deposited_fen or 0)
    for row in verdicts:
        if row["level"] == "ii":
            by_kind[row["insurance_kind"]] = (row["collected_fen"] or 0, row["deposited_fen"] or 0)
    for row in matches:
        by_kind[row["insurance_kind"]] = (row["collected_fen"], row["deposited_fen"])
    return {
        Source.COLLECTIONS: sum(collected for collected, _ in by_kind.values()),
        Source.DEPOSITS: sum(deposited for _, deposited in by_kind.values()),
    }
