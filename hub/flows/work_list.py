"""The work list comes back from the desk: what it filled in is paid again (补发名单)."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.documents.work_list import ANSWERED, ITEM, write_csv, write_workbook
from hub.errors import Place, Rejected
from hub.flows.payout_reissue import Correction, draft_reissue
from hub.flows.unpaid import waiting
from hub.mappings.workbook import WorkbookError, sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from hub.domain.payout import PayoutList
    from hub.flows.services import Services

BYTES_MAX: Final = 50 * 1024 * 1024
WORKBOOK: Final = ".xlsx"
_ENCODINGS: Final = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What came of a work list: the lists that it became, and the rows that were not filled in."""

    lists: tuple[PayoutList, ...]
    left: tuple[int, ...]


def export(
    path: Path, services: Services, *, desk: str | None = None, as_of: date | None = None
) -> int:
    """Write the returned payments of a desk (all, if none is named); return how many they are."""
    found = waiting(services, desk=desk, returned_only=True, as_of=as_of)
    if path.suffix.lower() == WORKBOOK:
        write_workbook(path, found)
    else:
        write_csv(path, found)
    return len(found)


def take_back(path: Path, *, person: str, services: Services) -> Corrected:
    """Make lists of what a desk filled in, one for each kind of payout and fund.

    A row with nothing filled in is left for later. `work_list_unreadable` names what is wrong;
    what a reason does not allow refuses the whole list of its kind.
    """
    corrections, left = read_work_list(path)
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


def read_work_list(path: Path) -> tuple[list[Correction], list[int]]:
    """Return what was filled in, and the numbers of the rows where nothing was."""
    corrections: list[Correction] = []
    left: list[int] = []
    seen: set[int] = set()
    for line, row in enumerate(_rows(path), start=2):
        number = row.get(ITEM, "").removesuffix(".0")
        if not number and not any(row.values()):
            continue
        if not (number.isascii() and number.isdecimal()) or int(number) in seen:
            raise Rejected(
                "work_list_unreadable", place=Place(file=path.name, line=line, field=ITEM)
            )
        seen.add(int(number))
        bank, bank_no, account_no, account_name, said = (row[name] or None for name in ANSWERED)
        if not any((bank, bank_no, account_no, account_name, said)):
            left.append(int(number))
            continue
        corrections.append(
            Correction(
                item_id=int(number), bank=bank, bank_no=bank_no, account_no=account_no,
                account_name=account_name, explanation=said,
            )
        )  # fmt: skip
    return corrections, left


def _rows(path: Path) -> Iterator[dict[str, str]]:
    content = path.read_bytes()
    if len(content) > BYTES_MAX:
        raise _unreadable(path)
    table = _workbook(content, path) if path.suffix.lower() == WORKBOOK else _csv(content, path)
    lines = iter(table)
    names = [str(name).strip() for name in next(lines, [])]
    if not {ITEM, *ANSWERED} <= set(names):
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
        return csv.reader(io.StringIO(text, newline=""))
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
