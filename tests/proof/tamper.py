"""Changes one thing at a time behind the hub's back, and counts what `hub verify` tells.

    .venv/bin/python -m tests.proof.tamper --count 1000 --seed 1

A small office with a payout, a reconciled day, transfers and a credit is made once. Each change is
of one value, one row that is deleted, or one byte of an archived original, chosen by the seed;
triggers, checks and foreign keys are out of the way, as they are for an administrator. Afterwards
the office is as it was. Exit code 1 when something that must be told was not.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from hub.domain.facts import Source
from hub.domain.payout_form import SIGNED
from hub.flows.verify import verify
from tests.facts import TUESDAY, collection, deposit
from tests.lists import channel_of, list_bytes, list_name
from tests.payouts import pay, row
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

ARCHIVE_SHARE = 0.15  # of the changes, so many are of archived bytes
DELETED_SHARE = 0.15  # and so many delete a row

SIGNED_TOO = {"batch_id", "list_id", "(row)"}
PROVED = {
    "journal": None,
    "vouchers": {"no", "fund", "month", "number", "event", "subject", "amount_fen", "booked_on",
                 "(row)"},
    "voucher_lines": None,
    "inbox": {"id", "channel", "name", "sha256", "size_bytes", "(row)"},
    "payout_items": {*SIGNED, *SIGNED_TOO} - {"end_to_end_id"},
    "payout_batches": {"bank", "business_on", "sequence", "message_id", "file_name", "item_count",
                       "total_fen", "content_sha256", "outgoing_id", "(row)"},
    "payout_lists": {"digest", "item_count", "total_fen", "(row)"},
    "region_messages": {"wire", "(row)"},
}  # fmt: skip
"""What must be told, by table; `None` is every column. What else is told is only counted."""


@dataclass
class Found:
    """What was changed and what of it was told, by table and column."""

    told: Counter = field(default_factory=Counter)
    silent: Counter = field(default_factory=Counter)

    @property
    def missed(self):
        """Return what was not told although it must be."""
        return {what: n for what, n in self.silent.items() if must_be_told(what)}


def must_be_told(what):
    table, _, column = what.partition(".")
    known = PROVED.get(table, set())
    return table == "archive" or known is None or column in known


class Tampering:
    """An office whose database and archive are changed, one thing at a time."""

    def __init__(self, home) -> None:
        self._office = living_office(home)
        settings = self._office.services.settings
        self._database = Path(settings.store.sqlite_file)
        self._archive = Path(settings.folders.archive)
        self._clean = self._database.with_suffix(".clean")
        self._office.store.close()
        shutil.copyfile(self._database, self._clean)
        assert self.told() == []
        with closing(sqlite3.connect(self._clean)) as connection:
            self.tables = {
                name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                    " AND name NOT LIKE 'sqlite%' AND name <> 'alembic_version' ORDER BY name"
                )
                if connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            }
        self._files = sorted(path for path in self._archive.rglob("*") if path.is_file())

    def told(self):
        """Return the checks that tell of something."""
        found = [check.name for check in verify(self._office.services, deep=True) if not check.ok]
        self._office.store.close()
        return found

    def run(self, count, seed, *, tables=None):
        """Change so many things, each chosen by the seed."""
        chance, found = random.Random(seed), Found()
        for _ in range(count):
            if tables is None and chance.random() < ARCHIVE_SHARE:
                what, undo = self._change_a_byte(chance)
            else:
                what, undo = self._change_a_row(chance, tables or sorted(self.tables))
            try:
                (found.told if self._is_told() else found.silent)[what] += 1
            finally:
                undo()
        return found

    def change_a_byte_and_look(self, chance):
        """Change a byte of an original; tell whether that was told."""
        _, undo = self._change_a_byte(chance)
        try:
            return self._is_told()
        finally:
            undo()

    def _is_told(self):
        try:
            return bool(self.told())
        except (ValueError, TypeError, KeyError, LookupError, AttributeError):
            return True  # what cannot even be read is not missed

    def _change_a_byte(self, chance):
        path = chance.choice(self._files)
        kept = path.read_bytes()
        at = chance.randrange(len(kept)) if kept else 0
        path.chmod(0o600)
        path.write_bytes(kept[:at] + bytes([(kept + b"\0")[at] ^ 1 << chance.randrange(8)])
                         + kept[at + 1 :])  # fmt: skip
        return "archive", lambda: path.write_bytes(kept)

    def _change_a_row(self, chance, tables):
        table = chance.choice(tables)
        with closing(sqlite3.connect(self._database)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for (trigger,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            rows = [one for (one,) in connection.execute(f"SELECT rowid FROM {table}")]
            row_id, column = chance.choice(rows), chance.choice(self.tables[table])
            if chance.random() < DELETED_SHARE:
                column = "(row)"
                connection.execute(f"DELETE FROM {table} WHERE rowid = ?", [row_id])
            else:
                query = f"SELECT {column} FROM {table} WHERE rowid = ?"
                (value,) = connection.execute(query, [row_id]).fetchone()
                change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
                try:
                    connection.execute(change, [other(value, chance), row_id])
                except sqlite3.IntegrityError:  # of a type or key: then it is another number
                    connection.execute(change, [chance.randrange(1 << 40), row_id])
            connection.commit()
        return f"{table}.{column}", lambda: shutil.copyfile(self._clean, self._database)

    def close(self):
        self._office.store.close()


def other(value, chance):
    """Return a value that differs a little."""
    if isinstance(value, int):
        return value + chance.choice([-1, 1])
    if isinstance(value, bytes):
        at = chance.randrange(len(value) or 1)
        return value[:at] + bytes([(value + b"\0")[at] ^ 1]) + value[at + 1 :]
    if not value:
        return "1"
    # another letter between day and time would be the same instant
    at = chance.choice([i for i, c in enumerate(value) if c != "T"] or [0])
    return value[:at] + chance.choice([c for c in "0a" if c != value[at]]) + value[at + 1 :]


def living_office(home):
    """Let a payout, a day, transfers and a credit come through the flows."""
    new, old = paying_offices(home, HANGZHOU, CHENGDU)
    pay(new, [row(number) for number in range(1, 6)])
    for source, rows in (
        (Source.COLLECTIONS, [collection("R1", 500), collection("R2", 90_000)]),
        (Source.DEPOSITS, [deposit("R1", 300), deposit("R3", 900)]),
    ):
        name = list_name(source, TUESDAY, 1)
        new.send(channel_of(source), name, list_bytes(source, rows))
    new.work()
    new.apply("in", old)
    new.consent(new.apply("in", old, number=1))
    carry(new, old)
    old.store.close()
    return new


def say(line):
    sys.stdout.write(f"{line}\n")


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tables", nargs="*")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        tampering = Tampering(Path(home))
        found = tampering.run(args.count, args.seed, tables=args.tables)
        tampering.close()
    told, silent = sum(found.told.values()), sum(found.silent.values())
    say(f"seed {args.seed}: {args.count} changes, {told} told, {silent} not")
    for what, n in sorted(found.silent.items()):
        mark = "  MUST BE TOLD" if must_be_told(what) else ""
        say(f"  {what:44} {n:4} of {n + found.told[what]}{mark}")
    sys.exit(1 if found.missed else 0)


if __name__ == "__main__":
    main()
