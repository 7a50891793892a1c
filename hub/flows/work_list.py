"""The work list comes back from the desk: what it filled in is paid, or debited, again."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.documents.work_list import ITEM, SHEETS, write_csv, write_workbook
from hub.domain.correction import Correction
from hub.domain.way import Way
from hub.errors import Place, Rejected
from hub.flows.payout_reissue import draft_reissue
from hub.flows.unpaid import waiting
from hub.mappings.workbook import WorkbookError, sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from hub.domain.payout import PayoutList
    from hub.flows.services import Services

DAYS: Final = frozenset({"mandate_on", "mandate_until"})
BYTES_MAX: Final = 50 * 1024 * 1024
WORKBOOK: Final = ".xlsx"
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)  # of an item, as the database holds it
_ENCODINGS: Final = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What came of a work list: the lists that it became, and the rows that were not filled in."""

    lists: tuple[PayoutList, ...]
    left: tuple[int, ...]


def export(
    path: Path, services: Services, *, desk: str | None = None, as_of: date | None = None
) -> int:
    """Write the returned payments, or failed debits, of a desk or all; return how many they are."""
    found = waiting(services, desk=desk, returned_only=True, as_of=as_of)
    if path.suffix.lower() == WORKBOOK:
        write_workbook(path, found, services.way)
    else:
        write_csv(path, found, services.way)
    return len(found)


def take_back(path: Path, *, person: str, services: Services) -> Corrected:
    """Make lists of what a desk filled in, one for each kind of payout and fund.

    A row with nothing filled in is left for later. `work_list_unreadable` names what is wrong;
    what a reason does not allow refuses the whole list of its kind.
    """
    corrections, left = read_work_list(path, services.way)
    groups: defaultdict[tuple[str, str], list[Correction]] = defaultdict(list)
    with services.store.read() as uow:
        for one in corrections:
            payout = uow.payouts.get(uow.payout_items.get(one.item_id).list_id)
            groups[payout.kind.value, payout.fund].append(one)
    lists = [
        draft_reissue(group, person=person, services=services)
        for _, group in sorted(groups.items())
    ]
    return Corrected(lists=tuple(lists), left=tuple(left))


def read_work_list(path: Path, way: Way = Way.PAYOUT) -> tuple[list[Correction], list[int]]:
    """Return what was filled in, and the numbers of the rows where nothing was."""
    answered = SHEETS[way].answered
    corrections: list[Correction] = []
    left: list[int] = []
    seen: set[int] = set()
    for line, row in enumerate(_rows(path, {ITEM, *answered}), start=2):
        number = row.get(ITEM, "").removesuffix(".0")
        if not number and not any(row.values()):
            continue
        if _NUMBER.fullmatch(number) is None or int(number) in seen:
            raise Rejected(
                "work_list_unreadable", place=Place(file=path.name, line=line, field=ITEM)
            )
        seen.add(int(number))
        given: dict[str, Any] = {
            field: row[column] for column, field in answered.items() if row[column]
        }
        if not given:
            left.append(int(number))
            continue
        for field in given.keys() & DAYS:
            given[field] = _day(given[field], Place(file=path.name, line=line, field=field))
        corrections.append(Correction(item_id=int(number), **given))
    return corrections, left


def _day(text: str, place: Place) -> date:
    """Return a day as people and spreadsheets write it: `2026-11-25`, with or without a time."""
    try:
        return datetime.fromisoformat(text.replace("/", "-")).date()
    except ValueError as error:
        raise Rejected("work_list_unreadable", place=place) from error


def _rows(path: Path, needed: set[str]) -> Iterator[dict[str, str]]:
    content = path.read_bytes()
    if len(content) > BYTES_MAX:
        raise _unreadable(path)
    table = _workbook(content, path) if path.suffix.lower() == WORKBOOK else _csv(content, path)
    lines = iter(table)
    names = [str(name).strip() for name in next(lines, [])]
    if not needed <= set(names):
        raise _unreadable(path)
    for line in lines:
        cells = ["" if cell is None else str(cell).strip().lstrip("'") for cell in line]
        yield dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False))


def _csv(content: bytes, path: Path) -> Iterable[Sequence[object]]:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return list(csv.reader(io.StringIO(text, newline="")))
        except csv.Error as error:  # such as a quotation mark that is never closed
            raise _unreadable(path) from error
    raise _unreadable(path)


def _workbook(content: bytes, path: Path) -> Iterable[Sequence[object]]:
    try:
        for _, rows in sheets(content):
            return rows
    except WorkbookError as error:
        raise _unreadable(path) from error
    raise _unreadable(path)


def _unreadable(path: Path) -> Rejected:
    return Rejected("work_list_unreadable", place=Place(file=path.name))
