"""The store that `benchmarks/console.py` asks: real work, multiplied to a million of everything."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.multiplying import Filling
from hub.domain.facts import Source
from hub.store.schema.metadata import instant_text
from tests.console.house import House
from tests.doubles import NOON
from tests.facts import TUESDAY, collection, deposit
from tests.lists import channel_of, list_bytes, list_name
from tests.payouts import pay, row
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

NO_RATES = {"requests_per_minute": 10_000_000, "sign_in_attempts": 10_000}
LISTS = 10  # that the payments are in
RETURNED_EVERY = 200  # of the payments one in so many comes back
LIVE_EVERY = 10  # of the transfer cases one in so many is not over
_SEE_OTHER = 303

_NAME = (
    "substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗', 1 + i % 20, 1)"
    " || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平', 1 + i / 20 % 20, 1)"
    " || substr('一二三四五六七八九十', 1 + i / 400 % 10, 1)"
)
_PERSON = "printf('33010619%09dX', i)"
_FEN = "i * 7919 % 900000 + 100"
_DIGEST = "lower(hex(randomblob(32)))"
_ID = "lower(hex(randomblob(16)))"


def real_work(home: Path) -> Path:
    """Let a payout, a day, transfers and a credit come through the flows; return the database."""
    with pytest.MonkeyPatch.context() as patch:
        new, old = paying_offices(home, HANGZHOU, CHENGDU)
        house = House(home, patch, office=new, **NO_RATES)
        pay(new, [row(number) for number in range(1, 4)])
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
        refused = new.apply("in", old, number=2)
        clerk = house.client_of("transfer_clerk")
        credit = {"number": "LS001", "fund": "pension", "amount": "12345.67", "words": "转移"}
        for answer in (
            clerk.act("credit.enter", **credit),
            clerk.act("transfer.refuse", case_id=refused.id, reason="重复申请"),
        ):
            if answer.status_code != _SEE_OTHER:
                raise SystemExit(answer.text)
        for office in (new, old):
            office.store.close()
    return Path(new.services.settings.store.sqlite_file)


def fill(database: Path, rows: int) -> None:
    """Multiply what is in a database."""
    seconds = f"(i * 36000.0 / {rows}) || ' seconds'"
    later = f"strftime('%Y-%m-%dT%H:%M:%f', '{instant_text(NOON)[:19]}', {seconds})"
    later = f"{later} || '000+00:00'"
    day = f"date('{TUESDAY}', '-' || (600 - i * 600 / {rows}) || ' days')"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        filling = Filling(connection, rows)
        connection.execute("BEGIN")
        _payouts(filling, day, later)
        _work_lists(filling, day, later)
        _books(filling, day, connection)
        _transfers(filling, day, later)
        filling.end()
        connection.execute("COMMIT")


def _payouts(filling: Filling, day: str, later: str) -> None:
    """Multiply payments: in `LISTS` lists, each of one batch; those of the last are with a bank."""
    each = every = filling.rows // LISTS
    totals = {"item_count": str(each), "total_fen": f"{each} * 300000"}
    filling.multiply(
        "payout_lists",
        {
            **totals, "key": "printf('bench:%08d', i)", "stated_count": str(each),
            "month": "202600 + i", "title": "s.title || i",
            "state": f"iif(i < {LISTS}, 'closed', s.state)",
        },
        every=every,
    )  # fmt: skip
    filling.multiply(
        "payout_batches",
        {
            **totals, "list_id": "1 + i", "sequence": "1000 + i", "message_id": "'M' || i",
            "file_name": "'DF_bench_' || i || '.txt'", "sent_at": later, "outgoing_id": "-i",
            "content_sha256": _DIGEST, "business_on": f"date('{TUESDAY}', -i || ' days')",
            "state": f"iif(i < {LISTS}, 'closed', 'sent')",
        },
        every=every,
    )  # fmt: skip
    (batches,) = filling.run("SELECT max(id) FROM payout_batches").fetchone()
    place = f"min({LISTS}, 1 + (i - 1) / {each})"
    back = f"i % {RETURNED_EVERY} = 0"
    with_bank = f"{place} = {LISTS}"
    filling.multiply(
        "payout_items",
        {
            "list_id": f"1 + {place}", "batch_id": f"{batches - LISTS} + {place}",
            "item_no": f"1 + (i - 1) % {each}", "person_id": _PERSON, "person_name": _NAME,
            "account_no": "printf('6222%015d', i)", "account_name": _NAME, "amount_fen": _FEN,
            "end_to_end_id": "printf('B%015d', i)", "attempt": "1", "repairs_id": "NULL",
            "state": f"CASE WHEN {back} THEN 'returned' WHEN {with_bank} THEN 'in_flight'"
            " ELSE 'paid' END",
            "outcome_code": f"CASE WHEN {back} THEN 'AC04' END",
            "outcome_raw": f"CASE WHEN {back} THEN '账户已销户' END",
            "evidence": f"iif({back} OR NOT {with_bank}, 'inbox:1/' || i, NULL)",
            "settled_on": f"iif({back} OR NOT {with_bank}, {day}, NULL)",
        },
    )  # fmt: skip
    finding = {
        "list_id": f"1 + {place}", "item_no": f"1 + (i - 1) % {each}", "code": "'name_script'",
        "refuses": "0", "field": "'account_name'", "other_no": "NULL", "other_list_id": "NULL",
    }  # fmt: skip
    if filling.run("SELECT count(*) FROM payout_findings").fetchone()[0]:
        filling.multiply("payout_findings", finding)


def _work_lists(filling: Filling, day: str, later: str) -> None:
    """Multiply discrepancies, of which every second is open, files, tasks and what was decided."""
    filling.multiply(
        "discrepancies",
        {
            "key": "printf('bench:%08d', i)", "amount_fen": _FEN, "opened_on": day, "seen_on": day,
            "receipt_no": "'R' || i", "deposit_no": "'D' || i",
            "payer_id": "printf('91330106%09dX', i / 5)",
            "state": "iif(i % 2, 'open', 'closed')", "closed_how": "iif(i % 2, NULL, 'arrived')",
            "closed_at": f"iif(i % 2, NULL, {later})",
        },
    )  # fmt: skip
    filling.multiply(
        "inbox",
        {
            "name": "substr(s.name, 1, 4) || printf('_%07d.txt', i)",
            "sha256": _DIGEST,
            "received_at": later,
            "read_at": later,
            "trace_id": _ID,
            "state": "iif(i % 1000, s.state, 'refused')",
        },
    )
    filling.multiply(
        "outbox",
        {
            "file_name": "printf('DF_%07d.txt', i)", "content_sha256": _DIGEST, "added_at": later,
            "changed_at": later, "state": "iif(i % 10000, 'delivered', 'unknown')",
        },
    )  # fmt: skip
    filling.multiply(
        "tasks",
        {
            "subject_id": "printf('bench:%08d', i)", "state": "iif(i % 1000, 'done', 'parked')",
            "ended_at": later, "due_at": later, "added_at": later, "trace_id": _ID,
        },
    )  # fmt: skip
    filling.multiply(
        "journal",
        {
            "n": "base + i", "at": later, "subject": "printf('bench:%08d', i)", "hash": _DIGEST,
            "person": "CASE i % 50 WHEN 0 THEN '李初' WHEN 1 THEN '王审' ELSE s.person END",
        },
    )  # fmt: skip
    filling.multiply("security_events", {"at": later})


def _books(filling: Filling, day: str, connection: sqlite3.Connection) -> None:
    """Multiply vouchers, each line by as much as its voucher, so that they balance."""
    times = "(1 + i % 1000)"
    no = "s.fund || '-' || s.month || '-' || (1000000 + i)"
    connection.execute(
        "CREATE TEMP TABLE v AS SELECT row_number() OVER (ORDER BY rowid) - 1 AS place,"
        " no AS from_no, fund || '-' || month || '-' AS start FROM vouchers"
    )
    (count,) = connection.execute("SELECT count(*) FROM v").fetchone()
    filling.take_indexes("voucher_lines")
    connection.execute(
        "INSERT INTO voucher_lines SELECT v.start || (1000000 + i), l.line, l.side, l.account,"
        f" l.detail, l.amount_fen * {times} FROM n CROSS JOIN v CROSS JOIN voucher_lines l"
        f" WHERE v.place = i % {count} AND l.voucher_no = v.from_no"
    )
    filling.multiply(
        "vouchers",
        {
            "no": no, "number": "1000000 + i", "key": "printf('bench:%08d', i)", "booked_on": day,
            "subject": "iif(i % 4, printf('bench:%08d', i), s.subject)",
            "amount_fen": f"s.amount_fen * {times}",
        },
    )  # fmt: skip


def _transfers(filling: Filling, day: str, later: str) -> None:
    """Multiply cases with their facts, of which a tenth is not over, messages and credits.

    A fifth is with one office, the others are with 240.
    """
    place = f"iif(i % {LIVE_EVERY}, 2, i / {LIVE_EVERY} % 2)"
    run = filling.run
    filling.multiply(
        "transfers",
        {
            "ref": "printf('330100-B-%08d', i)", "person_id": _PERSON, "person_name": _NAME,
            "opened_on": day, "peer_ref": "printf('510100-B-%08d', i)",
            "counterpart": "iif(i % 5, printf('%06d', 100100 + i % 300 * 100), s.counterpart)",
        },
        place=place,
    )  # fmt: skip
    (cases,) = run("SELECT count(*) FROM s").fetchone()
    filling.take_indexes("transfer_facts")
    (last,) = run("SELECT max(id) FROM transfer_facts").fetchone()
    run("CREATE TEMP TABLE f AS SELECT * FROM transfer_facts")
    run(
        "INSERT INTO transfer_facts (case_id, key, type, fact_on, content, noted_at, person,"
        f" message_id) SELECT {cases} + i, key, type, {day}, content, {later}, person, message_id"
        f" FROM n CROSS JOIN f WHERE f.case_id = 1 + {place} AND f.id <= {last} ORDER BY i, f.id"
    )
    filling.multiply(
        "transfer_receipts",
        {
            "credit_no": "printf('LSB%08d', i)", "amount_fen": _FEN, "credited_on": day,
            "payer_name": _NAME, "payer_account": "printf('6222%015d', i)",
            "state": "iif(i % 2, 'held', 'joined')", "case_id": "iif(i % 2, NULL, 3 + i)",
            "joined_how": "iif(i % 2, NULL, 'reference')", "entered_at": later,
        },
    )  # fmt: skip
    filling.multiply(
        "region_messages",
        {
            "id": "printf('%032x', i)", "sequence": "1000 + i", "at": later, "wire": "x'00'",
            "case_ref": "printf('330100-B-%08d', i)",
        },
    )  # fmt: skip


def made(folder: Path, rows: int) -> Path:
    """Return the filled database; make it when it is not there."""
    database = folder / f"{rows}.db"
    if not database.exists():
        began, part = time.perf_counter(), database.with_suffix(".part")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "home").mkdir(parents=True)
        shutil.move(real_work(folder / "home"), part)
        fill(part, rows)
        part.rename(database)
        size = database.stat().st_size / 1e9
        print(f"filled in {time.perf_counter() - began:.0f} s, {size:.1f} GB\n", flush=True)
    return database
