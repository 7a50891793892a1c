"""What one unit of work knows of the times that the store went back, and of what is outside."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select

from hub.domain.restore import OutsideFile, OutsideState, Restore, RestoreCause
from hub.errors import Rejected, Unavailable
from hub.store.schema.regions import region_streams
from hub.store.schema.restores import outside_files, region_numbers_lost, restores, store_epoch
from hub.store.schema.spine import journal
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_RESTORE: Final = tuple(f.name for f in fields(Restore) if f.name not in ("id", "cause"))
_FILE: Final = tuple(
    f.name for f in fields(OutsideFile) if f.name not in ("id", "state", "facts", "delivered")
)

# what is asked before each message leaves, built once
_EPOCH: Final = select(store_epoch.c.epoch)
_MARKED_AT: Final = select(store_epoch.c.marked_at)
_HASH_OF: Final = select(journal.c.hash).where(journal.c.n == bindparam("row"))
_EVERY: Final = select(restores).order_by(restores.c.id.desc())
_OPEN: Final = _EVERY.where(restores.c.lifted_by.is_(None)).limit(1)
_STREAMS: Final = select(region_streams.c.peer, region_streams.c.sent)


class Restores:
    """The store's epoch, the times that it went back, files and numbers that it lost."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def epoch(self) -> int:
        """Return how often the store went back, plus 1."""
        return int(self._connection.execute(_EPOCH).scalar_one())

    def is_marked(self) -> bool:
        """Tell whether the store ever had a mark outside."""
        return self._connection.execute(_MARKED_AT).scalar_one() is not None

    def note_marked(self, at: datetime) -> None:
        """Note that the store has a mark outside from now on."""
        c = store_epoch.c
        self._connection.execute(
            store_epoch.update().where(c.marked_at.is_(None)).values(marked_at=at)
        )

    def hash_of(self, n: int) -> str | None:
        """Return the hash of the journal's row `n`, if there is that row."""
        return self._connection.execute(_HASH_OF, {"row": n}).scalar_one_or_none()

    def open(self) -> Restore | None:
        """Return the last time that the store went back and that nobody has lifted yet."""
        row = self._connection.execute(_OPEN).first()
        return None if row is None else _restore_of(row)

    def require_none(self) -> None:
        """Refuse while the store is not reconciled: `Unavailable("store_went_back")`."""
        found = self.open()
        if found is not None:
            raise Unavailable(
                "store_went_back", epoch=found.epoch, cause=found.cause.zh,
                found_at=found.found_at.isoformat(timespec="seconds"),
            )  # fmt: skip

    def every(self) -> list[Restore]:
        """Return every time that the store went back, the latest first."""
        return self._all()

    def begin(self, restore: Restore) -> Restore:
        """Open one, under the epoch that it brings."""
        row = {name: getattr(restore, name) for name in _RESTORE}
        insert_new(self._connection, restores, **row, cause=restore.cause.value)
        c = store_epoch.c
        self._connection.execute(
            store_epoch.update().where(c.epoch < restore.epoch).values(epoch=restore.epoch)
        )
        return self._all(restores.c.epoch == restore.epoch)[0]

    def scanned(self, restore_id: int, at: datetime) -> None:
        """Note that what is outside was looked for; what was proposed before that is void."""
        self._connection.execute(
            restores.update()
            .where(restores.c.id == restore_id, restores.c.lifted_by.is_(None))
            .values(scanned_at=at)
        )

    def propose(self, restore: Restore) -> None:
        """Keep what the first person says."""
        self._save(restore, "proposed_by", "proposed_at", "reason")

    def lift(self, restore: Restore) -> None:
        """End every open one: two people know what is outside."""
        self._save(restore, "lifted_by", "lifted_at", "report_sha256")
        names = ("scanned_at", "proposed_by", "proposed_at", "reason",
                 "lifted_by", "lifted_at", "report_sha256")  # fmt: skip
        c = restores.c
        self._connection.execute(
            restores.update()
            .where(c.lifted_by.is_(None))
            .values({name: getattr(restore, name) for name in names})
        )

    def add_file(self, file: OutsideFile) -> bool:
        """Note a file that is outside; False when it was noted before for this restore."""
        row = {name: getattr(file, name) for name in _FILE}
        return insert_new(
            self._connection, outside_files, **row, state=file.state.value,
            delivered=int(file.delivered),
            facts=json.dumps(dict(file.facts), ensure_ascii=False, sort_keys=True),
        )  # fmt: skip

    def files(
        self, *, restore_id: int | None = None, state: OutsideState | None = None
    ) -> list[OutsideFile]:
        """Return files that are outside, in the order in which they were found."""
        c = outside_files.c
        wanted = [] if restore_id is None else [c.restore_id == restore_id]
        wanted += [] if state is None else [c.state == state.value]
        query = select(outside_files).where(*wanted).order_by(c.id)
        return [_file_of(row) for row in self._connection.execute(query)]

    def file(self, file_id: int) -> OutsideFile:
        """Return one file; `Rejected("outside_file_missing")` when there is none."""
        query = select(outside_files).where(outside_files.c.id == file_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise Rejected("outside_file_missing", id=file_id)
        return _file_of(row)

    def save_file(self, file: OutsideFile, *, seen: OutsideFile) -> None:
        """Keep what became of a file; `Rejected("restore_changed")` if somebody was quicker."""
        c = outside_files.c
        by = (
            c.proposed_by.is_(None)
            if seen.proposed_by is None
            else c.proposed_by == seen.proposed_by
        )
        done = self._connection.execute(
            outside_files.update()
            .where(c.id == file.id, c.state == seen.state.value, by)
            .values(
                state=file.state.value, proposed_by=file.proposed_by, reason=file.reason,
                settled_by=file.settled_by, settled_at=file.settled_at,
                delivered=int(file.delivered),
            )
        )  # fmt: skip
        if done.rowcount != 1:
            raise Rejected("restore_changed")

    def streams(self) -> dict[str, int]:
        """Return the last number that we gave a message to each region."""
        return {row.peer: row.sent for row in self._connection.execute(_STREAMS) if row.sent > 0}

    def peers(self) -> set[str]:
        """Return the regions that we ever exchanged a numbered message with."""
        return set(self._connection.execute(select(region_streams.c.peer)).scalars())

    def taken(self) -> dict[str, int]:
        """Return the last number that we took from each region."""
        query = select(region_streams.c.peer, region_streams.c.received)
        return {row.peer: row.received for row in self._connection.execute(query)}

    def skip_numbers(self, restore_id: int, last: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """Go on after the last number that another region may have; return what was passed over."""
        found = {}
        c = region_streams.c
        for peer, number in sorted(last.items()):
            insert_new(self._connection, region_streams, peer=peer, sent=0, received=0, asked_to=0)
            mine = select(c.sent).where(c.peer == peer).with_for_update()
            sent = int(self._connection.execute(mine).scalar_one())
            if number <= sent:
                continue
            self._connection.execute(
                region_streams.update().where(c.peer == peer).values(sent=number)
            )
            self._connection.execute(
                region_numbers_lost.insert(),
                {"restore_id": restore_id, "peer": peer, "first": sent + 1, "last": number},
            )
            found[peer] = (sent + 1, number)
        return found

    def numbers_lost(self) -> list[tuple[str, int, int]]:
        """Return the region, first and last number of what was passed over."""
        c = region_numbers_lost.c
        query = select(c.peer, c.first, c.last).order_by(c.peer, c.first)
        return [tuple(row) for row in self._connection.execute(query)]

    def files_open(self) -> int:
        """Return how many files are outside and unknown."""
        mine = outside_files.c.state == OutsideState.OPEN.value
        query = select(func.count()).select_from(outside_files).where(mine)
        return int(self._connection.execute(query).scalar_one())

    def _save(self, restore: Restore, *names: str) -> None:
        c = restores.c
        done = self._connection.execute(
            restores.update()
            .where(c.id == restore.id, c.lifted_by.is_(None))
            .values({name: getattr(restore, name) for name in names})
        )
        if done.rowcount != 1:
            raise Rejected("restore_changed")

    def _all(self, *where: ColumnElement[bool]) -> list[Restore]:
        rows = self._connection.execute(_EVERY.where(*where))
        return [_restore_of(row) for row in rows]


def _restore_of(row: Row[Any]) -> Restore:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
    return Restore(**{**values, "cause": RestoreCause(values["cause"])})


def _file_of(row: Row[Any]) -> OutsideFile:
    values = dict(row._mapping)  # noqa: SLF001 -- as above
    return OutsideFile(
        **{
            **values, "state": OutsideState(values["state"]),
            "delivered": bool(values["delivered"]), "facts": json.loads(values["facts"]),
        }
    )  # fmt: skip
